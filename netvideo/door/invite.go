package door

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cutout/netvideo"
)

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
	// By is the moderator who made it, by family; empty for the key.
	By string `json:"by,omitempty"`
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

	by string
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
		return Invite{}, refuseRole()
	}
	now := s.now()
	invite := Invite{
		Code: newCode(12), Session: r.Session, Role: r.Role, Data: r.Data,
		Created: now, Expires: now.Add(d), Limited: r.Uses > 0, UsesLeft: r.Uses, By: r.by,
	}
	err = s.book.change(func(st *state) error {
		session, ok := st.Sessions[r.Session]
		if !ok || !session.Ended.IsZero() {
			return refuseSession()
		}
		if invite.Role == "" {
			invite.Role = session.Interaction.GuestRole()
		}
		return st.addInvite(invite)
	})
	return invite, err
}

func (st *state) addInvite(i Invite) error {
	st.prune(i.Created)
	if len(st.Invites) >= maxInvites {
		return refuse(CodeBadRequest, "there are too many invites")
	}
	st.Invites[i.Code] = i
	return nil
}

// again is a new invite with the same terms; by is who asks for it.
func (i Invite) again(now time.Time, by string) Invite {
	i.Code, i.Created, i.By, i.Sample = newCode(12), now, by, false
	return i
}

// Invites are those of a session, oldest first, the dead ones of the last week included.
func (s *Store) Invites(session string) []Invite {
	var list []Invite
	for _, i := range s.book.read().Invites {
		if i.Session == session {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b Invite) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Code, b.Code))
	})
	return list
}

// openInvites are those by which one could come in now.
func (s *Store) openInvites(session string) []Invite {
	return slices.DeleteFunc(s.Invites(session), func(i Invite) bool { return i.check(true, s.now()) != nil })
}

// RevokeInvite ends an invite of the session (any session when that is empty). Passes
// it gave stay good. It holds at once; durable is false when it could not be written.
func (s *Store) RevokeInvite(session, code string) (durable bool, err error) {
	return s.book.enforce(func(st *state) error {
		invite, ok := st.Invites[code]
		if !ok || session != "" && invite.Session != session {
			return refuse(CodeUnknownInvite, "there is no invite with this code")
		}
		invite.Revoked = true
		st.Invites[code] = invite
		return nil
	})
}

// ReplaceInvite revokes an open invite and makes one with the same terms, for by.
func (s *Store) ReplaceInvite(session, code, by string) (Invite, error) {
	var next Invite
	now := s.now()
	err := s.book.change(func(st *state) error {
		invite, ok := st.Invites[code]
		if session != "" && invite.Session != session {
			ok = false
		}
		if err := invite.check(ok, now); err != nil {
			return err
		}
		next = invite.again(now, by)
		invite.Revoked = true
		st.Invites[code] = invite
		return st.addInvite(next)
	})
	return next, err
}

// replaceInvites replaces all of the session's open invites.
func (s *Store) replaceInvites(session, by string) (made []Invite, err error) {
	now := s.now()
	err = s.book.change(func(st *state) error {
		for code, invite := range st.Invites {
			if invite.Session != session || invite.check(true, now) != nil {
				continue
			}
			made = append(made, invite.again(now, by))
			invite.Revoked = true
			st.Invites[code] = invite
		}
		for _, invite := range made {
			if err := st.addInvite(invite); err != nil {
				return err
			}
		}
		return nil
	})
	return made, err
}
