package usb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	// replyLimit is how long the camera may take to answer a command; it needs
	// milliseconds, and one that never answers must not hang us.
	replyLimit = time.Second
	replyPoll  = time.Millisecond
	// openAttempts: a reply is lost now and then (libfreenect issues 524, 594), and
	// only opening anew helps.
	openAttempts = 3
	openPause    = 100 * time.Millisecond

	endpointVideo = 1
	endpointDepth = 2
)

// A camera is an open and claimed camera whose calibration was read.
type camera struct {
	port        port
	serial      string
	model       Model
	calibration kinect.Calibration
	tag         uint16
}

// openCamera opens, claims and asks for the calibration, again when an answer is
// garbled. With want set, a camera of another serial is errOtherSerial, with the
// camera's serial told.
func openCamera(ctx context.Context, b bus, s sensor, want string) (*camera, error) {
	var err error
	for range openAttempts {
		var c *camera
		c, err = tryCamera(ctx, b, s, want)
		if err == nil {
			return c, nil
		}
		var other *otherSerialError
		if errors.Is(err, ErrPermission) || errors.Is(err, ErrBusy) || errors.Is(err, ErrUnplugged) || errors.As(err, &other) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openPause):
		}
	}
	return nil, err
}

type otherSerialError struct{ serial string }

func (e *otherSerialError) Error() string { return "another Kinect: " + e.serial }

func tryCamera(ctx context.Context, b bus, s sensor, want string) (*camera, error) {
	p, err := b.open(*s.camera)
	if err != nil {
		return nil, fmt.Errorf("open the camera: %w", err)
	}
	c := &camera{port: p, model: s.model()}
	if err := c.prepare(ctx, b, s, want); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return c, nil
}

func (c *camera) prepare(ctx context.Context, b bus, s sensor, want string) error {
	var err error
	if c.serial, err = serialOf(b, s, c.port); err != nil {
		return err
	}
	if want != "" && c.serial != want {
		return &otherSerialError{c.serial}
	}
	if err := c.port.claim(s.alternate()); err != nil {
		return fmt.Errorf("claim the camera %s: %w", c.serial, err)
	}
	if c.calibration, err = c.readCalibration(ctx); err != nil {
		return fmt.Errorf("read the calibration of %s: %w", c.serial, err)
	}
	return nil
}

// readCalibration asks in the order in which libfreenect does.
func (c *camera) readCalibration(ctx context.Context) (kinect.Calibration, error) {
	var replies [4][]byte
	for i, r := range []raw.Request{
		raw.AlgorithmParameters(raw.AlgorithmPadding, kinect.VideoBayer),
		raw.FixedParameters(),
		raw.AlgorithmParameters(raw.AlgorithmRegistration, kinect.VideoBayer),
		raw.AlgorithmParameters(raw.AlgorithmConstShift, kinect.VideoBayer),
	} {
		reply, err := c.command(ctx, r)
		if err != nil {
			return kinect.Calibration{}, err
		}
		replies[i] = reply
	}
	return raw.ParseCalibration(replies[1], replies[2], replies[0], replies[3])
}

// command sends a request and polls for its reply.
func (c *camera) command(ctx context.Context, r raw.Request) ([]byte, error) {
	if _, err := c.port.control(0x40, 0, 0, r.Encode(c.tag)); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(replyLimit); ; {
		buffer := make([]byte, raw.MaxReply)
		n, err := c.port.control(0xc0, 0, 0, buffer)
		if err != nil {
			return nil, err
		}
		payload, err := raw.ParseReply(buffer[:n], r.Command, c.tag)
		if err == nil {
			c.tag++
			return payload, nil
		}
		if !errors.Is(err, raw.ErrNotReady) || time.Now().After(deadline) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(replyPoll):
		}
	}
}

// set writes parameters in order.
func (c *camera) set(ctx context.Context, settings []raw.Setting) error {
	for _, s := range settings {
		if _, err := c.command(ctx, raw.SetParameter(s.Parameter, s.Value)); err != nil {
			return fmt.Errorf("set parameter %#02x to %d: %w", uint16(s.Parameter), s.Value, err)
		}
	}
	return nil
}
