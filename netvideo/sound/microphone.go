package sound

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"cutout/netvideo/codec/opus"

	"github.com/gen2brain/malgo"
)

// FrameSamples is how many samples of one channel are published at a time: 20 ms.
const FrameSamples = opus.FrameSamples

// ErrNoMicrophone: this machine has none.
var ErrNoMicrophone = errors.New("no microphone")

// backends are the sound systems that are asked, best first. miniaudio's "null" one,
// which hears zeros for ever where there is nothing, is not among them.
func backends() []malgo.Backend {
	switch runtime.GOOS {
	case "windows":
		return []malgo.Backend{malgo.BackendWasapi, malgo.BackendDsound, malgo.BackendWinmm}
	case "darwin":
		return []malgo.Backend{malgo.BackendCoreaudio}
	case "linux":
		return []malgo.Backend{malgo.BackendPulseaudio, malgo.BackendAlsa}
	}
	return []malgo.Backend{malgo.BackendSndio, malgo.BackendAudio4, malgo.BackendOss}
}

// waiting is how many frames wait for hear: a fifth of a second.
const waiting = 10

// Microphone hears with the machine's microphone until ctx ends, and then returns
// nil. hear is called on the caller's goroutine with one channel of 48 kHz, -1..1,
// FrameSamples at a time; what it cannot take in time is let go. pcm is hear's to keep.
// ErrNoMicrophone is the answer, at once, where there is none.
//
// It is miniaudio's microphone, as in pion/mediadevices, opened when it is needed and
// not when the program starts, where a failure would end the program.
func Microphone(ctx context.Context, hear func(pcm []float32)) error {
	if !microphoneLikely() {
		return ErrNoMicrophone
	}
	system, err := malgo.InitContext(backends(), malgo.ContextConfig{}, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoMicrophone, err)
	}
	defer func() {
		_ = system.Uninit()
		system.Free()
	}()
	devices, err := system.Devices(malgo.Capture)
	if err != nil {
		return fmt.Errorf("looking for microphones: %w", err)
	}
	if len(devices) == 0 {
		return ErrNoMicrophone
	}
	frames, stopped := make(chan []float32, waiting), make(chan struct{}, 1)
	device, err := malgo.InitDevice(system.Context, captureConfig(), malgo.DeviceCallbacks{
		Data: cutter(frames),
		Stop: func() {
			select {
			case stopped <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		return fmt.Errorf("opening the microphone: %w", err)
	}
	defer device.Uninit()
	if err := device.Start(); err != nil {
		return fmt.Errorf("starting the microphone: %w", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-stopped:
			return errors.New("the microphone stopped")
		case pcm := <-frames:
			hear(pcm)
		}
	}
}

func captureConfig() malgo.DeviceConfig {
	c := malgo.DefaultDeviceConfig(malgo.Capture)
	c.SampleRate = SampleRate
	c.Capture.Format = malgo.FormatF32
	c.Capture.Channels = 1
	c.PeriodSizeInMilliseconds = 20
	return c
}

// cutter cuts what the device hands over into frames. The device's thread calls it
// and is never held up.
func cutter(frames chan<- []float32) malgo.DataProc {
	pcm := make([]float32, 0, FrameSamples)
	return func(_, in []byte, _ uint32) {
		if len(in) < 4 {
			return
		}
		for _, s := range unsafe.Slice((*float32)(unsafe.Pointer(&in[0])), len(in)/4) {
			if pcm = append(pcm, s); len(pcm) == FrameSamples {
				select {
				case frames <- pcm:
				default:
				}
				pcm = make([]float32, 0, FrameSamples)
			}
		}
	}
}
