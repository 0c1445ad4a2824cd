package usb

import (
	"math/rand/v2"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// TestTiltLimit: one move a second, and a rest of twenty after fifteen.
func TestTiltLimit(t *testing.T) {
	var l tiltLimit
	now := time.Unix(1000, 0)
	for i := range tiltMoves {
		if wait := l.wait(now); wait != 0 {
			t.Fatalf("move %d has to wait %v", i, wait)
		}
		l.moved(now, i)
		if wait := l.wait(now.Add(300 * time.Millisecond)); i < tiltMoves-1 && wait != 700*time.Millisecond {
			t.Errorf("300 ms after move %d the wait is %v", i, wait)
		}
		now = now.Add(tiltPause)
	}
	if !l.told(tiltMoves-1) || l.told(3) {
		t.Error("it does not know what it was told last")
	}
	if wait := l.wait(now); wait != tiltRest-tiltPause {
		t.Errorf("after fifteen moves the wait is %v", wait)
	}
	now = now.Add(tiltRest - tiltPause)
	for i := range 3 {
		if wait := l.wait(now); wait != 0 {
			t.Errorf("move %d after the rest has to wait %v", i, wait)
		}
		l.moved(now, i)
		now = now.Add(tiltPause)
	}
}

// TestPacer sends frames at the pace of each mode, with jitter, losses and a clock of
// its own, and wants transfers to end right behind nearly all of them.
func TestPacer(t *testing.T) {
	layout := raw.LayoutOfDepth(kinect.Depth11Bit)
	for _, period := range []float64{266.954, 266.344, 533, 800} {
		p := newPacer(layout)
		rng := rand.New(rand.NewPCG(1, uint64(period)))
		packet := make([]byte, raw.HeaderBytes)
		late, due := 0, 0
		for i := range 300 {
			end := int64(float64(i+1)*period) + rng.Int64N(2) // the slot behind the last packet
			if i > 20 {                                       // the nearest mark must lie behind the end, by little
				due++
				ahead := float64(end - p.mark())
				frames := float64(int(ahead/p.period + 1))
				if behind := frames*p.period - ahead; behind > 3*slack {
					late++
				}
			}
			if rng.IntN(20) == 0 {
				continue // its last packet is lost
			}
			layout.PutHeader(packet, layout.Packets()-1, 0, 0)
			if found := p.look(end-1, packet, []int{len(packet)}); found != (p.period > 0) {
				t.Fatal("a frame's end was not seen")
			}
		}
		if p.period < period-1.5 || p.period > period+1.5 {
			t.Errorf("a period of %.1f slots was taken for one of %.1f", period, p.period)
		}
		if late > due/20 {
			t.Errorf("period %.1f: %d of %d frames end behind their mark", period, late, due)
		}
	}
	if p := newPacer(layout); p.look(0, []byte{1, 2, 3}, []int{-1, 0, 3}) || p.period != 0 {
		t.Error("rubbish was taken for a frame")
	}
}
