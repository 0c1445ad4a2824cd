package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/usb"
)

func kinectWatchCommand() *cobra.Command {
	var f kinectFlags
	var depth, video string
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show frames and losses of both streams, a line a second",
		Long: `Show what comes from the Kinect, a line a second: finished frames a second of depth and
video, and since the start packets that never came, frames that were repaired around
them, and streams that had to be started anew. A healthy Kinect shows 30.0 and 30.0
and no losses. Unplugging it is shown, and so is its return.

--depth takes 11bit (the usual one), 10bit or off. --video takes bayer (640x480, 30 a
second), uyvy (15), infrared (640x488, 30), bayer-1280 (1280x1024, about 10),
infrared-1280 (the same, with --depth off only) or off.`,
		Example: `  cutout kinect watch
  cutout kinect watch --json --for 8s
  cutout kinect watch --depth off --video infrared-1280`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			o, err := streamModes(depth, video)
			if err != nil {
				return err
			}
			o.Serial = f.serial
			return watchKinect(cmd, f, o)
		},
	}
	f.addSerial(cmd)
	cmd.Flags().StringVar(&depth, "depth", "11bit", "`MODE` of the depth camera")
	cmd.Flags().StringVar(&video, "video", "bayer", "`MODE` of the video stream")
	f.addSpan(cmd, 0, "stop after this time, e.g. 8s (default: at Ctrl-C)")
	f.addJSON(cmd, "print one JSON object a second")
	return cmd
}

// streamModes reads the names of modes.
func streamModes(depth, video string) (o usb.Options, err error) {
	const advice = "'cutout kinect watch --help' lists the modes"
	if o.Depth, err = kinect.ParseDepthMode(depth); err != nil {
		return o, usage(err, advice)
	}
	if o.Video, err = kinect.ParseVideoMode(video); err != nil {
		return o, usage(err, advice)
	}
	if err := kinect.CheckModes(o.Depth, o.Video); err != nil {
		return o, usage(err, advice)
	}
	return o, nil
}

func watchKinect(cmd *cobra.Command, f kinectFlags, o usb.Options) (err error) {
	device, err := openKinect(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer closeKinect(device, &err)
	ctx, cancel := f.limit(cmd.Context())
	defer cancel()
	w := &sourceWatch{source: device, out: cmd.OutOrStdout(), json: f.json}
	return w.run(ctx)
}

// A sourceWatch prints what a source's counters did, once a second.
type sourceWatch struct {
	source kinect.Source
	out    io.Writer
	json   bool

	start, at time.Time
	last      kinect.Status
	cpu       time.Duration
	advised   string // the advice in the last line
}

// A watchLine is what `watch --json` prints once a second.
type watchLine struct {
	T              float64 `json:"t"` // seconds since the start
	DepthFPS       float64 `json:"depth_fps"`
	VideoFPS       float64 `json:"video_fps"`
	LostPackets    uint64  `json:"lost_packets"`
	RepairedFrames uint64  `json:"repaired_frames"`
	DroppedFrames  uint64  `json:"dropped_frames"`
	Restarts       uint64  `json:"restarts"`
	Live           bool    `json:"live"`
	Trouble        string  `json:"trouble,omitempty"`
	Advice         string  `json:"advice,omitempty"`
	CPUPercent     float64 `json:"cpu_percent"`
}

// run takes every frame and prints a line a second until ctx ends or the source
// does.
func (w *sourceWatch) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var taking sync.WaitGroup
	defer taking.Wait()
	defer cancel()
	ended := make(chan error, 1)
	taking.Go(func() { ended <- drain(ctx, w.source) })

	w.start, w.at = time.Now(), time.Now()
	w.last, w.cpu = w.source.Status(), processCPU()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if ctx.Err() == nil && time.Since(w.at) > 100*time.Millisecond { // what came since the last line
				err = errors.Join(err, w.print(w.next()))
			}
			return err
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := w.print(w.next()); err != nil {
				return err
			}
		}
	}
}

// drain takes frames until ctx ends, which is no error, or the source does.
func drain(ctx context.Context, source kinect.Source) error {
	for {
		_, err := source.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the sensor: %w", err)
		}
	}
}

// next is what went on since the last line.
func (w *sourceWatch) next() watchLine {
	now, cpu, s := time.Now(), processCPU(), w.source.Status()
	span := now.Sub(w.at).Seconds()
	rate := func(now, before uint64) float64 { return round(float64(now-before)/span, 1) }
	l := watchLine{
		T:              round(now.Sub(w.start).Seconds(), 3),
		DepthFPS:       rate(s.Depth.Frames, w.last.Depth.Frames),
		VideoFPS:       rate(s.Video.Frames, w.last.Video.Frames),
		LostPackets:    s.Depth.LostPackets + s.Video.LostPackets,
		RepairedFrames: s.Depth.RepairedFrames + s.Video.RepairedFrames,
		DroppedFrames:  s.Depth.DroppedFrames + s.Video.DroppedFrames,
		Restarts:       s.Restarts,
		Live:           s.Live,
		CPUPercent:     round(100*(cpu-w.cpu).Seconds()/span, 1),
	}
	if s.Trouble != nil {
		l.Trouble, l.Advice = s.Trouble.Error(), usb.Advice(s.Trouble)
	}
	w.at, w.last, w.cpu = now, s, cpu
	return l
}

func (w *sourceWatch) print(l watchLine) error {
	if w.json {
		return printJSON(w.out, l)
	}
	p := &lines{out: w.out}
	p.printf("depth %4.1f fps  video %4.1f fps  lost packets %d  repaired frames %d  restarts %d", l.DepthFPS, l.VideoFPS, l.LostPackets, l.RepairedFrames, l.Restarts)
	switch {
	case !l.Live:
		p.printf("  away: %s", orElse(l.Trouble, "no frames"))
	case l.Trouble != "":
		p.printf("  %s", l.Trouble)
	}
	p.printf("\n")
	if l.Advice != "" && l.Advice != w.advised {
		p.printf("hint: %s\n", l.Advice)
	}
	w.advised = l.Advice
	return p.err
}
