package raw

import (
	"hash/fnv"
	"image"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
)

// someCalibration has the registration which libfreenect's registration.c carried as
// its author's device, in the days before it asked each device for its own.
func someCalibration() kinect.Calibration {
	c := kinect.DefaultCalibration()
	c.Known = true
	values := [29]int32{
		2048330528, 1964, 56, -26, 600, 6161, -13, 2825, 684, 5, 6434, 10062, 130801, 0, 0, 170, 136,
		2095986, 890, 763, 2096378, 134215474, 134217093, 134216989, 134216925, 0, 134216984, 0, 134214659,
	}
	for i, f := range registrationFields(&c.Register) {
		*f = values[i]
	}
	return c
}

// pack packs codes into 11 bits, bit by bit.
func pack(codes []uint16) []byte {
	out := make([]byte, (len(codes)*11+7)/8)
	for i, c := range codes {
		for b := range 11 {
			if c>>(10-b)&1 != 0 {
				out[(i*11+b)/8] |= 0x80 >> ((i*11 + b) % 8)
			}
		}
	}
	return out
}

func TestUnpackDepth(t *testing.T) {
	packed := randomBytes(11 * 40)
	for n := 0; n <= len(packed); n++ {
		for _, room := range []int{0, 7, 8, 9, 400} {
			got := make([]uint16, room)
			count := UnpackDepth(got, packed[:n])
			if want := min(room, n*8/11); count != want {
				t.Fatalf("%d bytes into %d codes: %d, want %d", n, room, count, want)
			}
			for i, c := range got[:count] {
				if c != unpackOne(packed, i, 11) {
					t.Fatalf("code %d of %d is %d, want %d", i, count, c, unpackOne(packed, i, 11))
				}
			}
		}
	}
	codes := []uint16{0, 1, 2046, 2047, 1024, 1023, 5, 1365, 682, 2047}
	got := make([]uint16, len(codes))
	UnpackDepth(got, pack(codes))
	for i := range codes {
		if got[i] != codes[i] {
			t.Errorf("code %d: %d, want %d", i, got[i], codes[i])
		}
	}
}

// TestLostDepth follows a lost packet to its pixels: all that have a bit in it are
// without reading, all others as sent.
func TestLostDepth(t *testing.T) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 1)
	packets := append(s.frame(), s.frame()...)
	sent := make([]uint16, pixels)
	UnpackDepth(sent, s.frames[0])
	r := NewDepthReceiver(kinect.Depth11Bit)
	at := time.Unix(5, 0)
	var got *kinect.DepthFrame
	for i, p := range packets {
		if i == 99 || i == 100 || i == 200 {
			continue
		}
		r.Add(Read{At: at, Bytes: p, Lengths: []int{len(p)}}, func(img kinect.Image) {
			if got == nil {
				got = img.Depth
			}
		})
	}
	if got == nil || got.LostPackets != 3 || got.Clock != s.clock(0) || !got.At.Equal(at) {
		t.Fatalf("frame %+v", got)
	}
	for i, c := range got.Codes {
		from, to := i*11/8/1748, (i*11+10)/8/1748
		lost := from == 99 || from == 100 || from == 200 || to == 99 || to == 100 || to == 200
		if lost && c != kinect.NoDisparity || !lost && c != sent[i] {
			t.Fatalf("pixel %d (packets %d, %d) is %d, sent was %d", i, from, to, c, sent[i])
		}
	}
}

