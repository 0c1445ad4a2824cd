package usb

import (
	"fmt"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// state is what a Device tells about itself. Any goroutine.
type state struct {
	mu      sync.Mutex
	model   Model
	calib   kinect.Calibration
	depth   kinect.DepthMode
	video   kinect.VideoMode
	now     kinect.Status
	streams [2]streamState // by raw.Stream
	// flowing is set while a session lasts: a frame then says that all is well. Frames
	// may still be finished when the device has gone.
	flowing bool
}

// streamState is how one stream fares.
type streamState struct {
	silent  error // why it brings no frames
	lossy   error // it brings them, but loses much
	packets uint64
	lost    uint64
	since   time.Time // when the counts were last looked at
}

const (
	// lossyShare of all packets may be lost before it is called trouble: at 0.5 % two
	// depth frames of three lack something.
	lossyShare = 0.005
	lossyOver  = 2 * time.Second
)

// opened: this camera is what the Device is now.
func (s *state) opened(c *camera) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model, s.calib = c.model, c.calibration
	s.now.Kind, s.now.Serial = kinect.KindKinect, c.serial
}

// switched: these are the modes, and the calibration that goes with them.
func (s *state) switched(d kinect.DepthMode, v kinect.VideoMode, c kinect.Calibration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.depth, s.video, s.calib = d, v, c
}

func (s *state) modes() (kinect.DepthMode, kinect.VideoMode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.depth, s.video
}

func (s *state) calibration() kinect.Calibration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calib
}

// status puts the trouble of the device before that of its streams.
func (s *state) status() kinect.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now
	for _, of := range s.streams {
		if of.silent != nil {
			now.Live = false
		}
		for _, err := range []error{of.silent, of.lossy} {
			if now.Trouble == nil {
				now.Trouble = err
			}
		}
	}
	return now
}

// begun: frames say from now on that the device is there.
func (s *state) begun() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flowing = true
}

// live: frames come, or are about to.
func (s *state) live() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Live, s.now.Trouble = true, nil
}

// away: there are no frames, and why.
func (s *state) away(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Live, s.now.Trouble, s.flowing = false, err, false
	s.streams = [2]streamState{}
}

// silent: a stream brings no frames, and why.
func (s *state) silent(kind raw.Stream, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[kind].silent = err
}

// off: a stream was stopped because nobody wants it.
func (s *state) off(kind raw.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[kind] = streamState{}
}

func (s *state) restarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Restarts++
}

func (s *state) counts(kind raw.Stream) *kinect.StreamStatus {
	if kind == raw.DepthStream {
		return &s.now.Depth
	}
	return &s.now.Video
}

// finished counts a frame of a stream.
func (s *state) finished(kind raw.Stream, q kinect.Quality, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.counts(kind)
	of.Frames++
	if dropped {
		of.DroppedFrames++
	}
	if !q.Whole() {
		of.RepairedFrames++
	}
	if s.flowing {
		s.now.Live, s.now.Trouble = true, nil
		s.streams[kind].silent = nil
	}
}

// came counts packets of a stream, and those that did not come. An assembler that
// finds a packet after all takes back that it was lost: the numbers may wrap.
func (s *state) came(kind raw.Stream, packets, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts(kind).LostPackets += lost
	s.streams[kind].packets += packets
	s.streams[kind].lost += lost
}

// assess looks from time to time how much a stream loses.
func (s *state) assess(kind raw.Stream, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := &s.streams[kind]
	if now.Sub(of.since) < lossyOver {
		return
	}
	share := float64(of.lost) / max(1, float64(of.lost+of.packets))
	switch {
	case of.since.IsZero(): // what the start lost does not count
	case share > lossyShare:
		of.lossy = fmt.Errorf("%w: %.1f %% of %s", ErrLossy, 100*share, kind)
	default:
		of.lossy = nil
	}
	of.packets, of.lost, of.since = 0, 0, now
}
