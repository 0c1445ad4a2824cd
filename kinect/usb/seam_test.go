package usb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/gousb"

	"cutout/kinect"
)

func TestSensors(t *testing.T) {
	camera := function{product: productCamera, release: release1414, bus: 1, address: 9, hub: "[1]"}
	motor := function{product: productMotor, bus: 1, address: 7, hub: "[1]"}
	audio := function{product: 0x02ad, bus: 1, address: 8, hub: "[1]"}
	second := function{product: productCameraWindows, bus: 2, address: 3, hub: "[4]"}
	lone := function{product: productMotor, bus: 3, address: 2, hub: "[2]"}
	loneAudio := function{product: 0x02ad, bus: 3, address: 4, hub: "[2]"}
	mouse := function{product: 0x0040, bus: 1, address: 4}

	got := sensors([]function{loneAudio, lone, mouse, second, audio, camera, motor})
	if len(got) != 3 {
		t.Fatalf("%d sensors, want 3", len(got))
	}
	if s := got[0]; *s.camera != camera || *s.motor != motor || *s.audio != audio || s.model() != Model1414 || s.alternate() != 0 {
		t.Errorf("the first: %+v", s)
	}
	if s := got[1]; *s.camera != second || s.motor != nil || s.audio != nil || s.model() != ModelWindows || s.alternate() != 1 {
		t.Errorf("the second: %+v", s)
	}
	if s := got[2]; s.camera != nil || *s.motor != lone || *s.audio != loneAudio || s.model() != Model1414 {
		t.Errorf("the third: %+v", s)
	}

	// A hub is what the camera is plugged into, and remains when that has no power.
	hub := function{product: productHub, bus: 2, address: 2, path: "[4]", hub: "[]"}
	if got := sensors([]function{hub, second}); len(got) != 1 || *got[0].hub != hub {
		t.Errorf("a Kinect for Windows and its hub: %+v", got)
	}
	unpowered := function{product: productAudioWindows, bus: 2, address: 4, path: "[4 1]", hub: "[4]"}
	for model, functions := range map[Model][]function{
		Model1473: {hub}, ModelWindows: {hub, unpowered}, Model1414: {lone, loneAudio},
	} {
		if got := sensors(functions); len(got) != 1 || got[0].camera != nil || got[0].model() != model {
			t.Errorf("%s without power: %+v", model, got)
		}
	}

	// A lone camera has the only motor there is, wherever that is plugged in.
	if s := sensors([]function{camera, lone}); len(s) != 1 || s[0].motor == nil {
		t.Errorf("a camera and a motor on another hub: %+v", s)
	}
}

func TestTranslate(t *testing.T) {
	for err, want := range map[error]error{
		gousb.ErrorAccess:      ErrPermission,
		gousb.ErrorBusy:        ErrBusy,
		gousb.ErrorNoDevice:    ErrUnplugged,
		gousb.ErrorNotFound:    errNotReady,
		gousb.TransferNoDevice: ErrUnplugged,
		errors.New("failed to claim interface 0: libusb: device or resource busy [code -6]"): ErrBusy,
	} {
		if got := translate(err); !errors.Is(got, want) || !strings.Contains(got.Error(), err.Error()) {
			t.Errorf("%v became %v, want %v", err, got, want)
		}
	}
	if translate(nil) != nil {
		t.Error("no error became one")
	}
	if err := translate(gousb.TransferError); err != gousb.TransferError {
		t.Errorf("a failed packet became %v", err)
	}
}

func TestAdviceForAll(t *testing.T) {
	for _, err := range []error{
		ErrNotFound, ErrNoPower, ErrPermission, ErrBusy, ErrUnplugged, ErrFrozen, ErrNoMotor, ErrNoFirmware, ErrNoAnswer,
		ErrBandwidth, ErrLossy, ErrVanishing, ErrNoNearMode, ErrTiltTooOften, errNotReady,
	} {
		if a := Advice(err); a == "" || strings.Contains(a, "\n") {
			t.Errorf("advice on %v: %q", err, a)
		}
	}
	if a := Advice(io.EOF); a != "" {
		t.Errorf("advice on a stranger's error: %q", a)
	}
}

// vanishing is a bus on which a camera's first claims fail as they do right after
// it was plugged in.
type vanishing struct {
	bus
	claims int
}

func (v *vanishing) open(function) (port, error) { return vanishingPort{v}, nil }

type vanishingPort struct{ v *vanishing }

func (p vanishingPort) serial() (string, error) { return "A1", nil }
func (p vanishingPort) claim(int) error {
	p.v.claims++
	return translate(gousb.ErrorNotFound)
}
func (p vanishingPort) control(byte, byte, uint16, []byte) (int, error) {
	return 0, io.ErrUnexpectedEOF
}
func (p vanishingPort) stream(int) (stream, error) {
	return nil, io.ErrUnexpectedEOF
}
func (p vanishingPort) write(int, []byte) error       { return io.ErrUnexpectedEOF }
func (p vanishingPort) read(int, []byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (p vanishingPort) close() error                  { return nil }

func TestOpenRetries(t *testing.T) {
	v := &vanishing{}
	_, err := openCamera(t.Context(), v, sensor{camera: &function{}}, "", kinect.VideoBayer)
	if !errors.Is(err, gousb.ErrorNotFound) || v.claims != openAttempts {
		t.Errorf("after %d claims: %v", v.claims, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openCamera(ctx, v, sensor{camera: &function{}}, "", kinect.VideoBayer); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

// TestRules: the udev rules that we ship let every function be opened.
func TestRules(t *testing.T) {
	rules, err := os.ReadFile("../../assets/51-kinect.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, product := range append(audioProducts[:], productCamera, productCameraWindows, productMotor, productHub) {
		if want := fmt.Sprintf(`ATTR{idProduct}=="%04x"`, product); !strings.Contains(string(rules), want) {
			t.Errorf("no rule has %s", want)
		}
	}
	for _, want := range []string{`TAG+="uaccess"`, `GROUP="plugdev"`, `ATTR{power/control}="on"`} {
		if !strings.Contains(string(rules), want) {
			t.Errorf("no rule has %s", want)
		}
	}
}
