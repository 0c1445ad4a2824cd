package packets

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	// chunkBytes is how much is written at once.
	chunkBytes = 256 << 10
	// chunks is how many of them may wait for the disk: 64 MB, three seconds of both
	// streams.
	chunks = 256
	// flushEvery is how long a read waits for others to be written with it: what a
	// killed program loses at most.
	flushEvery = 50 * time.Millisecond
)

// ErrIncomplete is wrapped by Close when reads that were given to Add are missing.
var ErrIncomplete = errors.New("packets are missing")

// A Writer records reads into a file. Its Add is made for usb.Options.Tap.
//
// Whole blocks are written by a goroutine of its own, in order; nothing is forced to
// the disk before Close. Kill the program, or fill the disk, and the file plays up to
// there.
type Writer struct {
	name    string
	file    *os.File
	full    chan *chunk // for the disk; sent to with mu held
	spare   chan *chunk // empty ones
	closing chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	chunk    *chunk    // being filled; nil when there is none
	missing  [2]uint32 // reads of each stream that no loss was written for yet
	progress Progress
	first    time.Time // of the reads that are saved
	closed   bool
	err      error
}

// A chunk is what is written at once: whole blocks.
type chunk struct {
	bytes       []byte
	reads       uint64
	first, last time.Time
}

// Create begins a file, which must not be there yet. The Writer is to be closed.
func Create(name string, h Header) (*Writer, error) {
	w, err := create(name, h)
	if err != nil {
		return nil, fmt.Errorf("record packets: %w", err)
	}
	return w, nil
}

func create(name string, h Header) (*Writer, error) {
	h.Version = Version
	if h.Created.IsZero() {
		h.Created = time.Now()
	}
	text, err := json.Marshal(h)
	if err != nil || len(text) > maxHeader {
		return nil, errors.Join(fmt.Errorf("the header of %d bytes does not do", len(text)), err)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	first := appendBlock([]byte(magic), head{kind: kindHeader, at: h.Created}, func(b []byte) []byte { return append(b, text...) })
	if _, err := file.Write(first); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	w := &Writer{
		name: name, file: file,
		full: make(chan *chunk, chunks), spare: make(chan *chunk, chunks),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	w.progress.Bytes = int64(len(first))
	go w.run()
	return w, nil
}

// Add saves a read, later and on another goroutine: it copies it and returns within
// microseconds. When too much waits for the disk, or after an error of the disk, the
// read is counted in Progress.Lost. Any goroutine; reads are saved in the order of the
// calls.
func (w *Writer) Add(r raw.Read) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := readBlockBytes(r)
	if w.closed || w.err != nil || int(r.Stream) >= len(w.missing) || n-headBytes > maxBody {
		w.progress.Lost++
		return
	}
	room := n
	for _, m := range w.missing {
		if m > 0 {
			room += headBytes
		}
	}
	if !w.makeRoom(room) {
		w.missing[r.Stream]++
		w.progress.Lost++
		return
	}
	c := w.chunk
	for s, m := range w.missing {
		if m > 0 {
			c.bytes = appendLoss(c.bytes, raw.Stream(s), r.At, m)
			w.missing[s] = 0
		}
	}
	c.bytes = appendRead(c.bytes, r)
	if c.reads == 0 {
		c.first = r.At
	}
	c.reads++
	c.last = r.At
}

// AddAttitude saves how the sensor stood at a time. Any goroutine.
func (w *Writer) AddAttitude(at time.Time, s raw.MotorState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed && w.err == nil && w.makeRoom(headBytes+attitudeBytes) {
		w.chunk.bytes = appendAttitude(w.chunk.bytes, at, s)
	}
}

// AddCalibration saves the sensor's calibration where it changes: usb.Device.SetModes
// reads it anew. Any goroutine.
func (w *Writer) AddCalibration(at time.Time, c kinect.Calibration) {
	text, err := json.Marshal(c)
	if err != nil {
		return // it holds no number; a reader keeps the one before
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed && w.err == nil && w.makeRoom(headBytes+len(text)) {
		w.chunk.bytes = appendBlock(w.chunk.bytes, head{kind: kindCalibration, at: at}, func(b []byte) []byte { return append(b, text...) })
	}
}

// makeRoom makes the chunk take n more bytes, if need be by queueing it; false when
// the queue is full. For use with mu held.
func (w *Writer) makeRoom(n int) bool {
	if c := w.chunk; c != nil && len(c.bytes)+n > cap(c.bytes) {
		select {
		case w.full <- c:
			w.progress.Waiting += len(c.bytes)
			w.chunk = nil
		default:
			return false
		}
	}
	if w.chunk == nil {
		w.chunk = w.take(n)
	}
	return true
}

// take is an empty chunk for at least n bytes.
func (w *Writer) take(n int) *chunk {
	if n <= chunkBytes {
		select {
		case c := <-w.spare:
			return c
		default:
		}
	}
	return &chunk{bytes: make([]byte, 0, max(n, chunkBytes))}
}

// Progress says how far the recording has come. Any goroutine.
func (w *Writer) Progress() Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.progress
	if w.chunk != nil {
		p.Waiting += len(w.chunk.bytes)
	}
	return p
}

// Err is what the disk said when it took no more; nil while all is well. Any
// goroutine.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes what waits and ends the recording. Its error is the disk's, or wraps
// ErrIncomplete when reads are missing; whatever Progress counts as saved is there and
// plays. Closing twice is allowed; a Tap may still call Add, to no effect. Any
// goroutine.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.closing)
	}
	w.mu.Unlock()
	<-w.stopped
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.progress.Lost > 0 {
		return fmt.Errorf("recording %s: %w: %d reads were not saved, %d were", w.name, ErrIncomplete, w.progress.Lost, w.progress.Reads)
	}
	return w.err
}

