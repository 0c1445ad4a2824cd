package server_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"
)

// A server of one's own, a session in it, a link for guests, and one who is thrown out.
func Example() {
	if err := friday(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// guests get the role subscriber
	// the pass is revoked: true
	// the link is revoked: true
	// key did kick with the result done
}

func friday(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "room")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	state := filepath.Join(dir, "state.json")
	// Programs other than cutout run server.Serve in a child of their own.
	supervisor, err := server.Supervise(ctx, server.Options{
		Env:  []string{"CUTOUT_TEST_CHILD=serve"},
		Args: func(server.Ready) []string { return []string{"127.0.0.1:0", "0", state} },
	})
	if err != nil {
		return err
	}
	defer func() { _ = supervisor.Close() }()
	keys, err := door.ReadKeys(state)
	if err != nil {
		return err
	}
	admin := door.Admin{URL: supervisor.State().Ready.URL, Keys: keys}
	session, err := admin.CreateSession(ctx, door.SessionRequest{ID: "friday", Interaction: door.OneToMany})
	if err != nil {
		return err
	}
	invite, err := admin.CreateInvite(ctx, door.InviteRequest{Session: session.ID, Uses: 20})
	if err != nil {
		return err
	}
	fmt.Println("guests get the role", invite.Role)

	link, err := netvideo.ParseLink(invite.Link)
	if err != nil {
		return err
	}
	pass, err := door.Redeem(ctx, link, door.Who{Name: "Eve"})
	if err != nil {
		return err
	}
	if _, err := admin.Kick(ctx, session.ID, door.KickRequest{Connection: pass.Identity, ReplaceLinks: true}); err != nil {
		return err
	}
	_, err = door.CheckPass(ctx, pass.URL, pass.Token)
	fmt.Println("the pass is revoked:", errors.Is(err, netvideo.ErrRevoked))
	_, err = door.Redeem(ctx, link, door.Who{Name: "Eve"})
	fmt.Println("the link is revoked:", errors.Is(err, netvideo.ErrRevoked))
	acts, err := admin.Audit(ctx, session.ID, 10)
	if err != nil {
		return err
	}
	fmt.Println(acts[0].Who, "did", acts[0].Act, "with the result", acts[0].Result)
	return nil
}
