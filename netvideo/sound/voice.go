package sound

import (
	"sync"
	"time"

	"cutout/netvideo/codec/opus"
	"cutout/netvideo/internal/jitter"
)

const (
	// slots is how many packets of 20 ms are kept: 1.28 s. A power of two.
	slots = 64
	// covered is the share of packets that are waited for, in percent. The others are
	// guessed, and one guess in thirty is hardly heard.
	covered = 97
	// maxDelay is the most a voice is held: people who hear each other later than that
	// talk at the same time anyway.
	maxDelay = 400 * time.Millisecond
	// firstHold is the least a voice is held while little is known of its way, for
	// hold's first packets; steadyHold afterwards.
	firstHold   = 40 * time.Millisecond
	steadyHold  = 10 * time.Millisecond
	fewArrivals = 100
	// pause is how long nothing comes when a voice has made a pause: its time stamps may
	// have stood still meanwhile.
	pause = 200 * time.Millisecond
	// early and late are how far a voice may be off before it is stretched or shortened,
	// and tooLate when packets are let go instead.
	early   = -5 * time.Millisecond
	late    = 8 * time.Millisecond
	tooLate = 120 * time.Millisecond
	// guesses is how many packets in a row are made up before there is silence.
	guesses = 5
	// fall is what is left of a level after 20 ms: a meter that falls by 20 dB in
	// half a second.
	fall = 0.91
)

// A Voice is one friend's sound, held as long as its way through the network asks for.
// All methods may be called from any goroutine.
type Voice struct {
	mixer *Mixer
	dec   Decoder

	mu      sync.Mutex
	ring    [slots]piece
	held    int
	next    uint16
	begun   bool // next means something
	playing bool
	guessed int // packets made up in a row
	volume  float32
	gain    float32 // where volume has got to: it glides, so that nothing clicks
	level   float32

	playout *jitter.Playout
	arrived int           // packets, up to fewArrivals
	least   time.Duration // asked for by Hold
	newest  time.Time     // when the last packet came
	media   uint32        // the time stamp of what is decoded next
	off     time.Duration // how much later than necessary it is heard, smoothed
	heard   uint32        // what Heard tells
	heardAt time.Time

	rest   []float32 // decoded and not yet heard
	frame  [2 * (opus.MaxSamples + longest)]float32
	lost   uint64
	mended uint64
	closed bool
}

// A piece is a packet that waits.
type piece struct {
	data  []byte
	stamp uint32
}

func newVoice(m *Mixer, dec Decoder) *Voice {
	return &Voice{mixer: m, dec: dec, volume: 1, gain: 1, playout: jitter.New(SampleRate, covered, 0, maxDelay)}
}

