package mannequin

import (
	"cutout/kinect"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"
)

func TestView(t *testing.T) {
	dir := os.Getenv("MANNEQUIN_VIEW")
	if dir == "" {
		t.Skip()
	}
	for seed := range uint64(12) {
		s := Still(seed)
		save(t, fmt.Sprintf("%s/still%02d.png", dir, seed), s)
	}
}

func save(t *testing.T, name string, s *Shot) {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 480))
	for i, mm := range s.Frame.Depth {
		x, y := i%640, i/640
		v := uint8(0)
		if mm > 0 {
			v = uint8(255 - min(215, int(mm)/20))
			if int(mm)/10%2 == 1 {
				v -= 6
			}
		}
		img.Set(x, y, color.RGBA{v, v, v, 255})
		p := int(s.Parts[i])
		c := color.RGBA{v / 2, v / 2, v / 2, 255}
		if p > 0 {
			c = color.RGBA{uint8(p * 97), uint8(p*57 + 60), uint8(p * 151), 255}
		}
		img.Set(640+x, y, c)
	}
	for _, p := range s.People {
		for _, j := range p.Joints {
			if j.Sight == kinect.OutOfView {
				continue
			}
			for d := -3; d <= 3; d++ {
				c := color.RGBA{255, 255, 255, 255}
				if j.Sight == kinect.Hidden {
					c = color.RGBA{255, 0, 0, 255}
				}
				img.Set(640+j.X+d, j.Y, c)
				img.Set(640+j.X, j.Y+d, c)
			}
		}
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	png.Encode(f, img)
}

func BenchmarkStill(b *testing.B) {
	Still(0)
	for i := range b.N {
		Still(uint64(i))
	}
}

func TestViewPlays(t *testing.T) {
	dir := os.Getenv("MANNEQUIN_VIEW")
	if dir == "" {
		t.Skip()
	}
	for k := range Kind(KindCount) {
		p := NewPlay(k, 3)
		n := 12
		fmt.Println(k, p.Len())
		img := image.NewRGBA(image.Rect(0, 0, 6*320, 2*240))
		for j := range n {
			s := p.Shot(j * (p.Len() - 1) / (n - 1))
			ox, oy := j%6*320, j/6*240
			for y := range 240 {
				for x := range 320 {
					i := y*2*640 + x*2
					mm := s.Frame.Depth[i]
					v := uint8(0)
					if mm > 0 {
						v = uint8(255 - min(215, int(mm)/20))
					}
					c := color.RGBA{v, v, v, 255}
					if q := int(s.Parts[i]); q > 0 && x%8 < 4 {
						c = color.RGBA{uint8(q * 97), uint8(q*57 + 60), uint8(q * 151), 255}
					}
					if s.People[0].Gestures != 0 && y < 6 {
						c = color.RGBA{255, 0, 0, 255}
					}
					img.Set(ox+x, oy+y, c)
				}
			}
		}
		f, _ := os.Create(fmt.Sprintf("%s/play%02d.png", dir, k))
		png.Encode(f, img)
		f.Close()
	}
}
