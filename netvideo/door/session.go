package door

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"cutout/netvideo"
)

// An Interaction is who shows to whom in a session.
type Interaction string

const (
	// OneToOne is a session for two people.
	OneToOne Interaction = "one-to-one"
	// OneToMany has one connection that publishes at a time; the others watch.
	OneToMany Interaction = "one-to-many"
	// ManyToMany has no such limit.
	ManyToMany Interaction = "many-to-many"
)

// Valid reports whether i is one of the three.
func (i Interaction) Valid() bool { return i == OneToOne || i == OneToMany || i == ManyToMany }

// GuestRole is what an invite gives when it does not say: in a one-to-many session
// guests watch, else they publish.
func (i Interaction) GuestRole() netvideo.Role {
	if i == OneToMany {
		return netvideo.Subscriber
	}
	return netvideo.Publisher
}

// A Session is a room that outlives its visitors: it stays until its server's state is
// deleted.
type Session struct {
	ID          string      `json:"id"`
	Interaction Interaction `json:"interaction"`
	Data        string      `json:"data,omitempty"` // whoever made the session's own
	Created     time.Time   `json:"created"`
	Sample      bool        `json:"sample,omitempty"`
}

// An Invite is a code that may be exchanged for passes to a session.
type Invite struct {
	Code    string        `json:"code"`
	Session string        `json:"session"`
	Role    netvideo.Role `json:"role"`
	Data    string        `json:"data,omitempty"` // given to every pass; up to MaxData bytes
	Created time.Time     `json:"created"`
	Expires time.Time     `json:"expires"`
	// Limited invites have UsesLeft; the others any number.
	Limited  bool `json:"limited,omitempty"`
	UsesLeft int  `json:"usesLeft,omitempty"`
	Revoked  bool `json:"revoked,omitempty"`
	Sample   bool `json:"sample,omitempty"`
}

// An InviteRequest asks for an invite.
type InviteRequest struct {
	Session string `json:"session"`
	// Role is what the passes may do; empty means the session's guest role.
	Role netvideo.Role `json:"role,omitempty"`
	// Expires is how long the invite is good for, in seconds; 0 means DefaultLife.
	Expires int64 `json:"expires,omitempty"`
	// Uses is how many passes it gives; 0 means any number.
	Uses int    `json:"uses,omitempty"`
	Data string `json:"data,omitempty"`
}

// Limits of what the door makes; the lifetimes are OpenTok's.
const (
	DefaultLife = 24 * time.Hour
	MaxLife     = 30 * 24 * time.Hour
	MaxData     = netvideo.MaxConnectionData // bytes of data in a pass
	MaxName     = 40                         // characters of a name
	maxSessions = 10_000
	maxInvites  = 10_000
	maxUses     = 1_000_000
)

// codeAlphabet has no letter that reads like another letter or digit: no i, l, o, 0, 1.
const codeAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// newCode is n unguessable characters, 4.95 bits each.
func newCode(n int) string {
	var b strings.Builder
	buf := make([]byte, 2*n)
	for b.Len() < n {
		_, _ = rand.Read(buf) // never fails, by its contract since Go 1.24
		for _, c := range buf {
			// 248 is the largest multiple of 31 in a byte: above it, some characters
			// would come more often than others.
			if c < 248 && b.Len() < n {
				b.WriteByte(codeAlphabet[int(c)%len(codeAlphabet)])
			}
		}
	}
	return b.String()
}

// life is a wish for a lifetime in seconds, with the default for none.
func life(seconds int64) (time.Duration, error) {
	switch d := time.Duration(seconds) * time.Second; {
	case seconds == 0:
		return DefaultLife, nil
	case seconds < 0:
		return 0, refuse(CodeBadRequest, "a lifetime must not be negative")
	case seconds > int64(MaxLife/time.Second):
		return 0, refuse(CodeBadRequest, fmt.Sprintf("a lifetime is at most %d days", MaxLife/(24*time.Hour)))
	default:
		return d, nil
	}
}

// A SessionRequest asks for a session.
type SessionRequest struct {
	// ID is up to 64 letters, digits, dashes and underscores; empty means a random one.
	ID string `json:"session,omitempty"`
	// Interaction is ManyToMany when empty.
	Interaction Interaction `json:"interaction,omitempty"`
	// Data is anything of the asker's, up to MaxData bytes.
	Data string `json:"data,omitempty"`
}

