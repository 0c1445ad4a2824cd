package framing_test

import (
	"bytes"
	"image"
	"sync"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

const pixels = kinect.Width * kinect.Height

var room = sync.OnceValue(func() *puppet.Room { return puppet.NewRoom(1) })

var pose = kinect.Pose{LeftShoulder: 120, LeftElbow: 40, RightShoulder: 45, RightElbow: -100, LeftHip: 15, RightHip: 15}

// seen is what a tracker makes of a puppet.
var seen = sync.OnceValue(func() *kinect.Scene {
	s := puppet.Render(puppet.Figure{Pose: pose, Height: 1700, Distance: 2400, Side: 100, Look: puppet.NewLook(1)}, room(), 1)
	depth, _ := raw.NewDeveloper(kinect.DefaultCalibration()).Depth(&kinect.DepthFrame{Codes: s.Codes, Registered: true})
	scene := body.NewTracker().Update(&kinect.Frame{Depth: depth, Colour: s.Picture, Registered: true})
	if scene.Player() == nil {
		panic("nobody seen")
	}
	return scene
})

// shape is a scene made by hand: a mask of rectangles, with a flat colour inside it
// and another outside.
func shape(inside, outside [3]uint8, rectangles ...image.Rectangle) *kinect.Scene {
	mask := &kinect.Mask{}
	box := image.Rectangle{}
	for _, r := range rectangles {
		box = box.Union(r)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				mask.Set(x, y)
			}
		}
	}
	f := &kinect.Frame{Depth: make([]kinect.Millimetres, pixels), Colour: flat(outside), Registered: true}
	for y := range kinect.Height {
		for x := range kinect.Width {
			f.Depth[y*kinect.Width+x] = 3500
			if mask.At(x, y) {
				f.Depth[y*kinect.Width+x] = 2000
				f.Colour.Y[f.Colour.YOffset(x, y)] = inside[0]
				if x&1 == 0 && y&1 == 0 && mask.At(x+1, y) && mask.At(x, y+1) && mask.At(x+1, y+1) {
					f.Colour.Cb[f.Colour.COffset(x, y)], f.Colour.Cr[f.Colour.COffset(x, y)] = inside[1], inside[2]
				}
			}
		}
	}
	return &kinect.Scene{Frame: f, People: []kinect.Person{{ID: 1, Activity: kinect.Playing, Box: box, Mask: mask, Distance: 2000}}}
}

func flat(c [3]uint8) *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = c[0]
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = c[1], c[2]
	}
	return p
}

func same(a, b *image.YCbCr) bool {
	return a.Rect == b.Rect && bytes.Equal(a.Y, b.Y) && bytes.Equal(a.Cb, b.Cb) && bytes.Equal(a.Cr, b.Cr)
}

// Odd edges, thin limbs, and shapes at all borders of the picture.
var shapes = []image.Rectangle{
	image.Rect(201, 101, 403, 333), image.Rect(301, 11, 304, 102), image.Rect(111, 151, 202, 152), image.Rect(250, 333, 281, 480),
}

// beside says whether a pixel is at most n pixels, across and down, from a rectangle.
func beside(x, y, n int, rectangles []image.Rectangle) bool {
	for _, r := range rectangles {
		if image.Pt(x, y).In(r.Inset(-n)) {
			return true
		}
	}
	return false
}

// painted is a shape of which all that is further than n pixels away has another
// colour.
func painted(n int, colour uint8) *kinect.Scene {
	s := shape([3]uint8{150, 100, 160}, [3]uint8{60, 140, 110}, shapes...)
	c := s.Frame.Colour
	for y := range kinect.Height {
		for x := range kinect.Width {
			if !beside(x, y, n, shapes) {
				c.Y[c.YOffset(x, y)] = colour
				c.Cb[c.COffset(x, y)], c.Cr[c.COffset(x, y)] = colour, 255-colour
			}
		}
	}
	return s
}

