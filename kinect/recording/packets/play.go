package packets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"cutout/kinect"
	"cutout/kinect/internal/imagequeue"
	"cutout/kinect/internal/pace"
	"cutout/kinect/raw"
)

// Options say how to play.
type Options struct {
	// Loop starts over at the end instead of ending with io.EOF. Time and clock go on
	// growing.
	Loop bool
	// Speed is how many times faster than recorded, 0.01 to 100; 0 is 1. What this
	// machine can't keep up with plays slower.
	Speed float64
	// Queue is how many finished frames of each stream are kept for a reader that is
	// late; the oldest goes when it is full. 0 means 2.
	Queue int
	// Patient has the player wait for its reader: frames come as soon as they are asked
	// for, and none is dropped. Speed does nothing then.
	Patient bool
}

// A Player plays a file. Its methods are kinect.Source's. One goroutine stands for the
// sensor: it feeds the packets to the assembler, each at its time, and never waits for
// whoever calls Next, unless it was told to.
type Player struct {
	name    string
	file    *os.File
	options Options
	header  Header
	queue   *imagequeue.Queue
	begin   chan struct{} // closed by the first Next
	once    sync.Once
	cancel  context.CancelFunc
	stopped chan struct{}
	closing sync.Once
	err     error // of Close

	mu          sync.Mutex
	status      kinect.Status
	counts      Counts
	calibration kinect.Calibration
	attitude    raw.MotorState
	stood       bool
}

var _ kinect.Source = (*Player)(nil)

// Open reads the header of a file and looks for a first packet. Playing starts with
// the first call of Next.
func Open(name string, o Options) (*Player, error) {
	p, err := open(name, o)
	if err != nil {
		return nil, fmt.Errorf("packets %s: %w", name, err)
	}
	return p, nil
}

func open(name string, o Options) (_ *Player, err error) {
	if o.Speed, err = pace.Speed(o.Speed); err != nil {
		return nil, err
	}
	file, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	r, err := probe(file)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Player{
		name: name, file: file, options: o, header: r.Header(), calibration: r.Calibration(), queue: imagequeue.New(o.Queue),
		begin: make(chan struct{}), cancel: cancel, stopped: make(chan struct{}),
	}
	p.status = kinect.Status{Kind: kinect.KindRecording, Serial: name, Live: true}
	go p.run(ctx)
	return p, nil
}

// openRegular opens a regular file; opening a pipe would wait for its other end.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	}
	return os.Open(name)
}

// probe reads up to the first read that holds something.
func probe(file *os.File) (*Reader, error) {
	r, err := NewReader(file)
	if err != nil {
		return nil, err
	}
	for {
		read, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, ErrCut) {
			return nil, errors.New("it has a header and no packets")
		}
		if err != nil {
			return nil, err
		}
		if len(read.Bytes) > 0 {
			return r, nil
		}
	}
}

// Header is the file's.
func (p *Player) Header() Header { return p.header }

// Next implements kinect.Source.
func (p *Player) Next(ctx context.Context) (kinect.Image, error) {
	p.once.Do(func() { close(p.begin) })
	return p.queue.Next(ctx)
}

// Calibration implements kinect.Source: the sensor's at the time, else the default.
func (p *Player) Calibration() kinect.Calibration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calibration
}

// Status implements kinect.Source. Lost packets are those that the sensor lost, as the
// assembler finds them again. Trouble says when the file was cut or can't be read.
func (p *Player) Status() kinect.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Counts say what of the file could not be used, in all rounds. Any goroutine.
func (p *Player) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Attitude is how the sensor stood; false before the file has said anything about it.
// Any goroutine.
func (p *Player) Attitude() (raw.MotorState, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attitude, p.stood
}

// Close implements kinect.Source.
func (p *Player) Close() error {
	p.closing.Do(func() {
		p.queue.Close()
		p.cancel()
		<-p.stopped
		p.err = p.file.Close()
		p.mu.Lock()
		p.status.Live = false
		p.mu.Unlock()
	})
	return p.err
}
