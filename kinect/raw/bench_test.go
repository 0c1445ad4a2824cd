package raw

import (
	"image"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
)

// beside runs f, and a copy of as many bytes as f reads and writes together, halved:
// what the memory alone allows. Compare the two lines.
func beside(b *testing.B, n int, f func()) {
	b.Run("work", func(b *testing.B) {
		b.SetBytes(int64(n))
		b.ReportAllocs()
		for b.Loop() {
			f()
		}
	})
	b.Run("copy", func(b *testing.B) {
		src, dst := make([]byte, n), make([]byte, n)
		b.SetBytes(int64(n))
		b.ReportAllocs()
		for b.Loop() {
			copy(dst, src)
		}
	})
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

func BenchmarkColour(b *testing.B) {
	d := NewDeveloper(kinect.DefaultCalibration())
	b.Run("bayer", func(b *testing.B) {
		v := &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: randomBytes(pixels)}
		beside(b, pixels*3/2, func() { d.Colour(v) })
	})
	b.Run("rgb", func(b *testing.B) {
		v := &kinect.VideoFrame{Format: kinect.RGB, Width: kinect.Width, Height: kinect.Height, Pixels: randomBytes(3 * pixels)}
		beside(b, 3*pixels, func() { d.Colour(v) })
	})
}

func BenchmarkAssemble(b *testing.B) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 1)
	reads := s.reads(append(s.frame(), s.frame()...), 16)
	a := NewAssembler(s.layout)
	beside(b, 2*s.layout.FrameBytes, func() {
		for _, r := range reads {
			a.AddRead(Read{Bytes: r}, func(Assembled) {})
		}
	})
}
