package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/recording"
	"cutout/kinect/recording/packets"
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
second. A file of packets plays as well: it goes through the same assembler as a live
sensor's packets, losses included.`,
		Example: `  cutout kinect play kitchen
  cutout kinect play kitchen/packets.kpk
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

// openRecording opens a folder of frames, or a file of packets: that file itself, or
// the folder that has it and no index of frames.
func openRecording(path string, speed float64, loop bool) (kinect.Source, error) {
	return openFrames(path, recording.Options{Loop: loop, Speed: speed})
}

// openPatient opens a recording that gives each frame once, when it is asked for.
func openPatient(path string) (kinect.Source, error) {
	return openFrames(path, recording.Options{Patient: true})
}

func openFrames(path string, o recording.Options) (kinect.Source, error) {
	const advice = "a recording is a folder with INDEX.txt and the d-*.pgm files it names, as fakenect-record writes them, or a file of packets (" + packets.FileName + ")"
	file := packetsIn(path)
	if file == "" {
		source, err := recording.Open(path, o)
		if err != nil {
			return nil, hint(err, advice)
		}
		return source, nil
	}
	source, err := packets.Open(file, packets.Options{Loop: o.Loop, Speed: o.Speed, Patient: o.Patient})
	if err != nil {
		return nil, hint(err, advice)
	}
	return source, nil
}

// packetsIn is the file of packets that a path means; "" when it means frames.
func packetsIn(path string) string {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return path
	}
	file := filepath.Join(path, packets.FileName)
	if _, err := os.Stat(filepath.Join(path, "INDEX.txt")); err == nil {
		return ""
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
		return file
	}
	return ""
}
