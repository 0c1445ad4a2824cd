package framing_test

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cutout/kinect"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

var update = flag.Bool("update", false, "write the pictures in testdata/looks anew")

// clip is a puppet that waves, half out of the middle, with somebody at the picture's
// edge who does not play; masks are the truth.
var clip = sync.OnceValue(func() []*kinect.Scene {
	developer := raw.NewDeveloper(kinect.DefaultCalibration())
	var out []*kinect.Scene
	for i := range 6 {
		swing := int16(10 * i)
		s := puppet.Render(puppet.Figure{
			Pose:   kinect.Pose{LeftShoulder: 60 + swing, LeftElbow: 40, RightShoulder: 50 - swing, RightElbow: -30, LeftHip: 14, RightHip: 10},
			Height: 1700, Distance: 3100, Side: 350, Look: puppet.NewLook(7),
		}, room(), uint64(i))
		depth, _ := developer.Depth(&kinect.DepthFrame{Codes: s.Codes, Registered: true})
		other := new(kinect.Mask)
		for y := 150; y < 430; y++ {
			for x := range 70 {
				other.Set(x, y)
			}
		}
		out = append(out, &kinect.Scene{
			Frame: &kinect.Frame{Seq: uint64(i), Clock: uint32(i+1) * kinect.ClockHz / 30, Depth: depth, Colour: s.Picture, Registered: true},
			People: []kinect.Person{
				{ID: 1, Activity: kinect.Playing, Box: boxOf(s.Truth), Mask: s.Truth, Distance: 3100},
				{ID: 2, Activity: kinect.Passing, Box: image.Rect(0, 150, 70, 430), Mask: other, Distance: 3300},
			},
		})
	}
	return out
})

func boxOf(m *kinect.Mask) image.Rectangle {
	r := image.Rectangle{}
	for y := range kinect.Height {
		for x := range kinect.Width {
			if m.At(x, y) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// A look is a way to show somebody, with the name of its picture.
type look struct {
	name string
	o    framing.Options
	bare bool // of colour
}

var looks = []look{
	{"corridor", framing.Options{}, false},
	{"key", framing.Options{Background: framing.Key}, false},
	{"blur", framing.Options{Background: framing.Blur}, false},
	{"keep", framing.Options{Background: framing.Keep}, false},
	{"small", framing.Options{Background: framing.Key, Width: 160, Height: 120}, false},
	{"large", framing.Options{Width: 1280, Height: 960}, false},
	{"relief", framing.Options{}, true},
	{"silhouette", framing.Options{Share: framing.Silhouette}, false},
	{"camera", framing.Options{Share: framing.Camera, Width: 320, Height: 240}, false},
	{"depth", framing.Options{Share: framing.Camera}, true},
}

// TestLooks compares pictures with what they were when somebody last looked at them
// and liked them: their quarters, 160x120, to within a few levels.
func TestLooks(t *testing.T) {
	for _, l := range looks {
		f := framing.NewFramer(l.o)
		var p *image.YCbCr
		for i := range 8 { // the view moves
			s := clip()[min(i/2, len(clip())-1)]
			if l.bare {
				bare := *s.Frame
				bare.Colour = nil
				s = &kinect.Scene{Frame: &bare, People: s.People}
			}
			p = f.Render(s)
		}
		path := filepath.Join("testdata", "looks", l.name+".png")
		got := quarter(p)
		if *update {
			if err := save(path, got); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := alike(path, got); err != nil {
			out := filepath.Join(t.TempDir(), l.name+".png")
			t.Errorf("%s: %v", l.name, err)
			if err := save(out, got); err == nil && os.Getenv("KEEP") != "" {
				t.Log(out)
			}
		}
	}
}

// quarter is a picture at 160x120.
func quarter(p *image.YCbCr) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, 160, 120))
	n := p.Rect.Dx() / 160
	for y := range 120 {
		for x := range 160 {
			var s [3]int
			for v := range n {
				for u := range n {
					c := p.YCbCrAt(x*n+u, y*n+v)
					s[0], s[1], s[2] = s[0]+int(c.Y), s[1]+int(c.Cb), s[2]+int(c.Cr)
				}
			}
			r, g, b := color.YCbCrToRGB(uint8(s[0]/(n*n)), uint8(s[1]/(n*n)), uint8(s[2]/(n*n)))
			out.SetRGBA(x, y, color.RGBA{r, g, b, 255})
		}
	}
	return out
}

func save(path string, p image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, p)
}

// alike says in what a picture differs from a saved one. A few pixels may: floating
// point is rounded otherwise on other processors.
func alike(path string, got *image.RGBA) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		return err
	}
	differ, worst, sum := 0, 0, 0
	for y := range 120 {
		for x := range 160 {
			w := color.RGBAModel.Convert(want.At(x, y)).(color.RGBA)
			g := got.RGBAAt(x, y)
			d := 0
			for _, k := range [...]int{int(w.R) - int(g.R), int(w.G) - int(g.G), int(w.B) - int(g.B)} {
				d = max(d, k, -k)
			}
			sum += d
			worst = max(worst, d)
			if d > 5 {
				differ++
			}
		}
	}
	if differ > 20 || 100*sum > 40*160*120 {
		return fmt.Errorf("%d pixels of %d differ by more than 5, the worst by %d, %.2f in the mean", differ, 160*120, worst, float64(sum)/(160*120))
	}
	return nil
}
