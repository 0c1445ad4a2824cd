package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/usb"
)

func kinectTiltCommand() *cobra.Command {
	var f kinectFlags
	cmd := &cobra.Command{
		Use:   "tilt [DEGREES]",
		Short: "Tilt the Kinect's head, or show how it stands",
		Long: fmt.Sprintf(`Tilt the head to an angle against the horizon, -%d to %d degrees, upwards positive, and
wait until it rests. The motor looks for that angle itself, whatever the Kinect stands
on; don't turn the head by hand. Without an angle: show the tilt, what the motor is
doing and the accelerometer (in g).`, usb.MaxTilt, usb.MaxTilt),
		Example: `  cutout kinect tilt 10
  cutout kinect tilt -5           downwards
  cutout kinect tilt --json       how it stands`,
		// -5 is an angle and no flag: see splitAngles.
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			angles, rest := splitAngles(args)
			if err := cmd.Flags().Parse(rest); err != nil {
				return usage(err, "see 'cutout kinect tilt --help'")
			}
			if help, err := cmd.Flags().GetBool("help"); err == nil && help {
				return cmd.Help()
			}
			angles = append(angles, cmd.Flags().Args()...)
			if err := maxArgs(1, "cutout kinect tilt takes one angle")(cmd, angles); err != nil {
				return err
			}
			return tiltKinect(cmd, f, angles)
		},
	}
	f.addSerial(cmd)
	f.addJSON(cmd, "print one JSON object")
	return cmd
}

// splitAngles takes negative numbers out of arguments.
func splitAngles(args []string) (angles, rest []string) {
	for _, a := range args {
		if len(a) > 1 && a[0] == '-' && (a[1] >= '0' && a[1] <= '9' || a[1] == '.') {
			angles = append(angles, a)
		} else {
			rest = append(rest, a)
		}
	}
	return angles, rest
}

func tiltKinect(cmd *cobra.Command, f kinectFlags, args []string) (err error) {
	degrees := 0
	if len(args) == 1 {
		if degrees, err = parseTilt(args[0]); err != nil {
			return err
		}
	}
	device, err := openKinect(cmd.Context(), motorOnly(f))
	if err != nil {
		return err
	}
	defer closeKinect(device, &err)
	if len(args) == 1 {
		if _, err := tiltTo(cmd.Context(), device, degrees); err != nil {
			return kinectError(err)
		}
	}
	state, err := device.State()
	if err != nil {
		return kinectError(err)
	}
	return printAttitude(cmd, f, state, device.Serial())
}

// motorOnly opens a Kinect for its motor and its light: without pictures.
func motorOnly(f kinectFlags) usb.Options {
	return usb.Options{Serial: f.serial, Depth: kinect.DepthOff, Video: kinect.VideoOff}
}

// tiltTo tilts and waits until the head rests, three seconds at most; it returns
// where it was seen last.
func tiltTo(ctx context.Context, device *usb.Device, degrees int) (reached float64, err error) {
	if err := device.SetTilt(degrees); err != nil {
		return 0, err
	}
	const patience, look = 3 * time.Second, 100 * time.Millisecond
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return reached, ctx.Err()
		case <-time.After(look):
		}
		state, err := device.State()
		if err != nil {
			return reached, err
		}
		if reached = state.Tilt; state.Known && state.Motion != usb.MotionMoving {
			break
		}
	}
	return reached, nil
}

// parseTilt reads an angle that the motor can take.
func parseTilt(s string) (int, error) {
	degrees, err := strconv.ParseFloat(strings.TrimSuffix(s, "°"), 64)
	if err != nil || !(math.Abs(degrees) <= usb.MaxTilt) { // not when not a number
		return 0, usage(fmt.Errorf("%q is no angle of the Kinect", s), fmt.Sprintf("degrees from -%d to %d, for example: cutout kinect tilt 10", usb.MaxTilt, usb.MaxTilt))
	}
	return int(math.Round(degrees)), nil
}

func printAttitude(cmd *cobra.Command, f kinectFlags, s usb.MotorState, serial string) error {
	g := math.Sqrt(s.X*s.X + s.Y*s.Y + s.Z*s.Z)
	if f.json {
		facts := map[string]any{
			"serial": serial, "motion": s.Motion,
			"acceleration": map[string]float64{"x": round(s.X, 3), "y": round(s.Y, 3), "z": round(s.Z, 3)},
			"g":            round(g, 3),
		}
		if s.Known {
			facts["degrees"] = s.Tilt
		}
		return printJSON(cmd.OutOrStdout(), facts)
	}
	w := &lines{out: cmd.OutOrStdout()}
	tilt := "not known while the motor moves"
	if s.Known {
		tilt = fmt.Sprintf("%.1f degrees", s.Tilt)
	}
	w.printf("tilt          %s (the motor: %s)\n", tilt, s.Motion)
	w.printf("acceleration  x %.2f, y %.2f, z %.2f g; %.2f g in all, 1 at rest\n", s.X, s.Y, s.Z, g)
	return w.err
}

func kinectLEDCommand() *cobra.Command {
	var f kinectFlags
	colours := slices.Sorted(maps.Keys(usb.LEDs()))
	cmd := &cobra.Command{
		Use:   "led COLOUR",
		Short: "Set the light at the Kinect's front",
		Long:  "Set the light at the Kinect's front: " + strings.Join(colours, ", ") + ".",
		Example: `  cutout kinect led green
  cutout kinect led off`,
		Args: exactArgs(1, "one of "+strings.Join(colours, ", ")),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			led, known := usb.LEDs()[strings.ToLower(args[0])]
			if !known {
				return usage(fmt.Errorf("the Kinect's light has no %q", args[0]), "it has "+strings.Join(colours, ", "))
			}
			device, err := openKinect(cmd.Context(), motorOnly(f))
			if err != nil {
				return err
			}
			defer closeKinect(device, &err)
			if err := device.SetLED(led); err != nil {
				return kinectError(err)
			}
			return nil
		},
	}
	f.addSerial(cmd)
	return cmd
}
