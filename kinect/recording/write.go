package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// WriteOptions say what to record.
type WriteOptions struct {
	// Bayer keeps, beside each colour picture that came as a Bayer mosaic, the mosaic
	// itself: a third more bytes, and nothing lost by developing it.
	Bayer bool
	// Calibration is kept in device.json if it is Known; without that file a
	// recording plays with the usual constants.
	Calibration kinect.Calibration
	// Queue is how many frames may wait for the disk; 0 is 128, which is two seconds
	// of both streams and some 60 MB.
	Queue int
}

const usualQueue = 128

// Progress is how far a recording has come.
type Progress struct {
	// Depth and Video count the frames that are saved.
	Depth, Video uint64
	// Dropped counts the frames that were given to Add and are not saved: refused,
	// or the disk was too slow or full.
	Dropped uint64
	// Waiting is how many frames wait for the disk.
	Waiting int
	// Bytes were written, all files together.
	Bytes int64
	// Length is the time from the first to the last frame that is saved.
	Length time.Duration
	// Free is how many bytes the disk has left for us; -1 when nobody can tell.
	Free int64
}

// ErrRefused is wrapped by Add for a frame that a directory of libfreenect's format
// has no place for: infrared, 10-bit depth, and any size but 640x480. A recording of
// packets holds them all.
var ErrRefused = errors.New("this format has no place for such a frame")

// ErrIncomplete is wrapped by Close when frames that were given to Add are missing.
var ErrIncomplete = errors.New("frames are missing")

// A Writer records frames into a directory that libfreenect's fakenect and Open play.
//
// Every frame is a file of its own. Its name goes into the index when the file is
// whole and closed, so that the index never names half a frame: not when the disk is
// full, and not when the program is killed. Nothing is forced to the disk before
// Close (sixty times a second would stall it), so a power failure may damage what was
// written in the last half minute; a reader skips such frames.
type Writer struct {
	dir     string
	options WriteOptions
	index   *os.File
	stopped chan struct{} // closed when run has ended

	// Of run alone, and of Close after it.
	indexed int64 // the index's length up to its last whole line
	buffer  []byte

	mu       sync.Mutex
	queue    chan job
	closed   bool
	err      error // of the disk; nothing is saved after it
	progress Progress
	first    time.Time
	last     time.Time
	clock    uint32    // of the last frame saved
	attitude time.Time // when the last one was queued
}

// A job is a frame, or an attitude when it has none.
type job struct {
	image    kinect.Image
	attitude raw.MotorState
	at       time.Time
}

// Create begins a recording in dir, which it makes if need be. A directory that has
// an index already is refused. The Writer is to be closed.
func Create(dir string, o WriteOptions) (*Writer, error) {
	w, err := create(dir, o)
	if err != nil {
		return nil, fmt.Errorf("record into %s: %w", dir, err)
	}
	return w, nil
}

func create(dir string, o WriteOptions) (*Writer, error) {
	if o.Queue <= 0 {
		o.Queue = usualQueue
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, options: o, queue: make(chan job, o.Queue), stopped: make(chan struct{})}
	index, err := os.OpenFile(w.path(indexFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, errors.New("there is a recording already")
	}
	if err != nil {
		return nil, err
	}
	w.index = index
	if err := w.calibrate(o.Calibration); err != nil {
		return nil, errors.Join(err, index.Close(), os.Remove(w.path(indexFile)))
	}
	go w.run()
	return w, nil
}

// calibrate writes device.json.
func (w *Writer) calibrate(c kinect.Calibration) error {
	if !c.Known {
		return nil
	}
	text, err := formatDevice(c)
	if err != nil {
		return err
	}
	w.progress.Bytes = int64(len(text))
	return w.writeFile(deviceFile, nil, text)
}

func (w *Writer) path(name string) string { return filepath.Join(w.dir, name) }

// Add saves a frame, later and on another goroutine: it never waits for the disk.
// When too many frames wait, this one is dropped and counted in Progress. An error is
// about this frame alone if it wraps ErrRefused; any other is the disk's or Close's,
// and nothing more will be saved. The frame must not change any more. Any goroutine;
// frames are saved in the order of the calls.
func (w *Writer) Add(img kinect.Image) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		w.progress.Dropped++
		return err
	}
	j := job{image: img}
	switch err := accepts(img); {
	case err != nil:
		w.progress.Dropped++
		return err
	case img.Depth != nil:
		j.at = img.Depth.At
	default:
		j.at = img.Video.At
	}
	select {
	case w.queue <- j:
	default:
		w.progress.Dropped++
	}
	return nil
}

func (w *Writer) usable() error {
	if w.closed {
		return fmt.Errorf("recording %s: %w", w.dir, fs.ErrClosed)
	}
	return w.err
}

// accepts says why a frame can't be saved.
func accepts(img kinect.Image) error {
	switch {
	case (img.Depth == nil) == (img.Video == nil):
		return fmt.Errorf("%w: it is neither depth nor video", ErrRefused)
	case img.Depth != nil && (img.Depth.Mode != kinect.Depth11Bit || len(img.Depth.Codes) != pixels):
		return fmt.Errorf("%w: depth in mode %v with %d codes", ErrRefused, img.Depth.Mode, len(img.Depth.Codes))
	case img.Video != nil && !raw.HasRGB(img.Video):
		return fmt.Errorf("%w: video of %dx%d in format %d", ErrRefused, img.Video.Width, img.Video.Height, img.Video.Format)
	}
	return nil
}

// attitudePause is how long an attitude is good for. fakenect-record writes hundreds a
// second, all the same.
const attitudePause = 100 * time.Millisecond

// AddAttitude saves how the sensor stood at a time, ten times a second at most: other
// calls do nothing. Errors are as Add's. Any goroutine.
func (w *Writer) AddAttitude(at time.Time, s raw.MotorState) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if at.Sub(w.attitude) < attitudePause {
		return nil
	}
	select {
	case w.queue <- job{attitude: s, at: at}:
		w.attitude = at
	default: // the next one will do
	}
	return nil
}

// Progress says how far the recording has come. Any goroutine.
func (w *Writer) Progress() Progress {
	w.mu.Lock()
	p := w.progress
	p.Waiting = len(w.queue)
	w.mu.Unlock()
	p.Free = free(w.dir)
	return p
}

// Close saves what waits and ends the recording. Its error is the disk's, or wraps
// ErrIncomplete when frames are missing; whatever Progress counts as saved is there
// and plays. Closing twice is allowed. Any goroutine.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.stopped
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if p := w.progress; p.Dropped > 0 {
		return fmt.Errorf("recording %s: %w: %d were not saved, %d were", w.dir, ErrIncomplete, p.Dropped, p.Depth+p.Video)
	}
	return nil
}
