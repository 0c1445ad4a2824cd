package game

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/audio"
	"cutout/game/internal/gametest"
	"cutout/game/match"
	"cutout/game/view"
	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

// childRun asks this test program to be a game instead.
const childRun = "CUTOUT_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(childRun) != "" {
		child()
		return
	}
	os.Exit(gametest.Main(m))
}

// still is a sensor that always sees the same.
type still struct{ scene *kinect.Scene }

func (s *still) Scene() *kinect.Scene  { return s.scene }
func (s *still) Status() kinect.Status { return kinect.Status{Kind: kinect.KindPuppet, Live: true} }

// script is a match whose state the test sets.
type script struct {
	state world.State
	last  match.Input
	now   time.Duration
	err   error
}

func (s *script) Advance(now time.Duration, in match.Input) error {
	if now < s.now {
		panic("time went back")
	}
	s.now, s.last = now, in
	s.state.Tick++
	return s.err
}
func (s *script) State() *world.State { return &s.state }

// loud notes what is played.
type loud struct {
	effects []audio.Effect
	phases  int
	muted   bool
}

func (l *loud) Play(e audio.Effect)           { l.effects = append(l.effects, e) }
func (l *loud) SetPhase(world.Phase, float64) { l.phases++ }
func (l *loud) Mute(on bool)                  { l.muted = on }

// mic is a microphone that notes its key.
type mic struct{ on bool }

func (m *mic) Live() (on, there bool) { return m.on, true }
func (m *mic) Toggle()                { m.on = !m.on }

type friends []netvideo.StreamView

func (f friends) Streams() []netvideo.StreamView { return f }

func newGame(t *testing.T, o Options) *Game {
	t.Helper()
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.view.Close)
	return g
}

func TestNewNeedsParts(t *testing.T) {
	if _, err := New(Options{Match: &script{}}); err == nil {
		t.Error("a game without a sensor")
	}
	if _, err := New(Options{Sensor: &still{}, Match: &script{}, MaxQuality: "stunning"}); err == nil || !strings.Contains(err.Error(), "stunning") {
		t.Errorf("an unknown quality: %v", err)
	}
}

// TestFrame plays some ticks by hand and looks at what is drawn.
func TestFrame(t *testing.T) {
	gametest.NeedDisplay(t)
	body := gametest.Standing(kinect.Pose{LeftShoulder: 120, RightShoulder: 120})
	sensor := &still{body.Scene()}
	sensor.scene.People[0].Gestures = kinect.HandsUp
	m := &script{state: world.State{Self: "me", Players: []world.Player{{ID: "me", Name: "Grace", Present: true}}}}
	sound := &loud{}
	notices, talk := 0, &mic{}
	g := newGame(t, Options{
		Sensor: sensor, Match: m, Sound: sound, Microphone: talk, Offscreen: true, MaxFPS: 1000,
		Room:   friends{{Stream: netvideo.Stream{HasVideo: true, Connection: netvideo.Connection{ID: "c1", Name: "Ada"}}}},
		Link:   func() string { return "http://example.org/r/ABC" },
		Notice: func() (string, string) { notices++; return "the network is slow", "it may come back" },
	})
	screen := ebiten.NewImage(640, 360)
	defer screen.Deallocate()
	for range 5 {
		if err := g.Update(); err != nil {
			t.Fatal(err)
		}
	}
	if g.command(commands{talk: true}); !talk.on {
		t.Error("the microphone's key does nothing")
	}
	if m.last.Body != sensor.scene.People[0].Silhouette || !m.last.HandsUp {
		t.Error("the match did not get the body")
	}
	if sound.phases != 5 {
		t.Errorf("the music was told %d times", sound.phases)
	}
	var shots []*image.RGBA
	for range 2 {
		if !g.Shoot(func(m *image.RGBA) { shots = append(shots, m) }) {
			t.Fatal("no shot could be asked for")
		}
	}
	g.Draw(screen)
	g.Draw(screen)
	if len(shots) != 2 || shots[0].Bounds() != screen.Bounds() {
		t.Fatalf("%d shots", len(shots))
	}
	if err := view.Blank(shots[1]); err != nil {
		t.Error(err)
	}
	if notices != 2 {
		t.Errorf("asked for notices %d times in 2 frames", notices)
	}
	if s := g.Stats(); s.Updates != 5 || s.Frames != 2 || s.Quality == "" {
		t.Errorf("%+v", s)
	}
	g.Quit()
	if err := g.Update(); !errors.Is(err, ebiten.Termination) {
		t.Errorf("after Quit: %v", err)
	}
}

