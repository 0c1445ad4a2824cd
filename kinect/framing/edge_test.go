package framing

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

// A take is a few frames of a puppet, as the tracker sees them, with the truth.
type take struct {
	scenes []*kinect.Scene
	truth  []*kinect.Mask
}

// film has a puppet stand still or swing its arms, seen with new noise every frame.
func film(t *testing.T, frames int, moving bool, look uint64) take {
	t.Helper()
	room := puppet.NewRoom(3)
	developer, tracker := raw.NewDeveloper(kinect.DefaultCalibration()), body.NewTracker()
	var out take
	for i := range frames {
		pose := kinect.Pose{LeftShoulder: 110, LeftElbow: 30, RightShoulder: 60, RightElbow: -70, LeftHip: 14, RightHip: 14}
		if moving {
			pose.LeftShoulder += int16(30 * math.Sin(float64(i)/4))
			pose.RightShoulder += int16(25 * math.Sin(float64(i)/5))
		}
		s := puppet.Render(puppet.Figure{Pose: pose, Height: 1700, Distance: 2600, Side: 100, Look: puppet.NewLook(look)}, room, uint64(i)+look<<20)
		depth, _ := developer.Depth(&kinect.DepthFrame{Codes: s.Codes, Registered: true})
		scene := tracker.Update(&kinect.Frame{Seq: uint64(i + 1), Clock: uint32(i) * 2_000_000, Depth: depth, Colour: s.Picture, Registered: true})
		if scene.Player() == nil {
			t.Fatal("nobody seen")
		}
		out.scenes, out.truth = append(out.scenes, scene), append(out.truth, s.Truth)
	}
	return out
}

// outline are the pixels of a mask beside one that is not set.
func outline(at func(x, y int) bool) []image.Point {
	var out []image.Point
	for y := range kinect.Height {
		for x := range kinect.Width {
			if at(x, y) && (!at(x-1, y) || !at(x+1, y) || !at(x, y-1) || !at(x, y+1)) {
				out = append(out, image.Pt(x, y))
			}
		}
	}
	return out
}

// distances from each of the points to the nearest of others, up to 20.
func distances(points, others []image.Point) []float64 {
	grid := make([]bool, kinect.Width*kinect.Height)
	for _, p := range others {
		grid[p.Y*kinect.Width+p.X] = true
	}
	var out []float64
	for _, p := range points {
		best := 20.0
		for y := max(0, p.Y-20); y < min(kinect.Height, p.Y+21); y++ {
			for x := max(0, p.X-20); x < min(kinect.Width, p.X+21); x++ {
				if grid[y*kinect.Width+x] {
					best = min(best, math.Hypot(float64(x-p.X), float64(y-p.Y)))
				}
			}
		}
		out = append(out, best)
	}
	return out
}

// A verdict is how good a matte's edge is.
type verdict struct{ median, mean, p95, flicker float64 }

func (v verdict) String() string {
	return fmt.Sprintf("edge off by %.2f px in the median, %.2f in the mean, 95%% within %.1f; flicker %.3f", v.median, v.mean, v.p95, v.flicker)
}

// judge compares mattes, of 0 to 255, with the truth. Flicker is the opacity that
// changes from frame to frame, over the outline's length.
func judge(tk take, alphas [][]uint8) verdict {
	var all []float64
	var changed, length float64
	for i, a := range alphas {
		if i < 5 {
			continue
		}
		at := func(x, y int) bool {
			return uint(x) < kinect.Width && uint(y) < kinect.Height && a[y*kinect.Width+x] >= 128
		}
		ours, true_ := outline(at), outline(tk.truth[i].At)
		all = append(append(all, distances(ours, true_)...), distances(true_, ours)...)
		length += float64(len(true_))
		for k, v := range a {
			if d := int(v) - int(alphas[i-1][k]); d != 0 {
				changed += math.Abs(float64(d)) / 255
			}
		}
	}
	slices.Sort(all)
	sum := 0.0
	for _, d := range all {
		sum += d
	}
	n := len(all)
	return verdict{all[n/2], sum / float64(n), all[n*95/100], changed / length}
}

// maskAlpha is what a mask is as a matte.
func maskAlpha(m *kinect.Mask) []uint8 {
	a := make([]uint8, kinect.Width*kinect.Height)
	for i := range a {
		if m.At(i%kinect.Width, i/kinect.Width) {
			a[i] = 255
		}
	}
	return a
}

// ragged is a mask as depth of real rooms gives it: along the outline, pieces of four
// rows are moved by up to three pixels, others in every frame.
func ragged(m *kinect.Mask, seed uint64) *kinect.Mask {
	random := rand.New(rand.NewPCG(seed, 5))
	out := new(kinect.Mask)
	for y := range kinect.Height {
		row := rand.New(rand.NewPCG(seed, uint64(y/4)))
		for x := 0; x < kinect.Width; {
			if !m.At(x, y) {
				x++
				continue
			}
			from := x
			for m.At(x, y) {
				x++
			}
			for c := max(0, from+row.IntN(7)-3); c < min(kinect.Width, x+row.IntN(7)-3+random.IntN(2)); c++ {
				out.Set(c, y)
			}
		}
	}
	return out
}

// TestEdges: colour brings the outline nearer to the truth than a ragged mask is, and
// steadies it; a mask that is nearly right already stays so.
func TestEdges(t *testing.T) {
	const look = 4
	for _, moving := range []bool{false, true} {
		tk := film(t, 7, moving, look)
		for _, rough := range []bool{false, true} {
			var masks, plain, guided [][]uint8
			alone, withColour := newMatte(), newMatte()
			for i, s := range tk.scenes {
				people := slices.Clone(s.People)
				if rough {
					people[0].Mask = ragged(people[0].Mask, uint64(i))
				}
				masks = append(masks, maskAlpha(people[0].Mask))
				alone.draw(people, s.Frame.Depth, nil)
				plain = append(plain, slices.Clone(alone.whole().pix))
				withColour.draw(people, s.Frame.Depth, s.Frame.Colour)
				guided = append(guided, slices.Clone(withColour.whole().pix))
			}
			m, p, g := judge(tk, masks), judge(tk, plain), judge(tk, guided)
			t.Logf("moving %v, ragged %v, look %d\nmask    %v\nshape   %v\ncolours %v", moving, rough, look, m, p, g)
			if rough && g.mean > 0.75*m.mean {
				t.Errorf("colours do not mend the edge: %v, the mask %v", g, m)
			}
			if g.mean > m.mean+0.25 {
				t.Errorf("colours spoil the edge: %v, the mask %v", g, m)
			}
			if !moving && g.flicker > m.flicker/3 {
				t.Errorf("the edge flickers: %v, the mask %v", g, m)
			}
		}
	}
}
