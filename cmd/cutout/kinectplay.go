package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/recording"
	"cutout/kinect/viewer"
)

// playFlags say how to play a recording.
type playFlags struct {
	viewFlags
	speed float64
	loop  bool
}

func kinectPlayCommand() *cobra.Command {
	var f playFlags
	cmd := &cobra.Command{
		Use:   "play DIR",
		Short: "Play a recording: in the window of 'kinect view', or as counters",
		Long: `Play what 'cutout kinect record' or libfreenect's fakenect-record wrote, at its own pace.
With a display it plays in the window of 'cutout kinect view', over and over until you
leave. Without one, or with --json, it plays once and prints a line of counters a
second.`,
		Example: `  cutout kinect play kitchen
  cutout kinect play kitchen --json
  cutout kinect play kitchen --shots pictures     a PNG of each view`,
		Args: exactArgs(1, "cutout kinect play DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return playRecording(cmd, f, args[0])
		},
	}
	f.add(cmd)
	f.addJSON(cmd, "no window: print one JSON object a second")
	cmd.Flags().Float64Var(&f.speed, "speed", 1, "how many times faster than recorded, 0.01 to 100")
	cmd.Flags().BoolVar(&f.loop, "loop", false, "begin again at the end (always in a window)")
	return cmd
}

func playRecording(cmd *cobra.Command, f playFlags, dir string) (err error) {
	if !(f.speed >= 0.01 && f.speed <= 100) {
		return usage(fmt.Errorf("--speed %g is out of range", f.speed), "--speed takes 0.01 to 100")
	}
	windowed := !f.json && (hasDisplay() || f.offscreen || f.shots != "")
	source, err := openRecording(dir, f.speed, f.loop || windowed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if windowed {
		return viewSource(cmd, f.viewFlags, source, "recording "+dir, viewer.Depth)
	}
	ctx, cancel := f.limit(cmd.Context())
	defer cancel()
	w := &sourceWatch{source: source, out: cmd.OutOrStdout(), json: f.json}
	return w.run(ctx)
}

// openRecording opens a recording of either kind.
func openRecording(dir string, speed float64, loop bool) (kinect.Source, error) {
	source, err := recording.Open(dir, recording.Options{Loop: loop, Speed: speed})
	if err != nil {
		return nil, hint(err, "a recording is a folder with INDEX.txt and the d-*.pgm files it names, as fakenect-record writes them")
	}
	return source, nil
}
