package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cutout/kinect/usb"
)

func kinectTiltCommand() *cobra.Command {
	var f kinectFlags
	cmd := &cobra.Command{
		Use:   "tilt [DEGREES]",
		Short: "Tilt the Kinect's head, or show how it stands",
		Long: fmt.Sprintf(`Tilt the head to an angle against the horizon, -%d to %d degrees, upwards positive. The
motor looks for that angle itself, whatever the Kinect stands on. Without an angle:
show the tilt, what the motor is doing and the accelerometer (in g).`, usb.MaxTilt, usb.MaxTilt),
		Example: `  cutout kinect tilt 10
  cutout kinect tilt -- -5        downwards
  cutout kinect tilt --json       how it stands`,
		Args: maxArgs(1, "cutout kinect tilt takes one angle"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return tiltKinect(cmd, f, args)
		},
	}
	f.addSerial(cmd)
	f.addJSON(cmd, "print one JSON object")
	return cmd
}

func tiltKinect(cmd *cobra.Command, f kinectFlags, args []string) (err error) {
	degrees := 0
	if len(args) == 1 {
		if degrees, err = parseTilt(args[0]); err != nil {
			return err
		}
	}
	device, err := openKinect(cmd.Context(), usb.Options{Serial: f.serial})
	if err != nil {
		return err
	}
	defer closeKinect(device, &err)
	if len(args) == 1 {
		if err := device.SetTilt(degrees); err != nil {
			return kinectError(err)
		}
	}
	state, err := device.State()
	if err != nil {
		return kinectError(err)
	}
	return printAttitude(cmd, f, state, device.Serial())
}

// parseTilt reads an angle that the motor can take.
func parseTilt(s string) (int, error) {
	degrees, err := strconv.ParseFloat(strings.TrimSuffix(s, "°"), 64)
	if err != nil || math.IsNaN(degrees) || math.Abs(degrees) > usb.MaxTilt {
		return 0, usage(fmt.Errorf("%q is no angle of the Kinect", s), fmt.Sprintf("degrees from -%d to %d, for example: cutout kinect tilt 10, or cutout kinect tilt -- -5", usb.MaxTilt, usb.MaxTilt))
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
			device, err := openKinect(cmd.Context(), usb.Options{Serial: f.serial})
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
