package audio

import (
	"context"
	"sync"

	"cutout/game/world"
)

// Effect is a short sound.
type Effect uint8

// The effects there are.
const (
	Ready   Effect = iota // someone raised both hands
	Tick                  // one second of the countdown
	Go                    // the countdown has ended
	Pass                  // through the hole
	Fail                  // into the wall
	Combo                 // several passes in a row
	Fanfare               // the podium
	numEffects
)

// Options is how a Player plays. The zero value uses the machine's sound device.
type Options struct {
	// Sink takes the sound; nil is Device.
	Sink Sink
	// Silent is for Silence: it opens no device, and that is no trouble.
	Silent bool
	// Voices fills its argument with what friends say next, as Sink.Run's pull does; nil
	// is nobody. Music and effects give way while somebody speaks.
	Voices func(interleaved []float32)
}

// A Player plays the game's sound. Its methods may be called by any goroutine and
// never wait for the device.
type Player struct {
	mixer  *mixer
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	trouble string
	muted   bool
}

// New starts playing. It never fails: without a device the sound goes on silently,
// and Trouble says so. The sounds are made in the background, which takes about
// half a second of one core; until then there is silence.
func New(o Options) *Player {
	sink := o.Sink
	if sink == nil {
		sink = Device{}
	}
	if o.Silent {
		sink = Silence{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Player{mixer: newMixer(o.Voices), cancel: cancel}
	p.done.Go(func() { p.mixer.load(ctx) })
	p.done.Go(func() {
		if err := sink.Run(ctx, p.mixer.read); err != nil {
			p.mu.Lock()
			p.trouble = err.Error() + ": playing silently"
			p.mu.Unlock()
			_ = Silence{}.Run(ctx, p.mixer.read) // it never fails
		}
	})
	return p
}

// Play starts an effect.
func (p *Player) Play(e Effect) { p.mixer.play(e, 1) }

// PlayAt starts an effect with a gain of 0..1.
func (p *Player) PlayAt(e Effect, gain float64) { p.mixer.play(e, gain) }

// SetPhase has the music follow the match: call it every tick or when something
// changes. progress is how much of the phase has gone by, 0..1; in Approach the
// rush of the wall rises with it.
func (p *Player) SetPhase(phase world.Phase, progress float64) { p.mixer.phase(phase, progress) }

// Duck turns music and effects down under voices: 0 not at all, 1 as far as it
// goes, to a quarter. It glides.
func (p *Player) Duck(amount float64) { p.mixer.setDuck(amount) }

// Mute turns everything off or on again. It glides too.
func (p *Player) Mute(on bool) {
	p.mu.Lock()
	p.muted = on
	p.mu.Unlock()
	if on {
		p.mixer.setMaster(0)
	} else {
		p.mixer.setMaster(1)
	}
}

// Muted says whether Mute turned the sound off.
func (p *Player) Muted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.muted
}

// Trouble is one line on why there is no sound, such as "no sound device: playing
// silently", or empty.
func (p *Player) Trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

// Close ends the sound and returns when everything it started has ended. Closing
// twice is allowed.
func (p *Player) Close() error {
	p.cancel()
	p.done.Wait()
	return nil
}
