package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"cutout/assets"
	"cutout/game"
	"cutout/game/audio"
	"cutout/game/match"
	"cutout/game/world"
	"cutout/kinect"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/kinect/usb"
	"cutout/netvideo"
	"cutout/netvideo/room"
)

const maxWalls = world.MaxWalls

// An app is one window with everything behind it. run puts it together, and takes it
// apart in the opposite order.
type app struct {
	seat    seat
	out     io.Writer
	start   time.Time
	log     *jsonLines // the events
	stats   *jsonLines
	notices *notices
	call    *call
	sensor  *sensor
	camera  *camera
	voice   *voice
	match   *playedMatch
	window  *game.Game
	photos  *photographer
	link    atomic.Pointer[string]
	// recording is the match's input log, nil without one.
	recording *os.File
	// friends is how many pictures of others the lobby of a demonstration waits for.
	friends int
	// demo has a puppet play without being asked.
	demo bool
	// solo is set when there is to be no room.
	solo  bool
	walls int
	seed  uint64
}

// run plays until the player leaves, the time is up, or a demonstration has reached
// its podium. people is run beside it: it joins the room and keeps it.
func (a *app) run(ctx context.Context, people func(ctx context.Context, a *app) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if a.seat.offscreen {
		fmt.Fprintln(a.out, a.offscreenNews())
		stop, err := startVirtualDisplay(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.open(ctx); err != nil {
		return err
	}
	sound := audio.New(audio.Options{Silent: a.seat.offscreen, Voices: a.call.readVoices})
	defer sound.Close()
	if err := a.openWindow(sound); err != nil {
		return err
	}

	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { a.watchSensor(ctx, a.sensor.run(ctx)) })
	wg.Go(func() { a.camera.run(ctx, a.sensor) })
	wg.Go(func() { a.voice.run(ctx) })
	wg.Go(func() { a.lookAfterNotices(ctx, sound) })
	wg.Go(func() { a.preflight(ctx, sound) })
	report := &reporter{lines: a.stats, game: a.window, sensor: a.sensor, call: a.call}
	wg.Go(func() { report.run(ctx) })
	peopleEnded := make(chan error, 1)
	wg.Go(func() { peopleEnded <- people(ctx, a) })
	if a.seat.span > 0 {
		timer := time.AfterFunc(a.seat.span, a.window.Quit)
		defer timer.Stop()
	}
	err = a.window.Run(ctx)
	cancel()
	err = errors.Join(adviseWindow(err), <-peopleEnded)
	if a.seat.offscreen && err == nil {
		fmt.Fprintf(a.out, "Played for %.0f s. Look at the pictures in %s/\n", time.Since(a.start).Seconds(), a.seat.shots)
	}
	return err
}

// offscreenNews says why there is no window and where to look instead.
func (a *app) offscreenNews() string {
	why := "Playing off-screen, as asked"
	if !hasDisplay() {
		why = "There is no display here, so a demonstration is played off-screen"
	}
	return fmt.Sprintf("%s: pictures go to %s/, statistics to %s, events to %s.", why, a.seat.shots, a.seat.stats, a.seat.events)
}

// open makes everything that needs no window.
func (a *app) open(ctx context.Context) error {
	a.start = time.Now()
	a.demo = a.demo || a.seat.offscreen
	a.notices = &notices{}
	var err error
	if a.log, err = openLines(a.seat.events, a.start); err != nil {
		return hint(err, "choose a place that can be written with --events")
	}
	if a.stats, err = openLines(a.seat.stats, a.start); err != nil {
		return hint(err, "choose a place that can be written with --stats")
	}
	if a.seed == 0 {
		a.seed = rand.Uint64()
	}
	a.sensor, err = openSensor(ctx, a.seat.sensor, puppet.Options{Seed: a.seed})
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out, "Sensor:", a.sensor.choice)
	a.log.event("sensor", map[string]any{"kind": a.sensor.Status().Kind, "choice": a.sensor.choice})
	a.camera = &camera{framer: framing.NewFramer(a.seat.view)}
	a.voice = &voice{mode: a.seat.mic, out: a.out}
	a.call = newCall(a.log, a.notices)
	return a.openMatch()
}

