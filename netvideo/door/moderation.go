package door

import (
	"context"
	"errors"
	"slices"
	"time"

	"cutout/netvideo"
)

// An asker is who asks for an act, and for which session.
type asker struct {
	session string
	claims  Claims // the key's, or a moderator's
}

// id is the asker in the audit.
func (a asker) id() string {
	if a.claims.Admin {
		return keyHolder
	}
	return a.claims.Identity
}

// family is empty for the key.
func (a asker) family() string {
	if a.claims.Admin {
		return ""
	}
	return family(a.claims.Identity)
}

// settle is how long after a lock it is looked at again: what a client said just before
// may still be under way.
const settle = 100 * time.Millisecond

// kick throws out whom the ban that it makes turns away.
func (d *Door) kick(ctx context.Context, a asker, r KickRequest) (Done, error) {
	switch {
	case r.Connection == "":
		return Done{}, refuse(CodeBadRequest, "whom? connection is missing")
	case family(r.Connection) == a.family():
		return Done{}, refuse(CodeBadRequest, "nobody kicks themselves: leave instead")
	}
	durable, err := d.store.ban(a.session, Ban{ID: r.Connection, Name: d.nameOf(a.session, r.Connection), By: a.id()})
	if err != nil {
		return Done{}, err
	}
	done, err := d.throwOut(ctx, a.session)
	done.Durable = durable
	if err != nil {
		no := unavailable(err)
		no.Message = "the ban holds, but the room's server does not answer"
		return done, no
	}
	var invites []Invite
	if r.ReplaceLinks {
		if invites, err = d.store.replaceInvites(a.session, a.family()); err != nil {
			return done, err
		}
	} else {
		invites = d.store.openInvites(a.session)
	}
	for _, i := range invites {
		done.Links = append(done.Links, LinkedInvite{Invite: i})
	}
	return done, nil
}

// nameOf is what a connection that is inside is called.
func (d *Door) nameOf(session, identity string) string {
	for _, v := range d.visits.of(session, identity) {
		return v.claims.Name
	}
	return ""
}

// throwOut removes everyone whose pass no longer lets them in. LiveKit tells them why;
// the door cuts their connection in any case.
func (d *Door) throwOut(ctx context.Context, session string) (Done, error) {
	done := Done{Connections: []string{}}
	add := func(id string) {
		if !slices.Contains(done.Connections, id) {
			done.Connections = append(done.Connections, id)
		}
	}
	all, err := d.liveKit.participants(ctx, session)
	for _, p := range all {
		if _, no := d.store.checkClaims(p.claims(session)); no == nil {
			continue
		}
		if gone := d.liveKit.remove(ctx, session, p.Identity); gone != nil && !errors.Is(gone, errAbsent) {
			err = errors.Join(err, gone)
		}
		add(p.Identity)
	}
	for _, v := range d.visits.of(session, "") {
		if _, no := d.store.checkClaims(v.claims); no != nil {
			add(v.claims.Identity)
			d.cutSoon(v)
		}
	}
	return done, err
}

// cutSoon cuts a connection after LiveKit had the time to say why.
func (d *Door) cutSoon(v *visit) {
	d.running.Go(func() {
		waitOr(v.ended, farewell/2)
		v.cut()
	})
}

// endSession sends everyone home.
func (d *Door) endSession(ctx context.Context, session string) (durable bool, err error) {
	if durable, err = d.store.EndSession(session); err != nil {
		return false, err
	}
	err = d.liveKit.deleteRoom(ctx, session)
	for _, v := range d.visits.of(session, "") {
		d.cutSoon(v)
	}
	return durable, err
}

// unpublish ends one stream, or all of a connection's.
func (d *Door) unpublish(ctx context.Context, a asker, r UnpublishRequest) (Done, error) {
	id, group := r.Connection, ""
	if r.Stream != "" {
		var ok bool
		if id, group, ok = netvideo.SplitStreamID(r.Stream); !ok || r.Connection != "" && r.Connection != id {
			return Done{}, refuse(CodeBadRequest, "stream is not a stream's id")
		}
	}
	if id == "" {
		return Done{}, refuse(CodeBadRequest, "whose? connection or stream is missing")
	}
	p, err := d.find(ctx, a.session, id)
	if err != nil {
		return Done{}, err
	}
	var sources []string
	for _, t := range p.Tracks {
		if t.Stream == group && t.medium() != noMedia {
			sources = append(sources, t.Source)
		}
	}
	if group != "" && len(sources) == 0 {
		return Done{}, refuse(CodeNoStream, "there is no such stream in the session")
	}
	if group == "" {
		sources = nil
	}
	role := d.store.roleNow(p.claims(a.session))
	if err := d.liveKit.unpublish(ctx, a.session, id, role, sources); err != nil {
		return Done{}, absent(err)
	}
	return Done{Connections: []string{id}, Durable: true}, nil
}

// find is a participant who is inside.
func (d *Door) find(ctx context.Context, session, identity string) (participant, error) {
	all, err := d.liveKit.participants(ctx, session)
	if err != nil {
		return participant{}, err
	}
	for _, p := range all {
		if p.Identity == identity {
			return p, nil
		}
	}
	return participant{}, absent(errAbsent)
}

// absent says it in the door's words.
func absent(err error) error {
	if errors.Is(err, errAbsent) {
		return refuse(CodeNoConnection, "there is no such connection in the session")
	}
	return err
}

// muteTarget checks whom a mute or an unmute is for, and of what.
func muteTarget(connection string, all bool, list []netvideo.Medium) (media, error) {
	if all == (connection != "") {
		return noMedia, refuse(CodeBadRequest, "whom? either connection or all")
	}
	return mediaOf(list)
}

