package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"cutout/kinect/raw"
	"cutout/kinect/usb"
)

// examineControls sets and reads back what can be set, and leaves it as it was.
func (d *doctor) examineControls(ctx context.Context) {
	flags, err := d.device.Flags()
	if err != nil {
		d.fail("controls", err, "the picture works without; send us a report")
		return
	}
	var says []string
	facts := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(usb.Flags())) {
		on := flags[usb.Flags()[name]]
		facts[name] = on
		says = append(says, fmt.Sprintf("%s %s", name, map[bool]string{true: "on", false: "off"}[on]))
	}
	f := finding{Step: "controls", Result: resultOK, Facts: facts}
	if exposure, err := d.device.Exposure(); err == nil {
		facts["exposure_us"] = exposure.Microseconds()
		says = append(says, fmt.Sprintf("exposure %.1f ms", 1e3*exposure.Seconds()))
	}
	if gain, err := d.device.InfraredGain(); err == nil {
		facts["infrared_gain"] = gain
		says = append(says, fmt.Sprintf("infrared gain %d", gain))
	}
	f.Says = strings.Join(says, ", ")
	if err := d.flip(usb.FlagAutoWhiteBalance, flags[usb.FlagAutoWhiteBalance]); err != nil {
		f.Result, f.Says, f.Advice = resultWarning, f.Says+"; "+err.Error(), "the automatic settings work without; send us a report"
	}
	d.report.Controls = facts
	d.add(f)
	d.examineRegisters()
}

// registers are the camera's parameters that the public sources name; reading one
// changes nothing. The last is the flags' register of the colour camera's chip.
var registers = []uint16{
	0x02, 0x05, 0x06, 0x0c, 0x0d, 0x0e, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b,
	0x24, 0x2d, 0x47, 0x48, 0x105, 0x2ef,
}

// examineRegisters keeps what the camera answers, byte for byte: there is more in it
// than anybody has found out.
func (d *doctor) examineRegisters() {
	answers := map[string]string{}
	failed := 0
	ask := func(name string, r raw.Request) {
		payload, err := d.device.Ask(r)
		if err != nil {
			answers[name] = err.Error()
			failed++
			return
		}
		answers[name] = hex.EncodeToString(payload)
	}
	_, video := d.device.Modes()
	ask("fixed parameters", raw.FixedParameters())
	ask("padding", raw.AlgorithmParameters(raw.AlgorithmPadding, video))
	ask("registration", raw.AlgorithmParameters(raw.AlgorithmRegistration, video))
	ask("constant shift", raw.AlgorithmParameters(raw.AlgorithmConstShift, video))
	for _, r := range registers {
		ask(fmt.Sprintf("parameter %#02x", r), raw.GetParameter(raw.Parameter(r)))
	}
	ask(fmt.Sprintf("chip register %#04x", raw.FlagRegister), raw.ReadCMOS(raw.FlagRegister))
	d.report.Answers = answers
	f := finding{Step: "registers", Result: resultOK, Says: fmt.Sprintf("%d read, %d refused", len(answers)-failed, failed)}
	if failed == len(answers) {
		f.Result, f.Advice = resultWarning, "the streams work without; send us a report"
	}
	d.add(f)
}

// flip changes a flag, looks whether it has changed, and changes it back.
func (d *doctor) flip(flag usb.Flag, was bool) error {
	if err := d.device.SetFlag(flag, !was); err != nil {
		return err
	}
	now, err := d.device.Flags()
	if err == nil && now[flag] == was {
		err = errors.New("a flag that was set did not change")
	}
	return errors.Join(err, d.device.SetFlag(flag, was))
}

// examineMotor looks at motor, accelerometer and light.
func (d *doctor) examineMotor(ctx context.Context) {
	state, err := d.device.State()
	if errors.Is(err, usb.ErrNoMotor) {
		d.add(finding{Step: "motor", Result: resultSkipped, Says: err.Error(), Advice: usb.Advice(err)})
		return
	}
	if err != nil {
		d.fail("motor", err, "pictures work without the motor")
		return
	}
	g := math.Sqrt(state.X*state.X + state.Y*state.Y + state.Z*state.Z)
	f := finding{Step: "motor", Result: resultOK, Facts: state}
	f.Says = fmt.Sprintf("accelerometer %.2f g (x %.2f, y %.2f, z %.2f), tilt %.1f°, %s", g, state.X, state.Y, state.Z, state.Tilt, state.Motion)
	if math.Abs(g-1) > 0.15 {
		f.Result, f.Advice = resultWarning, "at rest it should be 1 g: was it moved?"
	}
	d.add(f)
	d.examineLED(ctx)
	if d.flags.still || !state.Known {
		d.add(finding{Step: "tilt", Result: resultSkipped, Says: "the head was left where it is"})
		return
	}
	d.nod(ctx, int(math.Round(state.Tilt)))
}

// examineLED shows its colours; only somebody who looks can say whether they are
// right.
func (d *doctor) examineLED(ctx context.Context) {
	shown := []string{"red", "yellow", "green"}
	for _, name := range shown {
		if err := d.device.SetLED(usb.LEDs()[name]); err != nil {
			d.fail("led", err, "pictures work without the light")
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
	d.add(finding{Step: "led", Result: resultOK, Says: "showed " + strings.Join(shown, ", ") + " (only you can tell)"})
}

// nod tilts the head a little and back, and follows it.
func (d *doctor) nod(ctx context.Context, from int) {
	const by = 4
	to := from + by
	if to > usb.MaxTilt-by {
		to = from - by
	}
	reached, err := tiltTo(ctx, d.device, to)
	if err == nil {
		_, err = tiltTo(ctx, d.device, from)
		if errors.Is(err, usb.ErrTiltTooOften) { // the driver spares the motor: once a second
			select {
			case <-ctx.Done():
			case <-time.After(1100 * time.Millisecond):
			}
			_, err = tiltTo(ctx, d.device, from)
		}
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.fail("tilt", err, "pictures work without the motor")
	case math.Abs(reached-float64(to)) > 2:
		d.add(finding{
			Step: "tilt", Result: resultWarning, Says: fmt.Sprintf("told to go to %d°, it stands at %.1f°", to, reached),
			Advice: "does anything hold the head? Is it on a slope? Do not tilt it by hand",
		})
	default:
		d.add(finding{Step: "tilt", Result: resultOK, Says: fmt.Sprintf("nodded to %.1f° and back to %d°", reached, from)})
	}
}
