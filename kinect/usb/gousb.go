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
// gousb stands behind them and is known to this file alone. It is a copy of gousb
// with one file added (gousb/README.md says why).

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
	// stream submits transfers to an isochronous IN endpoint of the claimed interface.
	// errSubmit says that they were refused.
	stream(endpoint int) (stream, error)
	// write and read use bulk endpoints of the claimed interface.
	write(endpoint int, data []byte) error
	read(endpoint int, data []byte) (int, error)
	close() error
}

// A stream is the transfers in flight on one endpoint. They are submitted anew whether
// or not anybody calls next.
type stream interface {
	// next waits for a transfer to come back: its packets one behind the other and their
	// lengths (see raw.Read), valid until the next call, and the number of its first slot
	// since the stream began. When nothing is in flight any more it fails, with io.EOF
	// after stop, else with ErrUnplugged, errSubmit or another; the stream may not be
	// used any more then. One goroutine.
	next() (first int64, packets []byte, lengths []int, err error)
	// pace has transfers end before a slot, and every so many from there on. The
	// goroutine that calls next.
	pace(mark int64, every float64)
	// stop cancels what is in flight. Any goroutine, at any time.
	stop()
}

// errSubmit: transfers were refused by the host. The device may be gone; if it is not,
// its controller has no bandwidth left.
var errSubmit = errors.New("the USB controller refused transfers")

// function is one USB device; a Kinect is up to three of them behind a hub.
type function struct {
	product, release uint16
	bus, address     int
	path, hub        string // its place on the bus, and that of what it is plugged into
	interfaces       int
}

const (
	microsoft      = 0x045e
	controlTimeout = time.Second
	// Endpoints queue fourteen transfers of up to 128 slots, of 1920 bytes and 125 µs
	// each; libusb splits larger ones. On average 89 are used (see pacer), which makes
	// 150 ms: 64 ms are the least that never ran empty on a busy machine when it was
	// measured, and several Kinects must fit into the 16 MB that Linux allows. The reader
	// may be late by what the spare buffers hold before the queue shrinks. A frame's last
	// transfer is short, so that little is left to be done when it comes.
	transferSlots = 128
	lastSlots     = 24
	transfers     = 14
	spares        = 14
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
		f.path, f.hub = fmt.Sprint(d.Path), fmt.Sprint(d.Path[:n-1])
	}
	f.interfaces = len(d.Configs[1].Interfaces)
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
	s, err := in.NewIsoStream(transferSlots, transfers, spares, lastSlots)
	if err != nil {
		return nil, refused(err)
	}
	return gousbStream{s}, nil
}

func (p *gousbPort) write(endpoint int, data []byte) error {
	out, err := p.iface.OutEndpoint(endpoint)
	if err != nil {
		return translate(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), controlTimeout)
	defer cancel()
	_, err = out.WriteContext(ctx, data)
	return translate(err)
}

func (p *gousbPort) read(endpoint int, data []byte) (int, error) {
	in, err := p.iface.InEndpoint(endpoint)
	if err != nil {
		return 0, translate(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), controlTimeout)
	defer cancel()
	n, err := in.ReadContext(ctx, data)
	return n, translate(err)
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

type gousbStream struct{ *gousb.IsoStream }

func (s gousbStream) pace(mark int64, every float64) { s.Pace(mark, every) }
func (s gousbStream) stop()                          { s.Stop() }
func (s gousbStream) next() (int64, []byte, []int, error) {
	b, err := s.Next()
	if err == nil {
		return b.First, b.Packets, b.Lengths, nil
	}
	return 0, nil, nil, refused(err)
}

// refused marks the failure of a submission.
func refused(err error) error {
	switch err {
	case gousb.ErrorIO, gousb.ErrorNotFound, gousb.ErrorNoMem:
		return fmt.Errorf("%w (%w)", errSubmit, err)
	}
	return translate(err)
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
		{gousb.ErrorNotFound, errNotReady},
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
