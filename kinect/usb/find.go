package usb

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Product ids of Microsoft's that make up a Kinect (libfreenect_internal.h), and the
// bcdDevice by which a 1414's camera is told from a 1473's (usb_libusb10.c).
const (
	productCamera        = 0x02ae
	productCameraWindows = 0x02bf
	productMotor         = 0x02b0
	release1414          = 0x010b
)

// audioProducts are the audio functions, before and after they have firmware.
var audioProducts = [...]uint16{0x02ad, 0x02be, 0x02bb, 0x02c3}

// A sensor is the functions that make up one Kinect; camera may be absent.
type sensor struct {
	camera, motor, audio *function
}

func (s sensor) model() Model {
	switch {
	case s.camera == nil || s.camera.product == productCamera && s.camera.release == release1414:
		return Model1414
	case s.camera.product == productCameraWindows:
		return ModelWindows
	}
	return Model1473
}

// firmware says that the audio function runs firmware: it then has more than its one
// interface (libfreenect usb_libusb10.c).
func (s sensor) firmware() bool { return s.audio != nil && s.audio.interfaces > 1 }

// drivable says that openMover would find something.
func (s sensor) drivable() bool {
	return s.motor != nil || s.model() != Model1414 && s.firmware()
}

// alternate is the setting of interface 0 that streams.
func (s sensor) alternate() int {
	if s.model() == ModelWindows {
		return 1
	}
	return 0
}

// sensors sorts functions into Kinects, by the hub which they share: those with a
// camera by bus and address, then motors that have none.
func sensors(functions []function) []sensor {
	var cameras, motors, audios []function
	for _, f := range functions {
		switch {
		case f.product == productCamera, f.product == productCameraWindows:
			cameras = append(cameras, f)
		case f.product == productMotor:
			motors = append(motors, f)
		case slices.Contains(audioProducts[:], f.product):
			audios = append(audios, f)
		}
	}
	for _, fs := range [][]function{cameras, motors, audios} {
		slices.SortFunc(fs, func(a, b function) int {
			return cmp.Or(cmp.Compare(a.bus, b.bus), cmp.Compare(a.address, b.address))
		})
	}
	var found []sensor
	taken := map[*function]bool{}
	for i := range cameras {
		s := sensor{camera: &cameras[i]}
		s.motor = sibling(s.camera, motors, len(cameras) == 1)
		s.audio = sibling(s.camera, audios, len(cameras) == 1)
		taken[s.motor] = true
		found = append(found, s)
	}
	for i := range motors {
		if !taken[&motors[i]] {
			found = append(found, sensor{motor: &motors[i]})
		}
	}
	return found
}

// sibling finds the function on the same hub as f, or, when f is the only camera,
// the only one there is.
func sibling(f *function, among []function, alone bool) *function {
	for i := range among {
		if among[i].bus == f.bus && among[i].hub == f.hub {
			return &among[i]
		}
	}
	if alone && len(among) == 1 {
		return &among[0]
	}
	return nil
}

// List finds the Kinects on all buses, in the order of bus and address, without
// disturbing one that is in use. None is an empty list, not an error. A motor
// without a camera is listed last, with Trouble ErrNoPower and no serial.
func List() ([]Found, error) {
	b, err := openBus()
	if err != nil {
		return nil, err
	}
	found, err := list(b)
	return found, errors.Join(err, b.close())
}

func list(b bus) ([]Found, error) {
	functions, err := b.functions()
	if err != nil {
		return nil, fmt.Errorf("look for Kinects: %w", err)
	}
	var all []Found
	for _, s := range sensors(functions) {
		all = append(all, lookAt(b, s))
	}
	return all, nil
}

// lookAt opens the functions of a Kinect, for its serial and to see whether it can.
func lookAt(b bus, s sensor) Found {
	f := Found{Model: s.model(), Motor: s.drivable(), Firmware: s.firmware()}
	for _, part := range []struct {
		kind FunctionKind
		*function
	}{{FunctionCamera, s.camera}, {FunctionMotor, s.motor}, {FunctionAudio, s.audio}} {
		if part.function == nil {
			continue
		}
		if len(f.Functions) == 0 {
			f.Bus, f.Address = part.bus, part.address
		}
		p, err := b.open(*part.function)
		if err != nil {
			err = fmt.Errorf("open the %s: %w", part.kind, err)
		} else {
			if part.kind == FunctionCamera {
				f.Serial, err = serialOf(b, s, p)
			}
			err = errors.Join(err, p.close())
		}
		f.Functions = append(f.Functions, Function{Kind: part.kind, Product: part.product, Address: part.address, Trouble: err})
		if f.Trouble == nil && (part.kind != FunctionAudio || s.model() != Model1414) { // nobody needs that one
			f.Trouble = err
		}
	}
	if s.camera == nil {
		f.Trouble = ErrNoPower
	}
	return f
}

// serialOf is the serial of an open camera; where that has only zeros (1473), that
// of its audio function.
func serialOf(b bus, s sensor, camera port) (string, error) {
	serial, err := camera.serial()
	if err != nil {
		return "", fmt.Errorf("read the serial: %w", err)
	}
	if strings.Trim(serial, "0") != "" || s.audio == nil {
		return serial, nil
	}
	p, err := b.open(*s.audio)
	if err != nil {
		return serial, nil // zeros are a serial too
	}
	defer p.close()
	if own, err := p.serial(); err == nil && own != "" {
		return own, nil
	}
	return serial, nil
}
