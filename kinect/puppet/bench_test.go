package puppet

import (
	"testing"

	"cutout/kinect"
)

var benchPose = kinect.Pose{LeftShoulder: 120, LeftElbow: 40, RightShoulder: 45, RightElbow: -60, LeftHip: 20, RightHip: 20}

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name     string
		distance kinect.Millimetres
		colour   bool
	}{{"2900mm", 2900, true}, {"1500mm", 1500, true}, {"2900mmDepthOnly", 2900, false}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRenderer(NewRoom(1))
			f := Figure{Height: 1700, Distance: c.distance, Look: NewLook(1), Face: Face{Smile: 700}}
			p := postureOf(benchPose)
			b.ReportAllocs()
			seed := uint64(0)
			for b.Loop() {
				seed++
				p[leftShoulder] += 0.3
				r.stand(&f, p)
				if c.colour {
					_ = r.colour()
				}
				_ = r.depth(seed)
			}
		})
	}
}

func BenchmarkRoom(b *testing.B) {
	for b.Loop() {
		NewRoom(1)
	}
}
