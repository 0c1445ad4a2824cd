package door

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cutout/netvideo"
)

// A connection's identity is NAME#CODE; its siblings' are NAME#CODE.XXXX. What they
// share is their family: bans and locks are for families, because LiveKit gives the
// connected tokens of its own making, of which the identity is all that stays.
const (
	familyCode  = 10
	siblingCode = 4
	maxSiblings = 8
)

// family is what an identity shares with its siblings. An identity of somebody else's
// making is a family of its own.
func family(identity string) string {
	i := strings.LastIndexByte(identity, '#')
	rest := identity[i+1:]
	if i < 0 || len(rest) != familyCode+1+siblingCode || rest[familyCode] != '.' ||
		!ofAlphabet(rest[:familyCode]) || !ofAlphabet(rest[familyCode+1:]) {
		return identity
	}
	return identity[:i+1+familyCode]
}

func ofAlphabet(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(codeAlphabet, r) }) < 0
}

// splitKey takes apart session/family. Sessions have no slash in their ids.
func splitKey(key string) (session, identity string, ok bool) { return strings.Cut(key, "/") }

// keyHolder is who acts with the server's key, in bans and in the audit.
const keyHolder = "key"

// ban turns a family away, and revokes the invites it made. That holds at once; durable
// is false when it could not be written.
func (s *Store) ban(session string, b Ban) (durable bool, err error) {
	if b.ID == "" || len(b.ID) > maxIdentity {
		return false, refuse(CodeBadRequest, "the connection's id is missing or too long")
	}
	b.ID = family(b.ID)
	b.At = s.now()
	// No token outlives MaxLife, so the ban need not either.
	b.Until = b.At.Add(MaxLife)
	return s.book.enforce(func(st *state) error {
		if held, ok := st.Sessions[session]; !ok || !held.Ended.IsZero() {
			return refuseSession()
		}
		st.prune(b.At)
		if st.bansOf(session) >= maxBans {
			return refuse(CodeBadRequest, fmt.Sprintf("the session has %d bans; end it and make another one", maxBans))
		}
		st.Bans[session+"/"+b.ID] = b
		for code, i := range st.Invites {
			if i.Session == session && i.By == b.ID {
				i.Revoked = true
				st.Invites[code] = i
			}
		}
		return nil
	})
}

func (st *state) bansOf(session string) int {
	n := 0
	for key := range st.Bans {
		if strings.HasPrefix(key, session+"/") {
			n++
		}
	}
	return n
}

// RevokePass turns the connection's pass away from now on, its siblings' and refreshed
// tokens included.
func (s *Store) RevokePass(session, identity string) (durable bool, err error) {
	return s.ban(session, Ban{ID: identity, By: keyHolder})
}

// Bans are those of a session, oldest first.
func (s *Store) Bans(session string) []Ban {
	list := []Ban{}
	now := s.now()
	for key, b := range s.book.read().Bans {
		if strings.HasPrefix(key, session+"/") && now.Before(b.Until) {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b Ban) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return list
}

// LiftBan ends a ban.
func (s *Store) LiftBan(session, id string) error {
	return s.book.change(func(st *state) error {
		key := session + "/" + family(id)
		if _, ok := st.Bans[key]; !ok {
			return refuse(CodeNotFound, "there is no such ban")
		}
		delete(st.Bans, key)
		return nil
	})
}

// banned reports whether a family, or one that it goes back to, is turned away.
func (st *state) banned(c Claims, now time.Time) bool {
	for _, f := range append(families(c.by), family(c.Identity)) {
		if b, ok := st.Bans[c.Session+"/"+f]; ok && now.Before(b.Until) {
			return true
		}
	}
	return false
}

// role is what a pass's holder may do now: what the token says, unless moderation was
// handed over since.
func (st *state) role(c Claims) netvideo.Role {
	if r, ok := st.Roles[c.Session+"/"+family(c.Identity)]; ok {
		return r
	}
	if c.Role == netvideo.Moderator {
		for _, f := range families(c.by) {
			if r, ok := st.Roles[c.Session+"/"+f]; ok && r != netvideo.Moderator {
				return r // nobody keeps a spare of what he handed over
			}
		}
	}
	return c.Role
}

// handover makes one family's role Moderator, and another's Publisher unless that is
// empty.
func (s *Store) handover(session, to, from string) (durable bool, err error) {
	return s.book.enforce(func(st *state) error {
		if held, ok := st.Sessions[session]; !ok || !held.Ended.IsZero() {
			return refuseSession()
		}
		if len(st.Roles) >= maxBans {
			return refuse(CodeBadRequest, "moderation was handed over too often")
		}
		if from != "" {
			st.Roles[session+"/"+from] = netvideo.Publisher
		}
		st.Roles[session+"/"+to] = netvideo.Moderator
		return nil
	})
}

// mute changes what is muted in a session.
func (s *Store) mute(session string, f func(muting) muting) (durable bool, err error) {
	return s.book.enforce(func(st *state) error {
		if held, ok := st.Sessions[session]; !ok || !held.Ended.IsZero() {
			return refuseSession()
		}
		next := f(st.Mutings[session])
		if next.size() > maxMuted {
			return refuse(CodeBadRequest, fmt.Sprintf("more than %d are muted one by one", maxMuted))
		}
		st.Mutings[session] = next
		return nil
	})
}

// muting is what is muted in a session.
func (s *Store) muting(session string) muting { return s.book.read().Mutings[session] }