// TestNothingLeaks changes everything that does not show the player, and sees no
// difference. Edges are looked for in the colours up to three blocks of eight pixels
// away.
func TestNothingLeaks(t *testing.T) {
	dark, bright := painted(24, 16), painted(24, 235)
	for _, share := range []framing.Share{framing.Cutout, framing.Silhouette} {
		for _, size := range []image.Point{{640, 480}, {500, 374}, {160, 120}, {960, 720}} {
			a := framing.NewFramer(framing.Options{Share: share, Width: size.X, Height: size.Y})
			b := framing.NewFramer(framing.Options{Share: share, Width: size.X, Height: size.Y})
			for k := range 3 { // while the view moves
				if p, q := a.Render(dark), b.Render(bright); !same(p, q) {
					t.Fatalf("share %d, %v, picture %d: what is around the player shows", share, size, k)
				}
			}
		}
	}
}

// TestEdgesAreNarrow: whatever the colours say, nothing shows that is more than the
// band's width beside the mask.
func TestEdgesAreNarrow(t *testing.T) {
	f := framing.NewFramer(framing.Options{Background: framing.Key})
	empty := f.Render(nil)
	p := f.Render(shape([3]uint8{150, 100, 160}, [3]uint8{149, 100, 160}, shapes...)) // all look alike
	for y := range kinect.Height {
		for x := range kinect.Width {
			if i := p.YOffset(x, y); p.Y[i] != empty.Y[i] && !beside(x, y, 3, shapes) {
				t.Fatalf("pixel %d,%d shows", x, y)
			}
		}
	}
}

// TestReliefKeepsToItself does the same with depth.
func TestReliefKeepsToItself(t *testing.T) {
	a, b := framing.NewFramer(framing.Options{}), framing.NewFramer(framing.Options{})
	p, q := shape([3]uint8{}, [3]uint8{}, shapes...), shape([3]uint8{}, [3]uint8{}, shapes...)
	p.Frame.Colour, q.Frame.Registered = nil, false // both ways to get a relief
	for i := range q.Frame.Depth {
		if !q.People[0].Mask.At(i%kinect.Width, i/kinect.Width) {
			q.Frame.Depth[i] = kinect.Millimetres(i % 5000)
		}
	}
	if !same(a.Render(p), b.Render(q)) {
		t.Error("the depth around the player shows")
	}
	if same(a.Render(p), a.Render(nil)) {
		t.Error("no relief to be seen")
	}
}

// TestOnlyThePlayer puts a second person beside the player.
func TestOnlyThePlayer(t *testing.T) {
	alone := shape([3]uint8{200, 90, 90}, [3]uint8{40, 128, 128}, shapes...)
	both := shape([3]uint8{200, 90, 90}, [3]uint8{40, 128, 128}, shapes...)
	other := shape([3]uint8{}, [3]uint8{}, image.Rect(450, 100, 600, 400)).People[0]
	other.ID, other.Activity = 2, kinect.Bystander
	both.People = append(both.People, other)
	for y := 100; y < 400; y++ {
		for x := 450; x < 600; x++ {
			both.Frame.Colour.Y[both.Frame.Colour.YOffset(x, y)] = 235
		}
	}
	for _, share := range []framing.Share{framing.Cutout, framing.Silhouette} {
		a, b := framing.NewFramer(framing.Options{Share: share}), framing.NewFramer(framing.Options{Share: share})
		if !same(a.Render(alone), b.Render(both)) {
			t.Errorf("share %d: the second person shows", share)
		}
	}
}

func TestSilhouetteShowsNoPixel(t *testing.T) {
	a, b := framing.NewFramer(framing.Options{Share: framing.Silhouette}), framing.NewFramer(framing.Options{Share: framing.Silhouette})
	p, q := shape([3]uint8{16, 16, 16}, [3]uint8{16, 16, 16}, shapes...), shape([3]uint8{235, 240, 240}, [3]uint8{16, 16, 16}, shapes...)
	if !same(a.Render(p), b.Render(q)) {
		t.Error("a silhouette depends on colour")
	}
}

func TestPlayerShows(t *testing.T) {
	s := shape([3]uint8{201, 90, 160}, [3]uint8{16, 128, 128}, image.Rect(120, 40, 520, 440))
	p := framing.NewFramer(framing.Options{}).Render(s)
	y, cb, cr := p.Y[p.YOffset(320, 240)], p.Cb[p.COffset(320, 240)], p.Cr[p.COffset(320, 240)]
	if y != 201 || cb != 90 || cr != 160 {
		t.Errorf("the player's %d %d %d became %d %d %d", 201, 90, 160, y, cb, cr)
	}
}

