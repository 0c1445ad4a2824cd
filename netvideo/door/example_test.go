package door_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// The handout's two operations: another program's server makes a session, and a token
// for each of its users. Over HTTP they are POST /api/sessions and POST /api/token.
func ExampleAdmin() {
	store, err := door.OpenStore("", door.Keys{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	d, err := door.New(door.Config{Store: store, LiveKit: "http://127.0.0.1:1"}) // nobody joins here
	if err != nil {
		fmt.Println(err)
		return
	}
	listening := httptest.NewServer(d)
	defer listening.Close()

	ctx := context.Background()
	admin := door.Admin{URL: listening.URL, Keys: store.Keys()}
	session, err := admin.CreateSession(ctx, door.SessionRequest{Data: `{"lesson":7}`})
	if err != nil {
		fmt.Println(err)
		return
	}
	pass, err := admin.CreatePass(ctx, door.PassRequest{
		Session: session.ID, Role: netvideo.Publisher, Who: door.Who{Name: "Ada"}, Data: "seat 4", Expires: 3600, Once: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := door.CheckPass(ctx, pass.URL, pass.Token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(claims.Name, "is a", claims.Role)
	// Output: Ada is a publisher
}
