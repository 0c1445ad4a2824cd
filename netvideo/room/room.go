package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/internal/netwatch"
	"cutout/netvideo/room/internal/wire"
	"cutout/netvideo/sound"
)

// A Room is a joined session. All methods may be called from any goroutine.
type Room struct {
	o      Options
	base   string
	claims wire.Claims
	log    *slog.Logger

	inbox  *mailbox[message]
	events *mailbox[netvideo.Event]
	out    chan netvideo.Event
	outbox *outbox
	mixer  *sound.Mixer
	asks   *mailbox[func()] // what is asked of the server, beside the lock

	cancel  context.CancelFunc
	ended   chan struct{} // closed when run is over
	leaving chan struct{} // closed by Close
	leave   sync.Once
	wg      sync.WaitGroup

	mu      sync.Mutex
	link    *link         // nil while away
	back    chan struct{} // closed when link is set; fresh while away
	over    bool          // no way back
	self    netvideo.Connection
	conns   map[string]netvideo.Connection
	streams map[string]*stream // by id
	pubs    []*Publisher
	offsets map[string]time.Duration
	rejoins uint64
	// rejoinAfter is when the room may be left again because nothing comes, rejoinWait the
	// pause after that.
	rejoinAfter time.Time
	rejoinWait  time.Duration
	// heldVideo and heldAudio: a moderator holds it muted.
	heldVideo, heldAudio bool
	// presences are what is heard of each connection.
	presences map[string]*presence

	// Of the goroutine in run alone.
	moved     chan struct{}              // holds one token after this machine's network changed
	reasons   map[string]netvideo.Reason // why participants left, until it is told
	missing   map[string]time.Time       // until when participants that left without a reason are kept
	sids      map[string]string          // the server's names of the connections' links
	expected  map[string]time.Time       // until when connections that came back may show again what they showed
	saidAlive time.Time
	endings   map[string]netvideo.Reason // why streams are about to end
	held      []heldSignal
	hearings  map[string]*hearing
	ackDue    *time.Timer // when acknowledgements are owed
}

// Join joins the session the token names and returns when media can flow, at the
// latest after Options.JoinTimeout. netvideo.ErrTokenInvalid, ErrTokenExpired,
// ErrWrongSession, ErrRevoked and ErrUnreachable say what is wrong.
func Join(ctx context.Context, o Options) (*Room, error) {
	o = o.withDefaults()
	c, err := wire.ParseToken(o.Token)
	if err != nil {
		return nil, err
	}
	if o.Session != "" && o.Session != c.Session {
		return nil, netvideo.ErrWrongSession
	}
	base, err := baseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if !door.HasNetwork() {
		return nil, errors.New("this machine has no network but its own loopback, and a room needs one")
	}
	r := newRoom(o, base, c)
	dialing, cancel := context.WithTimeout(ctx, o.JoinTimeout)
	defer cancel()
	l, err := dial(dialing, base, o, r.inbox.put)
	if err != nil {
		return nil, fmt.Errorf("joining the session: %w", err)
	}
	r.begin(l)
	return r, nil
}

func newRoom(o Options, base string, c wire.Claims) *Room {
	r := &Room{
		o: o, base: base, claims: c, log: o.Logger,
		inbox:     newMailbox[message](),
		events:    newMailbox[netvideo.Event](),
		out:       make(chan netvideo.Event, 64),
		ended:     make(chan struct{}),
		leaving:   make(chan struct{}),
		back:      make(chan struct{}),
		conns:     map[string]netvideo.Connection{},
		streams:   map[string]*stream{},
		offsets:   map[string]time.Duration{},
		reasons:   map[string]netvideo.Reason{},
		missing:   map[string]time.Time{},
		moved:     make(chan struct{}, 1),
		sids:      map[string]string{},
		expected:  map[string]time.Time{},
		presences: map[string]*presence{},
		endings:   map[string]netvideo.Reason{},
		hearings:  map[string]*hearing{},
		mixer:     sound.NewMixer(),
		asks:      newMailbox[func()](),
		ackDue:    time.NewTimer(time.Hour),
	}
	r.outbox = newOutbox(r)
	return r
}

