package view

import (
	"image"
	"math/rand/v2"
	"testing"
)

// at reads a packed picture as the shader does.
func (p packing) at(buf []byte, x, y int) (luma, cb, cr byte) {
	n := p.planeW * p.planeH
	c := y/2*p.planeW/2 + x/2
	return buf[y*p.planeW+x], buf[n+c], buf[n+n/4+c]
}

// TestPack: every pixel comes back, for sizes that divide and sizes that do not, for
// tight and for padded strides, and for parts of pictures.
func TestPack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{640, 480}, {320, 240}, {322, 242}, {2, 2}, {6, 2}, {176, 144}, {854, 480}, {1280, 718}} {
		for _, extra := range []int{0, 32} {
			w, h := size[0], size[1]
			whole := image.NewYCbCr(image.Rect(0, 0, w+extra, h+extra/2), image.YCbCrSubsampleRatio420)
			for _, plane := range [][]byte{whole.Y, whole.Cb, whole.Cr} {
				for i := range plane {
					plane[i] = byte(rng.Uint32())
				}
			}
			at := image.Pt(extra/2, extra/4)
			m := whole.SubImage(image.Rectangle{at, at.Add(image.Pt(w, h))}).(*image.YCbCr)
			buf, p, err := pack(m, nil)
			if err != nil {
				t.Fatal(err)
			}
			tw, th := p.texture()
			if len(buf) != 4*tw*th || p.planeW%8 != 0 || p.planeH%4 != 0 || p.planeW < w || p.planeH < h {
				t.Fatalf("%v: %+v in %d bytes for a texture of %dx%d", size, p, len(buf), tw, th)
			}
			for y := range h {
				for x := range w {
					luma, cb, cr := p.at(buf, x, y)
					want := m.YCbCrAt(at.X+x, at.Y+y)
					if luma != want.Y || cb != want.Cb || cr != want.Cr {
						t.Fatalf("%v+%d: pixel (%d, %d) is %d %d %d, not %v", size, extra, x, y, luma, cb, cr, want)
					}
				}
			}
		}
	}
}

// TestPackRefuses what is no picture that a friend can send.
func TestPackRefuses(t *testing.T) {
	for name, m := range map[string]*image.YCbCr{
		"4:4:4": image.NewYCbCr(image.Rect(0, 0, 64, 64), image.YCbCrSubsampleRatio444),
		"empty": image.NewYCbCr(image.Rectangle{}, image.YCbCrSubsampleRatio420),
		"huge":  {Rect: image.Rect(0, 0, 1<<20, 2), SubsampleRatio: image.YCbCrSubsampleRatio420},
	} {
		if _, _, err := pack(m, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
