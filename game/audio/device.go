package audio

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/ebitengine/oto/v3"
)

// Device is the machine's sound device, by oto. A process can open it once: a
// second Run fails, and so does one after the first has ended.
type Device struct{}

const (
	// deviceWait is how long a device may take to open.
	deviceWait = 3 * time.Second
	// devicePoll is how often we ask whether it still works.
	devicePoll = 250 * time.Millisecond
	// deviceBuffer is what the driver and we hold ready, each.
	deviceBuffer = 40 * time.Millisecond
	// runaway is how far ahead of the clock a device may pull. ALSA's null device
	// takes sound as fast as it gets it.
	runaway = 3 * time.Second
)

var (
	errNoDevice = errors.New("no sound device")
	errRunaway  = errors.New("the sound device does not keep time")
	errTooSlow  = errors.New("the sound device does not answer")
)

// Run implements Sink.
func (Device) Run(ctx context.Context, pull func([]float32)) error {
	if !deviceLikely() {
		return errNoDevice
	}
	sound, ready, err := oto.NewContext(&oto.NewContextOptions{
		SampleRate: SampleRate, ChannelCount: 2, Format: oto.FormatFloat32LE,
		BufferSize: deviceBuffer, ApplicationName: "Cutout",
	})
	if err != nil {
		return fmt.Errorf("opening the sound device: %w", err)
	}
	patience := time.NewTimer(deviceWait)
	defer patience.Stop()
	select {
	case <-ready:
	case <-patience.C:
		return errTooSlow
	case <-ctx.Done():
		return nil
	}
	if err := sound.Err(); err != nil {
		return fmt.Errorf("opening the sound device: %w", err)
	}
	source := &source{pull: pull, start: time.Now()}
	defer source.close()
	player := sound.NewPlayer(source)
	player.SetBufferSize(int(deviceBuffer*SampleRate/time.Second) * bytesPerSample)
	player.Play()
	defer func() {
		player.PauseAndStopReading()
		_ = sound.Suspend() // a device that is gone cannot be suspended
	}()
	return watch(ctx, source, sound.Err)
}

// watch waits for the end of ctx or for trouble.
func watch(ctx context.Context, source *source, trouble func() error) error {
	poll := time.NewTicker(devicePoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
			if err := trouble(); err != nil {
				return fmt.Errorf("playing: %w", err)
			}
			if source.ahead(time.Now()) > runaway {
				return errRunaway
			}
		}
	}
}

// bytesPerSample of both channels together, as 32-bit floats.
const bytesPerSample = 2 * 4

// A source is what a device reads from: the sound as bytes. After close it is
// silent.
type source struct {
	start time.Time

	mu     sync.Mutex
	pull   func([]float32)
	taken  int64 // samples
	buffer []float32
}

// Read implements io.Reader: little-endian 32-bit floats. It never fails.
func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(p) / bytesPerSample
	if n == 0 {
		clear(p)
		return len(p), nil
	}
	if cap(s.buffer) < 2*n {
		s.buffer = make([]float32, 2*n)
	}
	buffer := s.buffer[:2*n]
	clear(buffer)
	if s.pull != nil {
		s.pull(buffer)
	}
	for i, v := range buffer {
		binary.LittleEndian.PutUint32(p[4*i:], math.Float32bits(v))
	}
	s.taken += int64(n)
	return n * bytesPerSample, nil
}

// ahead is how much more was read than time went by.
func (s *source) ahead(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.taken)*time.Second/SampleRate - now.Sub(s.start)
}

func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull = nil
}
