package usb

import (
	"errors"
)

// What can stand between a program and its Kinect. Errors of this package wrap
// one of these where the cause is known; Advice has a line on each.
var (
	// ErrNotFound: no Kinect on any bus, or none with the serial asked for.
	ErrNotFound = errors.New("no Kinect found")
	// ErrNoPower: other functions of a Kinect enumerate and its camera does not, which is
	// how one without its 12 volts looks.
	ErrNoPower = errors.New("the Kinect has no 12 V power: its camera does not answer")
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
	// ErrNoFirmware: the motor and LED of this model are driven by its audio function,
	// which has no firmware. Errors wrap ErrNoMotor as well.
	ErrNoFirmware = errors.New("the Kinect's audio function has no firmware, which drives motor and LED of this model")
	// ErrNoAnswer: the camera answers its commands with nothing, or with nonsense.
	ErrNoAnswer = errors.New("the Kinect does not answer as it should")
	// ErrBandwidth: the host does not let a stream's transfers through.
	ErrBandwidth = errors.New("the USB controller has no room for the stream")
	// ErrLossy: so many packets are lost that many frames lack something, or all.
	ErrLossy = errors.New("many packets of the Kinect are lost")
	// ErrVanishing: the device goes again and again, soon after it came.
	ErrVanishing = errors.New("the Kinect vanishes again soon after it has come")
	// errNotReady: the interface is not there (yet). Opening waits for it.
	errNotReady = errors.New("the Kinect's interface is not to be found")
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
		{ErrVanishing, "the system puts it to sleep: install assets/51-kinect.rules, which sets power/control to on, or start Linux with usbcore.autosuspend=-1; check the power supply"},
		{ErrNoPower, "plug in the power supply of the Kinect's adapter cable, and plug the Kinect into the computer directly instead of a hub"},
		{ErrPermission, "install assets/51-kinect.rules to /etc/udev/rules.d, run `udevadm control --reload`, and plug the Kinect in again"},
		{ErrBusy, "close other programs that use the Kinect; if none does, unload the kernel's own driver with `modprobe -r gspca_kinect`"},
		{ErrNotFound, "plug the Kinect into a USB 2 port and its adapter into the mains, then look for 045e:02ae with `lsusb`"},
		{ErrBandwidth, "one Kinect needs most of a USB 2 controller: move webcams and other Kinects to other ports, or open it with one stream off"},
		{ErrUnplugged, "plug it in again: it is picked up by itself"},
		{ErrNoAnswer, "pull both plugs for five seconds; try another port, USB 2 rather than USB 3, without a hub or an extension: low voltage does this"},
		{ErrLossy, "try another USB port without a hub, stop what else works the processor or the same controller; virtual machines pass too little through"},
		{ErrFrozen, "try another USB port, without a hub or a webcam beside it; pull both plugs for five seconds if it stays silent"},
		{errNotReady, "wait a second and try again; plug it in anew if that does not help"},
		{ErrNoFirmware, "set the angle by hand; the firmware is Microsoft's, can't be given away, and has to be uploaded by another program"},
		{ErrNoMotor, "only Xbox 360 Kinects have a motor: model 1414, and 1473 with firmware; set others by hand"},
		{ErrNoNearMode, "only a Kinect for Windows has one; step back to 80 cm or more"},
		{ErrTiltTooOften, "wait and tilt again: once a second, and a pause of 20 seconds after fifteen times"},
	} {
		if errors.Is(err, a.err) {
			return a.line
		}
	}
	return ""
}
