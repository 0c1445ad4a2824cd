package wire

import (
	"testing"
	"time"

	"cutout/netvideo/codec/rtpvp8"
)

// layered is the nth frame of a stream of three temporal layers, whose pattern is
// 0 2 1 2; the 2 before the 1 leans on the base alone, and so does the 1.
func layered(n int) Frame {
	tid := []uint8{0, 2, 1, 2}[n%4]
	return Frame{Key: n == 0, VP8: rtpvp8.Descriptor{HasTID: true, HasTL0PicIdx: true, HasPictureID: true,
		TID: tid, Sync: n%4 == 1 || n%4 == 2, TL0PicIdx: uint8(250 + n/4), PictureID: uint16(32760+n) & 0x7fff}}
}

func TestLossOfUpperLayersNeedsNoKeyFrame(t *testing.T) {
	for name, c := range map[string]struct {
		lost []int // frames that never come
		not  []int // of those that come, which cannot be decoded
		key  bool  // a key frame is needed at the end
	}{
		"nothing":             {},
		"the top":             {lost: []int{3}},
		"the first top":       {lost: []int{1}, not: []int{3}}, // which leans on it, for all we know
		"the middle":          {lost: []int{2}, not: []int{3}},
		"middle and top":      {lost: []int{1, 2, 3}},
		"over the end":        {lost: []int{19, 21, 22}, not: []int{23}}, // the numbers begin anew
		"the base":            {lost: []int{8}, not: []int{9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27}, key: true},
		"the base and others": {lost: []int{7, 8, 9}, not: []int{10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27}, key: true},
	} {
		var r References
		has := func(list []int, n int) bool {
			for _, v := range list {
				if v == n {
					return true
				}
			}
			return false
		}
		missing := false
		for n := range 28 {
			if has(c.lost, n) {
				missing = true
				continue
			}
			f := layered(n)
			f.Lost, missing = missing, false
			if ok := r.Take(&f); ok == has(c.not, n) {
				t.Errorf("%s: frame %d (layer %d) can be decoded: %v", name, n, f.VP8.TID, ok)
			}
		}
		if r.NeedKey() != c.key {
			t.Errorf("%s: a key frame is needed: %v", name, r.NeedKey())
		}
		key := layered(0)
		key.Lost = true
		if !r.Take(&key) || r.NeedKey() {
			t.Errorf("%s: a key frame does not end it", name)
		}
	}
}

func TestReferencesWithoutLayers(t *testing.T) {
	id := func(n int, has bool) rtpvp8.Descriptor {
		return rtpvp8.Descriptor{HasPictureID: has, PictureID: uint16(n) & 0x7fff}
	}
	for name, c := range map[string]struct {
		codec  Codec
		has    bool
		jump   int
		sound  bool
		number int
	}{
		"padding was lost":      {VP8, true, 1, true, 0x7fff},
		"a frame was lost":      {VP8, true, 2, false, 5},
		"VP8 that does not say": {VP8, false, 1, false, 5},
		"H.264":                 {H264, false, 1, false, 5},
	} {
		var r References
		early := Frame{Codec: c.codec, VP8: id(c.number, c.has)}
		if r.Take(&early) || !r.NeedKey() {
			t.Errorf("%s: decoded before a key frame", name)
		}
		f := Frame{Codec: c.codec, Key: true, VP8: id(c.number, c.has)}
		r.Take(&f)
		f = Frame{Codec: c.codec, Lost: true, VP8: id(c.number+c.jump, c.has)}
		if ok := r.Take(&f); ok != c.sound || r.NeedKey() == c.sound {
			t.Errorf("%s: it can be decoded: %v", name, ok)
		}
	}
}

// What is dropped on purpose costs what leans on it, and no more.
func TestDropping(t *testing.T) {
	var r References
	for n := range 8 {
		f := layered(n)
		ok := r.Take(&f)
		if n == 6 {
			r.Drop(&f) // the middle layer
		}
		if ok == (n == 7) {
			t.Errorf("frame %d can be decoded: %v", n, ok)
		}
	}
	spare := Frame{VP8: rtpvp8.Descriptor{NonReference: true}}
	r = References{}
	f := layered(0)
	r.Take(&f)
	if r.Drop(&spare); r.NeedKey() || !spare.Disposable() {
		t.Error("nothing leans on it")
	}
	if r.Drop(&Frame{}); !r.NeedKey() {
		t.Error("everything leans on it")
	}
}

func TestSenderClock(t *testing.T) {
	var c SenderClock
	now := time.Unix(1_790_000_000, 0)
	if _, ok := c.At(5, 90_000, now); ok || !c.Moved().IsZero() {
		t.Error("a time before any report")
	}
	sent := time.Unix(1_790_000_123, 250_000_000) // the publisher's clock is ahead
	ntp := uint64(sent.Unix()-ntpEpoch)<<32 | 1<<30
	c.Report(ntp, 1<<32-90_000, now)
	c.Packets(10)
	if at, ok := c.At(90_000, 90_000, now); !ok || at.Sub(sent.Add(2*time.Second)).Abs() > time.Microsecond {
		t.Errorf("%v, %v", at, ok)
	}
	if at, ok := c.At(1<<32-90_000-45_000, 90_000, now); !ok || at.Sub(sent.Add(-time.Second/2)).Abs() > time.Microsecond {
		t.Errorf("%v, %v", at, ok)
	}
	c.Report(ntp, 0, now.Add(time.Second))
	c.Packets(10)
	if !c.Moved().Equal(now) || !c.Reported().Equal(now.Add(time.Second)) {
		t.Errorf("moved at %v, reported at %v", c.Moved(), c.Reported())
	}
	if _, ok := c.At(0, 90_000, now.Add(time.Hour)); ok {
		t.Error("an old report counts")
	}
}
