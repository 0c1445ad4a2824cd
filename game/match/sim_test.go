package match

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"cutout/game/world"
	"cutout/kinect"
)

// sim is a room in memory, with a time of its own: messages take a while, lossy ones
// get lost, clocks differ and drift, and homes look at them when they please.
type sim struct {
	t        testing.TB
	now      time.Duration
	rng      *rand.Rand
	homes    []*home
	messages []flying
	latency  time.Duration
	jitter   time.Duration
	loss     float64
	order    map[[2]string]time.Duration // until which reliable messages are on their way
}

type flying struct {
	at time.Duration
	to *home
	m  Message
}

// home is a Match with its Transport.
type home struct {
	s        *sim
	peer     Peer
	inbox    []Message
	present  bool
	cut      bool // present as far as its own transport knows, but nobody is reached
	skew     time.Duration
	drift    float64 // parts of one
	next     time.Duration
	match    *Match
	play     func(*world.State) *kinect.Silhouette
	ready    bool // raises hands in the lobby
	start    bool // holds the start key
	events   []timed
	log      bytes.Buffer
	lastTick int64
}

type timed struct {
	at time.Duration
	e  Event
}

func newSim(t testing.TB, seed int64) *sim {
	return &sim{
		t: t, rng: rand.New(rand.NewSource(seed)), order: map[[2]string]time.Duration{},
		latency: 40 * time.Millisecond, jitter: 30 * time.Millisecond, loss: 0.05,
	}
}

// add makes a home that is in the room from now on.
func (s *sim) add(id string, play func(*world.State) *kinect.Silhouette) *home {
	h := &home{
		s: s, present: true, play: play, ready: true, next: s.now,
		skew:  time.Duration(s.rng.Int63n(int64(1000*time.Hour))) - 500*time.Hour,
		drift: (s.rng.Float64() - 0.5) * 400e-6,
	}
	h.peer = Peer{ID: id, Name: "Player " + id, Publishes: true, Native: true, Joined: time.Unix(1000, 0).Add(s.now)}
	h.open()
	s.homes = append(s.homes, h)
	return h
}

// open begins the program anew.
func (h *home) open() {
	h.log.Reset()
	h.match = New(Options{Transport: h, Poses: testPoses(), Walls: 4, Seed: 7, Name: h.peer.Name, Record: &h.log})
	h.lastTick = 0
}

func (h *home) Self() Peer {
	p := h.peer
	if !h.present {
		p.ID = ""
	}
	return p
}

func (h *home) there() bool { return h.present && !h.cut }

