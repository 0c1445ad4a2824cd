package raw

import (
	"image"
	"testing"

	"cutout/kinect"
)

// TestUYVY: luma is the camera's own, chroma the mean of two rows.
func TestUYVY(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	pix := randomBytes(2 * pixels)
	p := d.Colour(&kinect.VideoFrame{Format: kinect.UYVY, Width: kinect.Width, Height: kinect.Height, Pixels: pix})
	for y := range kinect.Height {
		for x := range kinect.Width {
			if got, want := p.Y[p.YOffset(x, y)], pix[2*(y*kinect.Width+x)+1]; got != want {
				t.Fatalf("luma at (%d, %d) is %d, want %d", x, y, got, want)
			}
			at := 4 * (y/2*2*kinect.Width/2 + x/2)
			for i, plane := range [][]byte{p.Cb, p.Cr} {
				sum := int(pix[at+2*i]) + int(pix[at+2*kinect.Width+2*i])
				if got := int(plane[p.COffset(x, y)]); got != (sum+1)/2 {
					t.Fatalf("chroma %d at (%d, %d) is %d, want %d", i, x, y, got, (sum+1)/2)
				}
			}
		}
	}
}

// TestInfrared: black to white in proportion, without colour, in both sizes; and the
// same in eight bits.
func TestInfrared(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	for _, m := range []kinect.VideoMode{kinect.VideoInfrared, kinect.VideoInfraredSXGA} {
		w, h := m.Size()
		v := &kinect.VideoFrame{Format: kinect.Infrared, Width: w, Height: h, Intensity: make([]uint16, w*h)}
		for i := range v.Intensity {
			v.Intensity[i] = uint16(i % 1100) // a few are more than a camera sends
		}
		p := d.Colour(v)
		g, err := Grey(v)
		if err != nil || p.Rect != image.Rect(0, 0, w, h) || g.Rect != p.Rect {
			t.Fatalf("pictures of %v and %v, %v", p.Rect, g.Rect, err)
		}
		for i, n := range v.Intensity {
			n = min(n, 1023)
			if want := 16 + float64(n)*219/1023; float64(p.Y[i])-want > 0.51 || want-float64(p.Y[i]) > 0.51 || g.Pix[i] != byte(n/4) {
				t.Fatalf("intensity %d is luma %d, grey %d", n, p.Y[i], g.Pix[i])
			}
		}
		for i := range p.Cb {
			if p.Cb[i] != 128 || p.Cr[i] != 128 {
				t.Fatalf("chroma %d is coloured", i)
			}
		}
	}
	for _, v := range []*kinect.VideoFrame{nil, {}, {Format: kinect.Infrared}, {Format: kinect.Infrared, Width: 2, Height: 2, Intensity: make([]uint16, 3)}} {
		if _, err := Grey(v); err == nil {
			t.Errorf("%+v is a grey picture", v)
		}
	}
}

// TestBayerSXGA: the large mosaic is developed as the small one is.
func TestBayerSXGA(t *testing.T) {
	const w, h = 1280, 1024
	d := NewDeveloper(kinect.DefaultCalibration())
	bayer := randomBytes(w * h)
	p := d.Colour(&kinect.VideoFrame{Format: kinect.BayerGRBG, Width: w, Height: h, Pixels: bayer})
	if p.Rect != image.Rect(0, 0, w, h) {
		t.Fatalf("a picture of %v", p.Rect)
	}
	compare(t, p,
		func(x, y int) [3]float64 { return bilinear(bayer, w, h, x, y) },
		func(x, y int) float64 { return sharpened(bayer, w, h, x, y) })
}

// TestOtherDepthModes: nobody knows what ten bits mean in millimetres.
func TestOtherDepthModes(t *testing.T) {
	d := NewDeveloper(someCalibration())
	for _, m := range []kinect.DepthMode{kinect.Depth10Bit, kinect.DepthOff, 9} {
		mm, registered := d.Depth(&kinect.DepthFrame{Mode: m, Codes: room()})
		if registered || len(mm) != pixels {
			t.Errorf("%v: %d distances, registered %v", m, len(mm), registered)
		}
		for _, v := range mm {
			if v != kinect.NoReading {
				t.Fatalf("%v: a distance of %d", m, v)
			}
		}
	}
}

// TestCalibrate: a Developer that was given another calibration is as one made for it.
func TestCalibrate(t *testing.T) {
	f := &kinect.DepthFrame{Codes: room()}
	other := someCalibration()
	other.ConstShift, other.Register.DXStart = 150, other.Register.DXStart+3000
	d := NewDeveloper(kinect.DefaultCalibration())
	for _, c := range []kinect.Calibration{someCalibration(), other, kinect.DefaultCalibration(), other, other} {
		d.Calibrate(c)
		got, registered := d.Depth(f)
		want, should := NewDeveloper(c).Depth(f)
		if registered != should || string(bytesOf(got)) != string(bytesOf(want)) {
			t.Errorf("shift %d: registered %v, want %v; or the distances differ", c.ConstShift, registered, should)
		}
	}
}

func bytesOf(mm []kinect.Millimetres) []byte {
	b := make([]byte, 0, 2*len(mm))
	for _, v := range mm {
		b = append(b, byte(v), byte(v>>8))
	}
	return b
}

// TestColourSizes: what no sensor sends, or contradicts itself, is a grey picture.
func TestColourSizes(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	for _, size := range [][2]int{{0, 0}, {-640, -480}, {640, 481}, {636, 480}, {1288, 1024}, {1280, 1026}, {8, 1 << 40}, {1 << 40, 2}} {
		for f := kinect.BayerGRBG; f <= kinect.Infrared+1; f++ {
			n := size[0] * size[1]
			if n < 0 || n > 1<<24 {
				n = 0
			}
			v := &kinect.VideoFrame{Format: f, Width: size[0], Height: size[1], Pixels: make([]byte, n), Intensity: make([]uint16, n)}
			if p := d.Colour(v); p.Rect != image.Rect(0, 0, 640, 480) || p.Y[0] != middleLuma {
				t.Errorf("format %d, %v: a picture of %v", f, size, p.Rect)
			}
		}
	}
}