// openMatch makes the match, and the file it is recorded to.
func (a *app) openMatch() error {
	o := match.Options{
		Transport: a.call, Poses: poses(), Walls: a.walls, Seed: a.seed, Name: a.seat.name,
		Watch: a.seat.sensor == "none",
	}
	if a.seat.record != "" {
		file, err := os.Create(a.seat.record)
		if err != nil {
			return hint(fmt.Errorf("record the match: %w", err), "choose a place that can be written with --record")
		}
		a.recording, o.Record = file, file
	}
	a.match = &playedMatch{log: a.log, Match: match.New(o), recordFailed: func(err error) {
		a.trouble("record", fmt.Errorf("record the match: %w", err), "The match goes on.")
	}}
	return nil
}

// openWindow makes the window and those who follow the match for it.
func (a *app) openWindow(sound *audio.Player) error {
	o := game.Options{
		Fullscreen: a.seat.fullscreen, Offscreen: a.seat.offscreen,
		Sensor: a.sensor, Match: a.match, Room: a.call, Sound: sound, Microphone: a.voice, Drawn: a.call.drawn,
		Link: a.inviteLink, Notice: a.notices.top,
	}
	if a.seat.offscreen {
		// Nobody watches: the processor is better spent on what is measured.
		o.Width, o.Height, o.MaxFPS, o.MaxQuality = 960, 540, 15, "low"
	}
	if p := a.sensor.puppet; p != nil {
		performer := newPerformer(p, a.seat.skill, a.seed)
		performer.ready = a.demoReady
		o.Steer = performer.steer
		a.match.followers = append(a.match.followers, performer.follow)
	}
	var err error
	if a.window, err = game.New(o); err != nil {
		return err
	}
	if a.seat.shots != "" {
		if a.photos, err = newPhotographer(a.seat.shots, a.window); err != nil {
			return hint(err, "choose a folder that can be written with --shots")
		}
		a.photos.friends = a.friendsSeen
		a.match.followers = append(a.match.followers, a.photos.follow)
	}
	if a.seat.offscreen && a.seat.span == 0 {
		a.match.followers = append(a.match.followers, a.leaveAtPodium)
	}
	return nil
}

// close takes apart what open made, as far as it got.
func (a *app) close() error {
	var err error
	if a.sensor != nil {
		err = a.sensor.source.Close()
	}
	if a.recording != nil {
		err = errors.Join(err, a.match.Close(), a.recording.Close())
	}
	if a.photos != nil {
		if photoErr := a.photos.close(); photoErr != nil {
			err = errors.Join(err, hint(photoErr, "make room on the disk, or choose another folder with --shots"))
		}
	}
	if logErr := errors.Join(a.log.close(), a.stats.close()); logErr != nil {
		err = errors.Join(err, hint(fmt.Errorf("write the logs: %w", logErr), "make room on the disk, or choose other places with --events and --stats"))
	}
	return err
}

func (a *app) inviteLink() string {
	if l := a.link.Load(); l != nil {
		return *l
	}
	return ""
}

// friendsSeen says whether every friend that is waited for has a picture. Those who
// do not come are not waited for longer than it takes to lose patience.
func (a *app) friendsSeen() bool {
	const patience = time.Minute
	seen := 0
	for _, v := range a.call.Streams() {
		if v.Picture != nil && v.Picture.Seq > 15 {
			seen++
		}
	}
	return seen >= a.friends || time.Since(a.start) > patience
}

