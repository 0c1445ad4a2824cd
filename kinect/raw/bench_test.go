package raw

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
)

// beside runs f, and beside it a copy of n bytes: what memory alone allows. On a machine
// that does other things the mean says little, so it tells the best of all runs too,
// and the copy's best in the same run in percent of it (%copy).
func beside(b *testing.B, n int, f func()) {
	b.SetBytes(int64(n))
	b.ReportAllocs()
	best := time.Duration(1 << 62)
	for b.Loop() {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	src, dst := make([]byte, n), make([]byte, n)
	copied := time.Duration(1 << 62)
	for range 100 {
		start := time.Now()
		copy(dst, src)
		copied = min(copied, time.Since(start))
	}
	b.ReportMetric(float64(best), "best-ns/op")
	b.ReportMetric(100*float64(copied)/float64(best), "%copy")
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	var seed [32]byte
	rand.NewChaCha8(seed).Read(b)
	return b
}

// room is a depth picture much like a real one: a wall, a body before it, noise of a
// code or two, and some pixels without a reading.
func room() []uint16 {
	rng := rand.New(rand.NewPCG(1, 2))
	codes := make([]uint16, pixels)
	for i := range codes {
		x, y := i%kinect.Width, i/kinect.Width
		c := 950 - uint16(y/16)
		if dx, dy := x-320, y-260; dx*dx*3+dy*dy < 200*200 {
			c = 800 + uint16(dx*dx/400)
		}
		codes[i] = c + uint16(rng.IntN(3))
		if x > 632 || rng.IntN(100) == 0 {
			codes[i] = kinect.NoDisparity
		}
	}
	return codes
}

func BenchmarkUnpack(b *testing.B) {
	packed, codes := randomBytes(LayoutOfDepth(kinect.Depth11Bit).FrameBytes), make([]uint16, pixels)
	beside(b, 2*pixels, func() { UnpackDepth(codes, packed) })
}

func BenchmarkUnpackMillimetres(b *testing.B) {
	packed, codes := pack(room()), make([]uint16, pixels)
	mm := make([]kinect.Millimetres, pixels)
	d := NewDeveloper(kinect.DefaultCalibration())
	beside(b, 2*pixels, func() {
		UnpackDepth(codes, packed)
		d.Millimetres(mm, codes)
	})
}

func BenchmarkDepth(b *testing.B) {
	f := &kinect.DepthFrame{Codes: room()}
	b.Run("unregistered", func(b *testing.B) {
		d := NewDeveloper(kinect.DefaultCalibration())
		beside(b, 2*pixels, func() { d.Depth(f) })
	})
	b.Run("registered", func(b *testing.B) {
		d := NewDeveloper(someCalibration())
		beside(b, 2*pixels, func() { d.Depth(f) })
	})
}

func BenchmarkRegistration(b *testing.B) {
	w := NewDeveloper(someCalibration()).warp
	codes, mm := (*[pixels]uint16)(room()), new([pixels]kinect.Millimetres)
	beside(b, 2*pixels, func() {
		clear(mm[:])
		w.register(mm, codes)
	})
}

func BenchmarkBayer(b *testing.B) {
	m := new(mosaic)
	bayer := randomBytes(pixels)
	p := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	beside(b, pixels*3/2, func() { m.develop(p, bayer, kinect.Width, kinect.Height) })
}

// BenchmarkColour allocates the picture too. The bytes are the picture's.
func BenchmarkColour(b *testing.B) {
	d := NewDeveloper(kinect.DefaultCalibration())
	for _, v := range videoFrames() {
		name := []string{"bayer", "rgb", "ycbcr", "uyvy", "infrared"}[v.Format]
		b.Run(fmt.Sprint(name, "-", v.Width), func(b *testing.B) {
			beside(b, v.Width*v.Height*3/2, func() { d.Colour(v) })
		})
	}
}

func BenchmarkAssemble(b *testing.B) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 1)
	reads := s.glued(append(s.frame(), s.frame()...), 16)
	a := NewAssembler(s.layout)
	beside(b, 2*s.layout.FrameBytes, func() {
		for _, r := range reads {
			a.AddRead(r, func(Assembled) {})
		}
	})
}

// BenchmarkReceive takes all reads of one frame, in every mode. The bytes are the
// packets'.
func BenchmarkReceive(b *testing.B) {
	for _, m := range modes() {
		b.Run(m.name, func(b *testing.B) {
			s := newStream(m.layout, 1)
			reads := m.reads(s, s.frame())
			r := m.make()
			frames, n := 0, 0
			beside(b, m.layout.FrameBytes, func() {
				r.Reset()
				for _, read := range reads {
					r.Add(read, func(kinect.Image) { frames++ })
				}
				n++
			})
			if frames != n {
				b.Fatalf("%d frames of %d", frames, n)
			}
		})
	}
}

// BenchmarkLatency measures from the moment in which the read with a frame's last packet
// is in our hands: to the finished DepthFrame or VideoFrame (frame), and on to
// millimetres on the colour picture's grid, or to the finished picture (ready). The
// same from the assembled bytes of the whole frame, as if nothing were done before
// the last packet, is whole.
func BenchmarkLatency(b *testing.B) {
	d := NewDeveloper(someCalibration())
	develop := func(img kinect.Image) {
		if img.Depth != nil {
			d.Depth(img.Depth)
		} else {
			d.Colour(img.Video)
		}
	}
	for _, m := range modes() {
		s := newStream(m.layout, 1)
		reads := m.reads(s, s.frame())
		last := len(reads) - 1
		for len(reads[last].Bytes) == 0 {
			last--
		}
		r := m.make()
		measure := func(b *testing.B, work func(kinect.Image)) {
			best := time.Duration(1 << 62)
			for b.Loop() {
				b.StopTimer()
				r.Reset()
				for _, read := range reads[:last] {
					r.Add(read, nil)
				}
				b.StartTimer()
				start := time.Now()
				r.Add(reads[last], work)
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best), "best-ns/op")
		}
		b.Run(m.name+"/frame", func(b *testing.B) { measure(b, func(kinect.Image) {}) })
		b.Run(m.name+"/ready", func(b *testing.B) { measure(b, develop) })
		b.Run(m.name+"/whole", func(b *testing.B) {
			best := time.Duration(1 << 62)
			for b.Loop() {
				b.StopTimer()
				late := m.make()
				b.StartTimer()
				start := time.Now()
				develop(late.image(Assembled{Bytes: slices.Clone(s.frames[0]), number: 1}, start))
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best), "best-ns/op")
		})
	}
}
