package audio

import (
	"context"
	"math"
	"sync"

	"cutout/game/world"
)

const (
	// voices is how many effects sound at once; one more ends the oldest.
	voices = 12
	// musicGain keeps the music below the effects.
	musicGain = 0.6
	// ducked is what is left of the sound under voices at full Duck.
	ducked = 0.25
	// glideTime is in seconds: how soon a level has nearly reached a new value.
	glideTime = 0.35
)

// A mixer makes the sound. Its methods may be called by any goroutine; none waits
// longer than a few milliseconds of sound take to mix.
type mixer struct {
	mu      sync.Mutex
	layers  [numLayers]stereo
	effects [numEffects]stereo
	levels  [numLayers]level
	at      int // sample of the loop
	voices  []voice
	duck    level
	master  level
	rush    rush
	friends func([]float32) // what friends say; may be nil
	heard   [2 * block]float32
	talk    int   // samples until friends count as silent
	aside   level // what is left of the music while they speak
}

// A voice is an effect that sounds.
type voice struct {
	sound stereo
	at    int
	gain  float32
}

// A level glides to its goal, so that nothing clicks.
type level struct{ now, goal float32 }

// next moves on by a share of the way.
func (l *level) next(share float32) float32 {
	l.now += (l.goal - l.now) * share
	return l.now
}

func newMixer(friends func([]float32)) *mixer {
	m := &mixer{duck: level{1, 1}, master: level{1, 1}, aside: level{1, 1}, rush: newRush(), friends: friends}
	m.phase(world.Lobby, 0)
	return m
}

// load makes the sounds and hands them over as they are finished, effects first,
// until ctx ends. Before, the mixer is silent.
func (m *mixer) load(ctx context.Context) {
	effects := makeEffects()
	m.mu.Lock()
	m.effects = effects
	m.mu.Unlock()
	for l := range numLayers {
		if ctx.Err() != nil {
			return
		}
		made := compose(l)
		m.mu.Lock()
		m.layers[l] = made
		m.mu.Unlock()
	}
}

func (m *mixer) play(e Effect, gain float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e >= numEffects || len(m.effects[e].left) == 0 {
		return
	}
	if len(m.voices) >= voices {
		m.voices = append(m.voices[:0], m.voices[1:]...)
	}
	m.voices = append(m.voices, voice{sound: m.effects[e], gain: float32(within(gain))})
}

// score is how loud each layer is in each phase.
var score = [...][numLayers]float32{
	world.Lobby:     {pad: 1, arpeggio: 0.45},
	world.Countdown: {pad: 0.9, arpeggio: 0.7, bassLine: 0.7},
	world.Approach:  {pad: 0.7, arpeggio: 0.9, bassLine: 1, drums: 1},
	world.Impact:    {pad: 0.8, arpeggio: 0.7, bassLine: 0.9, drums: 0.8},
	world.Podium:    {pad: 0.8, arpeggio: 0.6, bassLine: 0.8, drums: 0.7, lead: 1},
}

func (m *mixer) phase(p world.Phase, progress float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if int(p) < len(score) {
		for i, goal := range score[p] {
			m.levels[i].goal = musicGain * goal
		}
	}
	m.rush.goal(p == world.Approach, within(progress))
}

func (m *mixer) setDuck(amount float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.duck.goal = float32(1 - (1-ducked)*within(amount))
}

func (m *mixer) setMaster(to float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.master.goal = float32(within(to))
}

// within cuts to 0..1; what is no number becomes 0.
func within(v float64) float64 {
	if v > 0 {
		return min(v, 1)
	}
	return 0
}

// block is how many samples share their levels.
const block = 48

// read fills out with what comes next, left and right in turn, -1..1.
func (m *mixer) read(out []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(out) > 0 {
		n := min(len(out), 2*block)
		m.mix(out[:n])
		out = out[n:]
	}
}

