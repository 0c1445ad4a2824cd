package match

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

func testAnnounce() announce {
	a := announce{Match: 1<<63 + 5, At: 5_000_000_000}
	for _, w := range world.Pick(3, testPoses(), 10) {
		a.Walls = append(a.Walls, toWire(w))
	}
	return a
}

// everyMessage is one of each type.
func everyMessage() []any {
	g := world.BodyOf(kinect.Pose{})
	a := testAnnounce()
	list := []result{{1, 950, 700}, {0, 0, 0}, {3, 0, 0}, {2, 1000, 1}}
	return []any{
		&hello{Plays: true, Ready: true, Ask: true, Match: 9, Results: list},
		&ping{N: 7, Match: 1 << 60},
		&pong{N: 7, Now: 123456789},
		&beat{Now: -5},
		&a,
		&full{announce: a, Players: []record{{"x1", "Ada", list}, {"x2", "Bob <\"\u2028>", nil}}},
		&verdict{Match: 9, Results: list, body: &g},
		&body{&g},
	}
}

func TestMessagesComeBack(t *testing.T) {
	for _, m := range everyMessage() {
		kind, data := encode(m)
		got, err := decode(kind, data)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if d := cmp.Diff(m, got, cmp.AllowUnexported(verdict{}, body{}, full{})); d != "" {
			t.Errorf("%s came back changed: %s", kind, d)
		}
		if len(data) > netvideo.MaxSignalData || len(kind) > netvideo.MaxSignalType {
			t.Errorf("%s has %d bytes", kind, len(data))
		}
	}
}

func TestBadMessagesAreRefusedInWords(t *testing.T) {
	for _, c := range []struct{ kind, data, want string }{
		{typeHello, `{"results":[[4,0,0]]}`, "result 0 is out of range"},
		{typeHello, `{"results":[[1,1001,0]]}`, "result 0 is out of range"},
		{typeHello, `[]`, "array"},
		{typeHello, `{"match":5}`, "string"},
		{typeHello, "", "end of JSON"},
		{typePing, `{"n":-1}`, "n"},
		{typePong, `{"now":999999999999999999}`, "out of range"},
		{typeAnnounce, `{"match":"1","at":5}`, "0 walls"},
		{typeAnnounce, `{"match":"1","at":5,"walls":[{"pose":[300]}]}`, "wall 0: the wall's pose has an angle of 300 degrees"},
		{typeAnnounce, `{"match":"1","walls":[{"pose":[0,0,0,0,0,0,0,0,0,0,-4]}]}`, "squats by -4"},
		{typeFull, `{"match":"1","walls":[{}],"players":[{"name":"x"}]}`, "no ID"},
		{typeVerdict, `{"match":"1"}`, "no result"},
		{typeVerdict, `{"match":"1","results":[[1,2,3]],"mask":"AgEB"}`, "a mask of kind 2"},
		{typeBody, "", "empty"},
		{typeBody, "\x00\x03\x01", "unexpected EOF"},
		{typeBody, strings.Repeat("x", 1001), "too many"},
		{typeHello, strings.Repeat(" ", 9000), "too many"},
	} {
		m, err := decode(c.kind, []byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.60q gives %v and the error %v, want one about %q", c.kind, c.data, m, err, c.want)
		}
	}
	for _, kind := range []string{"", "chat", "cutout2/hello"} {
		if m, err := decode(kind, []byte("?")); m != nil || err != nil {
			t.Errorf("the unknown type %q gives %v, %v", kind, m, err)
		}
	}
}

func TestFullFitsWhateverTheCrowd(t *testing.T) {
	f := &full{announce: testAnnounce()}
	for i := range maxRecords {
		f.Players = append(f.Players, record{ID: strings.Repeat("i", 30), Name: strings.Repeat("n", 40), Results: make([]result, i%11)})
	}
	kind, data := encode(f)
	if len(data) > netvideo.MaxSignalData || len(f.Players) < 20 {
		t.Errorf("%d bytes for %d players", len(data), len(f.Players))
	}
	if _, err := decode(kind, data); err != nil {
		t.Error(err)
	}
}

