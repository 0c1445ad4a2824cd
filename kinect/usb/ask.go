package usb

import (
	"context"

	"cutout/kinect/raw"
)

// Ask sends a request of the camera's own protocol and returns the payload of its
// answer: for diagnosis. What a request sets is not remembered, and may be undone
// when the Kinect comes back. Waits and fails as every setter does; any goroutine.
func (d *Device) Ask(r raw.Request) (payload []byte, err error) {
	err = d.control("ask the camera", func(ctx context.Context, s *session) error {
		payload, err = s.c.command(ctx, r)
		return err
	})
	return payload, err
}
