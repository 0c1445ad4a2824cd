package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect/recording/packets"
)

// bodyFlags are what 'cutout body' was asked for.
type bodyFlags struct {
	kinectFlags
	masks    string
	codes    bool // the pictures hold 11-bit codes
	sequence bool
	sensor   string
}

func bodyCommand() *cobra.Command {
	var f bodyFlags
	cmd := &cobra.Command{
		Use:   "body FILE…",
		Short: "Find the people in depth pictures, recordings, or before a sensor",
		Long: `Find the people, and print of each what is known: the box, the joints as pixel,
distance and confidence, what they do, their gestures. Left and right are the
person's own.

A FILE is a depth picture (PNG, 640x480, 16-bit grey: millimetres, 0 being no
reading; with --raw11 disparity codes, 2047 being none), a folder of such pictures,
or a recording: a folder of libfreenect's format, or a file of packets.

Each picture is looked at by itself, as if it were the first; --sequence has them
follow each other at 30 a second. The frames of a recording always do. --sensor
looks through a sensor instead, until --for or Ctrl-C; the table then shows two
frames a second, --json all of them.

A joint's confidence is 0 to 1. One that is hidden or out of view is marked so, its
place an estimate; one that is not known is left out.`,
		Example: `  cutout body depth.png
  cutout body --json pictures/*.png > people.jsonl
  cutout body --masks masks kitchen                 a recording, a PNG of each frame
  cutout body --sensor kinect --for 10s`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkBody(args); err != nil {
				return err
			}
			return findBodies(cmd, f, args)
		},
	}
	f.addJSON(cmd, "print one JSON object for each picture")
	f.addSpan(cmd, 0, "with --sensor: stop after this time, e.g. 8s (default: at Ctrl-C)")
	cmd.Flags().StringVar(&f.masks, "masks", "", "write a PNG of each picture's people into `DIR`: 8-bit, 0 for nobody, n for the person with the number n")
	cmd.Flags().BoolVar(&f.codes, "raw11", false, "the pictures hold 11-bit disparity codes instead of millimetres")
	cmd.Flags().BoolVar(&f.sequence, "sequence", false, "the pictures follow each other, 30 a second")
	cmd.Flags().StringVar(&f.sensor, "sensor", "", "look through a `SENSOR`: auto, kinect, kinect:SERIAL, recording:DIR or puppet")
	return cmd
}

// checkBody says what is wrong with the flags.
func (f *bodyFlags) checkBody(files []string) error {
	switch {
	case len(files) == 0 && f.sensor == "":
		return usage(errors.New("there is nothing to look at"), "cutout body FILE…, or cutout body --sensor kinect")
	case len(files) > 0 && f.sensor != "":
		return usage(errors.New("either files or --sensor"), "to look at a recording as fast as it goes, name its folder alone")
	case f.span != 0 && f.sensor == "":
		return usage(errors.New("--for goes with --sensor"), "files are looked at to their end")
	case f.sensor == "none":
		return usage(errors.New("--sensor none sees nobody"), "--sensor takes auto, kinect, kinect:SERIAL, recording:DIR or puppet")
	}
	return f.check()
}

func findBodies(cmd *cobra.Command, f bodyFlags, files []string) error {
	b := newBodyFinder(f, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if f.masks != "" {
		if err := os.MkdirAll(f.masks, 0o755); err != nil {
			return hint(fmt.Errorf("make the folder for masks: %w", err), "choose a folder that can be written with --masks")
		}
	}
	ctx, cancel := f.limit(cmd.Context())
	defer cancel()
	if f.sensor != "" {
		return b.sensor(ctx, f.sensor)
	}
	inputs, err := bodyInputs(files)
	if err != nil {
		return err
	}
	if err := b.keepInputs(inputs); err != nil {
		return err
	}
	defer b.progress("")
	for i, in := range inputs {
		if ctx.Err() != nil {
			return nil
		}
		b.of = fmt.Sprintf("%d of %d: ", i+1, len(inputs))
		if in.recording {
			err = b.recording(ctx, in.path)
		} else {
			err = b.picture(in.path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A bodyInput is a picture or a recording.
type bodyInput struct {
	path      string
	recording bool
}

// bodyInputs tells pictures, recordings and folders of pictures apart.
func bodyInputs(files []string) (all []bodyInput, err error) {
	for _, name := range files {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, hint(fmt.Errorf("look at %s: %w", name, bare(err)), "name depth pictures (PNG), or the folder of a recording")
		case info.IsDir():
			in, err := bodyFolder(name)
			if err != nil {
				return nil, err
			}
			all = append(all, in...)
		default:
			all = append(all, bodyInput{name, filepath.Ext(name) == filepath.Ext(packets.FileName)})
		}
	}
	return all, nil
}

// bodyFolder is a folder's recording, or its pictures by name.
func bodyFolder(dir string) (all []bodyInput, err error) {
	for _, name := range []string{"INDEX.txt", packets.FileName} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return []bodyInput{{dir, true}}, nil
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, hint(fmt.Errorf("look into %s: %w", dir, bare(err)), "name a folder that can be read")
	}
	for _, e := range entries {
		if strings.EqualFold(filepath.Ext(e.Name()), ".png") {
			all = append(all, bodyInput{path: filepath.Join(dir, e.Name())})
		}
	}
	if len(all) == 0 {
		return nil, hint(fmt.Errorf("%s holds neither depth pictures (*.png) nor a recording (INDEX.txt or %s)", dir, packets.FileName),
			"name depth pictures, or the folder of a recording; 'cutout kinect record' makes one")
	}
	slices.SortFunc(all, func(a, b bodyInput) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// bare is an error of the file system without the path, which the sentence has already.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// bodyPatience is after how long the first line of progress appears.
const bodyPatience = time.Second

// isTerminal says whether somebody looks at what is written there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// ended says that a source is at its end, or its reader.
func ended(ctx context.Context, err error) bool { return ctx.Err() != nil || errors.Is(err, io.EOF) }
