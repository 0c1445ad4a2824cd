package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/recording"
	"cutout/kinect/recording/packets"
	"cutout/kinect/usb"
)

// recordFlags say what to record.
type recordFlags struct {
	kinectFlags
	bayer, packets bool
}

func kinectRecordCommand() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "record DIR",
		Short: "Record depth and colour into a folder that libfreenect plays, too",
		Long: `Record into DIR, a new folder or an empty one: every depth frame as d-*.pgm (raw
11-bit codes), every colour picture as r-*.ppm, how the sensor stands as a-*.dump, and
its calibration in device.json. This is libfreenect's fakenect format: its programs play
it, 'cutout kinect play' and 'cutout play --sensor recording:DIR' do.

--bayer keeps the raw mosaic of each picture beside it (b-*.pgm). --packets keeps the
USB packets themselves as well, losses and all, in packets.kpk: what a bug report about
the driver needs. A recording takes 46 MB a second, --bayer 9 and --packets 22 more.
Nothing goes missing silently: what the disk is too slow for is counted, and the exit
code is 1.`,
		Example: `  cutout kinect record kitchen --for 8s
  cutout kinect record kitchen --for 8s --bayer --packets`,
		Args: exactArgs(1, "cutout kinect record DIR --for 8s"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return recordKinect(cmd, f, args[0])
		},
	}
	f.addSerial(cmd)
	f.addSpan(cmd, 0, "stop after this time, e.g. 8s (default: at Ctrl-C)")
	f.addJSON(cmd, "print progress as one JSON object a second, and one at the end")
	cmd.Flags().BoolVar(&f.bayer, "bayer", false, "keep the raw Bayer mosaic of each colour picture as well")
	cmd.Flags().BoolVar(&f.packets, "packets", false, "keep the USB packets as well, in "+packets.FileName)
	return cmd
}

// recordQueue is how many frames of a stream may wait for the writer's goroutine: a
// second.
const recordQueue = 32

func recordKinect(cmd *cobra.Command, f recordFlags, dir string) (err error) {
	r := &recorder{out: cmd.OutOrStdout(), json: f.json, dir: dir}
	r.device, err = openKinect(cmd.Context(), usb.Options{Serial: f.serial, Queue: recordQueue, Tap: r.tap})
	if err != nil {
		return err
	}
	defer closeKinect(r.device, &err)
	const advice = "choose a new folder: a recording is never written over another"
	if r.writer, err = recording.Create(dir, recording.WriteOptions{Bayer: f.bayer, Calibration: r.device.Calibration()}); err != nil {
		return hint(err, advice)
	}
	if f.packets {
		if err := r.createPackets(); err != nil {
			return hint(errors.Join(err, r.writer.Close()), advice)
		}
	}
	r.start, r.before = time.Now(), r.device.Status()
	ctx, cancel := f.limit(cmd.Context())
	defer cancel()
	runErr := r.run(ctx)
	// While the disk takes the rest, the sensor goes on without us.
	end := r.device.Status()
	r.end = &end
	closeErr := r.close()
	err = cmp.Or(closeErr, runErr, r.late()) // the writer says the same at its close, and more
	return errors.Join(adviseRecording(err), r.tell(true))
}

// adviseRecording adds what to do about a recording that is not whole.
func adviseRecording(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, recording.ErrIncomplete), errors.Is(err, packets.ErrIncomplete):
		return hint(err, "record to a faster disk, or without --bayer and --packets; what was saved plays")
	}
	return hint(err, "make room on the disk, or record into another folder; what was saved plays")
}

// A recorder moves frames from a device to a writer and says how it goes.
type recorder struct {
	device  *usb.Device
	writer  *recording.Writer
	out     io.Writer
	json    bool
	dir     string
	start   time.Time
	before  kinect.Status   // of the device, at the start
	end     *kinect.Status  // and at the end, once it has come
	packets *packets.Writer // nil without --packets
	// tapped is what the device's reads go to: packets, while it is open.
	tapping sync.Mutex
	tapped  *packets.Writer
}

// tap is given every read of the device.
func (r *recorder) tap(read raw.Read) {
	r.tapping.Lock()
	defer r.tapping.Unlock()
	if r.tapped != nil {
		r.tapped.Add(read)
	}
}

// tapInto says where reads go from now on.
func (r *recorder) tapInto(w *packets.Writer) {
	r.tapping.Lock()
	defer r.tapping.Unlock()
	r.tapped = w
}

func (r *recorder) createPackets() (err error) {
	calibration := r.device.Calibration()
	r.packets, err = packets.Create(filepath.Join(r.dir, packets.FileName), packets.Header{Serial: r.device.Serial(), Calibration: &calibration})
	r.tapInto(r.packets)
	return err
}

