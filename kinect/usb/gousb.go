package usb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/gousb"
)

// All that this package wants of libusb passes through the three interfaces here;
// gousb stands behind them and is known to this file alone.

// A bus is the machine's USB.
type bus interface {
	// functions lists the devices made by Microsoft, from cached descriptors.
	functions() ([]function, error)
	open(function) (port, error)
	close() error
}

// A port is an open device.
type port interface {
	serial() (string, error)
	control(requestType, request uint8, value uint16, data []byte) (int, error)
	// claim takes interface 0 from the kernel's driver, in an alternate setting.
	claim(alternate int) error
	// stream submits transfers to an isochronous IN endpoint; that they could not
	// be submitted is told by the first read.
	stream(endpoint int) (stream, error)
	close() error
}

// A stream is the transfers in flight on one endpoint. After an error it is dead
// and has nothing in flight.
type stream interface {
	// ReadContext gives the packets of one transfer, glued together.
	ReadContext(ctx context.Context, b []byte) (int, error)
	// Close stops submitting; read on until an error to drain what is in flight.
	Close() error
}

// function is one USB device; a Kinect is up to three of them behind a hub.
type function struct {
	product, release uint16
	bus, address     int
	hub              string // where it is plugged in
}

const (
	microsoft = 0x045e
	// transferPackets and transfers make a queue of 64 ms per endpoint, the least
	// that never ran empty on a busy machine when it was measured (16 ms does now
	// and then); longer transfers lose more to one bad packet.
	transferPackets = 16
	transfers       = 32
	packetSlot      = 1920 // wMaxPacketSize 2 x 960 of both endpoints
	transferBytes   = transferPackets * packetSlot

	controlTimeout = time.Second
)

type gousbBus struct{ ctx *gousb.Context }

// openBus starts libusb; gousb panics where that fails.
func openBus() (b bus, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("start libusb: %v", p)
		}
	}()
	return &gousbBus{gousb.NewContext()}, nil
}

func (b *gousbBus) close() error { return b.ctx.Close() }

func (b *gousbBus) functions() ([]function, error) {
	var found []function
	_, err := b.ctx.OpenDevices(func(d *gousb.DeviceDesc) bool {
		if d.Vendor == microsoft {
			found = append(found, describe(d))
		}
		return false
	})
	if len(found) > 0 {
		return found, nil // the error is some other device's
	}
	return nil, translate(err)
}

func describe(d *gousb.DeviceDesc) function {
	f := function{product: uint16(d.Product), release: uint16(d.Device), bus: d.Bus, address: d.Address}
	if n := len(d.Path); n > 0 {
		f.hub = fmt.Sprint(d.Path[:n-1])
	}
	return f
}

func (b *gousbBus) open(f function) (port, error) {
	devices, err := b.ctx.OpenDevices(func(d *gousb.DeviceDesc) bool { return describe(d) == f })
	for _, extra := range devices[min(1, len(devices)):] {
		extra.Close()
	}
	if len(devices) > 0 {
		devices[0].ControlTimeout = controlTimeout
		return &gousbPort{device: devices[0]}, nil
	}
	if err == nil {
		err = gousb.ErrorNoDevice
	}
	return nil, translate(err)
}

type gousbPort struct {
	device *gousb.Device
	config *gousb.Config
	iface  *gousb.Interface
}

func (p *gousbPort) serial() (string, error) {
	s, err := p.device.SerialNumber()
	return s, translate(err)
}

func (p *gousbPort) control(requestType, request uint8, value uint16, data []byte) (int, error) {
	n, err := p.device.Control(requestType, request, value, 0, data)
	return n, translate(err)
}

func (p *gousbPort) claim(alternate int) error {
	err := p.device.SetAutoDetach(true)
	if err == nil {
		p.config, err = p.device.Config(1)
	}
	if err == nil {
		p.iface, err = p.config.Interface(0, alternate)
	}
	return translate(err)
}

func (p *gousbPort) stream(endpoint int) (stream, error) {
	in, err := p.iface.InEndpoint(endpoint)
	if err != nil {
		return nil, translate(err)
	}
	s, err := in.NewStream(transferBytes, transfers)
	if err != nil {
		return nil, translate(err)
	}
	return &gousbStream{s}, nil
}

// close gives everything back, in the order gousb insists on.
func (p *gousbPort) close() error {
	if p.iface != nil {
		p.iface.Close()
	}
	var err error
	if p.config != nil {
		err = p.config.Close()
	}
	return errors.Join(err, p.device.Close())
}

type gousbStream struct{ *gousb.ReadStream }

func (s *gousbStream) ReadContext(ctx context.Context, b []byte) (int, error) {
	n, err := s.ReadStream.ReadContext(ctx, b)
	if err == gousb.ErrorIO || err == gousb.ErrorNotFound { // of a submit
		return n, fmt.Errorf("%w (%w)", ErrUnplugged, err)
	}
	return n, translate(err)
}

// translate marks an error with the sentinel of its cause. Where gousb has wrapped
// libusb's code into text, the text still has the code.
func translate(err error) error {
	if err == nil {
		return nil
	}
	for _, t := range []struct {
		code     gousb.Error
		sentinel error
	}{
		{gousb.ErrorAccess, ErrPermission},
		{gousb.ErrorBusy, ErrBusy},
		{gousb.ErrorNoDevice, ErrUnplugged},
	} {
		if errors.Is(err, t.code) || strings.Contains(err.Error(), fmt.Sprintf("[code %d]", int(t.code))) {
			return fmt.Errorf("%w (%w)", t.sentinel, err)
		}
	}
	if errors.Is(err, gousb.TransferNoDevice) {
		return fmt.Errorf("%w (%w)", ErrUnplugged, err)
	}
	return err
}