func (h *home) Peers() []Peer {
	var out []Peer
	for _, o := range h.s.homes {
		if o != h && o.there() && h.there() {
			out = append(out, o.peer)
		}
	}
	h.s.rng.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

func (h *home) Receive() []Message {
	m := h.inbox
	h.inbox = nil
	return m
}

func (h *home) Send(m Message) {
	s := h.s
	if !h.there() {
		return
	}
	if !h.peer.Publishes {
		s.t.Errorf("%s sends a %s although it may not", h.peer.ID, m.Type)
	}
	if m.Lossy && len(m.Data) > 1200 || len(m.Data) > 8192 {
		s.t.Errorf("a %s has %d bytes", m.Type, len(m.Data))
	}
	m.From = h.peer.ID
	for _, o := range s.homes {
		if o == h || !o.there() || m.To != "" && m.To != o.peer.ID {
			continue
		}
		at := s.now + s.latency + time.Duration(s.rng.Int63n(int64(s.jitter)+1))
		if m.Lossy && s.rng.Float64() < s.loss {
			continue
		}
		if !m.Lossy {
			key := [2]string{m.From, o.peer.ID}
			at = max(at, s.order[key])
			s.order[key] = at
		}
		s.messages = append(s.messages, flying{at, o, m})
	}
}

// run lets time pass until done says so, for a simulated minute at most.
func (s *sim) run(what string, done func() bool) {
	s.t.Helper()
	for end := s.now + time.Minute; s.now < end; s.now += time.Millisecond {
		s.messages = slices.DeleteFunc(s.messages, func(f flying) bool {
			if f.at > s.now {
				return false
			}
			if f.to.there() {
				f.to.inbox = append(f.to.inbox, f.m)
			}
			return true
		})
		for _, h := range s.homes {
			if s.now >= h.next {
				h.next = s.now + time.Duration(10+s.rng.Intn(20))*time.Millisecond
				h.frame()
			}
		}
		if done() {
			return
		}
	}
	s.t.Fatalf("waited a minute in vain for %s", what)
}

func (s *sim) pass(d time.Duration) {
	s.t.Helper()
	end := s.now + d
	s.run("time", func() bool { return s.now >= end })
}

func (h *home) frame() {
	local := h.skew + time.Duration(float64(h.s.now)*(1+h.drift))
	st := h.match.State()
	in := Input{HandsUp: h.ready && st.Phase == world.Lobby, StartKey: h.start}
	if h.play != nil {
		in.Body = h.play(st)
	}
	if err := h.match.Advance(local, in); err != nil {
		h.s.t.Errorf("%s: %v", h.peer.ID, err)
	}
	if tick := h.match.State().Tick; tick < h.lastTick {
		h.s.t.Errorf("%s went back from tick %d to %d", h.peer.ID, h.lastTick, tick)
	} else {
		h.lastTick = tick
	}
	for _, e := range h.match.Events() {
		h.events = append(h.events, timed{h.s.now, e})
	}
}

func (h *home) phase() world.Phase { return h.match.State().Phase }

// atWall reports whether wall i is on its way or has arrived.
func (h *home) atWall(i int) bool {
	st := h.match.State()
	return (st.Phase == world.Approach || st.Phase == world.Impact) && st.Wall >= i
}

// count is how many events of one type came, and when the last did.
func count[E Event](h *home) (n int, last time.Duration) {
	for _, e := range h.events {
		if _, ok := e.e.(E); ok {
			n, last = n+1, e.at
		}
	}
	return n, last
}

// all reports whether f holds for every home.
func (s *sim) all(f func(*home) bool) func() bool {
	return func() bool {
		for _, h := range s.homes {
			if !f(h) {
				return false
			}
		}
		return true
	}
}

// board is the scoreboard as text.
func (h *home) board() string {
	out := ""
	for _, p := range h.match.State().Players {
		out += fmt.Sprintf("%s %s %d:", p.ID, p.Name, p.Points)
		for _, v := range p.Verdicts {
			out += fmt.Sprintf(" %d/%d/%d/%d", v.Outcome, v.Fit, v.Fill, v.Points)
		}
		out += "\n"
	}
	return out
}

// toPodium plays until every home has been on the podium for two seconds, and checks
// that all show the same.
func (s *sim) toPodium() string {
	s.t.Helper()
	s.run("the podium", s.all(func(h *home) bool {
		st := h.match.State()
		return st.Phase == world.Podium && st.PhaseTicks > 2*world.TicksPerSecond
	}))
	board := s.homes[0].board()
	for _, h := range s.homes[1:] {
		if got := h.board(); got != board {
			s.t.Errorf("%s shows\n%sbut %s shows\n%s", h.peer.ID, got, s.homes[0].peer.ID, board)
		}
	}
	return board
}

func testPoses() []world.Wall {
	return []world.Wall{
		{Name: "Star", Difficulty: 1, Pose: kinect.Pose{LeftShoulder: 122, RightShoulder: 122, LeftHip: 26, RightHip: 26}},
		{Name: "Cactus", Difficulty: 1, Pose: kinect.Pose{LeftShoulder: 90, LeftElbow: 90, RightShoulder: 90, RightElbow: 90}},
		{Name: "Hero", Difficulty: 2, Pose: kinect.Pose{LeftShoulder: 45, LeftElbow: -98, RightShoulder: 45, RightElbow: -98, LeftHip: 16, RightHip: 16}},
		{Name: "Sumo", Difficulty: 3, Pose: kinect.Pose{LeftShoulder: 64, LeftElbow: 52, RightShoulder: 64, RightElbow: 52, LeftHip: 48, LeftKnee: -48, RightHip: 48, RightKnee: -48}},
		{Name: "Warrior", Difficulty: 4, Pose: kinect.Pose{LeftShoulder: 90, RightShoulder: 90, LeftHip: 56, LeftKnee: -56, RightHip: 39}},
	}
}

// seen is a body as the sensor gives it from three metres.
func seen(p kinect.Pose) *kinect.Silhouette {
	const distance, height, drop = 3000, 1800, 900
	body := world.BodyOf(p)
	s := &kinect.Silhouette{Distance: distance, Height: height, FloorDrop: drop}
	for y := range kinect.GridHeight {
		for x := range kinect.GridWidth {
			right := (x - kinect.GridWidth/2) * 4 * distance * 10 / 5758 // mm
			up := drop - (y-kinect.GridHeight/2)*4*distance*10/5758
			if body.At(world.PlaneCentre+right*world.PlaneHeight/height, world.PlaneFloor-1-up*world.PlaneHeight/height) {
				s.Body.Set(x, y)
			}
		}
	}
	return s
}

// dancer strikes the pose of the first n walls, and stands at the others.
func dancer(n int) func(*world.State) *kinect.Silhouette {
	bodies := map[kinect.Pose]*kinect.Silhouette{}
	var last kinect.Pose
	var frame *kinect.Silhouette
	calls := 0
	return func(st *world.State) *kinect.Silhouette {
		pose := kinect.Pose{LeftShoulder: 10, RightShoulder: 10}
		if st.Hole != nil && st.Wall < n {
			pose = st.Pose
		}
		if bodies[pose] == nil {
			bodies[pose] = seen(pose)
		}
		if calls++; frame == nil || pose != last || calls%3 == 0 {
			copied := *bodies[pose]
			last, frame = pose, &copied
		}
		return frame
	}
}
