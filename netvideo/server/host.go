package server

import (
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// hostSession is the one session of a server that is for one party.
const hostSession = "party"

// host fills in the session that there is to host, and the links to it, which are made
// anew only when they are no longer good for an hour.
func (r *Ready) host(store *door.Store, way door.Address) error {
	if _, ok := store.Session(hostSession); !ok {
		if _, err := store.CreateSession(door.SessionRequest{ID: hostSession}); err != nil {
			return err
		}
	}
	moderator, err := standingInvite(store, netvideo.Moderator)
	if err != nil {
		return err
	}
	friends, err := standingInvite(store, netvideo.Publisher)
	if err != nil {
		return err
	}
	r.Session, r.Moderator, r.Invite = hostSession, way.Invite(moderator), way.Invite(friends)
	return nil
}

func standingInvite(store *door.Store, role netvideo.Role) (code string, err error) {
	soon := time.Now().Add(time.Hour)
	for _, i := range store.Invites(hostSession) {
		if i.Role == role && !i.Revoked && !i.Limited && i.Expires.After(soon) {
			code = i.Code
		}
	}
	if code != "" {
		return code, nil
	}
	i, err := store.CreateInvite(door.InviteRequest{Session: hostSession, Role: role, Expires: int64(door.MaxLife / time.Second)})
	return i.Code, err
}
