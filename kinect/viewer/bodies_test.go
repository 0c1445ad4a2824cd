package viewer

import (
	"image"
	"math"
	"testing"

	"cutout/kinect"
)

// TestPaintScene: somebody's pixels become theirs in colour, nobody else's change, and
// the floor's lines stop where something stands before them.
func TestPaintScene(t *testing.T) {
	mm := make([]kinect.Millimetres, kinect.Width*kinect.Height)
	for i := range mm {
		mm[i] = 9000
	}
	for y := 300; y < 480; y++ {
		for x := 0; x < 100; x++ {
			mm[y*kinect.Width+x] = 600 // a box in the corner
		}
	}
	mask := &kinect.Mask{}
	for y := 100; y < 200; y++ {
		for x := 300; x < 340; x++ {
			mask.Set(x, y)
		}
	}
	s := &kinect.Scene{
		People: []kinect.Person{{ID: 2, Mask: mask, Box: image.Rect(300, 100, 340, 200)}},
		Floor:  kinect.Floor{Known: true, Up: kinect.Place{Y: -1}, Height: 1},
	}
	pixels := make([]byte, 4*len(mm))
	paintScene(pixels, s, mm, kinect.DefaultCalibration())
	lines, hidden := 0, 0
	for i := range mm {
		x, y := i%kinect.Width, i/kinect.Width
		painted := pixels[4*i]|pixels[4*i+1]|pixels[4*i+2] != 0
		switch {
		case mask.At(x, y):
			if c := bodyColour(2); !painted || pixels[4*i] < pixels[4*i+1] || pixels[4*i] > c.R {
				t.Fatalf("(%d, %d) of a person is %v", x, y, pixels[4*i:4*i+4])
			}
		case painted && y <= kinect.Height/2:
			t.Fatalf("(%d, %d) above the horizon is painted", x, y)
		case painted:
			lines++
			if x < 100 && y >= 300 {
				hidden++
			}
		}
	}
	if lines < 1000 || hidden > 0 {
		t.Errorf("%d pixels of floor, %d of them through a box", lines, hidden)
	}
}

// TestFloorAxes: along the floor, of length one, to the right and away, however the
// sensor is held.
func TestFloorAxes(t *testing.T) {
	for _, up := range []kinect.Place{{Y: -1}, {Y: -math.Cos(0.3), Z: math.Sin(0.3)}, {X: 0.6, Y: -0.8}, {Z: -1}} {
		right, ahead := floorAxes(up)
		dot := func(a, b kinect.Place) float64 { return a.X*b.X + a.Y*b.Y + a.Z*b.Z }
		for name, v := range map[string]float64{
			"right rises": dot(right, up), "ahead rises": dot(ahead, up), "skew": dot(right, ahead),
			"length of right": dot(right, right) - 1, "of ahead": dot(ahead, ahead) - 1,
		} {
			if math.Abs(v) > 1e-9 {
				t.Errorf("up %+v: %s by %g", up, name, v)
			}
		}
		if right.X <= 0 {
			t.Errorf("up %+v: right is %+v", up, right)
		}
	}
}

// TestTracksOnce: people are looked for once in a frame of depth, only while they are to
// be seen, and the picture has the scene.
func TestTracksOnce(t *testing.T) {
	calls := 0
	scene := &kinect.Scene{}
	f := newFeed(&still{}, func(frame *kinect.Frame) *kinect.Scene {
		if calls++; len(frame.Depth) != kinect.Width*kinect.Height {
			t.Errorf("a frame of %d", len(frame.Depth))
		}
		return scene
	})
	f.take(depthImage(700))
	if calls != 0 || f.newest.Load().scene != nil {
		t.Error("looked for people unasked")
	}
	f.bodies.Store(true)
	f.take(depthImage(701))
	if calls != 1 || f.newest.Load().scene != scene {
		t.Errorf("%d calls, scene %v", calls, f.newest.Load().scene)
	}
}
