package sound

import (
	"sync"

	"cutout/netvideo/codec/opus"
)

const (
	// slots is how many packets of 20 ms are kept: 1.28 s. A power of two.
	slots = 64
	// target is how many wait before a voice begins: 60 ms ride out an ordinary
	// home's jitter.
	target = 3
	// deepest is how many may wait: beyond 240 ms people talk at the same time, so
	// what is older is let go.
	deepest = 12
	// guesses is how many packets in a row are made up before there is silence.
	guesses = 5
	// fall is what is left of a level after 20 ms: a meter that falls by 20 dB in
	// half a second.
	fall = 0.91
)

// A Voice is one friend's sound. Push and the setters may be called from any
// goroutine.
type Voice struct {
	mixer *Mixer
	dec   Decoder

	mu      sync.Mutex
	ring    [slots][]byte
	held    int
	next    uint16
	begun   bool // next means something
	playing bool
	guessed int // packets made up in a row
	volume  float32
	gain    float32 // where volume has got to: it glides, so that nothing clicks
	level   float32
	rest    []float32 // decoded and not yet heard
	frame   [2 * opus.MaxSamples]float32
	lost    uint64
	closed  bool
}

// Push hands over a packet by its number. Packets may come out of order and twice;
// what comes too late is let go. data is kept.
func (v *Voice) Push(seq uint16, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || len(data) == 0 {
		return
	}
	if !v.begun {
		v.begun, v.next = true, seq
	}
	ahead := int16(seq - v.next)
	switch {
	case ahead < 0 && (v.playing || ahead < -target):
		if ahead > -slots {
			return // too late
		}
		v.restart(seq) // numbers that begin anew: another sender
	case ahead < 0:
		v.next = seq // it begins with the earliest of the first
	case ahead >= slots:
		v.restart(seq)
	}
	slot := &v.ring[seq%slots]
	if *slot == nil {
		v.held++
	}
	*slot = data
	for v.held > deepest {
		v.drop()
	}
}

// restart forgets what waits.
func (v *Voice) restart(seq uint16) {
	v.ring, v.held, v.next, v.playing = [slots][]byte{}, 0, seq, false
}

// drop lets the oldest packet go.
func (v *Voice) drop() {
	for v.ring[v.next%slots] == nil {
		v.next++
	}
	v.take()
}

// take removes the next packet; nil when it is missing.
func (v *Voice) take() []byte {
	slot := &v.ring[v.next%slots]
	data := *slot
	if data != nil {
		*slot = nil
		v.held--
	}
	v.next++
	return data
}

// add mixes what comes next into out; buffer is as long.
func (v *Voice) add(out, buffer []float32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	clear(buffer)
	for at := 0; at < len(buffer); {
		if len(v.rest) == 0 && !v.decode() {
			v.level = 0
			break
		}
		n := copy(buffer[at:], v.rest)
		v.rest, at = v.rest[n:], at+n
	}
	step := (v.volume - v.gain) / float32(max(1, len(out)/2))
	for i, s := range buffer {
		if i%2 == 0 {
			v.gain += step
		}
		out[i] += v.gain * s
	}
	v.gain = v.volume
}

// decode makes the next packet's sound; false when there is none.
func (v *Voice) decode() bool {
	if !v.playing {
		if v.held < target {
			return false
		}
		v.playing = true
	}
	guess := v.frame[:2*opus.FrameSamples]
	var n int
	var err error
	switch {
	case v.held == 0 && v.guessed >= guesses:
		v.playing, v.guessed = false, 0
		return false
	case v.held == 0: // nothing came yet: say something like the last
		n, err = v.dec.Decode(nil, guess)
		v.guessed++
		v.lost++
	default:
		data := v.take()
		switch after := v.ring[v.next%slots]; {
		case data != nil:
			n, err = v.dec.Decode(data, v.frame[:])
		case after != nil:
			n, err = v.dec.Mend(after, guess)
			v.lost++
		default:
			n, err = v.dec.Decode(nil, guess)
			v.lost++
		}
		v.guessed = 0
	}
	if err != nil || n <= 0 {
		n = opus.FrameSamples
		clear(guess)
	}
	v.rest = v.frame[:2*n]
	v.measure()
	return true
}

// measure follows the loudest sample.
func (v *Voice) measure() {
	v.level *= fall
	for _, s := range v.rest {
		v.level = max(v.level, s, -s)
	}
	v.level = min(v.level, 1)
}

// SetVolume makes the voice quieter or louder: 0 is silence, 1 as it was spoken,
// MaxVolume the most.
func (v *Voice) SetVolume(volume float64) {
	if !(volume >= 0) {
		volume = 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.volume = float32(min(volume, MaxVolume))
}

// Level is how loud the voice is now, 0 to 1, before its volume.
func (v *Voice) Level() float32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.level
}

// Lost is how many pieces of 20 ms were made up for packets that did not come.
func (v *Voice) Lost() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost
}

// Close takes the voice out of its mixer. Closing twice does nothing.
func (v *Voice) Close() error {
	v.mixer.mu.Lock()
	delete(v.mixer.voices, v)
	v.mixer.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil
	}
	v.closed = true
	return v.dec.Close()
}
