package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/puppet"
	"cutout/kinect/usb"
	"cutout/kinect/viewer"
)

// viewFlags are what view and play share.
type viewFlags struct {
	kinectFlags
	shots     string
	offscreen bool
	bodies    bool
}

func (f *viewFlags) add(cmd *cobra.Command) {
	f.addSpan(cmd, 0, "close after this time, e.g. 5s (default: Esc or Ctrl-C; off-screen: when the pictures are taken)")
	cmd.Flags().StringVar(&f.shots, "shots", "", "leave a PNG of each view in `DIR` (off-screen: out); S saves there, too")
	cmd.Flags().BoolVar(&f.bodies, "bodies", false, "show the people: outlines, joints, gestures, the floor (in the window: B)")
	cmd.Flags().BoolVar(&f.offscreen, "offscreen", false, "draw on a virtual display and leave pictures; the default without a display")
}

func kinectViewCommand() *cobra.Command {
	var f viewFlags
	var sensor, first string
	cmd := &cobra.Command{
		Use:   "view",
		Short: "Look through the Kinect: a window with depth, colour, both and infrared",
		Long: `Open a window on what the Kinect sees.

  1  depth, a colour for each distance         2  colour
  3  depth laid over colour                    4  infrared, with the dots it measures by
  Space  the next of them    M  mirror         ↑ ↓  tilt the head
  S  save a picture          F  full screen    Esc  leave
  B  the people: outlines, joints, gestures, what they do, and the floor they stand on

Point at something to read its distance in millimetres and its place in metres. The
camera sends colour or infrared, never both: 4 switches it, 2 and 3 switch it back.
Without a display the views are drawn off-screen and left as pictures in out/.`,
		Example: `  cutout kinect view
  cutout kinect view --view infrared
  cutout kinect view --sensor recording:DIR
  cutout kinect view --bodies
  cutout kinect view --shots pictures --for 5s`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			v, err := viewer.ParseView(first)
			if err != nil {
				return usage(err, "--view takes depth, colour, overlay or infrared")
			}
			if f.serial != "" {
				sensor = "kinect:" + f.serial
			}
			return viewSensor(cmd, f, sensor, v)
		},
	}
	f.addSerial(cmd)
	f.add(cmd)
	cmd.Flags().StringVar(&sensor, "sensor", "auto", "`SENSOR`: auto, kinect, kinect:SERIAL, recording:DIR or puppet")
	cmd.Flags().StringVar(&first, "view", "depth", "`VIEW` to begin with: depth, colour, overlay or infrared")
	return cmd
}

func viewSensor(cmd *cobra.Command, f viewFlags, spec string, first viewer.View) (err error) {
	s, err := openSensor(cmd.Context(), spec, puppet.Options{Seed: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.source.Close()) }()
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), "Sensor:", s.choice); err != nil {
		return fmt.Errorf("say which sensor: %w", err)
	}
	return viewSource(cmd, f, s.source, s.choice, first)
}

// viewSource opens the window on any source.
func viewSource(cmd *cobra.Command, f viewFlags, source kinect.Source, title string, first viewer.View) error {
	ctx, cancel := f.limit(cmd.Context())
	defer cancel()
	f.offscreen = f.offscreen || !hasDisplay()
	if f.offscreen {
		f.shots = orElse(f.shots, "out")
		stop, err := startVirtualDisplay(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	if f.shots != "" {
		if err := os.MkdirAll(f.shots, 0o755); err != nil {
			return hint(fmt.Errorf("make the folder for pictures: %w", err), "choose a folder that can be written with --shots")
		}
	}
	camera := &viewedCamera{shots: f.shots, touring: f.shots != ""}
	o := viewer.Options{
		Source: source, Title: title, First: first, Offscreen: f.offscreen,
		Track: trackOf(source), Bodies: f.bodies,
		Tour: f.shots != "", EndAfterTour: f.offscreen && f.span == 0, Save: camera.save, Advice: usb.Advice,
	}
	if device, ok := source.(*usb.Device); ok {
		camera.device = device
		o.SetVideo, o.Tilt = camera.setVideo, camera.tilt
		_, o.Video = device.Modes()
	}
	if err := viewer.Run(ctx, o); err != nil {
		if errors.Is(err, viewer.ErrNoDisplay) {
			return hint(err, "install OpenGL (apt-get install libgl1), or look without a window: --offscreen")
		}
		return err
	}
	if camera.err != nil {
		return hint(camera.err, "make room on the disk, or choose another folder with --shots")
	}
	if len(camera.saved) > 0 {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "Pictures in %s: %s\n", f.shots, strings.Join(camera.saved, ", "))
		return err
	}
	return nil
}

// trackOf is a tracker for the frames of a source.
func trackOf(source kinect.Source) func(*kinect.Frame) *kinect.Scene {
	tracker, up := body.NewTracker(), level{}
	return func(f *kinect.Frame) *kinect.Scene {
		up.tell(tracker, source)
		return tracker.Update(f)
	}
}

// A viewedCamera is what the viewer's keys do. The viewer calls it from one goroutine
// at a time, and no more when it has returned.
type viewedCamera struct {
	device  *usb.Device
	shots   string
	touring bool
	saved   []string
	err     error // the first of a picture
}

// setVideo switches what the video stream carries; what else is streamed stays.
func (c *viewedCamera) setVideo(ctx context.Context, mode kinect.VideoMode) error {
	depth, _ := c.device.Modes()
	return c.device.SetModes(ctx, depth, mode)
}

func (c *viewedCamera) tilt(_ context.Context, by int) (int, error) {
	state, err := c.device.State()
	if err != nil {
		return 0, err
	}
	if !state.Known {
		return 0, errors.New("it is still moving")
	}
	to := min(max(int(state.Tilt)+by, -usb.MaxTilt), usb.MaxTilt)
	return to, c.device.SetTilt(to)
}

// save writes the pictures of a tour by the name of their view, others by the time.
func (c *viewedCamera) save(v viewer.View, m *image.RGBA) (string, error) {
	name := v.String()
	for _, s := range c.saved {
		if s == name {
			c.touring = false
		}
	}
	if !c.touring {
		name += time.Now().Format("-20060102-150405")
	}
	path := filepath.Join(c.shots, name+".png")
	if err := writePNG(path, m); err != nil {
		if c.err == nil {
			c.err = err
		}
		return "", err
	}
	if c.touring {
		c.saved = append(c.saved, name)
	}
	return path, nil
}
