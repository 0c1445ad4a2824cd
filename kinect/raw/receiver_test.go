package raw

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
)

// A mode is one of those in which a stream sends.
type mode struct {
	name   string
	layout Layout
	make   func() *Receiver
	stream Stream
	depth  kinect.DepthMode
	video  kinect.VideoMode
}

func modes() []mode {
	var list []mode
	for m := kinect.Depth11Bit; m < kinect.DepthOff; m++ {
		list = append(list, mode{m.String(), LayoutOfDepth(m), func() *Receiver { return NewDepthReceiver(m) }, DepthStream, m, 0})
	}
	for m := kinect.VideoBayer; m < kinect.VideoOff; m++ {
		list = append(list, mode{m.String(), LayoutOfVideo(m), func() *Receiver { return NewVideoReceiver(m) }, VideoStream, 0, m})
	}
	return list
}

// reads are the reads of packets, of the mode's stream and one millisecond apart.
func (m mode) reads(s *stream, packets [][]byte) []Read {
	list := s.glued(packets, 16)
	for i := range list {
		list[i].Stream, list[i].Depth, list[i].Video = m.stream, m.depth, m.video
		list[i].At = time.UnixMilli(int64(i))
	}
	return list
}

// values are the pixels of a packed frame, slowly; bytes are taken as they are.
func (m mode) values(packed []byte) []uint16 {
	bits := m.layout.PixelBits
	if bits%8 == 0 {
		bits = 8
	}
	values := make([]uint16, len(packed)*8/bits)
	for i := range values {
		values[i] = unpackOne(packed, i, bits)
	}
	return values
}

// pixelsOf are the pixels of an image, in the same form.
func pixelsOf(img kinect.Image) []uint16 {
	switch {
	case img.Depth != nil:
		return img.Depth.Codes
	case img.Video.Intensity != nil:
		return img.Video.Intensity
	}
	values := make([]uint16, len(img.Video.Pixels))
	for i, b := range img.Video.Pixels {
		values[i] = uint16(b)
	}
	return values
}

func quality(img kinect.Image) (q kinect.Quality, clock uint32, at time.Time) {
	if img.Depth != nil {
		return img.Depth.Quality, img.Depth.Clock, img.Depth.At
	}
	return img.Video.Quality, img.Video.Clock, img.Video.At
}

// TestReceiver sends whole frames in every mode and looks at every pixel, at the end:
// frames must not change after they were handed on.
func TestReceiver(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := newStream(m.layout, 7)
			r := m.make()
			var got []kinect.Image
			var read Read
			for _, read = range m.reads(s, slices.Concat(s.frame(), s.frame(), s.frame())) {
				r.Add(read, func(img kinect.Image) {
					if _, _, at := quality(img); !at.Equal(read.At) {
						t.Errorf("frame of %v, read at %v", at, read.At)
					}
					got = append(got, img)
				})
				clear(read.Bytes) // nothing of it may be kept
			}
			if len(got) != 3 {
				t.Fatalf("%d frames", len(got))
			}
			for i, img := range got {
				q, clock, _ := quality(img)
				if !q.Whole() || clock != s.clock(i) {
					t.Errorf("frame %d has clock %d and %+v", i, clock, q)
				}
				if !slices.Equal(pixelsOf(img), m.values(s.frames[i])) {
					t.Errorf("frame %d has wrong pixels", i)
				}
				if d := img.Depth; d != nil && d.Mode != m.depth {
					t.Errorf("frame %d is of mode %v", i, d.Mode)
				}
				if v := img.Video; v != nil {
					if w, h := m.video.Size(); v.Width != w || v.Height != h || v.Format != m.video.Format() || !whole(v) {
						t.Errorf("frame %d is %d x %d, format %d", i, v.Width, v.Height, v.Format)
					}
				}
			}
			if c := r.Counters(); c.Frames != 3 || c.LostPackets != 0 {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

// TestReceiverRepairs loses packets in every mode: lost depth has no reading, lost video
// lies between what is above and below, and all else is as sent.
func TestReceiverRepairs(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := newStream(m.layout, 11)
			first := s.frame()
			sent := m.values(s.frames[0])
			n, last := m.layout.PayloadBytes(), m.layout.Packets()-1
			packets := slices.Concat(first, s.frame())
			for _, i := range []int{last, 61, 60, 3} { // the last one first, so that the others keep their places
				packets = slices.Delete(packets, i, i+1)
			}
			r := m.make()
			var got kinect.Image
			for _, read := range m.reads(s, packets) {
				read.Lengths = nil
				r.Add(read, func(img kinect.Image) {
					if q, _, _ := quality(img); q.LostPackets > 0 {
						got = img
					}
				})
			}
			q, clock, _ := quality(got)
			if q.LostPackets != 4 || clock != s.clock(0) {
				t.Fatalf("quality %+v, clock %d", q, clock)
			}
			if !slices.IsSortedFunc(q.Lost, func(a, b kinect.Rows) int { return a.From - b.From }) || len(q.Lost) != 3 {
				t.Fatalf("lost rows %v", q.Lost)
			}
			bits := max(8, m.layout.PixelBits%32)
			row := m.layout.RowBytes * 8 / bits
			values := pixelsOf(got)
			for i, v := range values {
				from, to := i*bits/8/n, (i*bits+bits-1)/8/n
				lost := false
				for _, p := range []int{last, 61, 60, 59, 3, 2, last - 1} { // those before a gap are in doubt
					lost = lost || from == p || to == p
				}
				if !lost && v != sent[i] {
					t.Fatalf("value %d is %d, sent was %d", i, v, sent[i])
				}
				y := i / row
				named := slices.ContainsFunc(q.Lost, func(r kinect.Rows) bool { return y >= r.From && y < r.To })
				if (from == 3 || from == 60 || from == 61 || from == last) && !named {
					t.Fatalf("value %d in row %d was lost, and the rows are %v", i, y, q.Lost)
				}
				if from == 60 && got.Depth != nil && v != uint16(1)<<m.layout.PixelBits-1 {
					t.Fatalf("lost code %d is %d", i, v)
				}
			}
		})
	}
}