// CreateSession makes a session.
func (s *Store) CreateSession(r SessionRequest) (Session, error) {
	id, i := r.ID, r.Interaction
	if i == "" {
		i = ManyToMany
	}
	switch {
	case !i.Valid():
		return Session{}, refuse(CodeBadRequest, "the interaction must be one-to-one, one-to-many or many-to-many")
	case len(r.Data) > MaxData:
		return Session{}, refuse(CodeBadRequest, fmt.Sprintf("the data is longer than %d bytes", MaxData))
	}
	if id == "" {
		id = newCode(16)
	}
	if !validSessionID(id) {
		return Session{}, refuse(CodeBadRequest, "a session's id is 1 to 64 letters, digits, dashes and underscores")
	}
	session := Session{ID: id, Interaction: i, Data: r.Data, Created: s.now()}
	return session, s.change(func(st *state) error {
		if _, taken := st.Sessions[id]; taken {
			return refuse(CodeBadRequest, "there is a session with this id already")
		}
		if len(st.Sessions) >= maxSessions {
			return refuse(CodeBadRequest, "there are too many sessions")
		}
		st.Sessions[id] = session
		return nil
	})
}

func validSessionID(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
}

// Session returns the session with this id.
func (s *Store) Session(id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.st.Sessions[id]
	return session, ok
}

// CreateInvite makes an invite for a session that exists.
func (s *Store) CreateInvite(r InviteRequest) (Invite, error) {
	d, err := life(r.Expires)
	switch {
	case err != nil:
		return Invite{}, err
	case r.Uses < 0 || r.Uses > maxUses:
		return Invite{}, refuse(CodeBadRequest, fmt.Sprintf("uses must be 0 (any number) to %d", maxUses))
	case len(r.Data) > MaxData:
		return Invite{}, refuse(CodeBadRequest, fmt.Sprintf("the data is longer than %d bytes", MaxData))
	case r.Role != "" && !r.Role.Valid():
		return Invite{}, refuse(CodeBadRequest, "the role must be subscriber, publisher or moderator")
	}
	now := s.now()
	invite := Invite{
		Code: newCode(12), Session: r.Session, Role: r.Role, Data: r.Data,
		Created: now, Expires: now.Add(d), Limited: r.Uses > 0, UsesLeft: r.Uses,
	}
	err = s.change(func(st *state) error {
		session, ok := st.Sessions[r.Session]
		if !ok {
			return refuse(CodeWrongSession, "there is no session with this id here")
		}
		if invite.Role == "" {
			invite.Role = session.Interaction.GuestRole()
		}
		st.prune(now)
		if len(st.Invites) >= maxInvites {
			return refuse(CodeBadRequest, "there are too many invites")
		}
		st.Invites[invite.Code] = invite
		return nil
	})
	return invite, err
}

// Invites are those of a session, oldest first, the dead ones of the last week included.
func (s *Store) Invites(session string) []Invite {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Invite
	for _, i := range s.st.Invites {
		if i.Session == session {
			list = append(list, i)
		}
	}
	sortInvites(list)
	return list
}

// RevokeInvite ends an invite of the session (any session when that is empty). Passes
// it gave stay good.
func (s *Store) RevokeInvite(session, code string) error {
	return s.change(func(st *state) error {
		invite, ok := st.Invites[code]
		if !ok || session != "" && invite.Session != session {
			return refuse(CodeUnknownInvite, "there is no invite with this code")
		}
		invite.Revoked = true
		st.Invites[code] = invite
		return nil
	})
}

// RevokePass turns the connection's pass away from now on, refreshed tokens included.
func (s *Store) RevokePass(session, identity string) error {
	if identity == "" || len(identity) > maxIdentity {
		return refuse(CodeBadRequest, "the connection's id is missing or too long")
	}
	return s.change(func(st *state) error {
		if _, ok := st.Sessions[session]; !ok {
			return refuse(CodeWrongSession, "there is no session with this id here")
		}
		// No token outlives MaxLife, so the entry need not either.
		st.Revoked[session+"/"+identity] = s.now().Add(MaxLife)
		return nil
	})
}
