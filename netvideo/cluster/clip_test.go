package cluster_test

import "cutout/netvideo/probe"

// clip is VP8 as far as a server looks.
func clip() probe.Clip {
	c := probe.Clip{FPS: 30, Width: 64, Height: 64}
	for i := range 30 {
		frame := make([]byte, 2500)
		if i == 0 {
			copy(frame, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0})
		} else {
			frame[0] = 0x11
		}
		c.Frames = append(c.Frames, frame)
	}
	return c
}
