// Package sound is what a room sounds like: packets of friends' voices become one
// stereo mix that a sound device pulls, and a microphone becomes frames to publish.
// A machine without devices is silent and nothing fails.
package sound

import (
	"sync"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/opus"
)

// SampleRate of all sound, in samples a second and channel.
const SampleRate = opus.SampleRate

// MaxVolume is the most a voice is made louder.
const MaxVolume = 2

// A Mixer mixes voices. Its methods may be called from any goroutine; none waits
// longer than decoding takes.
type Mixer struct {
	mu     sync.Mutex
	voices map[*Voice]struct{}
	buffer []float32
	now    func() time.Time
}

// NewMixer makes a mixer without voices: silence.
func NewMixer() *Mixer { return &Mixer{voices: map[*Voice]struct{}{}, now: time.Now} }

// Add makes a voice whose packets dec decodes, to two channels. Close ends it, and
// dec with it.
func (m *Mixer) Add(dec Decoder) *Voice {
	v := newVoice(m, dec)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.voices[v] = struct{}{}
	return v
}

// A Decoder turns a voice's packets into sound of two channels.
type Decoder interface {
	codec.SoundDecoder
	// Mend restores what came before a packet, as far as the packet tells.
	Mend(data []byte, pcm []float32) (samples int, err error)
}

// Read fills out with what all voices say next, left and right in turn, -1..1.
func (m *Mixer) Read(out []float32) {
	clear(out)
	m.mu.Lock()
	defer m.mu.Unlock()
	if cap(m.buffer) < len(out) {
		m.buffer = make([]float32, len(out))
	}
	now := m.now()
	for v := range m.voices {
		v.add(out, m.buffer[:len(out)], now)
	}
	for i, s := range out {
		out[i] = max(-1, min(1, s))
	}
}
