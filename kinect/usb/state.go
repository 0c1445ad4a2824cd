package usb

import (
	"sync"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// state is what a Device tells about itself. Any goroutine.
type state struct {
	mu    sync.Mutex
	calib kinect.Calibration
	now   kinect.Status
}

// opened: this camera is what the Device is now.
func (s *state) opened(c *camera) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calib = c.calibration
	s.now.Kind, s.now.Serial = kinect.KindKinect, c.serial
}

func (s *state) calibration() kinect.Calibration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calib
}

func (s *state) status() kinect.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
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
	s.now.Live, s.now.Trouble = false, err
}

func (s *state) restarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Restarts++
}

// finished counts a frame of a stream.
func (s *state) finished(of *kinect.StreamStatus, lost int, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of.Frames++
	if dropped {
		of.DroppedFrames++
	}
	if lost > 0 {
		of.RepairedFrames++
	}
	s.now.Live, s.now.Trouble = true, nil
}

// counted takes over an assembler's count of packets.
func (s *state) counted(of *kinect.StreamStatus, c raw.Counters, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of.LostPackets = c.LostPackets
	if again {
		s.now.Restarts++
	}
}
