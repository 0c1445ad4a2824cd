package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"cutout/netvideo/room"
	"cutout/netvideo/sound"
)

// A voice is the player's microphone: it opens it, and friends hear it until the
// player mutes it. It is the game's Microphone.
type voice struct {
	mode    string // --mic
	out     io.Writer
	there   atomic.Bool // a microphone hears something
	off     atomic.Bool // the player muted it
	streams atomic.Pointer[room.Publisher]
}

// parseMic settles --mic: with auto who plays at a window talks, if there is a
// microphone, and a demonstration is silent.
func parseMic(mode string, offscreen bool) (string, error) {
	switch mode {
	case "on", "off":
		return mode, nil
	case "auto":
		if offscreen {
			return "off", nil
		}
		return mode, nil
	}
	return "", usage(fmt.Errorf("there is no microphone mode %q", mode),
		"--mic takes on, off or auto (on where there is a microphone and somebody plays)")
}

func (v *voice) wanted() bool { return v.mode != "off" }

// run hears until ctx ends, and says in one line what came of it.
func (v *voice) run(ctx context.Context) {
	if !v.wanted() {
		return
	}
	err := sound.Microphone(ctx, func(pcm []float32) {
		if !v.there.Swap(true) {
			fmt.Fprintln(v.out, "microphone: friends hear you; V mutes")
			v.settle()
		}
		if p := v.streams.Load(); p != nil {
			p.Say(pcm)
		}
	})
	v.there.Store(false)
	v.settle()
	switch {
	case ctx.Err() != nil || err == nil:
	case errors.Is(err, sound.ErrNoMicrophone):
		fmt.Fprintln(v.out, "no microphone: friends see you and do not hear you")
	default:
		fmt.Fprintf(v.out, "microphone: %v: friends do not hear you\n", err)
	}
}

// published: friends can hear now.
func (v *voice) published(p *room.Publisher) {
	if v.wanted() {
		v.streams.Store(p)
		v.settle()
	}
}

// settle tells the room whether there is something to hear. A moderator's mute stays.
func (v *voice) settle() {
	if p := v.streams.Load(); p != nil {
		_ = p.SetAudio(v.there.Load() && !v.off.Load())
	}
}

// Live implements game.Microphone.
func (v *voice) Live() (on, there bool) {
	p := v.streams.Load()
	return p != nil && p.Stream().HasAudio, v.there.Load()
}

// Toggle implements game.Microphone.
func (v *voice) Toggle() {
	on, _ := v.Live()
	v.off.Store(on)
	v.settle()
}
