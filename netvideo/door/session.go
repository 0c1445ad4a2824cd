package door

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
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

// A Session is a room that outlives its visitors: it stays until it is ended.
type Session struct {
	ID          string      `json:"id"`
	Interaction Interaction `json:"interaction"`
	Data        string      `json:"data,omitempty"` // whoever made the session's own
	Created     time.Time   `json:"created"`
	Sample      bool        `json:"sample,omitempty"`
	// Ended is when it was ended. Its id stays taken until every pass to it has expired.
	Ended time.Time `json:"ended,omitzero"`
}

// Limits of what the door makes; the lifetimes are OpenTok's.
const (
	DefaultLife = 24 * time.Hour
	MaxLife     = 30 * 24 * time.Hour
	MaxData     = netvideo.MaxConnectionData // bytes of data in a pass
	MaxName     = 40                         // characters of a name
	maxSessions = 10_000
	maxInvites  = 10_000
	maxBans     = 10_000 // in one session
	maxMuted    = 10_000 // named in one session's muting
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
	return session, s.book.change(func(st *state) error {
		st.prune(session.Created)
		if _, taken := st.Sessions[id]; taken {
			return refuse(CodeBadRequest, "there is, or was lately, a session with this id")
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

// Session returns the session with this id, unless it has ended.
func (s *Store) Session(id string) (Session, bool) {
	session, ok := s.book.read().Sessions[id]
	return session, ok && session.Ended.IsZero()
}

// Sessions are those that have not ended, oldest first.
func (s *Store) Sessions() []Session {
	list := []Session{}
	for _, session := range s.book.read().Sessions {
		if session.Ended.IsZero() {
			list = append(list, session)
		}
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// EndSession ends it: none of its passes and invites is good any more. That holds at
// once; durable is false when it could not be written.
func (s *Store) EndSession(id string) (durable bool, err error) {
	return s.book.enforce(func(st *state) error {
		session, ok := st.Sessions[id]
		if !ok || !session.Ended.IsZero() {
			return refuseSession()
		}
		session.Ended = s.now()
		st.Sessions[id] = session
		maps.DeleteFunc(st.Invites, func(_ string, i Invite) bool { return i.Session == id })
		forget := func(key string) bool { return strings.HasPrefix(key, id+"/") }
		maps.DeleteFunc(st.Bans, func(key string, _ Ban) bool { return forget(key) })
		maps.DeleteFunc(st.Roles, func(key string, _ netvideo.Role) bool { return forget(key) })
		maps.DeleteFunc(st.Siblings, func(key string, _ int) bool { return forget(key) })
		maps.DeleteFunc(st.Used, func(key string, _ use) bool { return forget(key) })
		delete(st.Mutings, id)
		return nil
	})
}

func refuseSession() *Error {
	return refuse(CodeWrongSession, "there is no session with this id here")
}
