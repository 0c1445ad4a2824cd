package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"cutout/kinect"
	"cutout/kinect/framing"
	"cutout/netvideo/room"
)

// A camera frames what the sensor saw and shows it to the room. It works at its
// own pace: scenes that come while it is busy are skipped.
type camera struct {
	framer *framing.Framer
	// publisher is nil while nothing is published.
	publisher atomic.Pointer[room.Publisher]
}

// parseShare reads --share.
func parseShare(s string) (framing.Share, error) {
	switch s {
	case "silhouette":
		return framing.Silhouette, nil
	case "cutout":
		return framing.Cutout, nil
	case "camera":
		return framing.Camera, nil
	}
	return 0, usage(fmt.Errorf("there is no way to share called %q", s),
		"--share takes silhouette (only your outline), cutout (you, without your room) or camera (everything)")
}

// run frames the sensor's scenes until ctx ends.
func (c *camera) run(ctx context.Context, s *sensor) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.fresh:
			c.show(s.Scene())
		}
	}
}

// show frames a scene and hands it to the publisher, if there is one.
func (c *camera) show(scene *kinect.Scene) {
	if publisher := c.publisher.Load(); publisher != nil && scene != nil {
		publisher.Show(c.framer.Render(scene), scene.Frame.At)
	}
}
