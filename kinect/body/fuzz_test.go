package body_test

import (
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body"
)

// FuzzUpdate builds sequences of frames from bytes: rectangles and ramps that move,
// noise, lost rows, any clock, and any way up. Whatever it is, a Scene keeps its
// promises.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte{}, uint32(0), 0.0, -1.0, 0.0)
	f.Add([]byte{10, 20, 60, 90, 8, 0, 0}, uint32(2_002_155), 0.0, 0.0, 0.0)
	f.Add([]byte("a person-like stack: \x40\x10\x10\x20\x10\x00\x00\x38\x30\x20\x50\x10\x00\x00"), uint32(60_000_000), 1.0, math.NaN(), math.Inf(1))
	// Two stacks beside each other: head, trunk, head, trunk.
	f.Add([]byte{80, 60, 12, 20, 110, 0, 0, 70, 80, 30, 90, 110, 0, 0, 110, 60, 12, 20, 112, 0, 0, 100, 80, 30, 90, 112, 0, 0}, uint32(2_000_000), 0.0, -9.8, 0.5)
	f.Fuzz(func(t *testing.T, data []byte, ticks uint32, x, y, z float64) {
		tr := body.NewTracker()
		tr.SetUp(kinect.Place{X: x, Y: y, Z: z})
		for k := range 3 {
			depth := make([]kinect.Millimetres, pixels)
			for n := 0; n+7 <= len(data) && n < 7*32; n += 7 {
				b := data[n:]
				paint(depth, int(b[0])*3+k*4, int(b[1])*2, int(b[2])*2, int(b[3])*2, int(b[4])*20, int(int8(b[5])), int(int8(b[6])))
			}
			if len(data)%3 == 1 { // the rest lies over the picture as it is
				for i := range depth {
					depth[i] ^= kinect.Millimetres(data[i%len(data)]) << (i % 9)
				}
			}
			frame := &kinect.Frame{Depth: depth, Clock: uint32(k) * ticks}
			if len(data)%2 == 1 {
				from := int(data[0])
				clear(depth[from*kinect.Width : (from+20)*kinect.Width])
				frame.Quality = kinect.Quality{LostPackets: 3, Lost: []kinect.Rows{{From: from, To: from + 20}}}
			}
			check(t, tr.Update(frame))
		}
	})
}

// paint draws a sloping rectangle, nearest wins.
func paint(depth []kinect.Millimetres, x, y, w, h, z, dx, dy int) {
	for v := y; v < min(y+h, kinect.Height); v++ {
		for u := x; u < min(x+w, kinect.Width); u++ {
			at := z + (u-x)*dx/8 + (v-y)*dy/8
			if i := v*kinect.Width + u; at > 0 && (depth[i] == 0 || at < int(depth[i])) {
				depth[i] = kinect.Millimetres(min(at, 65535))
			}
		}
	}
}