// mute mutes, and locks where that is asked for.
func (d *Door) mute(ctx context.Context, a asker, r MuteRequest) (Done, error) {
	what, err := muteTarget(r.Connection, r.All, r.Media)
	if err != nil {
		return Done{}, err
	}
	if !r.All && (r.OnJoin || len(r.Except) > 0) {
		return Done{}, refuse(CodeBadRequest, "onJoin and except go with all")
	}
	except := families(r.Except)
	if f := a.family(); f != "" {
		except = append(except, f)
	}
	durable := true
	if r.Lock || r.OnJoin {
		durable, err = d.store.mute(a.session, func(m muting) muting {
			if r.All {
				return m.holdAll(except, what, r.Lock, r.OnJoin, d.store.now())
			}
			return m.holdOne(family(r.Connection), what)
		})
		if err != nil {
			return Done{}, err
		}
	}
	done, err := d.silence(ctx, a.session, what, func(c Claims) bool {
		if !r.All {
			return family(c.Identity) == family(r.Connection)
		}
		return c.Role != netvideo.Moderator && !slices.Contains(except, family(c.Identity))
	})
	done.Durable = durable
	if err == nil && !r.All && !r.Lock && len(done.Connections) == 0 {
		err = absent(errAbsent)
	}
	return done, err
}

// silence mutes those that match, and sees to it that what is held of them stays so.
func (d *Door) silence(ctx context.Context, session string, what media, match func(Claims) bool) (Done, error) {
	done := Done{Connections: []string{}}
	all, err := d.liveKit.participants(ctx, session)
	if err != nil {
		return done, err
	}
	held := false
	for _, p := range all {
		c := p.claims(session)
		c.Role = d.store.roleNow(c)
		if !match(c) {
			continue
		}
		done.Connections = append(done.Connections, p.Identity)
		h, err := d.muteTracks(ctx, session, p, c, what)
		if err != nil {
			return done, err
		}
		held = held || h != noMedia
	}
	if held {
		waitOr(ctx.Done(), settle)
		_, err = d.hold(ctx, session, "")
	}
	return done, err
}

// muteTracks mutes what was asked for and what is held of a participant, and tells the
// room what is held.
func (d *Door) muteTracks(ctx context.Context, session string, p participant, c Claims, what media) (held media, err error) {
	held = d.store.muting(session).held(family(c.Identity), c.Role)
	for _, t := range p.Tracks {
		if t.Muted || t.medium()&(what|held) == 0 {
			continue
		}
		if err := d.liveKit.muteTrack(ctx, session, p.Identity, t.Sid); err != nil && !errors.Is(err, errAbsent) {
			return held, err
		}
	}
	if p.Attributes[netvideo.MutedAttribute] != held.attribute() {
		err = d.liveKit.setAttribute(ctx, session, p.Identity, netvideo.MutedAttribute, held.attribute())
		if errors.Is(err, errAbsent) {
			err = nil // it has left
		}
	}
	return held, err
}

// hold brings LiveKit to what is held of one connection, or of all when identity is
// empty. A connection whose request to unmute was turned down is muted once more even
// if it is muted: that tells the client.
func (d *Door) hold(ctx context.Context, session, identity string) (n int, err error) {
	all, err := d.liveKit.participants(ctx, session)
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if identity != "" && p.Identity != identity {
			continue
		}
		if identity != "" {
			for i := range p.Tracks {
				p.Tracks[i].Muted = false
			}
		}
		c := p.claims(session)
		c.Role = d.store.roleNow(c)
		if _, err := d.muteTracks(ctx, session, p, c, noMedia); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// unmute lifts locks, and tells the room.
func (d *Door) unmute(ctx context.Context, a asker, r UnmuteRequest) (Done, error) {
	what, err := muteTarget(r.Connection, r.All, r.Media)
	if err != nil {
		return Done{}, err
	}
	durable, err := d.store.mute(a.session, func(m muting) muting {
		if r.All {
			return m.releaseAll(what)
		}
		return m.releaseOne(family(r.Connection), what)
	})
	if err != nil {
		return Done{}, err
	}
	done, err := d.silence(ctx, a.session, noMedia, func(c Claims) bool {
		return r.All || family(c.Identity) == family(r.Connection)
	})
	done.Durable = durable
	return done, err
}

// handover makes a connection a moderator.
func (d *Door) handover(ctx context.Context, a asker, r HandoverRequest) (Done, error) {
	to, from := family(r.Connection), a.family()
	if r.Connection == "" || to == from {
		return Done{}, refuse(CodeBadRequest, "to whom? connection is missing, or your own")
	}
	if r.Keep {
		from = ""
	}
	p, err := d.find(ctx, a.session, r.Connection)
	if err != nil {
		return Done{}, err
	}
	if c := p.claims(a.session); !c.ours {
		return Done{}, refuse(CodeForbidden, "the connection's pass is not of this server's making")
	}
	durable, err := d.store.handover(a.session, to, from)
	if err != nil {
		return Done{}, err
	}
	done := Done{Connections: []string{}, Durable: durable}
	all, err := d.liveKit.participants(ctx, a.session)
	for _, p := range all {
		c := p.claims(a.session)
		before := c.Role
		if c.Role = d.store.roleNow(c); !c.ours || c.Role == before {
			continue
		}
		meta, no := c.metadata()
		if no == nil {
			no = d.liveKit.setRole(ctx, a.session, p.Identity, meta, c.Role)
		}
		if no != nil && !errors.Is(no, errAbsent) {
			err = errors.Join(err, no)
		}
		done.Connections = append(done.Connections, p.Identity)
	}
	return done, err
}
