// Package recording writes and plays recordings of libfreenect's: a directory with an
// index and one file for each frame, as fakenect-record writes it and the fakenect
// library plays it to any program made for libfreenect. A Writer makes one. A Recording
// is a kinect.Source that keeps the recording's own timing: each frame comes at its
// time, and none in between.
//
// A file that is damaged or missing costs its frame only. The directory is not
// trusted: no name in its index leads out of it, and no file is read further than a
// frame is long.
//
// # What lies in the directory
//
// INDEX.txt names the frames, one a line, in the order in which they came. A name is
// KIND-WALL-CLOCK.EXTENSION: the host's time in seconds with six decimals, and the
// sensor's in ticks of kinect.ClockHz.
//
//	d-….pgm		depth: "P5 640 480 65535\n", 307200 codes of 16 bits, little endian
//	r-….ppm		colour: "P6 640 480 255\n", 921600 bytes of RGB
//	a-….dump	accelerometer and tilt: 12 bytes, as libfreenect holds them
//	device.json	the sensor's calibration (libfreenect 0.6 and later)
//
// Three things are ours, and no other program minds them: b-….pgm beside a colour
// picture of the same times is the Bayer mosaic it was made from ("P5 640 480 255\n",
// 307200 bytes), not in the index, and played instead of it; LOSSES.txt has a line for
// each frame that lacks something (its name, how many packets, and the rows: "5-8" is 5,
// 6 and 7); device.json has the five coefficients of the registration that libfreenect
// leaves out.
package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/internal/pace"
	"cutout/kinect/raw"
)

// Options say how to play.
type Options struct {
	// Loop starts over at the end instead of ending with io.EOF. Time and clock go
	// on growing.
	Loop bool
	// Speed is how many times faster than recorded, 0.01 to 100; 0 is 1. The sensor's
	// clock stays as recorded.
	Speed float64
	// Patient has the recording wait for its reader: each frame comes as soon as it is
	// asked for, and none is dropped. Speed does nothing then.
	Patient bool
}

// indexFile names the frames.
const indexFile = "INDEX.txt"

// A Recording plays a directory. Its methods are kinect.Source's. It runs no
// goroutine: Next reads the frame that comes next and then waits for its time, so no
// more than one is in memory.
type Recording struct {
	dir         string
	options     Options
	calibration kinect.Calibration
	closed      chan struct{}
	closing     sync.Once

	playing   sync.Mutex // held by Next; what follows is Next's
	loader    loader
	entries   []entry
	attitudes []entry // in order of time
	standing  int     // how many of them have been
	round     round
	start     time.Time // when the first frame of this round is due; zero before Next
	ticks     uint32    // added to the clock in this round
	at        int       // the entry that comes next
	good      bool      // this round had a frame
	ready     bool      // image is the frame of entry at
	image     kinect.Image

	mu       sync.Mutex
	status   kinect.Status
	broken   uint64
	attitude raw.MotorState
	stood    bool // attitude was read
}

var _ kinect.Source = (*Recording)(nil)

// Open reads the index of dir and looks for a frame of depth that can be read; a
// directory without one is an error. Playing starts with the first call of Next.
func Open(dir string, o Options) (*Recording, error) {
	r, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", dir, err)
	}
	return r, nil
}

func open(dir string, o Options) (_ *Recording, err error) {
	if o.Speed, err = pace.Speed(o.Speed); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such directory")
	case err == nil && !info.IsDir():
		return nil, errors.New("it is not a directory; a recording is one, with an " + indexFile)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	defer func() {
		if err != nil {
			root.Close()
		}
	}()
	r := &Recording{dir: dir, options: o, closed: make(chan struct{}), loader: loader{root: root}}
	r.status = kinect.Status{Kind: kinect.KindRecording, Serial: dir, Live: true}
	if r.calibration, err = readCalibration(root); err != nil {
		return nil, fmt.Errorf("%s (without the file it plays with the usual constants): %w", deviceFile, err)
	}
	if r.entries, r.attitudes, err = readIndex(root); err != nil {
		return nil, fmt.Errorf("%s: %w", indexFile, err)
	}
	if r.loader.losses, err = readLosses(root); err != nil {
		return nil, fmt.Errorf("%s: %w", lossesFile, err)
	}
	r.round = measure(r.entries)
	return r, r.findDepth()
}

func readIndex(root *os.Root) (entries, attitudes []entry, _ error) {
	file, err := openRegular(root, indexFile)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return parseIndex(file)
}

// findDepth checks that some frame of depth can be read.
func (r *Recording) findDepth() error {
	var first error
	for _, e := range r.entries {
		if e.kind != depthFile {
			continue
		}
		_, err := r.loader.load(e)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return fmt.Errorf("no depth frame can be read: %w", first)
	}
	return errors.New(indexFile + " names no depth frame")
}

// Calibration implements kinect.Source: what device.json says, else the default.
func (r *Recording) Calibration() kinect.Calibration { return r.calibration }