// close ends both recordings.
func (r *recorder) close() error {
	r.tapInto(nil)
	err := r.writer.Close()
	if r.packets != nil {
		err = errors.Join(err, r.packets.Close())
	}
	return err
}

// run records until ctx ends or the disk fails, and says how it goes once a second.
func (r *recorder) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	ended := make(chan error, 1)
	wait.Go(func() { ended <- r.frames(ctx) })
	wait.Go(func() { r.attitudes(ctx) })
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if err := r.tell(false); err != nil {
				return err
			}
		}
	}
}

// frames moves frames until ctx ends, which is no error, or the disk fails.
func (r *recorder) frames(ctx context.Context) error {
	for {
		img, err := r.device.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the sensor: %w", err)
		}
		if err := r.writer.Add(img); err != nil && !errors.Is(err, recording.ErrRefused) {
			return err
		}
	}
}

// attitudes saves how the sensor stands, ten times a second; a Kinect without a motor
// that can be asked has none.
func (r *recorder) attitudes(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s, err := r.device.RawState()
		if errors.Is(err, usb.ErrNoMotor) {
			return
		}
		if err != nil {
			continue // unplugged for a while, perhaps
		}
		now := time.Now()
		_ = r.writer.AddAttitude(now, s) // the disk's error is told by the next frame
		if w := r.packets; w != nil {
			w.AddAttitude(now, s)
		}
	}
}

// late says when frames never reached the writer.
func (r *recorder) late() error {
	if n := r.droppedBefore(); n > 0 {
		return fmt.Errorf("recording %s: %w: %d never reached the writer, because this machine was too busy", r.dir, recording.ErrIncomplete, n)
	}
	return nil
}

// status is the device's, for as long as it is recorded from.
func (r *recorder) status() kinect.Status {
	if r.end != nil {
		return *r.end
	}
	return r.device.Status()
}

// droppedBefore counts frames that the device's queue had no place for.
func (r *recorder) droppedBefore() uint64 {
	s := r.status()
	return s.Depth.DroppedFrames + s.Video.DroppedFrames - r.before.Depth.DroppedFrames - r.before.Video.DroppedFrames
}

// A recordLine is what `record --json` prints once a second and at the end.
type recordLine struct {
	T             float64 `json:"t"` // seconds since the start
	Depth         uint64  `json:"depth_frames"`
	Video         uint64  `json:"video_frames"`
	DroppedFrames uint64  `json:"dropped_frames"` // not saved
	LostPackets   uint64  `json:"lost_packets"`   // that never came from the sensor
	Waiting       int     `json:"waiting"`        // frames that wait for the disk
	MB            float64 `json:"mb"`
	LostReads     uint64  `json:"lost_reads"` // of --packets: not saved
	FreeMB        float64 `json:"free_mb"`    // -1 when nobody can tell
	Live          bool    `json:"live"`
	Done          bool    `json:"done"`
	Dir           string  `json:"dir"`
}

// tell prints how far the recording has come.
func (r *recorder) tell(done bool) error {
	p, s := r.writer.Progress(), r.status()
	l := recordLine{
		T: round(time.Since(r.start).Seconds(), 3), Depth: p.Depth, Video: p.Video,
		DroppedFrames: p.Dropped + r.droppedBefore(),
		LostPackets:   s.Depth.LostPackets + s.Video.LostPackets - r.before.Depth.LostPackets - r.before.Video.LostPackets,
		Waiting:       p.Waiting, MB: round(float64(p.Bytes)/1e6, 1), FreeMB: -1, Live: s.Live, Done: done, Dir: r.dir,
	}
	if w := r.packets; w != nil {
		q := w.Progress()
		l.MB, l.LostReads = round(float64(p.Bytes+q.Bytes)/1e6, 1), q.Lost
	}
	if p.Free >= 0 {
		l.FreeMB = round(float64(p.Free)/1e6, 1)
	}
	if r.json {
		return printJSON(r.out, l)
	}
	w := &lines{out: r.out}
	w.printf("%5.1f s  %d depth and %d colour frames, %.0f MB", l.T, l.Depth, l.Video, l.MB)
	if l.FreeMB >= 0 {
		w.printf(", disk free %.1f GB", l.FreeMB/1000)
	}
	w.printf(", dropped %d, lost packets %d", l.DroppedFrames+l.LostReads, l.LostPackets)
	if !l.Live {
		w.printf("; the Kinect is away")
	}
	w.printf("\n")
	if done {
		w.printf("Recorded into %s; play it with: cutout kinect play %s\n", r.dir, r.dir)
	}
	return w.err
}
