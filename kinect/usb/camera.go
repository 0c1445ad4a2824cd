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
	// commandAttempts, openAttempts: a reply is lost now and then (libfreenect issues
	// 524, 594), and the interface may vanish right after it came (496): asking again
	// may help, opening anew does more.
	commandAttempts = 2
	openAttempts    = 4
	openPause       = 150 * time.Millisecond

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

// openCamera opens, claims and asks for the calibration in a video mode, again when an
// answer is garbled or the interface is not there yet. With serial set, a camera of
// another one is an otherSerialError, with the camera's serial told.
func openCamera(ctx context.Context, b bus, s sensor, serial string, v kinect.VideoMode) (*camera, error) {
	var err error
	for range openAttempts {
		var c *camera
		c, err = tryCamera(ctx, b, s, serial, v)
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

func tryCamera(ctx context.Context, b bus, s sensor, serial string, v kinect.VideoMode) (*camera, error) {
	p, err := b.open(*s.camera)
	if err != nil {
		return nil, fmt.Errorf("open the camera: %w", err)
	}
	c := &camera{port: p, model: s.model()}
	if err := c.prepare(ctx, b, s, serial, v); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return c, nil
}

func (c *camera) prepare(ctx context.Context, b bus, s sensor, serial string, v kinect.VideoMode) error {
	var err error
	if c.serial, err = serialOf(b, s, c.port); err != nil {
		return err
	}
	if serial != "" && c.serial != serial {
		return &otherSerialError{c.serial}
	}
	if err := c.port.claim(s.alternate()); err != nil {
		return fmt.Errorf("claim the camera %s: %w", c.serial, err)
	}
	if err := c.calibrate(ctx, v); err != nil {
		return fmt.Errorf("read the calibration of %s: %w", c.serial, err)
	}
	return nil
}

// calibrate asks for the calibration in a video mode, in the order in which
// libfreenect does. Modes on which depth can't be laid have no registration.
func (c *camera) calibrate(ctx context.Context, v kinect.VideoMode) error {
	var replies [4][]byte
	for i, r := range []raw.Request{
		raw.AlgorithmParameters(raw.AlgorithmPadding, v),
		raw.FixedParameters(),
		raw.AlgorithmParameters(raw.AlgorithmRegistration, v),
		raw.AlgorithmParameters(raw.AlgorithmConstShift, v),
	} {
		reply, err := c.command(ctx, r)
		if err != nil {
			return err
		}
		replies[i] = reply
	}
	calibration, err := raw.ParseCalibration(replies[1], replies[2], replies[0], replies[3])
	if err != nil {
		return err
	}
	if !v.Registers() {
		calibration.Register = kinect.Registration{}
	}
	c.calibration = calibration
	return nil
}

// command sends a request and returns the payload of its reply. A garbled reply is
// asked for anew with the whole request: all of them may be repeated.
func (c *camera) command(ctx context.Context, r raw.Request) ([]byte, error) {
	var err error
	for range commandAttempts {
		var payload []byte
		payload, err = c.attempt(ctx, r)
		var garbled *garbledError
		if !errors.As(err, &garbled) {
			return payload, err
		}
	}
	return nil, err
}

// A garbledError is an exchange that failed and may well succeed when it is tried again.
type garbledError struct{ err error }

func (e *garbledError) Error() string { return e.err.Error() }
func (e *garbledError) Unwrap() error { return e.err }

func garbled(err error) error {
	return &garbledError{fmt.Errorf("%w: %w", ErrNoAnswer, err)}
}

// attempt sends a request and polls for its reply.
func (c *camera) attempt(ctx context.Context, r raw.Request) ([]byte, error) {
	if _, err := c.port.control(0x40, 0, 0, r.Encode(c.tag)); err != nil {
		return nil, unanswered(err)
	}
	buffer := make([]byte, raw.MaxReply)
	for deadline := time.Now().Add(replyLimit); ; {
		n, err := c.port.control(0xc0, 0, 0, buffer)
		if err != nil {
			return nil, unanswered(err)
		}
		payload, err := raw.ParseReply(buffer[:n], r.Command, c.tag)
		var refused *raw.StatusError
		switch {
		case err == nil:
			c.tag++
			return payload, nil
		case errors.As(err, &refused):
			c.tag++
			return nil, err
		case !errors.Is(err, raw.ErrNotReady):
			return nil, garbled(err)
		case time.Now().After(deadline):
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(replyPoll):
		}
	}
}

// unanswered names the failure of a control transfer.
func unanswered(err error) error {
	if errors.Is(err, ErrUnplugged) {
		return err
	}
	return garbled(err)
}

// ask returns what a parser makes of the reply to a request.
func (c *camera) ask(ctx context.Context, r raw.Request, parse func([]byte) (uint16, error)) (uint16, error) {
	payload, err := c.command(ctx, r)
	if err != nil {
		return 0, err
	}
	return parse(payload)
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