// TestDistance has the values which the formula gives with the usual constants.
func TestDistance(t *testing.T) {
	c := kinect.DefaultCalibration()
	for code, want := range map[uint16]kinect.Millimetres{
		0: 317, 400: 501, 600: 705, 700: 887, 800: 1193, 900: 1824, 950: 2478, 1000: 3864, 1050: 8767, 1054: 9757,
	} {
		if got := Distance(c, code); got != want {
			t.Errorf("code %d is %d mm, want %d", code, got, want)
		}
	}
	for code := uint16(1); code < 1055; code++ {
		if Distance(c, code) < Distance(c, code-1) {
			t.Errorf("code %d is nearer than the one before", code)
		}
	}
	for code := 1055; code < 1<<16; code++ {
		if got := Distance(c, uint16(code)); got != kinect.NoReading {
			t.Errorf("code %d is %d mm, want no reading", code, got)
		}
	}
	for _, bad := range []kinect.Calibration{{}, {ConstShift: 1 << 30}, {ZeroPlane: kinect.ZeroPlane{ReferencePixel: 1}}} {
		for code := range uint16(2048) {
			if got := Distance(bad, code); got != kinect.NoReading {
				t.Fatalf("calibration %+v: code %d is %d mm", bad, code, got)
			}
		}
	}
}

// patches is a scene of squares at many distances, with noise.
func patches() []uint16 {
	codes := make([]uint16, pixels)
	s := uint32(1)
	for i := range codes {
		s ^= s << 13
		s ^= s >> 17
		s ^= s << 5
		x, y := i%kinect.Width, i/kinect.Width
		codes[i] = uint16(400 + (x/16*37+y/16*61)%650 + int(s%3))
		if s%50 == 0 {
			codes[i] = kinect.NoDisparity
		}
	}
	return codes
}

// TestRegistrationAsLibfreenect compares the whole picture with what libfreenect's
// registration.c (commit 09a1f09) made of the same scene and calibration: the FNV
// sum and the number of pixels with a reading were printed by a program that called
// freenect_apply_registration.
func TestRegistrationAsLibfreenect(t *testing.T) {
	d := NewDeveloper(someCalibration())
	mm, registered := d.Depth(&kinect.DepthFrame{Codes: patches()})
	h := fnv.New64a()
	set := 0
	for _, v := range mm {
		h.Write([]byte{byte(v), byte(v >> 8)})
		if v != kinect.NoReading {
			set++
		}
	}
	if !registered || h.Sum64() != 0x1a90361d2e4f5dfa || set != 242661 {
		t.Errorf("registered %v, sum %#x, %d pixels", registered, h.Sum64(), set)
	}
	for _, c := range []struct{ pixel, x, y int32 }{
		{0, 6422, 26}, {639, 160281, 25}, {240*640 + 320, 83099, 253}, {479 * 640, 6788, 475}, {479*640 + 639, 159662, 476},
	} {
		if b := d.warp.bend[c.pixel]; b%rowScale != c.x || b/rowScale != c.y {
			t.Errorf("pixel %d goes to (%d/256, %d), want (%d/256, %d)", c.pixel, b%rowScale, b/rowScale, c.x, c.y)
		}
	}
	for mm, want := range map[kinect.Millimetres]int16{500: -4031, 1200: 96, 5000: 2336} {
		if got := parallax(someCalibration().ZeroPlane, mm); got != want {
			t.Errorf("parallax at %d mm is %d/256, want %d/256", mm, got, want)
		}
	}
}

// TestNearerWins lets every pixel of a row fall beside a nearer one.
func TestNearerWins(t *testing.T) {
	d := NewDeveloper(someCalibration())
	far, near := make([]uint16, pixels), make([]uint16, pixels)
	for i := range far {
		far[i], near[i] = 1000, 1000
		if x := i % kinect.Width; x > 250 && x < 390 {
			near[i] = 700
		}
	}
	farMM, _ := d.Depth(&kinect.DepthFrame{Codes: far})
	nearMM, _ := d.Depth(&kinect.DepthFrame{Codes: near})
	for i := range nearMM {
		if v := nearMM[i]; v != 887 && v != 3864 && v != 0 || farMM[i] != 0 && farMM[i] != 3864 {
			t.Fatalf("pixel %d is %d mm, %d without the box", i, v, farMM[i])
		}
	}
	// The wall must not shine through the box, and the box must hide some of it.
	boxes, hidden := 0, 0
	for y := range kinect.Height {
		row := nearMM[y*kinect.Width:][:kinect.Width]
		first, last := slices.Index(row, 887), -1
		for x, v := range row {
			if v == 887 {
				last = x
			}
		}
		if first < 0 {
			continue
		}
		boxes++
		for x := first; x <= last; x++ {
			if row[x] != 887 {
				t.Fatalf("row %d: the box reaches from %d to %d, but at %d there is %d mm", y, first, last, x, row[x])
			}
			if farMM[y*kinect.Width+x] == 3864 {
				hidden++
			}
		}
	}
	if boxes < 400 || hidden < boxes*100 {
		t.Errorf("the box has %d rows and hides %d pixels", boxes, hidden)
	}
}