// Status implements kinect.Source. Frames whose files are damaged count as dropped;
// while the last one was damaged, Trouble says how.
func (r *Recording) Status() kinect.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Damaged counts the files that could not be read, each once. Any goroutine.
func (r *Recording) Damaged() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

// Close implements kinect.Source.
func (r *Recording) Close() error {
	r.closing.Do(func() { close(r.closed) })
	r.playing.Lock()
	defer r.playing.Unlock()
	r.setLive(false)
	if r.loader.root == nil {
		return nil
	}
	root := r.loader.root
	r.loader.root = nil
	return root.Close()
}

// Next implements kinect.Source. A frame whose successor of the same kind is due as
// well is dropped: the reader was slow.
func (r *Recording) Next(ctx context.Context) (kinect.Image, error) {
	r.playing.Lock()
	defer r.playing.Unlock()
	if r.ready && r.late() {
		r.drop() // it was read for a call that gave up
	}
	for {
		if r.isClosed() {
			return kinect.Image{}, io.EOF
		}
		if err := ctx.Err(); err != nil {
			return kinect.Image{}, err
		}
		if r.start.IsZero() {
			r.start = time.Now()
		}
		if !r.prepare() {
			r.setLive(false)
			return kinect.Image{}, io.EOF
		}
		if !r.ready {
			continue
		}
		if !r.options.Patient {
			if err := pace.Wait(ctx, r.due(r.at), r.closed); err != nil {
				return kinect.Image{}, err
			}
		}
		// Even when reading it took so long that it is late: on a slow machine none
		// would ever be in time.
		return r.take(), nil
	}
}

func (r *Recording) isClosed() bool {
	select {
	case <-r.closed:
		return true
	default:
		return false
	}
}

// due is when an entry of this round is to come.
func (r *Recording) due(i int) time.Time {
	return r.start.Add(r.scale(r.entries[i].at))
}

func (r *Recording) scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.options.Speed)
}

// late reports whether a later frame of the same kind as the next one is due.
func (r *Recording) late() bool {
	now, kind := time.Now(), r.entries[r.at].kind
	if r.options.Patient || now.Before(r.due(r.at)) {
		return false
	}
	for i := r.at + 1; i < len(r.entries); i++ {
		if e := r.entries[i]; e.kind == kind && !e.bad {
			return !now.Before(r.due(i))
		}
	}
	if !r.options.Loop {
		return false
	}
	next := r.start.Add(r.scale(r.round.length))
	for _, e := range r.entries[:r.at+1] {
		if e.kind == kind && !e.bad {
			return !now.Before(next.Add(r.scale(e.at)))
		}
	}
	return false
}

// prepare goes towards the next frame that can be read; ready says whether it is
// there. It is false at the end.
func (r *Recording) prepare() bool {
	switch {
	case r.ready:
		return true
	case r.at == len(r.entries):
		if !r.options.Loop || !r.good {
			return false
		}
		r.start = r.start.Add(r.scale(r.round.length))
		r.ticks += r.round.ticks
		r.at, r.standing, r.good = 0, 0, false
	case r.entries[r.at].bad:
		r.at++
	case r.late():
		r.good = true // as far as anybody knows
		r.drop()
	default:
		r.loadNext()
	}
	return true
}

// loadNext reads the next frame, or marks its file as bad.
func (r *Recording) loadNext() {
	e := &r.entries[r.at]
	img, err := r.loader.load(*e)
	if err != nil {
		e.bad = true
		r.mu.Lock()
		r.broken++
		r.status.Trouble = err
		r.mu.Unlock()
		r.drop()
		return
	}
	clock, due := e.clock+r.ticks, r.due(r.at)
	if img.Depth != nil {
		img.Depth.Clock, img.Depth.At = clock, due
	} else {
		img.Video.Clock, img.Video.At = clock, due
	}
	r.image, r.ready, r.good = img, true, true
}

// drop leaves out the next frame.
func (r *Recording) drop() {
	s := r.stream(r.entries[r.at].kind)
	r.mu.Lock()
	s.Frames++
	s.DroppedFrames++
	r.mu.Unlock()
	r.at++
	r.image, r.ready = kinect.Image{}, false
}

// take hands the frame on that is ready.
func (r *Recording) take() kinect.Image {
	r.stand(r.entries[r.at].at)
	s := r.stream(r.entries[r.at].kind)
	lost := r.loader.losses[r.entries[r.at].name]
	r.mu.Lock()
	s.Frames++
	s.LostPackets += uint64(lost.LostPackets)
	if !lost.Whole() {
		s.RepairedFrames++
	}
	r.status.Trouble = nil
	r.mu.Unlock()
	img := r.image
	r.at++
	r.image, r.ready = kinect.Image{}, false
	return img
}

// stream is the status of a kind of frames; for use with mu held.
func (r *Recording) stream(kind byte) *kinect.StreamStatus {
	if kind == videoFile {
		return &r.status.Video
	}
	return &r.status.Depth
}

func (r *Recording) setLive(live bool) {
	r.mu.Lock()
	r.status.Live = live
	r.mu.Unlock()
}
