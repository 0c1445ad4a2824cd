package room

import (
	"testing"
	"time"
)

func TestStraits(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	type plea struct {
		at   float64
		well bool
		want bool
	}
	for name, pleas := range map[string][]plea{
		"people come":     {{0, true, false}, {9, true, false}, {30, true, false}, {39, true, false}},
		"a thin way":      {{10, true, false}, {13, true, true}, {14, true, true}, {60, true, true}, {119, true, true}},
		"our own is thin": {{10, false, false}, {11, false, false}, {12, false, false}, {13, true, false}, {22, true, false}},
	} {
		var s straits
		for i, p := range pleas {
			if got := s.notice(at(p.at), uint64(i+1), p.well); got != p.want {
				t.Errorf("%s: after %v s %v, want %v", name, p.at, got, p.want)
			}
		}
		if last := pleas[len(pleas)-1]; s.notice(at(last.at+61), uint64(len(pleas)), true) {
			t.Errorf("%s: it does not end", name)
		}
	}
}
