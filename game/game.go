package game

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/audio"
	"cutout/game/match"
	"cutout/game/view"
	"cutout/game/world"
	"cutout/kinect"
)

// A Game is one window. Its methods may be called from any goroutine unless they
// say otherwise.
type Game struct {
	options  Options
	view     *view.View
	governor *view.Governor
	quit     atomic.Bool
	done     <-chan struct{} // the context's; set by Run
	shots    chan func(*image.RGBA)
	counter  counter
	saving   sync.WaitGroup
	saved    chan string

	// The rest belongs to ebiten's goroutine.
	started    time.Time
	ended      time.Time // when it was asked to end
	pads       []ebiten.GamepadID
	steering   steering
	cues       cues
	muted      bool
	help       bool
	drew       bool
	frameEnd   time.Time // when the last frame's own waiting ended
	toldRecord bool      // that recording the match has failed
	notice     string
	noticeTill time.Time
}

var _ ebiten.Game = (*Game)(nil)

// New makes a game. It fails when a part is missing or a shader does not compile.
func New(options Options) (*Game, error) {
	if options.Sensor == nil || options.Match == nil {
		return nil, errors.New("a game needs a sensor and a match")
	}
	if options.Title == "" {
		options.Title = "Cutout"
	}
	if options.Width <= 0 || options.Height <= 0 {
		options.Width, options.Height = 1280, 720
	}
	if options.MaxFPS <= 0 {
		options.MaxFPS = 60
	}
	best, start := view.Ultra, view.High
	if options.MaxQuality != "" {
		var err error
		if best, err = view.ParseLevel(options.MaxQuality); err != nil {
			return nil, err
		}
	}
	if options.Offscreen { // most likely drawn by the processor
		start = view.Medium
	}
	v, err := view.New()
	if err != nil {
		return nil, fmt.Errorf("prepare drawing: %w", err)
	}
	g := &Game{
		options: options, view: v, shots: make(chan func(*image.RGBA), 16), saved: make(chan string, 4),
		governor: view.NewGovernor(start, best, time.Second/time.Duration(options.MaxFPS)),
	}
	v.SetLevel(g.governor.Level())
	return g, nil
}

// Quit ends Run once the pictures that were asked for before have been drawn.
func (g *Game) Quit() { g.quit.Store(true) }

// Stats counts what was done.
func (g *Game) Stats() Stats { return g.counter.read() }

// Update is for ebiten alone: one tick.
func (g *Game) Update() error {
	now := time.Now()
	if g.ending() && !g.owesPicture(now) {
		return ebiten.Termination
	}
	if g.started.IsZero() {
		g.started = now
	}
	g.pads = ebiten.AppendGamepadIDs(g.pads[:0])
	c := readCommands(g.pads)
	if c.quit {
		return ebiten.Termination
	}
	g.command(c)
	if g.options.Steer != nil {
		g.options.Steer(g.steering.tick(readKeys(g.pads, g.view.Aim), 1.0/float64(ebiten.TPS())))
	}
	g.advance(now, c)
	return nil
}

// ending says whether Run shall end.
func (g *Game) ending() bool {
	select {
	case <-g.done:
		return true
	default:
		return g.quit.Load()
	}
}

// owesPicture says whether a picture that was asked for is yet to be drawn: where the
// processor draws beside much else, ticks go by without a frame. A window that draws
// none at all is not waited for.
func (g *Game) owesPicture(now time.Time) bool {
	const patience = 10 * time.Second
	if g.ended.IsZero() {
		g.ended = now
	}
	return len(g.shots) > 0 && now.Sub(g.ended) < patience
}

// command does what the keys ask for that is not about playing.
func (g *Game) command(c commands) {
	if c.fullscreen {
		ebiten.SetFullscreen(!ebiten.IsFullscreen())
	}
	if c.help {
		g.help = !g.help
	}
	if c.mute {
		g.muted = !g.muted
		if g.options.Sound != nil {
			g.options.Sound.Mute(g.muted)
		}
	}
	if c.talk && g.options.Microphone != nil {
		g.options.Microphone.Toggle()
	}
	if c.picture {
		g.savePicture()
	}
}

// advance brings the match to now and lets it be heard.
func (g *Game) advance(now time.Time, c commands) {
	in := match.Input{ReadyKey: c.ready, StartKey: c.start}
	if p := g.options.Sensor.Scene().Player(); p != nil {
		in.Body, in.HandsUp = p.Silhouette, p.Gestures.Has(kinect.HandsUp)
	}
	if err := g.options.Match.Advance(now.Sub(g.started), in); err != nil {
		if !g.toldRecord {
			g.say("the match is no longer recorded: " + err.Error())
		}
		g.toldRecord = true
	}
	s := g.options.Match.State()
	if sound := g.options.Sound; sound != nil {
		g.cues.tick(s, func(e audio.Effect) { sound.Play(e) })
		progress := 0.0
		if s.PhaseLength > 0 {
			progress = bound(float64(s.PhaseTicks)/float64(s.PhaseLength), 0, 1)
		}
		sound.SetPhase(s.Phase, progress)
	}
	g.counter.update(now, s.Tick)
}

// say shows one line for a few seconds.
func (g *Game) say(line string) { g.notice, g.noticeTill = line, time.Now().Add(4*time.Second) }

// Draw is for ebiten alone: one frame.
func (g *Game) Draw(screen *ebiten.Image) {
	g.pace()
	g.view.Draw(screen, g.model())
	g.drew = true
	g.counter.frame(g.governor.Level().String())
	g.shoot(screen)
}

// pace waits until the next frame is due, without burning the processor, and tells
// the governor how long the last one took.
func (g *Game) pace() {
	now := time.Now()
	if !g.frameEnd.IsZero() {
		busy := now.Sub(g.frameEnd)
		if g.governor.Frame(busy) {
			g.view.SetLevel(g.governor.Level())
		}
		due := g.governor.Budget()
		if !g.options.Offscreen {
			due = due * 93 / 100 // a little early is better than missing the display's turn
		}
		if wait := due - busy; wait > 0 {
			time.Sleep(wait)
		}
	}
	g.frameEnd = time.Now()
}

// model gathers all there is to draw now.
func (g *Game) model() *view.Model {
	now := time.Now()
	s := g.options.Match.State()
	m := &view.Model{
		Drawn: g.options.Drawn,
		World: s, Scene: g.options.Sensor.Scene(), Help: g.help, Muted: g.muted,
		Ticks: int64(now.Sub(g.started) * world.TicksPerSecond / time.Second),
	}
	if g.options.Microphone != nil {
		m.MicOn, m.Mic = g.options.Microphone.Live()
	}
	if g.options.Room != nil {
		m.Tiles = tilesOf(s, g.options.Room.Streams(), g.options.Level, now)
	}
	if g.options.Link != nil {
		m.Link = g.options.Link()
	}
	if g.options.Notice != nil {
		m.Notice, m.Hint = g.options.Notice()
	}
	select {
	case line := <-g.saved:
		g.say(line)
	default:
	}
	if m.Notice == "" && m.Hint == "" && now.Before(g.noticeTill) {
		m.Notice = g.notice
	}
	return m
}

// Layout is for ebiten alone; LayoutF is what it uses.
func (g *Game) Layout(w, h int) (int, int) { return w, h }

// LayoutF is for ebiten alone: as many pixels as the window really has.
func (g *Game) LayoutF(w, h float64) (float64, float64) {
	scale := 1.0
	if m := ebiten.Monitor(); m != nil {
		scale = m.DeviceScaleFactor()
	}
	return max(w*scale, 16), max(h*scale, 16)
}
