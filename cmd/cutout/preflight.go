package main

import (
	"context"
	"fmt"
	"image"
	"strings"
	"time"

	"cutout/game/audio"
	"cutout/netvideo/room"
)

// preflightTime is when whatever does not work by then is said not to.
const preflightTime = room.PreflightTime

// A preflightCheck is one thing that a game needs, as it turned out.
type preflightCheck struct {
	name   string
	works  func() bool
	advice string
}

// preflight looks beside the start whether sensor, sound, microphone and network work,
// and says so once: as soon as all do, or when they have had their time. The game goes
// on either way.
func (a *app) preflight(ctx context.Context, sound *audio.Player) {
	begin := time.Now()
	pictures := make(chan error, 1)
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	go func() { pictures <- a.lookAtPictures(ctx) }()
	var looked, seen bool
	var dark error
	checks := a.preflightChecks(sound, func() bool { return seen })
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil && (!looked || len(failing(checks)) > 0) {
		select {
		case <-ctx.Done():
		case err := <-pictures:
			looked, seen, dark = true, err == nil, err
		case <-tick.C:
		}
	}
	if !looked {
		dark = <-pictures
	}
	if context.Cause(ctx) == context.Canceled {
		return // the player has left
	}
	a.tellPreflight(checks, dark, time.Since(begin))
}

// lookAtPictures waits for the sensor's first picture, and looks whether it is dark.
func (a *app) lookAtPictures(ctx context.Context) error {
	if a.seat.sensor == "none" {
		return nil
	}
	return room.Preflight(ctx, room.PreflightOptions{Camera: func(ctx context.Context) (*image.YCbCr, error) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if scene := a.sensor.Scene(); scene != nil && scene.Frame.Colour != nil {
				return scene.Frame.Colour, nil
			}
			select {
			case <-ctx.Done():
				return nil, fmt.Errorf("it gives no picture: %w", ctx.Err())
			case <-tick.C:
			}
		}
	}}).Camera.Err
}

func (a *app) preflightChecks(sound *audio.Player, seen func() bool) []preflightCheck {
	checks := []preflightCheck{{"sensor", seen, "'cutout kinect doctor' looks closer"}}
	if !a.seat.offscreen {
		checks = append(checks, preflightCheck{"sound", func() bool { return sound.Trouble() == "" }, "the game plays on silently; 'cutout doctor' looks closer"})
	}
	if a.voice.wanted() {
		checks = append(checks, preflightCheck{"microphone", a.voice.there.Load, "friends do not hear you; --mic off if that is fine"})
	}
	if !a.solo {
		checks = append(checks, preflightCheck{"network", func() bool { return a.call.room.Load() != nil }, "'cutout doctor --room LINK' says what is wrong on the way"})
	}
	return checks
}

func failing(checks []preflightCheck) (bad []preflightCheck) {
	for _, c := range checks {
		if !c.works() {
			bad = append(bad, c)
		}
	}
	return bad
}

// tellPreflight writes what came of it, for people and for scripts.
func (a *app) tellPreflight(checks []preflightCheck, dark error, took time.Duration) {
	bad := failing(checks)
	results := map[string]string{}
	var good []string
	for _, c := range checks {
		results[c.name] = resultOK
		good = append(good, c.name)
	}
	for _, c := range bad {
		results[c.name] = resultFailed
		why := "no " + c.name + " after " + took.Round(time.Second).String()
		if c.name == "sensor" && dark != nil {
			why = "sensor: " + oneLine(dark)
		}
		fmt.Fprintf(a.out, "note: %s\nhint: %s\n", why, c.advice)
	}
	if len(bad) == 0 {
		fmt.Fprintf(a.out, "Checked in %.1f s: %s.\n", took.Seconds(), strings.Join(good, ", "))
	}
	a.log.event("preflight", map[string]any{"ok": len(bad) == 0, "took": took.Seconds(), "checks": results})
}