func TestCameraIsTheWholePicture(t *testing.T) {
	scene := seen()
	p := framing.NewFramer(framing.Options{Share: framing.Camera}).Render(scene)
	if !same(p, scene.Frame.Colour) {
		t.Error("the picture was changed")
	}
	if &p.Y[0] == &scene.Frame.Colour.Y[0] {
		t.Error("the picture is shared with the frame")
	}
	// Half the size: each pixel is the mean of four.
	half := framing.NewFramer(framing.Options{Share: framing.Camera, Width: 320, Height: 240}).Render(scene)
	c := scene.Frame.Colour
	for y := 0; y < 240; y += 7 {
		for x := 0; x < 320; x += 7 {
			i := c.YOffset(2*x, 2*y)
			if x < 2 || y < 2 || x > 317 || y > 237 {
				continue
			}
			want := (int(c.Y[i]) + int(c.Y[i+1]) + int(c.Y[i+c.YStride]) + int(c.Y[i+c.YStride+1]) + 2) / 4
			if got := int(half.Y[half.YOffset(x, y)]); got-want > 1 || want-got > 1 {
				t.Fatalf("pixel %d,%d is %d, not %d", x, y, got, want)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	s := shape([3]uint8{200, 128, 128}, [3]uint8{}, shapes...)
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{0, 0, 640, 480}, {320, 240, 320, 240}, {321, 239, 322, 240}, {1, 1, 16, 16}, {-5, 9999, 16, 1920}, {640, 0, 640, 16},
	} {
		for _, share := range []framing.Share{framing.Cutout, framing.Silhouette, framing.Camera} {
			p := framing.NewFramer(framing.Options{Share: share, Width: c.w, Height: c.h}).Render(s)
			if p.Rect != image.Rect(0, 0, c.wantW, c.wantH) || p.SubsampleRatio != image.YCbCrSubsampleRatio420 ||
				len(p.Y) != c.wantW*c.wantH || len(p.Cb) != c.wantW*c.wantH/4 {
				t.Errorf("%dx%d gave %v", c.w, c.h, p.Rect)
			}
		}
	}
}

func TestNobody(t *testing.T) {
	for _, share := range []framing.Share{framing.Cutout, framing.Silhouette} {
		f := framing.NewFramer(framing.Options{Share: share})
		empty := &kinect.Scene{Frame: &kinect.Frame{Depth: make([]kinect.Millimetres, pixels), Colour: flat([3]uint8{235, 1, 1}), Registered: true}}
		backdrop := f.Render(nil)
		if !same(f.Render(empty), backdrop) {
			t.Error("an empty room is not the backdrop")
		}
		f.Render(shape([3]uint8{200, 1, 1}, [3]uint8{}, shapes...))
		if !same(f.Render(empty), backdrop) {
			t.Error("the player stays though gone")
		}
	}
	f := framing.NewFramer(framing.Options{Share: framing.Camera})
	for _, s := range []*kinect.Scene{nil, {}, {Frame: &kinect.Frame{}}, {Frame: &kinect.Frame{Depth: make([]kinect.Millimetres, pixels)}}} {
		if p := f.Render(s); p.Rect.Dx() != kinect.Width {
			t.Error("no picture of nothing")
		}
	}
}

// TestLimitedRange: no luma outside 16..235, whatever is drawn.
func TestLimitedRange(t *testing.T) {
	scene := seen()
	depthOnly := &kinect.Scene{Frame: &kinect.Frame{Depth: scene.Frame.Depth}, People: scene.People}
	for _, share := range []framing.Share{framing.Cutout, framing.Silhouette, framing.Camera} {
		p := framing.NewFramer(framing.Options{Share: share}).Render(depthOnly)
		for i, y := range p.Y {
			if y < 16 || y > 235 {
				t.Fatalf("share %d: luma %d at %d,%d", share, y, i%640, i/640)
			}
		}
	}
}

func TestDeterministic(t *testing.T) {
	scenes := []*kinect.Scene{clip()[0], clip()[5], seen()}
	for _, share := range []framing.Share{framing.Cutout, framing.Silhouette} {
		a, b := framing.NewFramer(framing.Options{Share: share}), framing.NewFramer(framing.Options{Share: share})
		for i := range 6 {
			if !same(a.Render(scenes[i/2]), b.Render(scenes[i/2])) {
				t.Fatal("the same scenes gave another picture")
			}
		}
	}
}

// FuzzRender draws several people with boxes and joints that may be wrong, on all
// backgrounds, in frames that may lack anything.
func FuzzRender(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0x3f), 100, 50, 300, 400, 640, 480, int64(0))
	f.Add(uint8(1), uint8(2), uint8(0x01), -5, -5, 700, 700, 320, 240, int64(40))
	f.Add(uint8(2), uint8(3), uint8(0x17), 639, 479, 640, 480, 17, 33, int64(-40))
	f.Add(uint8(0), uint8(4), uint8(0x2b), 0, 0, 640, 1, 640, 480, int64(100))
	f.Add(uint8(0), uint8(2), uint8(0x3f), 10, 0, 12, 480, 64, 640, int64(33))
	f.Add(uint8(0), uint8(1), uint8(0x0f), 320, 200, 321, 201, 1280, 960, int64(1e12))
	f.Add(uint8(0), uint8(4), uint8(0xc7), 0, 0, 640, 480, 640, 480, int64(0))
	f.Add(uint8(0), uint8(2), uint8(0x4f), 300, 0, 340, 480, 320, 240, int64(66))
	f.Add(uint8(3), uint8(1), uint8(0x57), 0, 400, 640, 480, 100, 50, int64(0))
	f.Add(uint8(1), uint8(0), uint8(0x87), 630, 0, 640, 480, 640, 480, int64(-1))
	f.Fuzz(func(t *testing.T, share, background, flags uint8, x0, y0, x1, y1, w, h int, age int64) {
		all := image.Rect(0, 0, kinect.Width, kinect.Height)
		a := image.Rect(x0, y0, x1, y1).Intersect(all)
		s := shape([3]uint8{100, 90, 80}, [3]uint8{}, a, a.Add(image.Pt(a.Dx()/3, 7)).Intersect(all))
		s.People[0].Box = image.Rect(x0, y0, x1, y1)
		s.People[0].Joints[kinect.Head] = kinect.Joint{X: x0, Y: y0, Depth: 1, Confidence: 1}
		other := shape([3]uint8{}, [3]uint8{}, image.Rect(y0, x0, y1, x1).Intersect(all)).People[0]
		other.ID, other.Activity = 2, kinect.Activity(flags>>4&3)
		s.People = append(s.People, other, kinect.Person{ID: 3, Activity: kinect.Playing, Box: all})
		s.Frame.Registered = flags&1 != 0
		s.Frame.ColourAge = time.Duration(age) * time.Millisecond
		if flags&2 == 0 {
			s.Frame.Depth = s.Frame.Depth[:len(s.Frame.Depth)-x0&0xff]
		}
		if flags&4 == 0 {
			s.Frame.Colour = nil
		}
		o := framing.Options{Share: framing.Share(share % 4), Background: framing.Background(background % 6), Width: w % 700, Height: h % 700}
		if flags&8 != 0 {
			o.Picture = image.NewGray(image.Rect(y0%50, x0%50, y1%50, x1%50))
		}
		if flags&64 != 0 && s.Frame.Colour != nil {
			s.Frame.Colour = strange(s.Frame.Colour, int(flags>>3&3))
		}
		if flags&128 != 0 {
			s.People = append(s.People, crowd()...)
		}
		fr := framing.NewFramer(o)
		scenes := []*kinect.Scene{s, {Frame: s.Frame}, nil, {}, s}
		for i, s := range scenes {
			if s != nil && s.Frame != nil {
				again := *s.Frame
				again.Clock = uint32(i) * uint32(age)
				s = &kinect.Scene{Frame: &again, People: s.People}
			}
			p := fr.Render(s)
			if p.Rect.Dx()%2 != 0 || p.Rect.Dy()%2 != 0 || len(p.Y) != p.Rect.Dx()*p.Rect.Dy() {
				t.Fatal(p.Rect)
			}
			framing.Unkey(p)
		}
	})
}
