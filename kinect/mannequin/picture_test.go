package mannequin

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"cutout/kinect"
)

// TestPictures saves what there is to look at in the directory CUTOUT_PICTURES: stills,
// and twelve moments of each kind of play; depth beside parts with the joints on them,
// white when seen, red when hidden.
func TestPictures(t *testing.T) {
	dir := os.Getenv("CUTOUT_PICTURES")
	if dir == "" {
		t.Skip("CUTOUT_PICTURES names no directory")
	}
	for seed := range uint64(12) {
		img := image.NewRGBA(image.Rect(0, 0, 2*kinect.Width, kinect.Height))
		paint(img, 0, 0, 1, Still(seed))
		save(t, filepath.Join(dir, fmt.Sprintf("still%02d.png", seed)), img)
	}
	for k := range Kind(KindCount) {
		const n = 12
		play := NewPlay(k, 3)
		img := image.NewRGBA(image.Rect(0, 0, 4*kinect.Width, 3*kinect.Height/2))
		for i := range n {
			paint(img, i%4*kinect.Width, i/4*kinect.Height/2, 2, play.Shot(i*(play.Len()-1)/(n-1)))
		}
		save(t, filepath.Join(dir, fmt.Sprintf("play%02d_%v.png", k, k)), img)
	}
}

// paint draws a shot at a place, every step-th pixel of it.
func paint(img *image.RGBA, left, top, step int, s *Shot) {
	wide := kinect.Width / step
	for y := range kinect.Height / step {
		for x := range wide {
			i := y*step*kinect.Width + x*step
			grey := uint8(0)
			if mm := s.Frame.Depth[i]; mm > 0 {
				grey = uint8(255 - min(215, int(mm)/20))
			}
			img.Set(left+x, top+y, color.Gray{grey})
			c := color.RGBA{grey / 2, grey / 2, grey / 2, 255}
			if p := uint8(s.Parts[i]); p > 0 {
				c = color.RGBA{p * 97, p*57 + 60, p * 151, 255}
			}
			img.Set(left+wide+x, top+y, c)
		}
	}
	for _, p := range s.People {
		for _, j := range p.Joints {
			c := color.RGBA{255, 255, 255, 255}
			if j.Sight == kinect.Hidden {
				c = color.RGBA{255, 0, 0, 255}
			}
			for d := -2; d <= 2 && j.Sight != kinect.OutOfView; d++ {
				img.Set(left+wide+j.X/step+d, top+j.Y/step, c)
				img.Set(left+wide+j.X/step, top+j.Y/step+d, c)
			}
		}
	}
}

func save(t *testing.T, name string, img image.Image) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
