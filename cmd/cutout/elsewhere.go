package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// hostElsewhere keeps a room on a server that is there already: behind its door, if it
// has one, else by LiveKit's own rules, where no link can be made or taken back.
func (a *app) hostElsewhere(ctx context.Context, o playOptions) error {
	keys, err := door.KeysFromEnv()
	if err != nil {
		return err
	}
	pass, link, err := openRoomIn(ctx, door.Admin{URL: o.server, Keys: keys}, o.session, o.name)
	if errors.Is(err, netvideo.ErrUnreachable) {
		// Nothing there, or a LiveKit without a door: joining tells which.
		var friend door.Pass
		if pass, friend, err = passesFor(keys, o); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "A LiveKit server without a door: it keeps nobody out who has a token, and takes none back.\nOne friend joins with: cutout join --server %s --token %s\n", o.server, friend.Token)
		a.log.event("invite", map[string]any{"server": o.server, "token": friend.Token, "reach": "whoever reaches the server"})
	} else if err != nil {
		return err
	} else {
		a.link.Store(&link)
		a.log.event("invite", map[string]any{"link": link, "reach": "whoever reaches the server"})
		fmt.Fprintf(a.out, "Friends join with: cutout join %s\n", link)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return a.call.join(ctx, room.Options{URL: pass.URL, Doors: pass.Doors, Token: pass.Token}, func(r *room.Room) {
		wg.Go(func() { a.publish(ctx, r) })
		if o.bots > 0 && link != "" {
			wg.Go(func() { a.runBotsBeside(ctx, o.bots, link) })
		}
	})
}

// passesFor signs two passes for a LiveKit server that has no door: the host's, and one
// for friends.
func passesFor(keys door.Keys, o playOptions) (host, friend door.Pass, err error) {
	store, err := door.OpenStore("", keys)
	if err != nil {
		return host, friend, err
	}
	defer func() { _ = store.Close() }()
	session, err := store.CreateSession(door.SessionRequest{ID: o.session})
	if err != nil {
		return host, friend, err
	}
	host, err = store.Mint(door.PassRequest{Session: session.ID, Role: netvideo.Publisher, Who: door.Who{Name: o.name, Native: true}})
	if err != nil {
		return host, friend, err
	}
	friend, err = store.Mint(door.PassRequest{
		Session: session.ID, Role: netvideo.Publisher, Who: door.Who{Name: "Friend", Native: true}, Expires: int64(24 * time.Hour / time.Second),
	})
	host.URL, friend.URL = o.server, o.server
	return host, friend, err
}
