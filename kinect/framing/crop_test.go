package framing

import (
	"image"
	"math"
	"testing"

	"cutout/kinect"
)

func standing(box image.Rectangle) *kinect.Person {
	return &kinect.Person{ID: 1, Activity: kinect.Playing, Box: box, Mask: &kinect.Mask{}}
}

// people is a scene with that person, or nobody.
func people(p *kinect.Person) []kinect.Person {
	if p == nil {
		return nil
	}
	return []kinect.Person{*p}
}

func settle(d *director, p *kinect.Person, frames int) view {
	for range frames {
		d.follow(people(p))
	}
	return d.now
}

// TestDeadZone: a body that sways does not move the view at all.
func TestDeadZone(t *testing.T) {
	d := newDirector()
	box := image.Rect(250, 100, 390, 420)
	before := settle(&d, standing(box), 300)
	for i := range 200 {
		sway := int(10 * math.Sin(float64(i)/7))
		d.follow(people(standing(box.Add(image.Pt(sway, sway/2)))))
	}
	if off(d.now.x, before.x)+off(d.now.y, before.y)+off(d.now.width, before.width) > 0.5 {
		t.Errorf("the view swims from %v to %v", before, d.now)
	}
}

// TestFollows: a body that walks away is in the picture again within a second, whole,
// and the view does not overshoot.
func TestFollows(t *testing.T) {
	d := newDirector()
	settle(&d, standing(image.Rect(100, 150, 220, 440)), 300)
	box := image.Rect(420, 150, 540, 440)
	last := d.now.x
	for range 60 {
		d.follow(people(standing(box)))
		if d.now.x < last-0.5 {
			t.Fatalf("back from %.1f to %.1f", last, d.now.x)
		}
		last = d.now.x
	}
	v := d.now
	if v.x-v.width/2 > float32(box.Min.X) || v.x+v.width/2 < float32(box.Max.X) || v.y-v.height()/2 > float32(box.Min.Y) {
		t.Errorf("%v is not in %v", box, v)
	}
	if v = settle(&d, standing(box), 600); v.width > 500 {
		t.Errorf("the view stays %.0f wide", v.width)
	}
}

// TestSmooth: from frame to frame the view changes a little only, whatever happens.
func TestSmooth(t *testing.T) {
	d := newDirector()
	boxes := []image.Rectangle{image.Rect(0, 0, 640, 480), image.Rect(300, 200, 330, 280), image.Rect(500, 10, 640, 470), {}}
	for i := range 400 {
		before := d.now
		p := standing(boxes[i/40%4])
		if i/40%4 == 3 {
			p = nil
		}
		v := d.follow(people(p))
		if off(v.x, before.x) > 40 || off(v.y, before.y) > 40 || off(v.width, before.width) > 40 {
			t.Fatalf("frame %d: from %v to %v", i, before, v)
		}
		if x, y := v.x-v.width/2, v.y-v.height()/2; x < -0.01 || y < -0.01 || x+v.width > 640.01 || y+v.height() > 480.01 {
			t.Fatalf("frame %d: %v leaves the picture", i, v)
		}
		if v.width < narrowest-1 {
			t.Fatalf("frame %d: %v is too close", i, v)
		}
	}
}

func TestGoesBackToAll(t *testing.T) {
	d := newDirector()
	near := settle(&d, standing(image.Rect(250, 100, 390, 420)), 200)
	if v := settle(&d, nil, away); off(v.width, near.width) > 1 {
		t.Errorf("the view leaves at once: %v", v)
	}
	if v := settle(&d, nil, 200); off(v.width, kinect.Width) > 1 {
		t.Errorf("nobody is there, and the view is %v", v)
	}
}

// TestTaps: weights add up, and stay in the picture.
func TestTaps(t *testing.T) {
	for _, n := range []int{16, 100, 320, 640, 1920} {
		taps := make([]tap, n)
		for _, length := range []float32{280, 333.3, 640} {
			for _, start := range []float32{0, 0.4, 640 - length} {
				k := prepare(taps, start, length, 640)
				for i := range taps {
					sum := 0
					for _, w := range taps[i].weight[:k] {
						sum += int(w)
					}
					if sum != 256 || taps[i].first < 0 || int(taps[i].first)+k > 640 {
						t.Fatalf("%d pixels of %.1f from %.1f: tap %d is %v", n, length, start, i, taps[i])
					}
				}
			}
		}
	}
}
