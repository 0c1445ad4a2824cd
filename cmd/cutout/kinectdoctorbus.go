package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
)

// examineBus looks for Kinects and at where they are plugged in; false says that
// there is none to examine further.
func (d *doctor) examineBus() bool {
	found, err := usb.List()
	if err != nil {
		d.fail("devices", err, "is libusb installed, and may this user read /dev/bus/usb?")
		return false
	}
	d.report.Kinects = listed(found).Kinects
	d.report.USB = readUSB(d.root)
	if len(found) == 0 {
		d.fail("devices", usb.ErrNotFound, "")
		return false
	}
	usable := false
	for _, k := range d.report.Kinects {
		f := finding{Step: "devices", Result: resultOK, Says: k.describe(), Facts: k, Advice: k.Advice}
		switch {
		case k.Found.Trouble != nil:
			f.Result, f.Says = resultFailed, f.Says+": "+k.Trouble
		case d.flags.serial == "" || d.flags.serial == k.Serial:
			usable = true
		}
		if k.Found.Trouble == nil && k.Model != usb.Model1414 {
			f.Result = resultWarning
			f.Advice = "no public driver was ever verified on this model by us; a report of it is worth more than any other"
		}
		d.add(f)
	}
	if !usable && d.flags.serial != "" {
		d.fail("devices", fmt.Errorf("%w with serial %s", usb.ErrNotFound, d.flags.serial), "")
	}
	d.examinePorts(found)
	d.examineNeighbours(found)
	return usable
}

// describe is one line on a Kinect.
func (k listedKinect) describe() string {
	parts := make([]string, 0, len(k.Functions))
	for _, f := range k.Functions {
		parts = append(parts, fmt.Sprintf("%s 045e:%04x", f.Kind, f.Product))
	}
	return fmt.Sprintf("%s %s on bus %d, address %d (%s)", k.Model, orElse(k.Serial, "without serial"), k.Bus, k.Address, strings.Join(parts, ", "))
}

// examinePorts looks at what the system says of each Kinect's functions.
func (d *doctor) examinePorts(found []usb.Found) {
	told := false
	for _, k := range found {
		for _, fn := range k.Functions {
			if n, known := nodeAt(d.report.USB, k.Bus, fn.Address); known {
				d.add(examinePort(fn.Kind, n))
				told = true
			}
		}
	}
	if !told {
		d.add(finding{Step: "port", Result: resultSkipped, Says: "this system tells nothing about where it is plugged in"})
	}
}

func nodeAt(nodes []usbNode, bus, address int) (usbNode, bool) {
	for _, n := range nodes {
		if n.Bus == bus && n.Address == address {
			return n, true
		}
	}
	return usbNode{}, false
}

// examinePort judges where a function of a Kinect is plugged in.
func examinePort(kind usb.FunctionKind, n usbNode) finding {
	f := finding{Step: "port", Result: resultOK, Facts: n}
	f.Says = fmt.Sprintf("the %s at %s, %s Mbit/s, %s, power/control %s", kind, n.Name, n.Speed, orElse(n.Controller, "unknown controller"), orElse(n.Power, "unknown"))
	worse := func(result, says, advice string) {
		if f.Result != resultFailed {
			f.Result, f.Says, f.Advice = result, f.Says+"; "+says, advice
		}
	}
	if n.Power == "auto" {
		worse(resultWarning, "the system may put it to sleep, after which it vanishes", "install assets/51-kinect.rules, which keeps it awake, and plug it in again")
	}
	if n.hubs() > 1 {
		worse(resultWarning, "it is behind a hub", "plug it into the computer itself")
	}
	for _, i := range n.Interfaces {
		if kind == usb.FunctionCamera && i.Driver != "" && i.Driver != "usbfs" {
			worse(resultWarning, "the kernel's driver "+i.Driver+" holds it", "it is detached while Cutout runs; for good: `modprobe -r "+i.Driver+"`")
		}
	}
	if kind == usb.FunctionCamera && n.Speed != "" && n.Speed != "480" && n.Speed != "5000" && n.Speed != "10000" {
		worse(resultFailed, "it runs at "+n.Speed+" Mbit/s instead of 480", "another port and another cable: at this speed there is no room for its streams")
	}
	if n.Mode != "" && !n.Writable {
		worse(resultFailed, "this user may not write to its device node ("+n.Mode+")", usb.Advice(usb.ErrPermission))
	}
	return f
}