// mix makes at most one block.
func (m *mixer) mix(out []float32) {
	clear(out)
	n := len(out) / 2
	share := float32(1 - math.Exp(-3*float64(n)/SampleRate/glideTime))
	for k, l := range m.layers {
		was := m.levels[k].now
		now := m.levels[k].next(share)
		if len(l.left) == 0 || was < 1e-4 && now < 1e-4 {
			continue
		}
		step := (now - was) / float32(n)
		at := m.at
		for i := range n {
			was += step
			out[2*i] += was * l.left[at]
			out[2*i+1] += was * l.right[at]
			if at++; at == len(l.left) {
				at = 0
			}
		}
	}
	m.at = (m.at + n) % loopSamples
	m.mixVoices(out)
	m.rush.add(out)
	voices := m.listen(n)
	was, wasAll := m.duck.now*m.aside.now, m.master.now
	step := (m.duck.next(share)*m.aside.next(share) - was) / float32(n)
	stepAll := (m.master.next(share) - wasAll) / float32(n)
	for i := range out {
		at := float32(i / 2)
		out[i] = soften((out[i]*(was+step*at) + voices[i]) * (wasAll + stepAll*at))
	}
}

const (
	// speaking is how loud a voice is at least, of 1, and lingering for how long the
	// music stays down after it: the pauses between words are shorter.
	speaking  = 0.02
	lingering = SampleRate / 2
	// beside is what is left of the music beside a voice.
	beside = 0.45
)

// listen is what friends say in the next n samples, for as long as the block lasts.
func (m *mixer) listen(n int) []float32 {
	voices := m.heard[:2*n]
	clear(voices)
	if m.friends == nil {
		return voices
	}
	m.friends(voices)
	m.talk -= n
	for _, v := range voices {
		if v > speaking || v < -speaking {
			m.talk = lingering
			break
		}
	}
	m.aside.goal = 1
	if m.talk > 0 {
		m.aside.goal = beside
	}
	return voices
}

func (m *mixer) mixVoices(out []float32) {
	kept := m.voices[:0]
	for _, v := range m.voices {
		n := min(len(out)/2, len(v.sound.left)-v.at)
		for i := range n {
			out[2*i] += v.gain * v.sound.left[v.at+i]
			out[2*i+1] += v.gain * v.sound.right[v.at+i]
		}
		if v.at += n; v.at < len(v.sound.left) {
			kept = append(kept, v)
		}
	}
	clear(m.voices[len(kept):])
	m.voices = kept
}

// soften bends what is louder than 0.7 so that nothing exceeds 1.
func soften(v float32) float32 {
	const knee = 0.7
	switch {
	case v > knee:
		return knee + (1-knee)*float32(math.Tanh(float64(v-knee)/(1-knee)))
	case v < -knee:
		return -knee - (1-knee)*float32(math.Tanh(float64(-v-knee)/(1-knee)))
	}
	return v
}

// A rush is the sound of a wall that comes: wind that rises in pitch and loudness,
// over a deep hum.
type rush struct {
	noise      []float32
	at         int
	left       filter
	right      filter
	loud, near level
	hum        float64
}

func newRush() rush {
	r := rush{noise: make([]float32, SampleRate)}
	next := hiss(17)
	for i := range r.noise {
		r.noise[i] = float32(next())
	}
	return r
}

// goal follows the wall: progress is how far it has come, 0..1.
func (r *rush) goal(coming bool, progress float64) {
	if !coming {
		r.loud.goal = 0
		return
	}
	r.loud.goal = float32(0.03 + 0.34*progress*progress*progress)
	r.near.goal = float32(progress)
}

func (r *rush) add(out []float32) {
	const share = 0.02 // of a block of a millisecond: about a twentieth of a second
	loud, near := r.loud.next(share), float64(r.near.next(share))
	if loud < 1e-4 {
		return
	}
	hertz := 160 + 2200*near*near
	step := (38 + 34*near) / SampleRate
	for i := 0; i+1 < len(out); i += 2 {
		a, b := r.noise[r.at], r.noise[(r.at+SampleRate/3)%SampleRate]
		r.at = (r.at + 1) % SampleRate
		_, left, _ := r.left.next(float64(a), hertz, 0.5)
		_, right, _ := r.right.next(float64(b), hertz*1.04, 0.5)
		r.hum = math.Mod(r.hum+step, 1)
		hum := 0.5 * math.Sin(2*math.Pi*r.hum)
		out[i] += loud * float32(left+hum)
		out[i+1] += loud * float32(right+hum)
	}
}
