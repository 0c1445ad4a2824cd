package main

import (
	"io"
	"testing"

	"cutout/game"
)

var _ game.Microphone = (*voice)(nil)

func TestParseMic(t *testing.T) {
	for _, c := range []struct {
		mode      string
		offscreen bool
		want      string
	}{{"on", true, "on"}, {"off", false, "off"}, {"auto", false, "auto"}, {"auto", true, "off"}} {
		if got, err := parseMic(c.mode, c.offscreen); err != nil || got != c.want {
			t.Errorf("--mic %s, off-screen %v: %q, %v", c.mode, c.offscreen, got, err)
		}
	}
	if _, err := parseMic("loud", false); err == nil {
		t.Error("--mic loud was taken")
	}
	v := &voice{mode: "auto", out: io.Discard}
	if on, there := v.Live(); on || there {
		t.Error("a microphone before there is one")
	}
	v.Toggle() // without a room nothing happens
}