// examineNeighbours looks for others that want a share of the same bus.
func (d *doctor) examineNeighbours(found []usb.Found) {
	for _, k := range found {
		var rivals []string
		cameras := 0
		for _, n := range d.report.USB {
			if n.Bus != k.Bus {
				continue
			}
			if n.Vendor == microsoft && (n.Product == "02ae" || n.Product == "02bf") {
				cameras++
			}
			for _, i := range n.Interfaces {
				if i.Class == "0e" && !n.isKinect() {
					rivals = append(rivals, orElse(n.ProductName, n.Vendor+":"+n.Product))
					break
				}
			}
		}
		if cameras > 1 {
			rivals = append(rivals, "another Kinect")
		}
		if len(rivals) > 0 {
			d.add(finding{
				Step: "bandwidth", Result: resultWarning, Says: fmt.Sprintf("on bus %d, too: %s", k.Bus, strings.Join(rivals, ", ")),
				Advice: "a Kinect takes most of what a USB 2 bus can promise: plug the other one into a port of another controller",
			})
		}
	}
}

// openDevice opens and claims the Kinect.
func (d *doctor) openDevice(ctx context.Context) bool {
	opening, cancel := context.WithTimeout(ctx, kinectAnswer)
	defer cancel()
	start := time.Now()
	device, err := usb.Open(opening, usb.Options{Serial: d.flags.serial, Tap: d.tap.Add})
	if err != nil {
		d.fail("open", err, "pull both plugs of the Kinect for five seconds, then try another port")
		return false
	}
	d.device = device
	d.add(finding{Step: "open", Result: resultOK, Says: fmt.Sprintf("%s opened, claimed and started in %d ms", device.Serial(), time.Since(start).Milliseconds())})
	return true
}

// The constants on which the sensors agree (libfreenect issue 559), and how far one
// may be off before it is worth a look.
const (
	usualEmitter, usualReference, usualPixel, usualShift = 7.5, 120, 0.1042, 200
	tolerance                                            = 0.2
)

// examineCalibration looks whether the sensor's constants make sense.
func (d *doctor) examineCalibration(context.Context) {
	c := d.device.Calibration()
	d.report.Calibration = &c
	f := finding{Step: "calibration", Result: resultOK, Facts: c}
	z := c.ZeroPlane
	f.Says = fmt.Sprintf("emitter %.2f cm, reference %.1f cm, pixel %.4f mm, shift %d; code 800 is %d mm", z.EmitterDistance, z.ReferenceDistance, z.ReferencePixel, c.ConstShift, raw.Distance(c, 800))
	off := func(v, usual float64) bool { return v < usual*(1-tolerance) || v > usual*(1+tolerance) }
	switch {
	case !c.Known:
		f.Result, f.Says = resultFailed, "nothing was read from the device: the usual constants are used"
		f.Advice = "distances are off by some percent, and depth is not laid on colour; plug it in again and repeat"
	case !growing(c):
		f.Result, f.Says = resultFailed, f.Says+"; distances do not grow with the codes"
		f.Advice = "plug it in again and repeat; send us a report if it stays"
	case off(float64(z.EmitterDistance), usualEmitter), off(float64(z.ReferenceDistance), usualReference),
		off(float64(z.ReferencePixel), usualPixel), off(float64(c.ConstShift), usualShift):
		f.Result, f.Says = resultWarning, f.Says+fmt.Sprintf("; other Kinects have %g, %g, %g and %d", usualEmitter, float64(usualReference), usualPixel, usualShift)
		f.Advice = "measure a known distance with `cutout kinect view`; send us a report"
	case c.Register == kinect.Registration{}:
		f.Result, f.Says = resultWarning, f.Says+"; no registration"
		f.Advice = "depth is not laid on colour; plug it in again and repeat"
	}
	d.add(f)
}

// growing says whether larger codes are larger distances, and some are near.
func growing(c kinect.Calibration) bool {
	last, n := kinect.Millimetres(0), 0
	for code := range uint16(kinect.NoDisparity) {
		mm := raw.Distance(c, code)
		if mm == kinect.NoReading {
			continue
		}
		if mm < last {
			return false
		}
		last = mm
		n++
	}
	return n > 500
}