// begin starts what a joined room consists of.
func (r *Room) begin(l *link) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.adopt(l)
	r.reconcile(l, 0, func(netvideo.Event) {})
	if r.self.Joined.IsZero() { // no token says when: after those who are here already
		r.self.Joined = time.Now()
	}
	r.events.put(netvideo.SessionConnected{
		Self: r.Self(), Connections: r.Connections(), Streams: r.streamList()})
	r.wg.Go(func() { pump(r.events, r.out, r.ended, r.leaving) })
	r.wg.Go(func() { r.outbox.work(ctx) })
	r.wg.Go(func() { r.outbox.relay(ctx) })
	r.wg.Go(func() { r.askServer(ctx) })
	r.wg.Go(func() { netwatch.Run(ctx, r.networkChanged) })
	r.wg.Go(func() {
		defer close(r.ended)
		defer cancel()
		r.run(ctx, l)
	})
}

// Events returns the room's events in order, SessionConnected first; the channel
// is closed after Disconnected. Nothing waits for it to be read, and Close lets go
// what nobody has read.
//
// The server tells who shows something at once, but who came or left without a
// stream only every three seconds. A signal's sender is known before the signal.
func (r *Room) Events() <-chan netvideo.Event { return r.out }

// Session is the session's name.
func (r *Room) Session() string { return r.claims.Session }

// Self is this end's connection.
func (r *Room) Self() netvideo.Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.self
}

// Connections returns the others present now, oldest first.
func (r *Room) Connections() []netvideo.Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.conns), older)
}

func older(a, b netvideo.Connection) int {
	if c := a.Joined.Compare(b.Joined); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// Streams returns the others' streams as they are now, oldest first. It is cheap
// enough for every drawn frame.
func (r *Room) Streams() []netvideo.StreamView {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	views := make([]netvideo.StreamView, 0, len(r.streams))
	for _, s := range r.streams {
		v := s.view(now, r.link == nil)
		v.NoPicture = r.whyNot(v)
		views = append(views, v)
	}
	slices.SortFunc(views, func(a, b netvideo.StreamView) int { return olderStream(a.Stream, b.Stream) })
	return views
}

func olderStream(a, b netvideo.Stream) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

func (r *Room) streamList() []netvideo.Stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]netvideo.Stream, 0, len(r.streams))
	for _, s := range r.streams {
		list = append(list, s.Stream)
	}
	slices.SortFunc(list, olderStream)
	return list
}

// SetClockOffset says how far the connection's clock is ahead of ours, which makes
// the latency of its streams meaningful. Without it both clocks are taken for one.
func (r *Room) SetClockOffset(connectionID string, offset time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offsets[connectionID] = offset
	for _, s := range r.streams {
		if s.rx != nil && s.Connection.ID == connectionID {
			s.rx.offset.Store(int64(offset))
		}
	}
}

// Stats returns the room's counters.
func (r *Room) Stats() Stats {
	r.mu.Lock()
	s := Stats{Rejoins: r.rejoins}
	pubs := slices.Clone(r.pubs)
	r.mu.Unlock()
	r.outbox.stats(&s)
	for _, p := range pubs {
		s.Published = append(s.Published, p.Stats())
	}
	return s
}

// networkChanged has the goroutine of run look.
func (r *Room) networkChanged() {
	select {
	case r.moved <- struct{}{}:
	default:
	}
}

// askServer asks what was put into asks until ctx ends.
func (r *Room) askServer(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.asks.ready:
		}
		for _, ask := range r.asks.take() {
			ask()
		}
	}
}

// mayPublish reports whether the server lets this end show and signal.
func (r *Room) mayPublish() bool {
	r.mu.Lock()
	l := r.link
	r.mu.Unlock()
	if l != nil {
		if may, known := l.publishes(); known {
			return may
		}
	}
	return r.claims.Publishes
}

func (r *Room) isLink(l *link) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link == l
}

// Close leaves the room and returns when everything the room started has ended.
// Closing twice does nothing.
func (r *Room) Close() error {
	r.leave.Do(func() {
		r.mu.Lock()
		close(r.leaving) // nothing new begins after this
		r.mu.Unlock()
		r.cancel()
	})
	r.wg.Wait()
	return nil
}
