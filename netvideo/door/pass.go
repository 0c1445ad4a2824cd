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
	// Once makes it a pass for one connection: while its holder answers, and after it has
	// left, it lets nobody in. A connection that was cut off may come back.
	Once bool `json:"once,omitempty"`

	by lineage
}

// A lineage is the moderators whose passes a pass goes back to, the latest last. When
// one of theirs is revoked, so is it: nobody makes himself a spare.
type lineage []string

// In the token's attributes, which LiveKit keeps when it refreshes it.
const (
	lineageAttribute = "cutout.by"
	onceAttribute    = "cutout.once"
	maxLineage       = 8
)

// A Pass lets one connection into a session, as often as it has to reconnect.
type Pass struct {
	// URL is where to join: the door, which is reached as any LiveKit server is.
	URL string `json:"url"`
	// Doors are other addresses of the same door, and the other doors of its cluster: when
	// URL is gone, the pass is good there.
	Doors []string `json:"doors,omitempty"`
	// Token is a LiveKit access token.
	Token   string        `json:"token"`
	Session string        `json:"session"`
	Role    netvideo.Role `json:"role"`
	// Identity is the connection's id in the session, fresh for every pass.
	Identity string    `json:"identity"`
	Expires  time.Time `json:"expires"`
	Once     bool      `json:"once,omitempty"`
}

// Claims is what a valid token says.
type Claims struct {
	Session  string `json:"session"`
	Identity string `json:"identity"`
	Name     string `json:"name"`
	// Role is what the holder may do now, which may have been handed over since the
	// token was made.
	Role    netvideo.Role `json:"role"`
	Expires time.Time     `json:"expires"`
	// Admin tokens are signed by who has the key. They open no session.
	Admin bool `json:"admin,omitempty"`
	// Once is PassRequest's.
	Once bool `json:"once,omitempty"`

	by      lineage
	vouched netvideo.Vouched
	ours    bool // vouched is there
}

// Mint makes a pass with a fresh identity. Its URL is empty: the door fills it in.
func (s *Store) Mint(r PassRequest) (Pass, error) {
	name := cleanName(r.Name)
	return s.mint(r, name, slug(name)+"#"+newCode(familyCode))
}

func (s *Store) mint(r PassRequest, name, identity string) (Pass, error) {
	d, err := life(r.Expires)
	switch {
	case err != nil:
		return Pass{}, err
	case !r.Role.Valid():
		return Pass{}, refuseRole()
	case len(r.Data) > MaxData:
		return Pass{}, refuse(CodeBadRequest, fmt.Sprintf("the data is longer than %d bytes", MaxData))
	case len(r.by) > maxLineage:
		return Pass{}, refuse(CodeForbidden, "too many moderators made each other: this needs the server's key")
	}
	if _, ok := s.Session(r.Session); !ok {
		return Pass{}, refuseSession()
	}
	vouched := netvideo.Vouched{Role: r.Role, Data: r.Data, Bot: r.Bot, Native: r.Native, Joined: s.now().UnixMilli()}
	meta, err := vouched.Metadata()
	if err != nil {
		return Pass{}, fmt.Errorf("encode the metadata: %w", err)
	}
	c := accessToken{Name: name, Metadata: meta, Video: grant(r.Session, r.Role), Attributes: map[string]string{}}
	c.Subject = identity
	if len(r.by) > 0 {
		c.Attributes[lineageAttribute] = strings.Join(r.by, " ")
	}
	if r.Once {
		c.Attributes[onceAttribute] = "1"
	}
	expires := s.now().Add(d).Truncate(time.Second)
	token, err := c.sign(s.keys, s.now(), expires)
	if err != nil {
		return Pass{}, err
	}
	return Pass{
		Token: token, Session: r.Session, Role: r.Role, Identity: identity, Expires: expires, Once: r.Once,
	}, nil
}

func refuseRole() *Error {
	return refuse(CodeBadRequest, "the roles are "+netvideo.RoleNames())
}

// Sibling makes a pass for a second connection of the same person, which expires with
// the first one.
func (s *Store) Sibling(c Claims) (Pass, error) {
	f := family(c.Identity)
	left := int64(c.Expires.Sub(s.now()) / time.Second)
	switch {
	case c.Once:
		return Pass{}, refuse(CodeForbidden, "a single-use pass is for one connection")
	case !c.ours || len(f) != len(slug(c.Name))+1+familyCode:
		return Pass{}, refuse(CodeForbidden, "only passes that this door made have siblings")
	case left <= 0:
		return Pass{}, refuse(CodeExpired, "the token has expired")
	}
	err := s.book.change(func(st *state) error {
		key := c.Session + "/" + f
		if st.Siblings[key] >= maxSiblings {
			return refuse(CodeForbidden, fmt.Sprintf("a pass has %d siblings at most", maxSiblings))
		}
		st.Siblings[key]++
		return nil
	})
	if err != nil {
		return Pass{}, err
	}
	return s.mint(PassRequest{
		Session: c.Session, Role: c.Role, Data: c.vouched.Data, Who: Who{Bot: c.vouched.Bot, Native: c.vouched.Native},
		Expires: min(left, int64(MaxLife/time.Second)), by: c.by,
	}, c.Name, f+"."+newCode(siblingCode))
}

// Check says whose token this is, or why it opens nothing here: with the code Expired,
// Invalid, WrongSession or Revoked. Expiry is exact, without leeway.
func (s *Store) Check(token string) (Claims, error) {
	c, err := s.verify(token)
	if err != nil {
		return Claims{}, err
	}
	return s.checkClaims(c)
}

func (s *Store) checkClaims(c Claims) (Claims, error) {
	switch {
	case c.Admin:
		return Claims{}, refuse(CodeInvalid, "the key's own token opens no session")
	case c.Identity == "" || len(c.Identity) > maxIdentity:
		return Claims{}, refuse(CodeInvalid, "the token names no connection")
	}
	if _, ok := s.Session(c.Session); !ok {
		return Claims{}, refuse(CodeWrongSession, "the token is for a session that is not here")
	}
	st := s.book.read()
	if st.banned(c, s.now()) {
		return Claims{}, refuse(CodeRevoked, "the pass was revoked")
	}
	c.Role = st.role(c)
	return c, nil
}

// inner is the token that LiveKit is shown in place of the client's: it says what the
// holder may do now, every permission written out. What its metadata says is ours to
// say only when it was we who said it first; another program's token is shown as it is.
func (s *Store) inner(c Claims, token string) (string, error) {
	if !c.ours {
		return token, nil
	}
	meta, err := c.metadata()
	if err != nil {
		return "", err
	}
	t := accessToken{Name: c.Name, Metadata: meta, Video: grant(c.Session, c.Role), Attributes: map[string]string{}}
	t.Subject = c.Identity
	if len(c.by) > 0 {
		t.Attributes[lineageAttribute] = strings.Join(c.by, " ")
	}
	if c.Once {
		t.Attributes[onceAttribute] = "1"
	}
	if held := s.muting(c.Session).held(family(c.Identity), c.Role); held != noMedia {
		t.Attributes[netvideo.MutedAttribute] = held.attribute()
	}
	return t.sign(s.keys, s.now(), c.Expires)
}

// metadata is what the room is told about the holder now.
func (c Claims) metadata() (string, error) {
	v := c.vouched
	v.Role = c.Role
	meta, err := v.Metadata()
	if err != nil {
		return "", fmt.Errorf("encode the metadata: %w", err)
	}
	return meta, nil
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