// TestRepair makes up rows of a ramp: what was lost must come out as it was, since each
// colour grows evenly from row to row.
func TestRepair(t *testing.T) {
	const w, h = 10, 20
	for _, step := range []int{1, 2} {
		ramp := make([]uint16, w*h)
		for i := range ramp {
			x, y := i%w, i/w
			ramp[i] = uint16(100 + 7*x + 20*(y/step) + 300*(y%step))
		}
		for _, lost := range [][]Range{{{35, 80}}, {{30, 41}, {42, 60}, {75, 77}}, {{41, 42}}, {}} {
			got := slices.Clone(ramp)
			for _, r := range lost {
				for i := r.From; i < r.To; i++ {
					got[i] = 9999
				}
			}
			repair(got, w, step, lost)
			for i := range got {
				if d := int(got[i]) - int(ramp[i]); d < -1 || d > 1 {
					t.Errorf("step %d, lost %v: value %d is %d, want %d", step, lost, i, got[i], ramp[i])
				}
			}
		}
		// At the edges the nearest row is repeated; without any, nothing happens.
		got := slices.Clone(ramp)
		repair(got, w, step, []Range{{0, 2 * w}, {(h - 2) * w, h * w}})
		for x := range w {
			if got[x] != ramp[2*w+x] || got[(h-1)*w+x] != ramp[(h-3)*w+x] {
				t.Errorf("step %d: column %d is %d in the first row, %d in the last", step, x, got[x], got[(h-1)*w+x])
			}
		}
		all := []byte{1, 2, 3, 4}
		repair(all, 2, step, []Range{{0, 4}})
		if !bytes.Equal(all, []byte{1, 2, 3, 4}) {
			t.Errorf("out of nothing came %v", all)
		}
	}
}

