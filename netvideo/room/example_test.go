package room_test

import (
	"context"
	"fmt"
	"image"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room"
)

// Join a session with the tokens that `cutout serve --sample` prints, and list what is
// shown there.
func ExampleJoin() {
	url, tokens, stop := room.SampleDoor()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := room.Join(ctx, room.Options{URL: url, Token: tokens[netvideo.Subscriber]})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for e := range r.Events() {
		if c, ok := e.(netvideo.SessionConnected); ok {
			fmt.Printf("in as a %s; %d streams\n", c.Self.Role, len(c.Streams))
			break // and go on reading elsewhere
		}
	}
	for _, v := range r.Streams() { // as often as pictures are drawn
		fmt.Println(v.Stream.Name, v.Picture, v.NoPicture, v.Level)
	}
	// Output: in as a subscriber; 0 streams
}

// Publish a picture and sound; whoever is there sees and hears them as one stream.
func ExampleRoom_Publish() {
	url, tokens, stop := room.SampleDoor()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ada, err := room.Join(ctx, room.Options{URL: url, Token: tokens[netvideo.Publisher]})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ada.Close()
	bob, err := room.Join(ctx, room.Options{URL: url, Token: tokens[netvideo.Subscriber]})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bob.Close()

	p, err := ada.Publish(ctx, room.PublishOptions{Name: "Ada", Width: 320, Height: 240, Audio: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	camera := image.NewYCbCr(image.Rect(0, 0, 320, 240), image.YCbCrSubsampleRatio420)
	for seen := false; !seen && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		p.Show(camera, time.Now())       // from a camera, 30 times a second
		p.Say(make([]float32, 48000/50)) // from a microphone
		for _, v := range bob.Streams() {
			if seen = v.Picture != nil && v.Stream.HasAudio; seen {
				fmt.Printf("Bob sees %s, %v\n", v.Stream.Name, v.Picture.Image.Bounds().Size())
			}
		}
	}
	// Output: Bob sees Ada, (320,240)
}

// Signals come once and in order; Deliver waits until they have come.
func ExampleRoom_Signal() {
	url, tokens, stop := room.SampleDoor()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	join := func(role netvideo.Role) *room.Room {
		r, err := room.Join(ctx, room.Options{URL: url, Token: tokens[role]})
		if err != nil {
			panic(err)
		}
		return r
	}
	ada, bob := join(netvideo.Publisher), join(netvideo.Moderator)
	defer ada.Close()
	defer bob.Close()
	for len(ada.Connections()) == 0 && ctx.Err() == nil { // the server may take three seconds
		time.Sleep(20 * time.Millisecond)
	}
	if err := ada.Deliver(ctx, netvideo.Signal{Type: "chat", Data: []byte("hello")}); err != nil {
		fmt.Println(err)
	}
	for e := range bob.Events() {
		if s, ok := e.(netvideo.SignalReceived); ok {
			fmt.Printf("%s: %s\n", s.Signal.Type, s.Signal.Data)
			break
		}
	}
	// Output: chat: hello
}

// A moderator throws somebody out, for good.
func ExampleRoom_Kick() {
	url, tokens, stop := room.SampleDoor()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	join := func(role netvideo.Role) *room.Room {
		r, err := room.Join(ctx, room.Options{URL: url, Token: tokens[role]})
		if err != nil {
			panic(err)
		}
		return r
	}
	ada, moderator := join(netvideo.Publisher), join(netvideo.Moderator)
	defer ada.Close()
	defer moderator.Close()
	if _, err := ada.Kick(ctx, moderator.Self().ID, false); err != nil {
		fmt.Println(err)
	}
	if _, err := moderator.Kick(ctx, ada.Self().ID, false); err != nil {
		fmt.Println(err)
	}
	for e := range ada.Events() {
		if d, ok := e.(netvideo.Disconnected); ok {
			fmt.Println(d.Reason)
		}
	}
	// Output:
	// the token's role does not allow this
	// forceDisconnected
}
