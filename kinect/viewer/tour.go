package viewer

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

const (
	// settle is how long a view is shown before its picture is taken: the rates
	// need half a second.
	settle = 900 * time.Millisecond
	// tourPatience is how long a view may stay without a picture: switching the
	// camera takes a second or two.
	tourPatience = 8 * time.Second
)

// A tour goes through the views and has a picture of each saved.
type tour struct {
	view  View
	since time.Time // when this view was asked for
	seen  time.Time // when it first had a picture
}

func newTour() *tour { return &tour{} }

func (t *tour) over() bool { return t.view >= numViews }

// step is called once a frame, when it has been drawn.
func (t *tour) step(w *window, screen *ebiten.Image) {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
		w.look(t.view)
	}
	there := w.shown != nil && w.shown.view == t.view
	switch {
	case !there && (t.hopeless(w) || now.Sub(t.since) > tourPatience):
		t.next(w)
	case !there:
	case t.seen.IsZero():
		t.seen = now
	case now.Sub(t.seen) > settle && w.shoot(screen):
		t.next(w)
	}
}

// hopeless says that the source has no such picture and can't be made to have one.
func (t *tour) hopeless(w *window) bool {
	return t.view == Infrared && w.options.SetVideo == nil && !w.feed.has[Infrared].Load() && w.feed.has[Depth].Load()
}

func (t *tour) next(w *window) {
	t.view++
	t.since, t.seen = time.Time{}, time.Time{}
	if t.over() {
		w.look(w.options.First)
	}
}
