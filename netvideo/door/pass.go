package door

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cutout/netvideo"
)

const maxIdentity = 256 // LiveKit's default limit

// Who is what someone says about themselves when they redeem an invite.
type Who struct {
	// Name is what the others see: up to MaxName characters are kept; empty becomes "Guest".
	Name string `json:"name"`
	// Native is set by this program, Bot by synthetic players.
	Native bool `json:"native,omitempty"`
	Bot    bool `json:"bot,omitempty"`
}

// A PassRequest asks for a pass to a session.
type PassRequest struct {
	Session string        `json:"session"`
	Role    netvideo.Role `json:"role"`
	Who
	Data string `json:"data,omitempty"` // up to MaxData bytes
	// Expires is how long the pass is good for, in seconds; 0 means DefaultLife.
	Expires int64 `json:"expires,omitempty"`

	by lineage
}

// A lineage is the moderators whose passes a pass goes back to, the latest last. When
// one of theirs is revoked, so is it: nobody makes himself a spare.
type lineage []string

const (
	lineageAttribute = "cutout.by" // in the token's attributes, which LiveKit keeps when it refreshes it
	maxLineage       = 8
)

// A Pass lets one connection into a session, as often as it has to reconnect.
type Pass struct {
	// URL is where to join: the door, which is reached as any LiveKit server is.
	URL string `json:"url"`
	// Token is a LiveKit access token.
	Token   string        `json:"token"`
	Session string        `json:"session"`
	Role    netvideo.Role `json:"role"`
	// Identity is the connection's id in the session, fresh for every pass.
	Identity string    `json:"identity"`
	Expires  time.Time `json:"expires"`
}

// Claims is what a valid token says.
type Claims struct {
	Session  string        `json:"session"`
	Identity string        `json:"identity"`
	Name     string        `json:"name"`
	Role     netvideo.Role `json:"role"`
	Expires  time.Time     `json:"expires"`
	// Admin tokens are signed by who has the key. They open no session.
	Admin bool `json:"admin,omitempty"`

	by lineage
}

// Mint makes a pass with a fresh identity. Its URL is empty: the door fills it in.
func (s *Store) Mint(r PassRequest) (Pass, error) {
	d, err := life(r.Expires)
	switch {
	case err != nil:
		return Pass{}, err
	case !r.Role.Valid():
		return Pass{}, refuse(CodeBadRequest, "the role must be subscriber, publisher or moderator")
	case len(r.Data) > MaxData:
		return Pass{}, refuse(CodeBadRequest, fmt.Sprintf("the data is longer than %d bytes", MaxData))
	case len(r.by) > maxLineage:
		return Pass{}, refuse(CodeForbidden, "too many moderators made each other: this needs the server's key")
	}
	if _, ok := s.Session(r.Session); !ok {
		return Pass{}, refuse(CodeWrongSession, "there is no session with this id here")
	}
	meta, err := netvideo.Vouched{
		Role: r.Role, Data: r.Data, Bot: r.Bot, Native: r.Native, Joined: s.now().UnixMilli(),
	}.Metadata()
	if err != nil {
		return Pass{}, fmt.Errorf("encode the metadata: %w", err)
	}
	name := cleanName(r.Name)
	identity := slug(name) + "#" + newCode(10)
	c := accessToken{Name: name, Metadata: meta, Video: grant(r.Session, r.Role)}
	c.Subject = identity
	if len(r.by) > 0 {
		c.Attributes = map[string]string{lineageAttribute: strings.Join(r.by, " ")}
	}
	expires := s.now().Add(d).Truncate(time.Second)
	token, err := c.sign(s.keys, s.now(), expires)
	if err != nil {
		return Pass{}, err
	}
	return Pass{
		Token: token, Session: r.Session, Role: r.Role, Identity: identity, Expires: expires,
	}, nil
}

// Check says whose token this is, or why it opens nothing here: with the code Expired,
// Invalid, WrongSession or Revoked. Expiry is exact, without leeway.
func (s *Store) Check(token string) (Claims, error) {
	c, err := s.verify(token)
	if err != nil {
		return Claims{}, err
	}
	switch {
	case c.Admin:
		return Claims{}, refuse(CodeInvalid, "the key's own token opens no session")
	case c.Identity == "" || len(c.Identity) > maxIdentity:
		return Claims{}, refuse(CodeInvalid, "the token names no connection")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.st.Sessions[c.Session]; !ok {
		return Claims{}, refuse(CodeWrongSession, "the token is for a session that is not here")
	}
	for _, identity := range append(c.by[:len(c.by):len(c.by)], c.Identity) {
		if until, ok := s.st.Revoked[c.Session+"/"+identity]; ok && s.now().Before(until) {
			return Claims{}, refuse(CodeRevoked, "the pass was revoked")
		}
	}
	return c, nil
}

// cleanName is a name fit to be shown: one line of printable characters.
func cleanName(name string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.Join(strings.Fields(name), " ") {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			continue
		}
		if n++; n > MaxName {
			break
		}
		b.WriteRune(r)
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		return s
	}
	return "Guest"
}

// slug is a name reduced to what is readable in logs and addresses.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() == 20:
			return b.String()
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.TrimSuffix(b.String(), "-"); s != "" {
		return s
	}
	return "guest"
}