// TestShootFull: asking for more than can be kept is answered, not waited for.
func TestShootFull(t *testing.T) {
	g := newGame(t, Options{Sensor: &still{}, Match: &script{}})
	n := 0
	for g.Shoot(func(*image.RGBA) {}) {
		if n++; n > 1000 {
			t.Fatal("there is no end")
		}
	}
}

// TestRecorderTrouble: a match that can not be recorded goes on, and says so once.
func TestRecorderTrouble(t *testing.T) {
	m := &script{err: errors.New("disk full")}
	g := newGame(t, Options{Sensor: &still{}, Match: m})
	for range 3 {
		if err := g.Update(); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(g.notice, "disk full") || m.state.Tick != 3 {
		t.Errorf("%q after %d ticks", g.notice, m.state.Tick)
	}
	g.notice = ""
	_ = g.Update()
	if g.notice != "" {
		t.Error("it is told again and again")
	}
}

// TestSavePicture: the picture lands in the directory; a full disk is told.
func TestSavePicture(t *testing.T) {
	gametest.NeedDisplay(t)
	dir := t.TempDir()
	g := newGame(t, Options{Sensor: &still{}, Match: &script{}, ShotDir: dir, MaxFPS: 1000, Offscreen: true})
	screen := ebiten.NewImage(320, 180)
	defer screen.Deallocate()
	g.savePicture()
	g.Draw(screen)
	g.saving.Wait()
	files, _ := filepath.Glob(filepath.Join(dir, "cutout-*.png"))
	if len(files) != 1 {
		t.Fatalf("files: %v", files)
	}
	g.options.ShotDir = filepath.Join(dir, "nowhere")
	g.savePicture()
	g.Draw(screen)
	g.saving.Wait()
	g.model()
	g.model()
	if !strings.Contains(g.notice, "save the picture") {
		t.Errorf("told %q", g.notice)
	}
}

// report is what the child prints.
type report struct {
	Stats   Stats
	Seconds float64 // from the first frame on
	Err     string
	Display bool
}

// child is a game that runs for some frames, as a user's would.
func child() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var r report
	g, err := New(Options{
		Sensor: &still{gametest.Standing(kinect.Pose{}).Scene()}, Match: match.New(match.Options{Name: "Grace", Poses: []world.Wall{{Name: "ease"}}}),
		Width: 480, Height: 270, Offscreen: true, MaxFPS: childFPS, MaxQuality: "low",
	})
	if err == nil {
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			defer cancel()
			var first time.Time
			var skip uint64
			for ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
				s := g.Stats()
				if first.IsZero() && s.Frames > 0 {
					first, skip = time.Now(), s.Frames
				}
				if r.Seconds = time.Since(first).Seconds(); s.Frames >= skip+20 {
					s.Frames -= skip
					r.Stats = s
					return
				}
			}
		}()
		err = g.Run(ctx)
		cancel()
		<-watched
	}
	if err != nil {
		r.Err = err.Error()
	}
	r.Display = !errors.Is(err, ErrNoDisplay)
	_ = json.NewEncoder(os.Stdout).Encode(r)
}

const childFPS = 20

func runChild(t *testing.T, env ...string) report {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), append(env, childRun+"=1")...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(fmt.Errorf("%w: %s", err, out))
	}
	return r
}

// TestRun opens a real window, caps its frames, and ends with its context.
func TestRun(t *testing.T) {
	gametest.NeedDisplay(t)
	r := runChild(t)
	if r.Err != "" || r.Stats.Frames < 20 || r.Stats.Updates == 0 {
		t.Fatalf("%+v", r)
	}
	if rate := float64(r.Stats.Frames) / r.Seconds; rate > 1.15*childFPS {
		t.Errorf("%.1f frames a second, though there are to be %d", rate, childFPS)
	}
	t.Logf("%.1f frames, %.1f updates, %.1f ticks a second, quality %s",
		r.Stats.FramesPerSecond, r.Stats.UpdatesPerSecond, r.Stats.TicksPerSecond, r.Stats.Quality)
}

// TestRunNoDisplay: without a display there is a plain error.
func TestRunNoDisplay(t *testing.T) {
	for _, display := range []string{"", ":4711"} {
		r := runChild(t, "DISPLAY="+display, "WAYLAND_DISPLAY=")
		if r.Display || r.Err == "" {
			t.Errorf("DISPLAY=%q: %+v", display, r)
		}
	}
}
