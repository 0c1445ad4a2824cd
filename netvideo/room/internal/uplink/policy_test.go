package uplink

import (
	"fmt"
	"testing"
	"time"
)

// settled is what a policy plans once a situation has lasted.
func settled(p *Policy, s Situation, from *time.Time) Plan {
	var plan Plan
	for range 200 {
		*from = from.Add(100 * time.Millisecond)
		s.Now = *from
		plan = p.Plan(s)
	}
	return plan
}

// brief is a plan in short: frame rate, then the layers' sizes and bit rates.
func brief(p Plan, w, h int) string {
	s := fmt.Sprintf("%d fps", p.FPS)
	for _, l := range p.Layers {
		if l.On {
			s += fmt.Sprintf(", %.0fx%.0f at %d", float64(w)/l.Scale, float64(h)/l.Scale, l.Kbps)
		}
	}
	switch {
	case p.Bandwidth:
		s += ", bandwidth"
	case p.CPU:
		s += ", cpu"
	}
	return s
}

func TestPolicy(t *testing.T) {
	one, two, three := Wanted{700, 30, 1}, Wanted{700, 30, 2}, Wanted{1500, 30, 3}
	vga := Situation{Width: 640, Height: 480, Watched: 3, Homes: 3}
	with := func(change func(*Situation)) Situation {
		s := vga
		change(&s)
		return s
	}
	bears := func(kbps int) Situation { return with(func(s *Situation) { s.Kbps = kbps }) }
	takes := func(d time.Duration) Situation { return with(func(s *Situation) { s.EncodeTime = d }) }
	for _, c := range []struct {
		name string
		want Wanted
		s    Situation
		plan string
	}{
		{"nobody knows", one, vga, "30 fps, 640x480 at 700"},
		{"a wide way", one, bears(2000), "30 fps, 640x480 at 700"},
		{"a little less", one, bears(500), "30 fps, 640x480 at 500, bandwidth"},
		{"first the frame rate", one, bears(220), "15 fps, 640x480 at 220, bandwidth"},
		{"still the frame rate", one, bears(140), "10 fps, 640x480 at 140, bandwidth"},
		{"then the size", one, bears(110), "15 fps, 480x360 at 110, bandwidth"},
		{"and both", one, bears(85), "10 fps, 480x360 at 85, bandwidth"},
		{"a trickle", one, bears(60), "15 fps, 320x240 at 60, bandwidth"},
		{"many pictures become fewer first", Wanted{2000, 60, 1}, bears(250), "30 fps, 640x480 at 250, bandwidth"},
		{"nearly nothing", one, bears(20), "10 fps, 320x240 at 20, bandwidth"},
		{"nobody looks", one, with(func(s *Situation) { s.Watched = 0 }), "30 fps"},
		{"a fast machine", one, takes(5 * time.Millisecond), "30 fps, 640x480 at 700"},
		{"two layers", two, bears(2000), "30 fps, 320x240 at 182, 640x480 at 517"},
		{"only the small one is looked at", two, with(func(s *Situation) { s.Watched = 1 }), "30 fps, 320x240 at 182"},
		{"two homes talk", two, with(func(s *Situation) { s.Homes = 1 }), "30 fps, 640x480 at 700"},
		{"two homes on a thin way", two, with(func(s *Situation) { s.Homes, s.Kbps = 1, 250 }), "30 fps, 640x480 at 250, bandwidth"},
		{"layers get less", two, bears(400), "30 fps, 320x240 at 182, 640x480 at 218, bandwidth"},
		{"the large one goes", two, bears(300), "30 fps, 320x240 at 182, bandwidth"},
		{"three layers", three, with(func(s *Situation) { s.Width, s.Height = 1280, 960 }),
			"30 fps, 320x240 at 126, 640x480 at 358, 1280x960 at 1014"},
		{"the largest goes first", three, with(func(s *Situation) { s.Width, s.Height, s.Kbps = 1280, 960, 700 }),
			"30 fps, 320x240 at 126, 640x480 at 358, bandwidth"},
		{"then the middle", three, with(func(s *Situation) { s.Width, s.Height, s.Kbps = 1280, 960, 200 }),
			"30 fps, 320x240 at 126, bandwidth"},
	} {
		now := time.Unix(1e9, 0)
		if got := brief(settled(NewPolicy(c.want), c.s, &now), c.s.Width, c.s.Height); got != c.plan {
			t.Errorf("%s: %s, not %s", c.name, got, c.plan)
		}
	}
}

