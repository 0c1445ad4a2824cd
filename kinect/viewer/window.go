package viewer

import (
	"context"
	"fmt"
	"image"
	"sync"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"cutout/kinect"
)

// A window is the ebiten.Game. All of it belongs to ebiten's goroutine, but for the
// feed and what is marked.
type window struct {
	options Options
	feed    *feed
	pen     *pen
	done    <-chan struct{}

	view    View
	mirror  bool
	drew    bool
	save    bool                  // the key S
	wanted  func(context.Context) // switches the video stream, once the worker is free
	legend  *ebiten.Image
	screen  *ebiten.Image // the sensor's picture
	shown   *picture      // what is in it
	latency time.Duration // smoothed, from the sensor's last packet to Draw
	tour    *tour
	drawn   time.Time

	jobs chan func(context.Context) // what may take a while; see start

	mu     sync.Mutex // what follows is any goroutine's
	video  kinect.VideoMode
	notice string
	until  time.Time
	ended  bool
}

func newWindow(ctx context.Context, o Options) (*window, error) {
	p, err := newPen()
	if err != nil {
		return nil, err
	}
	w := &window{
		options: o, feed: newFeed(o.Source, o.Track), pen: p, done: ctx.Done(), video: o.Video,
		jobs: make(chan func(context.Context)),
	}
	if o.Tour {
		w.tour = newTour()
	}
	w.feed.bodies.Store(o.Bodies)
	w.look(o.First)
	return w, nil
}

// start runs the feed and the worker until ctx ends; the channel then gives the
// feed's error.
func (w *window) start(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case job := <-w.jobs:
				job(ctx)
			}
		}
	})
	go func() {
		err := w.feed.run(ctx)
		w.mu.Lock()
		w.ended = true
		w.mu.Unlock()
		<-ctx.Done()
		working.Wait()
		ended <- err
	}()
	return ended
}

// do has the worker do a job and reports true, unless it is still busy with another.
func (w *window) do(job func(context.Context)) bool {
	select {
	case w.jobs <- job:
		return true
	default:
		return false
	}
}

// say shows a line for a few seconds. Any goroutine.
func (w *window) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notice, w.until = fmt.Sprintf(format, args...), time.Now().Add(5*time.Second)
}

// noticeNow is the line to show, if any.
func (w *window) noticeNow() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Now().After(w.until) {
		return ""
	}
	return w.notice
}

// look changes the view, and the device's video mode with it where that is needed:
// the video stream carries colour or infrared, never both.
func (w *window) look(v View) {
	w.view = v
	w.feed.view.Store(uint32(v))
	w.mu.Lock()
	mode := w.video
	w.mu.Unlock()
	infrared := mode.Format() == kinect.Infrared
	w.wanted = nil
	switch {
	case v == Infrared && !infrared:
		w.switchVideo(kinect.VideoInfrared, "Infrared takes the place of colour: the camera sends one of them at a time.")
	case (v == Colour || v == Overlay) && (infrared || mode == kinect.VideoOff):
		w.switchVideo(kinect.VideoBayer, "Colour is back in the place of infrared.")
	}
}

func (w *window) switchVideo(mode kinect.VideoMode, news string) {
	if w.options.SetVideo == nil {
		if mode == kinect.VideoInfrared {
			w.say("This sensor has no infrared picture; a Kinect has.")
		}
		return
	}
	w.wanted = func(ctx context.Context) {
		if err := w.options.SetVideo(ctx, mode); err != nil {
			if ctx.Err() == nil {
				w.say("The video stream can't be switched: %v", err)
			}
			return
		}
		w.mu.Lock()
		w.video = mode
		w.mu.Unlock()
		w.say("%s", news)
	}
}

// toggleBodies shows the people, or shows them no more.
func (w *window) toggleBodies() {
	if w.options.Track == nil {
		w.say("Nobody looks for people here.")
		return
	}
	w.feed.bodies.Store(!w.feed.bodies.Load())
}