// Push hands over a packet by its number, its time stamp in samples, and when it came.
// Packets may come out of order and twice; what comes too late is let go. data is kept.
func (v *Voice) Push(seq uint16, stamp uint32, data []byte, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || len(data) == 0 {
		return
	}
	v.arrive(stamp, now)
	if !v.begun {
		v.begun, v.next = true, seq
	}
	ahead := int16(seq - v.next)
	switch {
	case ahead < 0 && (v.playing || ahead < -slots/4):
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
	if slot.data == nil {
		v.held++
	}
	*slot = piece{data, stamp}
	for !v.playing && v.held > 1 && now.Sub(v.playout.Due(v.first().stamp, now)) > maxDelay {
		v.drop() // nobody pulls, or a burst came
	}
}

// arrive has the delay follow what comes.
func (v *Voice) arrive(stamp uint32, now time.Time) {
	if !v.newest.IsZero() && now.Sub(v.newest) > pause {
		v.playout.Reset()
		v.arrived = 0
	}
	v.newest = now
	hold := steadyHold
	if v.arrived < fewArrivals {
		v.arrived++
		hold = firstHold
	}
	v.playout.Hold(max(hold, v.least))
	v.playout.Arrive(stamp, now)
}

// restart forgets what waits.
func (v *Voice) restart(seq uint16) {
	v.ring, v.held, v.next, v.playing = [slots]piece{}, 0, seq, false
}

// first is the oldest packet that waits; there is one.
func (v *Voice) first() *piece {
	for v.ring[v.next%slots].data == nil {
		v.next++
	}
	return &v.ring[v.next%slots]
}

// drop lets the oldest packet go.
func (v *Voice) drop() {
	v.first()
	v.take()
}

// take removes the next packet; its data are nil when it is missing.
func (v *Voice) take() piece {
	slot := &v.ring[v.next%slots]
	p := *slot
	if p.data != nil {
		*slot = piece{}
		v.held--
	}
	v.next++
	return p
}

// add mixes what comes next into out; buffer is as long.
func (v *Voice) add(out, buffer []float32, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	v.follow(len(buffer)/2, now)
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

// follow begins a voice when it is due, and finds out how much later than necessary,
// or earlier than is safe, the next samples are heard.
func (v *Voice) follow(samples int, now time.Time) {
	// The last of them is needed now, too.
	over := func(stamp uint32) time.Duration { return now.Sub(v.playout.Due(stamp+uint32(samples), now)) }
	if !v.playing {
		if v.held == 0 || over(v.first().stamp) < 0 {
			return
		}
		for v.held > 1 && over(v.first().stamp) > late+frameTime {
			v.drop()
		}
		v.playing, v.media, v.rest, v.off = true, v.first().stamp, nil, 0
	}
	pos := v.media - uint32(len(v.rest)/2)
	v.heard, v.heardAt = pos, now
	off := over(pos)
	v.off += (off - v.off) / 16
	for off > tooLate && v.off > tooLate/2 && v.held > 2 {
		v.media = v.first().stamp + opus.FrameSamples
		v.drop()
		off -= frameTime
		v.off -= frameTime
	}
}

// frameTime is the length of an ordinary packet.
const frameTime = 20 * time.Millisecond

// decode makes the next packet's sound; false when there is none.
func (v *Voice) decode() bool {
	if !v.playing {
		return false
	}
	guess := v.frame[:2*opus.FrameSamples]
	var n int
	var err error
	if v.held == 0 { // nothing came yet: say something like the last
		if v.guessed >= guesses {
			v.playing, v.guessed = false, 0
			return false
		}
		n, err = v.dec.Decode(nil, guess)
		v.guessed++
		v.lost++
	} else {
		n, err = v.decodeNext(guess)
		v.guessed = 0
	}
	if err != nil || n <= 0 {
		n = opus.FrameSamples
		clear(guess)
	}
	v.rest = v.bend(n)
	v.measure()
	return true
}

// decodeNext decodes the next packet, or makes up what is missing before one that waits.
func (v *Voice) decodeNext(guess []float32) (n int, err error) {
	slot, after := v.ring[v.next%slots], v.ring[(v.next+1)%slots]
	gap := int32(slot.stamp - v.media)
	switch {
	case slot.data != nil && gap >= opus.FrameSamples && gap <= guesses*opus.FrameSamples:
		// Nothing is missing but sound: the sender left out silence.
		n, err = v.dec.Decode(nil, guess)
		v.media += opus.FrameSamples
		return n, err
	case slot.data != nil:
		v.take()
		n, err = v.dec.Decode(slot.data, v.frame[:2*opus.MaxSamples])
		v.media = slot.stamp + uint32(max(n, 0))
		return n, err
	case after.data != nil:
		n, err = v.dec.Mend(after.data, guess)
		v.mended++
	default:
		n, err = v.dec.Decode(nil, guess)
		v.lost++
	}
	v.take()
	v.media += opus.FrameSamples
	return n, err
}

// bend makes the n decoded samples shorter or longer when the voice is late or early.
func (v *Voice) bend(n int) []float32 {
	switch {
	case v.guessed > 0 || n < opus.FrameSamples:
	case v.off > late:
		if cut := shorten(v.frame[:2*n], v.off > 4*late); cut > 0 {
			v.off -= time.Duration(cut) * time.Second / SampleRate
			return v.frame[:2*(n-cut)]
		}
	case v.off < early:
		if more := lengthen(v.frame[:2*(n+longest)], n, v.off < 4*early); more > 0 {
			v.off += time.Duration(more) * time.Second / SampleRate
			return v.frame[:2*(n+more)]
		}
	}
	return v.frame[:2*n]
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

// Lost is how many pieces of 20 ms were made up for packets that did not come, and
// mended how many were restored from the packet after them.
func (v *Voice) Lost() (lost, mended uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost, v.mended
}

// Delay is how long the voice is held at present, beyond what its way takes.
func (v *Voice) Delay() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.playout.Delay()
}

// Hold asks for a delay of least or more, so that the voice fits a picture; 0 for none.
func (v *Voice) Hold(least time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.least = least
}

// Way tells when sound of a time stamp could be heard at the earliest, and the delay
// that its way asks for beyond that.
func (v *Voice) Way(stamp uint32, now time.Time) (earliest time.Time, asks time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.playout.Earliest(stamp, now), max(v.playout.Asks(), steadyHold)
}

// Heard is the time stamp of what a device pulled last, and when; false while nothing is
// heard.
func (v *Voice) Heard() (stamp uint32, at time.Time, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.heard, v.heardAt, v.playing
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