// A machine that is too slow encodes fewer pictures, then smaller ones, and all of them
// again when it has time.
func TestPolicyOnASlowMachine(t *testing.T) {
	p, now := NewPolicy(Wanted{700, 30, 1}), time.Unix(1e9, 0)
	s := Situation{Width: 640, Height: 480, Watched: 1, Homes: 1, Kbps: 2000}
	for _, c := range []struct {
		whole time.Duration // that a picture of the whole size takes
		plan  string
	}{
		{10 * time.Millisecond, "30 fps, 640x480 at 700"},
		{40 * time.Millisecond, "15 fps, 640x480 at 700, cpu"},
		{75 * time.Millisecond, "10 fps, 640x480 at 700, cpu"},
		{100 * time.Millisecond, "10 fps, 480x360 at 700, cpu"},
		{30 * time.Millisecond, "15 fps, 640x480 at 700, cpu"},
		{10 * time.Millisecond, "30 fps, 640x480 at 700"},
	} {
		plan := Plan{Layers: []Step{{Scale: 1}}}
		for range 300 {
			now = now.Add(100 * time.Millisecond)
			s.Now = now
			scale := plan.Layers[0].Scale
			s.EncodeTime = time.Duration(float64(c.whole) / (scale * scale))
			plan = p.Plan(s)
		}
		if got := brief(plan, 640, 480); got != c.plan {
			t.Errorf("at %v a picture: %s, not %s", c.whole, got, c.plan)
		}
	}
}

// What wavers by a tenth does not make pictures jump; what breaks down is followed at
// once, and what comes back within seconds.
func TestPolicyHesitates(t *testing.T) {
	p, now := NewPolicy(Wanted{700, 30, 2}), time.Unix(1e9, 0)
	s := Situation{Width: 640, Height: 480, Watched: 2, Homes: 2, Kbps: 340}
	ask := func() Plan {
		now = now.Add(100 * time.Millisecond)
		s.Now = now
		return p.Plan(s)
	}
	settled(p, s, &now)
	changes, had := 0, 0
	for i := range 600 {
		s.Kbps = 340 + (i%3-1)*34
		n := 0
		for _, l := range ask().Layers {
			if l.On {
				n++
			}
		}
		if i > 0 && n != had {
			changes++
		}
		had = n
	}
	if changes > 1 {
		t.Errorf("the layers changed %d times", changes)
	}
	s.Kbps = 2000
	settled(p, s, &now)
	s.Kbps = 100
	if plan := ask(); plan.Layers[1].On || plan.Kbps() > 100 {
		t.Errorf("after a breakdown: %s", brief(plan, 640, 480))
	}
	s.Kbps = 2000
	for n := 0; !ask().Layers[1].On; n++ {
		if n > 20 {
			t.Fatal("the large layer is not back after two seconds")
		}
	}
}

// Whatever happens, no more is planned than the way bears, but for a trickle for each
// layer; nothing for who does not look; and frame rates and sizes that there are.
func TestPolicyKeepsTo(t *testing.T) {
	for layers := 1; layers <= 3; layers++ {
		p, now := NewPolicy(Wanted{1200, 30, layers}), time.Unix(1e9, 0)
		for i := range 20000 {
			now = now.Add(37 * time.Millisecond)
			s := Situation{Now: now, Kbps: 1 + i*7919%1500, EncodeTime: time.Duration(i*104729%90) * time.Millisecond,
				Width: 640, Height: 480, Watched: i / 500 % 4, Homes: i / 700 % 4}
			plan := p.Plan(s)
			if plan.Kbps() > s.Kbps+10*layers || plan.Kbps() > 1200 {
				t.Fatalf("%d kbit/s of %d", plan.Kbps(), s.Kbps)
			}
			on := 0
			for k, l := range plan.Layers {
				if l.On {
					on++
				}
				if l.On && (k >= s.Watched || l.Kbps < 1) || !l.On && l.Kbps != 0 || l.Scale < 1 {
					t.Fatalf("layer %d of %+v, %d watched", k, plan, s.Watched)
				}
			}
			if (on > 0) != (s.Watched > 0) || plan.FPS < 10 || plan.FPS > 30 || plan.Bandwidth && plan.CPU {
				t.Fatalf("%+v of %+v", plan, s)
			}
		}
	}
}

func TestAudioKbps(t *testing.T) {
	for _, c := range [][3]int{{32, 0, 32}, {32, 1000, 32}, {32, 200, 24}, {32, 50, 12}, {8, 50, 8}} {
		if got := AudioKbps(c[0], c[1]); got != c[2] {
			t.Errorf("%d kbit/s of %d for sound, %d at most: not %d", got, c[1], c[0], c[2])
		}
	}
}