// run writes what is queued until Close.
func (w *Writer) run() {
	defer close(w.stopped)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case c := <-w.full:
			w.write(c)
		case <-tick.C:
			w.drain()
		case <-w.closing:
			w.drain()
			if err := errors.Join(w.file.Sync(), w.file.Close()); err != nil {
				w.fail(err)
			}
			return
		}
	}
}

// drain writes all that is queued and then the chunk that is not full yet.
func (w *Writer) drain() {
	for {
		c := w.next()
		if c == nil {
			return
		}
		w.write(c)
	}
}

// next is the oldest chunk, full or not.
func (w *Writer) next() *chunk {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case c := <-w.full:
		return c
	default:
	}
	c := w.chunk
	if w.chunk = nil; c != nil {
		w.progress.Waiting += len(c.bytes)
	}
	return c
}

// write writes a chunk and counts it, unless the disk has failed before.
func (w *Writer) write(c *chunk) {
	failed := w.Err() != nil
	if !failed {
		if _, err := w.file.Write(c.bytes); err != nil {
			w.fail(err)
			failed = true
		}
	}
	w.mu.Lock()
	w.progress.Waiting -= len(c.bytes)
	switch {
	case failed:
		w.progress.Lost += c.reads
	case c.reads > 0:
		if w.progress.Reads == 0 {
			w.first = c.first
		}
		w.progress.Length = c.last.Sub(w.first)
		fallthrough
	default:
		w.progress.Reads += c.reads
		w.progress.Bytes += int64(len(c.bytes))
	}
	w.mu.Unlock()
	*c = chunk{bytes: c.bytes[:0]}
	if cap(c.bytes) == chunkBytes {
		select {
		case w.spare <- c:
		default:
		}
	}
}

// fail notes what the disk said first. What it took of the last chunk is a cut block,
// with which the file ends.
func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = fmt.Errorf("recording %s stopped: %w; %.1f s are saved", w.name, err, w.progress.Length.Seconds())
	}
}
