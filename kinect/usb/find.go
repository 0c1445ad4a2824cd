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
	productAudioWindows  = 0x02be
	productHub           = 0x02c2 // inside a 1473 and a Kinect for Windows; a 1414's is NEC's
	release1414          = 0x010b
)

// audioProducts are the audio functions, before and after they have firmware.
var audioProducts = [...]uint16{0x02ad, productAudioWindows, 0x02bb, 0x02c3}

// A sensor is the functions that make up one Kinect, nil where there is none. Without
// power all but the camera may be there.
type sensor struct {
	camera, motor, audio, hub *function
}

// model is told by the camera. While that is silent, by what answers instead: only a
// 1414 has a motor function, only a Kinect for Windows that audio function.
func (s sensor) model() Model {
	switch {
	case s.camera == nil && s.motor != nil, s.camera != nil && s.camera.product == productCamera && s.camera.release == release1414:
		return Model1414
	case s.camera == nil && s.audio != nil && s.audio.product == productAudioWindows, s.camera != nil && s.camera.product == productCameraWindows:
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
// camera by bus and address, then those of which only the rest is to be seen.
func sensors(functions []function) []sensor {
	var cameras, motors, audios, hubs []function
	for _, f := range functions {
		switch {
		case f.product == productCamera, f.product == productCameraWindows:
			cameras = append(cameras, f)
		case f.product == productMotor:
			motors = append(motors, f)
		case slices.Contains(audioProducts[:], f.product):
			audios = append(audios, f)
		case f.product == productHub:
			hubs = append(hubs, f)
		}
	}
	for _, fs := range [][]function{cameras, motors, audios, hubs} {
		slices.SortFunc(fs, func(a, b function) int {
			return cmp.Or(cmp.Compare(a.bus, b.bus), cmp.Compare(a.address, b.address))
		})
	}
	var found []sensor
	taken := map[*function]bool{}
	// gather puts together what belongs to f, which is one of the parts of s.
	gather := func(f *function, s sensor) {
		for part, among := range map[**function][]function{&s.motor: motors, &s.audio: audios, &s.hub: hubs} {
			if *part == nil {
				*part = sibling(f, among, taken, f == s.camera && len(cameras) == 1)
			}
			taken[*part] = true
		}
		found = append(found, s)
	}
	for i := range cameras {
		gather(&cameras[i], sensor{camera: &cameras[i]})
	}
	for i := range motors {
		if f := &motors[i]; !taken[f] {
			gather(f, sensor{motor: f})
		}
	}
	for i := range audios {
		if f := &audios[i]; !taken[f] {
			gather(f, sensor{audio: f})
		}
	}
	for i := range hubs {
		if f := &hubs[i]; !taken[f] {
			gather(f, sensor{hub: f})
		}
	}
	return found
}

// sibling finds the function that is on the same hub as f or is that hub, or, when f is
// the only camera, the only one there is.
func sibling(f *function, among []function, taken map[*function]bool, alone bool) *function {
	for i := range among {
		g := &among[i]
		if !taken[g] && g.bus == f.bus && (g.hub == f.hub || g.path == f.hub) {
			return g
		}
	}
	if alone && len(among) == 1 {
		return &among[0]
	}
	return nil
}

// List finds the Kinects on all buses, in the order of bus and address, without
// disturbing one that is in use. None is an empty list, not an error. Those whose camera
// is not to be seen are listed last, with Trouble ErrNoPower and no serial.
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
	}{{FunctionCamera, s.camera}, {FunctionMotor, s.motor}, {FunctionAudio, s.audio}, {FunctionHub, s.hub}} {
		if part.function == nil {
			continue
		}
		if len(f.Functions) == 0 {
			f.Bus, f.Address = part.bus, part.address
		}
		serial, err := lookInto(b, s, part.kind, *part.function)
		f.Serial = cmp.Or(f.Serial, serial)
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

// lookInto opens a function to see whether it can, and is the camera's serial. The hub
// is the kernel's.
func lookInto(b bus, s sensor, kind FunctionKind, f function) (serial string, err error) {
	if kind == FunctionHub {
		return "", nil
	}
	p, err := b.open(f)
	if err != nil {
		return "", fmt.Errorf("open the %s: %w", kind, err)
	}
	if kind == FunctionCamera {
		serial, err = serialOf(b, s, p)
	}
	return serial, errors.Join(err, p.close())
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
