package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect/usb"
)

func kinectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kinect",
		Short: "Find, watch, record, play, tilt, light, check and look through a Kinect",
		Long: `Everything an Xbox 360 Kinect can do, without the game: find out whether it works and
why not, see what it sees, record it, play a recording.

Begin with 'cutout kinect list'; when something is wrong, 'cutout kinect doctor' says
what, and what to do about it.`,
		Example: `  cutout kinect list                          which Kinects are there, and what ails them
  cutout kinect view                          a window: depth, colour, both, infrared
  cutout kinect watch --for 8s                frames and losses, a line a second
  cutout kinect record kitchen --for 8s       a recording that libfreenect plays, too
  cutout kinect play kitchen
  cutout kinect tilt 10                       degrees upwards
  cutout kinect led green
  cutout kinect doctor --report report.json   a minute's check to send to us`,
		Args: oneOfTheCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(kinectListCommand(), kinectWatchCommand(), kinectRecordCommand(), kinectPlayCommand(),
		kinectTiltCommand(), kinectLEDCommand(), kinectDoctorCommand(), kinectViewCommand())
	return cmd
}

// A kinectFlags is which Kinect, and for how long.
type kinectFlags struct {
	serial string
	span   time.Duration
	json   bool
}

func (f *kinectFlags) addSerial(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.serial, "serial", "", "of several Kinects, the one with this `NUMBER`; 'cutout kinect list' shows them")
}

func (f *kinectFlags) addSpan(cmd *cobra.Command, otherwise time.Duration, means string) {
	cmd.Flags().DurationVar(&f.span, "for", otherwise, means)
}

func (f *kinectFlags) addJSON(cmd *cobra.Command, means string) {
	cmd.Flags().BoolVar(&f.json, "json", false, means)
}

// check says what is wrong with the flags.
func (f *kinectFlags) check() error {
	if f.span < 0 {
		return usage(errors.New("--for takes a time that is not negative"), "for example --for 8s")
	}
	return nil
}

// limit ends ctx after --for; 0 is no limit.
func (f *kinectFlags) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.span == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, f.span)
}

// kinectAnswer is how long a Kinect may take to be opened; a healthy one needs less
// than a second, and one whose replies are lost is opened anew three times.
const kinectAnswer = 20 * time.Second

// openKinect opens the Kinect that the flags name, with advice when it can't.
func openKinect(ctx context.Context, o usb.Options) (*usb.Device, error) {
	opening, cancel := context.WithTimeout(ctx, kinectAnswer)
	defer cancel()
	device, err := usb.Open(opening, o)
	if err != nil {
		return nil, kinectError(err)
	}
	return device, nil
}

// kinectError adds what to do about it.
func kinectError(err error) error {
	advice := usb.Advice(err)
	if advice == "" {
		advice = "'cutout kinect doctor' looks closer"
	}
	return hint(err, "%s", advice)
}

// closeKinect adds what went wrong at the end to what went wrong before.
func closeKinect(device *usb.Device, err *error) {
	if closeErr := device.Close(); closeErr != nil {
		*err = errors.Join(*err, fmt.Errorf("close the Kinect: %w", closeErr))
	}
}
