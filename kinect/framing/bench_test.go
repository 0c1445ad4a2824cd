package framing_test

import (
	"image"
	"math"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

// waving is a puppet that waves before a tracker, to and fro, without a leap.
func waving(b *testing.B, mm, side int) []*kinect.Scene {
	b.Helper()
	const half = 12
	developer, tracker := raw.NewDeveloper(kinect.DefaultCalibration()), body.NewTracker()
	var out []*kinect.Scene
	for i := range 2 * half {
		swing := int16(5 * min(i, 2*half-1-i))
		p := pose
		p.LeftShoulder, p.RightShoulder = p.LeftShoulder-swing, p.RightShoulder+swing
		s := puppet.Render(puppet.Figure{
			Pose: p, Height: 1700, Distance: kinect.Millimetres(mm), Side: side, Look: puppet.NewLook(1),
		}, room(), uint64(i))
		depth, _ := developer.Depth(&kinect.DepthFrame{Codes: s.Codes, Registered: true})
		scene := tracker.Update(&kinect.Frame{Seq: uint64(i + 1), Clock: uint32(i+1) * kinect.ClockHz / 30, Depth: depth, Colour: s.Picture, Registered: true})
		if scene.Player() == nil {
			b.Fatal("nobody seen")
		}
		out = append(out, scene)
	}
	return out
}

// timed runs f for the benchmark's time, over and over n frames, and reports the median
// frame beside the mean, each frame's time being its shortest: what other programs take
// of the core is not f's.
func timed(b *testing.B, n int, f func(i int)) {
	b.ReportAllocs()
	took := slices.Repeat([]time.Duration{math.MaxInt64}, n)
	i := 0
	for b.Loop() {
		start := time.Now()
		f(i)
		took[i] = min(took[i], time.Since(start))
		i = (i + 1) % n
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[n/2]), "median-ns")
	b.ReportMetric(float64(took[n*95/100]), "p95-ns")
}

// BenchmarkRender has the copy of a picture's bytes as its limit. The near player is
// shown in the whole view, the far one in a part of it.
func BenchmarkRender(b *testing.B) {
	near, far := waving(b, 2400, 100), waving(b, 3300, 300)
	bare := make([]*kinect.Scene, len(near))
	for i, s := range near {
		f := *s.Frame
		f.Colour = nil
		bare[i] = &kinect.Scene{Frame: &f, People: s.People}
	}
	for _, c := range []struct {
		name   string
		o      framing.Options
		scenes []*kinect.Scene
	}{
		{"key, near", framing.Options{Background: framing.Key}, near},
		{"key, far", framing.Options{Background: framing.Key}, far},
		{"corridor, near", framing.Options{}, near},
		{"corridor, far", framing.Options{}, far},
		{"blur, near", framing.Options{Background: framing.Blur}, near},
		{"blur, far", framing.Options{Background: framing.Blur}, far},
		{"keep, far", framing.Options{Background: framing.Keep}, far},
		{"relief, near", framing.Options{}, bare},
		{"silhouette, near", framing.Options{Share: framing.Silhouette}, near},
		{"silhouette, far", framing.Options{Share: framing.Silhouette}, far},
		{"camera", framing.Options{Share: framing.Camera}, near},
		{"key 320x240, near", framing.Options{Background: framing.Key, Width: 320, Height: 240}, near},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := framing.NewFramer(c.o)
			for i := range 240 {
				f.Render(c.scenes[i%len(c.scenes)]) // until the view rests
			}
			timed(b, len(c.scenes), func(i int) { f.Render(c.scenes[i]) })
		})
	}
	b.Run("copy", func(b *testing.B) {
		timed(b, len(near), func(i int) {
			c := near[i].Frame.Colour
			to := image.NewYCbCr(c.Rect, c.SubsampleRatio)
			copy(to.Y, c.Y)
			copy(to.Cb, c.Cb)
			copy(to.Cr, c.Cr)
		})
	})
}

func BenchmarkUnkey(b *testing.B) {
	p := framing.NewFramer(framing.Options{Background: framing.Key}).Render(waving(b, 2400, 100)[0])
	timed(b, 1, func(int) { framing.Unkey(p) })
}