// tilt turns the head.
func (w *window) tilt(by int) {
	if w.options.Tilt == nil {
		w.say("This sensor can't be tilted.")
		return
	}
	told := w.do(func(ctx context.Context) {
		degrees, err := w.options.Tilt(ctx, by)
		if err != nil {
			w.say("The head can't be tilted: %v", err)
			return
		}
		w.say("Tilting to %d°", degrees)
	})
	if !told {
		w.say("One moment: the sensor is still busy with the last key.")
	}
}

// Update is for ebiten alone: one tick.
func (w *window) Update() error {
	select {
	case <-w.done:
		return ebiten.Termination
	default:
	}
	w.mu.Lock()
	ended := w.ended
	w.mu.Unlock()
	pressed := inpututil.IsKeyJustPressed
	if ended || pressed(ebiten.KeyEscape) || pressed(ebiten.KeyQ) {
		return ebiten.Termination
	}
	for i, k := range [numViews]ebiten.Key{ebiten.Key1, ebiten.Key2, ebiten.Key3, ebiten.Key4} {
		if pressed(k) {
			w.look(View(i))
		}
	}
	switch {
	case pressed(ebiten.KeySpace):
		w.look((w.view + 1) % numViews)
	case pressed(ebiten.KeyM):
		w.mirror = !w.mirror
	case pressed(ebiten.KeyB):
		w.toggleBodies()
	case pressed(ebiten.KeyArrowUp):
		w.tilt(+tiltStep)
	case pressed(ebiten.KeyArrowDown):
		w.tilt(-tiltStep)
	case pressed(ebiten.KeyF), pressed(ebiten.KeyF11):
		ebiten.SetFullscreen(!ebiten.IsFullscreen())
	case pressed(ebiten.KeyS):
		w.save = true
	}
	if w.wanted != nil && w.do(w.wanted) {
		w.wanted = nil
	}
	if w.tour != nil && w.tour.over() && w.options.EndAfterTour {
		return ebiten.Termination
	}
	return nil
}

// tiltStep is by how many degrees a key turns the head.
const tiltStep = 3

// Draw is for ebiten alone: one frame.
func (w *window) Draw(screen *ebiten.Image) {
	w.pace()
	w.upload()
	w.drew = true
	w.draw(screen)
	if w.save {
		w.save = !w.shoot(screen)
	}
	if w.tour != nil && !w.tour.over() {
		w.tour.step(w, screen)
	}
}

// pace keeps a display that nobody sees from taking a core for itself.
func (w *window) pace() {
	if !w.options.Offscreen {
		return
	}
	const due = time.Second / 15
	if wait := due - time.Since(w.drawn); wait > 0 {
		time.Sleep(wait)
	}
	w.drawn = time.Now()
}

// upload brings the newest picture to the GPU.
func (w *window) upload() {
	p := w.feed.newest.Load()
	if p == nil || p == w.shown || p.view != w.view {
		return
	}
	w.shown = p
	if w.screen == nil || w.screen.Bounds().Size() != (image.Point{p.width, p.height}) {
		if w.screen != nil {
			w.screen.Deallocate()
		}
		w.screen = ebiten.NewImage(p.width, p.height)
	}
	w.screen.WritePixels(p.pixels)
	if age := time.Since(p.at); w.latency == 0 {
		w.latency = age
	} else {
		w.latency += (age - w.latency) / 8
	}
}

// shoot has the worker save the screen; false says that it is still busy.
func (w *window) shoot(screen *ebiten.Image) bool {
	if w.options.Save == nil {
		return true
	}
	b := screen.Bounds()
	m := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	screen.ReadPixels(m.Pix)
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	view, quiet := w.view, w.tour != nil && !w.tour.over()
	return w.do(func(context.Context) {
		where, err := w.options.Save(view, m)
		switch {
		case err != nil:
			w.say("%v", err)
		case !quiet:
			w.say("saved %s", where)
		}
	})
}

// Layout is for ebiten alone; LayoutF is what it uses.
func (w *window) Layout(width, height int) (int, int) { return width, height }

// LayoutF is for ebiten alone: as many pixels as the window really has.
func (w *window) LayoutF(width, height float64) (float64, float64) {
	scale := 1.0
	if m := ebiten.Monitor(); m != nil {
		scale = m.DeviceScaleFactor()
	}
	return max(width*scale, 16), max(height*scale, 16)
}