func TestMasksFitAPacket(t *testing.T) {
	for _, w := range testPoses() {
		g := world.BodyOf(w.Pose)
		b := encodeMask(&g, maxBody)
		if back, err := decodeMask(b); err != nil || *back != g {
			t.Errorf("%s: the mask of %d bytes is not exact: %v", w.Name, len(b), err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		noise := rapid.IntRange(0, 100).Draw(t, "noise")
		g := world.BodyOf(kinect.Pose{})
		for i := range g {
			for bit := range 64 {
				if rng.Intn(200) < noise {
					g[i] ^= 1 << bit
				}
			}
		}
		b := encodeMask(&g, maxBody)
		back, err := decodeMask(b)
		if err != nil || len(b) > maxBody {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if b[0] == maskExact && *back != g {
			t.Fatal("an exact mask is not")
		}
		if again, err := decodeMask(encodeMask(back, maxBody)); err != nil || *again != *back {
			t.Fatalf("a mask sent on changed: %v", err)
		}
	})
}

// post is a Transport whose messages the test writes.
type post struct {
	self  Peer
	peers []Peer
	in    []Message
	out   []Message
}

func (p *post) Self() Peer    { return p.self }
func (p *post) Peers() []Peer { return p.peers }
func (p *post) Receive() []Message {
	in := p.in
	p.in = nil
	return in
}
func (p *post) Send(m Message) { p.out = append(p.out, m) }

func (p *post) say(from string, message any) {
	kind, data := encode(message)
	p.in = append(p.in, Message{From: from, Type: kind, Data: data})
}

// guest is a match whose host is someone else, in step with its clock.
func guest(t testing.TB) (*Match, *post, func()) {
	joined := time.Unix(1000, 0)
	p := &post{
		self: Peer{ID: "me2", Publishes: true, Native: true, Joined: joined.Add(time.Minute)},
		peers: []Peer{
			{ID: "host", Publishes: true, Native: true, Joined: joined},
			{ID: "other", Publishes: true, Native: true, Joined: joined.Add(2 * time.Minute)},
			{ID: "viewer", Joined: joined},
		},
	}
	m := New(Options{Transport: p, Poses: testPoses()})
	now := time.Duration(0)
	step := func() {
		now += 16 * time.Millisecond
		if err := m.Advance(now, Input{}); err != nil {
			t.Fatal(err)
		}
	}
	step()
	for _, out := range p.out {
		if message, _ := decode(out.Type, out.Data); out.Type == typePing {
			p.say("host", &pong{N: message.(*ping).N, Now: 1_000_000})
		}
	}
	p.say("host", &hello{Plays: true})
	p.say("other", &hello{Plays: true})
	step()
	return m, p, step
}

func TestOnlyTheHostsWordCounts(t *testing.T) {
	m, p, step := guest(t)
	a := testAnnounce()
	a.At = 2_500_000 // the host's clock shows about one second
	started := func() bool {
		for range 40 {
			step()
		}
		return m.State().Phase != world.Lobby
	}
	for _, from := range []string{"other", "viewer", "nobody", "me2"} {
		if p.say(from, &a); started() {
			t.Fatalf("a match began on the word of %q", from)
		}
	}
	if p.say("host", &a); !started() {
		t.Fatal("the host's match did not begin")
	}
	// A verdict concerns its sender, in the match that is on.
	p.say("other", &verdict{Match: a.Match + 1, Results: []result{{1, 999, 999}}})
	p.say("viewer", &verdict{Match: a.Match, Results: []result{{1, 999, 999}}})
	p.say("nobody", &verdict{Match: a.Match, Results: []result{{1, 999, 999}}})
	p.say("host", &verdict{Match: a.Match, Results: []result{{1, 950, 700}}})
	for m.State().Phase != world.Impact {
		step()
	}
	for _, q := range m.State().Players {
		want := world.Pending
		if q.ID == "host" {
			want = world.Pass
		}
		if len(q.Verdicts) != 1 || q.Verdicts[0].Outcome != want {
			t.Errorf("%s has %+v, want outcome %d", q.ID, q.Verdicts, want)
		}
	}
	if len(m.State().Players) != 3 {
		t.Errorf("%d players, want 3", len(m.State().Players))
	}
}

func TestFarAwayMatchesDoNotBegin(t *testing.T) {
	for _, at := range []int64{-maxMoment, maxMoment, 60_000_000, -500_000_000} {
		m, p, step := guest(t)
		a := testAnnounce()
		a.At = at
		p.say("host", &a)
		for range 10 {
			step()
		}
		if m.current != nil || m.State().Phase != world.Lobby {
			t.Errorf("a match at %d µs began", at)
		}
	}
}

func TestTheMatchThatWasMissedIsToldAgain(t *testing.T) {
	s := newSim(t, 60)
	a := s.add("a", dancer(4))
	b := s.add("b", dancer(4))
	s.run("both ready", func() bool { return a.match.current != nil })
	s.messages = nil // the announcement is lost, whatever the transport promised
	s.run("the second home", func() bool { return b.match.current != nil })
	s.toPodium()
}

func FuzzSignal(f *testing.F) {
	for _, m := range everyMessage() {
		kind, data := encode(m)
		f.Add(kind, data)
	}
	f.Add("cutout1/unknown", []byte("{}"))
	f.Add(typeVerdict, []byte(`{"match":"9223372036854775813","results":[[1,1000,1000]],"mask":"AQ=="}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		m, err := decode(kind, data)
		if err == nil && m != nil {
			k, again := encode(m)
			n, err := decode(k, again)
			if err != nil {
				t.Fatalf("%q is read, but not what is written of it: %v", data, err)
			}
			if _, third := encode(n); !bytes.Equal(again, third) {
				t.Fatalf("%q becomes %q, then %q", data, again, third)
			}
		}
		// The same bytes from everybody, in and out of a match.
		match, p, step := guest(t)
		for range 3 {
			for _, from := range []string{"host", "other", "viewer", "nobody"} {
				p.in = append(p.in, Message{From: from, Type: kind, Data: data})
			}
			step()
			match.Events()
			a := testAnnounce()
			a.At = 1_000_000
			p.say("host", &a)
		}
	})
}

// BenchmarkAdvance is a frame of one home in a room of eight, in mid-match.
func BenchmarkAdvance(b *testing.B) {
	s := newSim(b, 1)
	for i := range 8 {
		s.add(string(rune('a'+i)), nil)
	}
	s.run("a wall", s.all(func(h *home) bool { return h.phase() == world.Approach }))
	h := s.homes[1]
	bodies := [2]*kinect.Silhouette{seen(testPoses()[0].Pose), seen(testPoses()[1].Pose)}
	now := h.skew + s.now
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now += time.Second / 60
		if err := h.match.Advance(now, Input{Body: bodies[i/2%2]}); err != nil {
			b.Fatal(err)
		}
		h.match.Events()
		s.messages = nil
	}
}
