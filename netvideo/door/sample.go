package door

import (
	"time"

	"cutout/netvideo"
)

// A Sample is everything to try a server with.
type Sample struct {
	Session string
	Invite  string // the code
	Passes  map[netvideo.Role]Pass
}

// Sample is the store's sample session, made at the first call, with fresh passes and
// its newest invite, which is replaced only when it is no longer good.
func (s *Store) Sample() (Sample, error) {
	var sample Sample
	now := s.now()
	err := s.book.change(func(st *state) error {
		for id, session := range st.Sessions {
			if session.Sample && session.Ended.IsZero() {
				sample.Session = id
			}
		}
		if sample.Session == "" {
			sample.Session = newCode(16)
			st.Sessions[sample.Session] = Session{ID: sample.Session, Interaction: ManyToMany, Created: now, Sample: true}
		}
		st.prune(now)
		var newest Invite
		for _, i := range st.Invites {
			if i.Sample && i.check(true, now) == nil && i.Created.After(newest.Created) {
				newest = i
			}
		}
		// One that ends within the hour would end in the middle of somebody's trying.
		if newest.Expires.Sub(now) < time.Hour {
			newest = Invite{Code: newCode(12), Session: sample.Session, Role: netvideo.Publisher, Created: now, Expires: now.Add(DefaultLife), Sample: true}
			st.Invites[newest.Code] = newest
		}
		sample.Invite = newest.Code
		return nil
	})
	if err != nil {
		return Sample{}, err
	}
	sample.Passes = map[netvideo.Role]Pass{}
	for _, role := range netvideo.Roles() {
		pass, err := s.Mint(PassRequest{Session: sample.Session, Role: role, Who: Who{Name: "Sample " + string(role), Native: true}})
		if err != nil {
			return Sample{}, err
		}
		sample.Passes[role] = pass
	}
	return sample, nil
}