// TestReceiverDamage: under every damage together, frames lie in order, what is outside
// the lost rows is as sent, and lost depth has no reading.
func TestReceiverDamage(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := newStream(m.layout, 21)
			n := max(4, 4_000_000/m.layout.FrameBytes)
			packets := s.damaged(n, 16, rate{10, 10, 10, 10, 10, 1})
			r := m.make()
			frames, broken, lastFrame := 0, 0, -1
			for _, read := range m.reads(s, packets) {
				r.Add(read, func(img kinect.Image) {
					q, clock, _ := quality(img)
					frame := int(clock/framePeriod) - 1
					if frame <= lastFrame || frame >= len(s.frames) || s.clock(frame) != clock {
						t.Fatalf("frame %d with clock %d after %d", frame, clock, lastFrame)
					}
					lastFrame = frame
					frames++
					if !q.Whole() {
						broken++
					}
					sent, got := m.values(s.frames[frame]), pixelsOf(img)
					row := len(got) / (m.layout.FrameBytes / m.layout.RowBytes)
					for i := range got {
						y := i / row
						if got[i] != sent[i] && !slices.ContainsFunc(q.Lost, func(r kinect.Rows) bool { return y >= r.From && y < r.To }) {
							t.Fatalf("frame %d: value %d in row %d is %d, sent was %d; lost rows %v", frame, i, y, got[i], sent[i], q.Lost)
						}
						if got[i] != sent[i] && img.Depth != nil && got[i] != uint16(1)<<m.layout.PixelBits-1 {
							t.Fatalf("frame %d: lost code %d is %d", frame, i, got[i])
						}
					}
				})
			}
			if frames == 0 || broken == 0 {
				t.Errorf("%d frames came, %d with losses: the test shows nothing", frames, broken)
			}
		})
	}
}

// TestReceiverStartsAnew: what was under way before Started does not go on after it, and
// the other stream's reads are not looked at.
func TestReceiverStartsAnew(t *testing.T) {
	for _, m := range modes() {
		s := newStream(m.layout, 3)
		r := m.make()
		frames := 0
		count := func(kinect.Image) { frames++ }
		half := s.frame()
		for _, read := range m.reads(s, half[:len(half)/2]) {
			r.Add(read, count)
		}
		after := m.reads(s, half[len(half)/2:])
		for i, read := range after {
			read.Started = i == 0
			r.Add(read, count)
			read.Stream = 1 - read.Stream
			r.Add(read, count)
		}
		if frames != 0 {
			t.Errorf("%s: half a frame before and half after the start gave %d frames", m.name, frames)
		}
		for _, read := range m.reads(s, s.frame()) {
			r.Add(read, count)
		}
		if frames != 1 {
			t.Errorf("%s: %d frames instead of 1", m.name, frames)
		}
	}
}

// TestReceiverAllocations: nothing but the frame is allocated, in memory no more than
// its pixels and a little.
func TestReceiverAllocations(t *testing.T) {
	for _, m := range modes() {
		s := newStream(m.layout, 3)
		reads := m.reads(s, slices.Concat(s.frame(), s.frame()))
		r := m.make()
		frames := 0
		deliver := func(kinect.Image) { frames++ }
		n := testing.AllocsPerRun(3, func() {
			r.Reset()
			for _, read := range reads {
				r.Add(read, deliver)
			}
		})
		if frames != 2*4 || n != 2*2 { // the frame and its pixels
			t.Errorf("%s: %d frames, %g allocations for each two; want 8 and 4", m.name, frames, n)
		}
	}
}

// TestDeveloperAllocations: a picture's planes are one allocation, as its head is.
func TestDeveloperAllocations(t *testing.T) {
	d := NewDeveloper(someCalibration())
	depth := &kinect.DepthFrame{Codes: room()}
	if n := testing.AllocsPerRun(5, func() { d.Depth(depth) }); n != 1 {
		t.Errorf("depth: %g allocations, want 1", n)
	}
	for _, v := range videoFrames() {
		if n := testing.AllocsPerRun(5, func() { d.Colour(v) }); n != 2 {
			t.Errorf("format %d, %d x %d: %g allocations, want 2", v.Format, v.Width, v.Height, n)
		}
	}
}

// videoFrames are random frames of every mode, and of a recording.
func videoFrames() []*kinect.VideoFrame {
	list := []*kinect.VideoFrame{{Format: kinect.RGB, Width: kinect.Width, Height: kinect.Height, Pixels: randomBytes(3 * pixels)}}
	for m := kinect.VideoBayer; m < kinect.VideoOff; m++ {
		w, h := m.Size()
		v := &kinect.VideoFrame{Format: m.Format(), Width: w, Height: h}
		switch v.Format {
		case kinect.Infrared:
			v.Intensity = make([]uint16, w*h)
			UnpackDepth10(v.Intensity, randomBytes(w*h*10/8))
		case kinect.UYVY:
			v.Pixels = randomBytes(2 * w * h)
		default:
			v.Pixels = randomBytes(w * h)
		}
		list = append(list, v)
	}
	return list
}
