package raw

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
)

// TestRGBOfBayer compares with the definition of bilinear: the rounded mean of the
// nearest pixels of that colour, the picture mirrored at its edges.
func TestRGBOfBayer(t *testing.T) {
	bayer := make([]byte, pixels)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range bayer {
		bayer[i] = byte(random.Uint32())
	}
	got := make([]byte, RGBBytes)
	if err := RGB(got, &kinect.VideoFrame{Format: kinect.BayerGRBG, Pixels: bayer}); err != nil {
		t.Fatal(err)
	}
	mirror := func(i, n int) int {
		switch {
		case i < 0:
			return -i
		case i >= n:
			return 2*n - 2 - i
		}
		return i
	}
	colour := func(x, y int) int { // 0 red, 1 green, 2 blue
		return [2][2]int{{1, 0}, {2, 1}}[y&1][x&1]
	}
	for y := range kinect.Height {
		for x := range kinect.Width {
			for c := range 3 {
				sum, n := 0, 0
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						if colour(x+dx, y+dy) != c || colour(x, y) == c && (dx != 0 || dy != 0) {
							continue
						}
						sum += int(bayer[mirror(y+dy, kinect.Height)*kinect.Width+mirror(x+dx, kinect.Width)])
						n++
					}
				}
				if want := (sum + n/2) / n; int(got[3*(y*kinect.Width+x)+c]) != want {
					t.Fatalf("colour %d of (%d, %d) is %d, want %d", c, x, y, got[3*(y*kinect.Width+x)+c], want)
				}
			}
		}
	}
}

// TestRGBOfOthers takes one colour through every format.
func TestRGBOfOthers(t *testing.T) {
	const r, g, b = 200, 90, 30
	y, cb, cr := byte((66*r+129*g+25*b+128)>>8+16), byte((112*b-74*g-38*r+128*256+128)>>8), byte((112*r-94*g-18*b+128*256+128)>>8)
	picture := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	for i := range picture.Y {
		picture.Y[i] = y
	}
	for i := range picture.Cb {
		picture.Cb[i], picture.Cr[i] = cb, cr
	}
	for what, v := range map[string]*kinect.VideoFrame{
		"rgb":   {Format: kinect.RGB, Pixels: bytes.Repeat([]byte{r, g, b}, pixels)},
		"uyvy":  {Format: kinect.UYVY, Pixels: bytes.Repeat([]byte{cb, y, cr, y}, pixels/2)},
		"ycbcr": {Format: kinect.YCbCr, Picture: picture},
	} {
		got := make([]byte, RGBBytes)
		if err := RGB(got, v); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for i := 0; i < len(got); i += 3 {
			for c, want := range []int{r, g, b} {
				if d := int(got[i+c]) - want; d < -2 || d > 2 {
					t.Fatalf("%s: pixel %d is %v, want about %v", what, i/3, got[i:i+3], []int{r, g, b})
				}
			}
		}
	}
}

func TestRGBRefuses(t *testing.T) {
	dst := make([]byte, RGBBytes)
	for what, v := range map[string]*kinect.VideoFrame{
		"nothing":  nil,
		"short":    {Format: kinect.BayerGRBG, Pixels: make([]byte, 5)},
		"infrared": {Format: kinect.Infrared, Width: 640, Height: 488, Intensity: make([]uint16, 640*488)},
		"large":    {Format: kinect.BayerGRBG, Width: 1280, Height: 1024, Pixels: make([]byte, 1280*1024)},
	} {
		if RGB(dst, v) == nil {
			t.Errorf("%s was taken", what)
		}
	}
	if RGB(dst[1:], &kinect.VideoFrame{Format: kinect.RGB, Pixels: make([]byte, RGBBytes)}) == nil {
		t.Error("a short destination was taken")
	}
}