// TestHostileRegistration must not panic or write outside the picture.
func TestHostileRegistration(t *testing.T) {
	codes := patches()
	for _, v := range []int32{1, -1, 1 << 30, -1 << 31, 1<<31 - 1, 12345678} {
		c := kinect.DefaultCalibration()
		for _, f := range registrationFields(&c.Register) {
			*f = v
		}
		c.Padding.StartLines = 0xffff
		NewDeveloper(c).Depth(&kinect.DepthFrame{Codes: codes})
	}
}

// TestPadding: each line of padding moves all that there is up by 480 pixels in row order,
// as libfreenect has it.
func TestPadding(t *testing.T) {
	c := someCalibration()
	plain, _ := NewDeveloper(c).Depth(&kinect.DepthFrame{Codes: patches()})
	for _, lines := range []uint16{1, 7, 480, 639, 640, 0xffff} {
		c.Padding.StartLines = lines
		padded, _ := NewDeveloper(c).Depth(&kinect.DepthFrame{Codes: patches()})
		for i, v := range padded {
			want := kinect.NoReading
			if from := i + 480*int(lines); from < len(plain) {
				want = plain[from]
			}
			if v != want {
				t.Fatalf("%d lines: pixel %d is %d mm, want %d", lines, i, v, want)
			}
		}
	}
}

func TestDepthWithoutRegistration(t *testing.T) {
	codes := patches()
	codes[7] = 0xffff
	for _, given := range []bool{false, true} {
		for name, c := range map[string]kinect.Calibration{"default": kinect.DefaultCalibration(), "known": someCalibration()} {
			if name == "known" && !given {
				continue
			}
			d := NewDeveloper(c)
			mm, registered := d.Depth(&kinect.DepthFrame{Codes: codes, Registered: given})
			if registered != given {
				t.Errorf("%s: registered %v, want %v", name, registered, given)
			}
			for i := range mm {
				if want := Distance(c, codes[i]); mm[i] != want {
					t.Fatalf("%s: pixel %d is %d mm, want %d", name, i, mm[i], want)
				}
			}
		}
	}
}

func TestWrongSizes(t *testing.T) {
	d := NewDeveloper(someCalibration())
	for _, f := range []*kinect.DepthFrame{nil, {}, {Codes: make([]uint16, pixels-1)}, {Codes: make([]uint16, pixels+1), Registered: true}} {
		mm, registered := d.Depth(f)
		if len(mm) != pixels || registered {
			t.Errorf("%d distances, registered %v", len(mm), registered)
		}
		for _, v := range mm {
			if v != kinect.NoReading {
				t.Fatal("a reading out of nothing")
			}
		}
	}
	short := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	short.Cr = short.Cr[:100]
	for i, v := range []*kinect.VideoFrame{
		nil, {}, {Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: make([]byte, pixels-1)}, {Format: kinect.RGB, Width: kinect.Width, Height: kinect.Height, Pixels: make([]byte, pixels)},
		{Format: kinect.YCbCr}, {Format: kinect.YCbCr, Picture: short}, {Format: 99, Pixels: make([]byte, pixels)},
		{Format: kinect.YCbCr, Picture: image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio444)},
	} {
		p := d.Colour(v)
		if !sound(p) || p.Y[0] != middleLuma || p.Y[len(p.Y)-1] != middleLuma || p.Cb[5] != 128 || p.Cr[5] != 128 {
			t.Errorf("frame %d is not grey", i)
		}
	}
}
