package usb

import (
	"errors"
)

// What can stand between a program and its Kinect. Errors of this package wrap
// one of these where the cause is known; Advice has a line on each.
var (
	// ErrNotFound: no Kinect on any bus, or none with the serial asked for.
	ErrNotFound = errors.New("no Kinect found")
	// ErrNoPower: the motor enumerates and the camera does not, which is how a
	// Kinect without its 12 volts looks.
	ErrNoPower = errors.New("the Kinect has no 12 V power: only its motor answers")
	// ErrPermission: the system does not let this user open the device.
	ErrPermission = errors.New("no permission to open the Kinect")
	// ErrBusy: a kernel driver or another program holds the camera.
	ErrBusy = errors.New("the Kinect is in use by another program or driver")
	// ErrUnplugged: the device went away while it was open.
	ErrUnplugged = errors.New("the Kinect was unplugged")
	// ErrFrozen: the device is there and sends no complete frames.
	ErrFrozen = errors.New("the Kinect stopped sending frames")
	// ErrNoMotor: the model has no motor that this package can drive, or it is
	// not to be seen on the bus.
	ErrNoMotor = errors.New("this Kinect has no motor that can be driven")
	// ErrNoNearMode: only a Kinect for Windows has a near mode.
	ErrNoNearMode = errors.New("this Kinect has no near mode")
	// ErrTiltTooOften: the motor was told to move more often than it stands.
	ErrTiltTooOften = errors.New("the Kinect's motor needs a rest")
	// ErrClosed: the Device was closed.
	ErrClosed = errors.New("the Kinect was closed")
)

// Advice is one line on what to do about an error of this package, in words for
// whoever owns the Kinect; "" when there is nothing to say.
func Advice(err error) string {
	for _, a := range []struct {
		err  error
		line string
	}{
		{ErrNoPower, "plug in the power supply of the Kinect's adapter cable, and plug the Kinect into the computer directly instead of a hub"},
		{ErrPermission, "install assets/51-kinect.rules to /etc/udev/rules.d, run `udevadm control --reload`, and plug the Kinect in again"},
		{ErrBusy, "close other programs that use the Kinect; if none does, unload the kernel's own driver with `modprobe -r gspca_kinect`"},
		{ErrNotFound, "plug the Kinect into a USB 2 port and its adapter into the mains, then look for 045e:02ae with `lsusb`"},
		{ErrUnplugged, "plug it in again: it is picked up by itself"},
		{ErrFrozen, "try another USB port, without a hub or a webcam beside it; pull both plugs for five seconds if it stays silent"},
		{ErrNoMotor, "only the Xbox 360 Kinect model 1414 can be tilted and lit; set others by hand"},
		{ErrNoNearMode, "only a Kinect for Windows has one; step back to 80 cm or more"},
		{ErrTiltTooOften, "wait and tilt again: once a second, and a pause of 20 seconds after fifteen times"},
	} {
		if errors.Is(err, a.err) {
			return a.line
		}
	}
	return ""
}