// demoReady says whether a puppet nobody steers may raise its hands: in a
// demonstration, when the friends are there, and the lobby's picture, if one is
// wanted, is taken. Somebody at a window is waited for.
func (a *app) demoReady() bool {
	return a.demo && time.Since(a.start) > 3*time.Second && a.friendsSeen() && (a.photos == nil || a.photos.has("lobby"))
}

// leaveAtPodium ends a demonstration once its last picture is taken.
func (a *app) leaveAtPodium(_ time.Duration, _ []match.Event, s *world.State) {
	if s.Phase == world.Podium && s.PhaseTicks > 3*world.TicksPerSecond && (a.photos == nil || a.photos.has("podium")) {
		a.window.Quit()
	}
}

// publish shows the camera in the room and lets the microphone be heard. Who may only
// watch is told so.
func (a *app) publish(ctx context.Context, r *room.Room) {
	o := room.PublishOptions{Name: r.Self().Name, NoVideo: a.seat.sensor == "none", Audio: a.voice.wanted(), AudioOff: true}
	if o.NoVideo && !o.Audio {
		return
	}
	publisher, err := r.Publish(ctx, o)
	if errors.Is(err, netvideo.ErrRole) {
		const text, advice = "You are watching: your pass does not let you show yourself", "Ask for a link with the role publisher to play."
		fmt.Fprintf(a.out, "%s. %s\n", text, advice)
		a.notices.set("publish", text, advice)
		a.log.event("watching", map[string]any{"role": r.Self().Role})
		return
	}
	if err != nil {
		if ctx.Err() == nil {
			a.notices.set("publish", "Friends can't see you: "+err.Error(), "Leave and join again.")
		}
		return
	}
	a.voice.published(publisher)
	if !o.NoVideo {
		a.camera.publisher.Store(publisher)
	}
}

// watchSensor says on the screen that the sensor ended.
func (a *app) watchSensor(ctx context.Context, err error) {
	if ctx.Err() == nil && err != nil {
		a.notices.set("sensor", "The sensor stopped: "+err.Error(), "Restart Cutout; your score stays in the room.")
	}
}

// lookAfterNotices keeps what the screen says of the sensor and of the disk true.
func (a *app) lookAfterNotices(ctx context.Context, sound *audio.Player) {
	told, live := "", true
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if line := sound.Trouble(); line != told {
			told = line
			fmt.Fprintln(a.out, line)
		}
		status := a.sensor.Status()
		text, advice := sensorNotice(status)
		a.notices.set("source", text, advice)
		if status.Live != live {
			live = status.Live
			a.log.event("sensorState", map[string]any{"live": live, "trouble": text})
		}
		if a.photos != nil {
			if err := a.photos.trouble(); err != nil {
				a.notices.set("photos", err.Error(), "Make room on the disk. The match goes on.")
			}
		}
	}
}

// sensorNotice is what to say about a sensor that is away.
func sensorNotice(s kinect.Status) (text, advice string) {
	if s.Live || s.Trouble == nil {
		return "", ""
	}
	return s.Trouble.Error(), orElse(usb.Advice(s.Trouble), "Plug it in again: it is picked up by itself.")
}

// adviseWindow adds what to do when no window can be opened.
func adviseWindow(err error) error {
	if errors.Is(err, game.ErrNoDisplay) {
		return hint(err, "install OpenGL (apt-get install libgl1), or play without a window: --offscreen")
	}
	return err
}

// matchInput is what a scene says to the match.
func matchInput(scene *kinect.Scene) match.Input {
	p := scene.Player()
	if p == nil {
		return match.Input{}
	}
	return match.Input{Body: p.Silhouette, HandsUp: p.Gestures.Has(kinect.HandsUp)}
}

// poses are the shapes walls are cut from.
func poses() []world.Wall {
	all := assets.Poses()
	walls := make([]world.Wall, len(all))
	for i, p := range all {
		walls[i] = world.Wall{Pose: p.Pose, Name: p.Name, Difficulty: p.Difficulty}
	}
	return walls
}
