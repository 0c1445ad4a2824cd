package raw

import (
	"image"
	"math"
	"slices"
	"testing"

	"cutout/kinect"
)

// mosaicOf samples a picture the way the sensor's filter does.
func mosaicOf(rgb func(x, y int) [3]byte) []byte {
	bayer := make([]byte, pixels)
	for i := range bayer {
		x, y := i%kinect.Width, i/kinect.Width
		channel := 1
		if y%2 == 0 && x%2 == 1 {
			channel = 0
		} else if y%2 == 1 && x%2 == 0 {
			channel = 2
		}
		bayer[i] = rgb(x, y)[channel]
	}
	return bayer
}

// bilinear is the colour of one pixel, slowly: each missing channel is the mean of
// the neighbours that have it, the picture being mirrored at its edges.
func bilinear(bayer []byte, w, h, x, y int) (rgb [3]float64) {
	var sum, n [3]float64
	channel := func(x, y int) int {
		switch {
		case y%2 == 0 && x%2 == 1:
			return 0
		case y%2 == 1 && x%2 == 0:
			return 2
		}
		return 1
	}
	own := channel(x, y)
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			mx, my := mirror(x+dx, w), mirror(y+dy, h)
			c := channel(mx, my)
			if c == own && (dx != 0 || dy != 0) {
				continue
			}
			sum[c] += float64(bayer[my*w+mx])
			n[c]++
		}
	}
	for c := range rgb {
		rgb[c] = sum[c] / n[c]
	}
	return rgb
}

func mirror(v, size int) int {
	if v < 0 {
		return -v
	}
	if v >= size {
		return 2*size - 2 - v
	}
	return v
}

// sharpened is what the luma of a pixel has beyond that of bilinear: a sixteenth of the
// difference from the mean of its own colour, two columns away, or at the corners if
// green.
func sharpened(bayer []byte, w, h, x, y int) float64 {
	at := func(x, y int) float64 { return float64(bayer[mirror(y, h)*w+mirror(x, w)]) }
	mean := (at(x-2, y) + at(x+2, y)) / 2
	if x%2 == y%2 {
		mean = (at(x-1, y-1) + at(x+1, y-1) + at(x-1, y+1) + at(x+1, y+1)) / 4
	}
	return (at(x, y) - mean) / 16
}

// plainly adds nothing.
func plainly(int, int) float64 { return 0 }

// The equations of BT.601, limited range, from the standard's definition.
func toYCbCr(c [3]float64) (y, cb, cr float64) {
	luma := 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
	return 16 + luma*219/255, 128 + (c[2]-luma)/1.772*224/255, 128 + (c[0]-luma)/1.402*224/255
}

// compare checks a picture against the slow way to make it.
func compare(t *testing.T, p *image.YCbCr, at func(x, y int) [3]float64, sharper func(x, y int) float64) {
	t.Helper()
	var worst float64
	for y := 0; y < p.Rect.Max.Y; y += 2 {
		for x := 0; x < p.Rect.Max.X; x += 2 {
			var cb, cr float64
			for i := range 4 {
				px, py := x+i%2, y+i/2
				luma, u, v := toYCbCr(at(px, py))
				luma += sharper(px, py)
				cb, cr = cb+u/4, cr+v/4
				got := float64(p.Y[p.YOffset(px, py)])
				worst = max(worst, math.Abs(got-luma))
				if math.Abs(got-luma) > 2 {
					t.Fatalf("luma at (%d, %d) is %g, want %.1f", px, py, got, luma)
				}
			}
			o := p.COffset(x, y)
			if math.Abs(float64(p.Cb[o])-cb) > 2 || math.Abs(float64(p.Cr[o])-cr) > 2 {
				t.Fatalf("chroma at (%d, %d) is (%d, %d), want (%.1f, %.1f)", x, y, p.Cb[o], p.Cr[o], cb, cr)
			}
		}
	}
	t.Logf("luma is off by %.2f at most", worst)
}

func TestBayer(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	flat := func(r, g, b byte) func(x, y int) [3]byte {
		return func(x, y int) [3]byte { return [3]byte{r, g, b} }
	}
	for name, bayer := range map[string][]byte{
		"noise": randomBytes(pixels),
		"black": mosaicOf(flat(0, 0, 0)), "white": mosaicOf(flat(255, 255, 255)), "red": mosaicOf(flat(255, 0, 0)),
		"green": mosaicOf(flat(0, 255, 0)), "blue": mosaicOf(flat(0, 0, 255)), "cyan": mosaicOf(flat(0, 255, 255)),
		"magenta": mosaicOf(flat(255, 0, 255)), "yellow": mosaicOf(flat(255, 255, 0)),
		"ramp": mosaicOf(func(x, y int) [3]byte { return [3]byte{byte(x / 3), byte(y / 2), byte((x + y) / 5)} }),
	} {
		t.Run(name, func(t *testing.T) {
			p := d.Colour(&kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: bayer})
			compare(t, p,
				func(x, y int) [3]float64 { return bilinear(bayer, kinect.Width, kinect.Height, x, y) },
				func(x, y int) float64 { return sharpened(bayer, kinect.Width, kinect.Height, x, y) })
		})
	}
}

func TestRGB(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	rgb := randomBytes(3 * pixels)
	copy(rgb, []byte{0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255})
	p := d.Colour(&kinect.VideoFrame{Format: kinect.RGB, Width: kinect.Width, Height: kinect.Height, Pixels: rgb})
	compare(t, p, func(x, y int) [3]float64 {
		o := 3 * (y*kinect.Width + x)
		return [3]float64{float64(rgb[o]), float64(rgb[o+1]), float64(rgb[o+2])}
	}, plainly)
}

// TestPictureIsCopied: the result is the caller's, the frame stays as it is.
func TestPictureIsCopied(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	src := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	for _, plane := range [][]byte{src.Y, src.Cb, src.Cr} {
		copy(plane, randomBytes(len(plane)))
	}
	p := d.Colour(&kinect.VideoFrame{Format: kinect.YCbCr, Picture: src})
	if string(p.Y) != string(src.Y) || string(p.Cb) != string(src.Cb) || string(p.Cr) != string(src.Cr) {
		t.Error("the copy differs")
	}
	p.Y[0]++
	if p.Y[0] == src.Y[0] {
		t.Error("the planes are shared")
	}
}

// TestFramesAreNotTouched: what a Source handed on is only read.
func TestFramesAreNotTouched(t *testing.T) {
	d := NewDeveloper(someCalibration())
	codes, bayer := patches(), randomBytes(pixels)
	depth := &kinect.DepthFrame{Codes: codes}
	video := &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: bayer}
	first, _ := d.Depth(depth)
	colour := d.Colour(video)
	for range 3 {
		d.Depth(&kinect.DepthFrame{Codes: room()})
		d.Colour(&kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: mosaicOf(func(int, int) [3]byte { return [3]byte{} })})
	}
	if again, _ := d.Depth(depth); !slices.Equal(first, again) || !slices.Equal(codes, patches()) {
		t.Error("the depth changed")
	}
	if string(d.Colour(video).Y) != string(colour.Y) || string(bayer) != string(randomBytes(pixels)) {
		t.Error("the colour changed")
	}
}
