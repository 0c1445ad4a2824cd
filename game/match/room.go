package match

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"cutout/game/world"
	"cutout/kinect"
)

// room is who is there.
type room struct {
	peers map[string]*peer
	host  string
	// joined is set once the transport knew our ID; away while it does not any more.
	joined, away bool
	// lost is when we went away, or all others did at once: that may be our network.
	lost time.Duration
	// entered is set for the moment in which we came, again if we were here before.
	entered, again bool
	// green is set while we are the host by the rules, but have come so lately that
	// we know neither the others' time nor what they play. It ends at greenUntil.
	green      bool
	greenUntil time.Duration
}

// peer is another home, present now.
type peer struct {
	Peer
	// greeted is set once they said hello; only then they can be players.
	greeted, plays bool
	// inWorld is set while the world knows them as present.
	inWorld bool
	seen    time.Duration // since when
	asked   time.Duration // when a hello was last asked for
	asks    int
	told    int           // full states sent to someone who can not ask
	fullAt  time.Duration // when the last was sent

	body   *kinect.Grid
	bodyAt time.Duration
}

const (
	// A hello that does not come is asked for again, a few times: browsers that show
	// a camera but do not play never answer.
	askAgain = 2 * time.Second
	maxAsks  = 5
	// greenFor is how long a fresh host waits at most to learn the room's time.
	greenFor = 3 * time.Second
)

// meet compares who is there with who was.
func (m *Match) meet() {
	m.meetSelf()
	company := len(m.room.peers) > 0
	now := map[string]Peer{}
	var fresh []Peer
	for _, p := range m.o.Transport.Peers() {
		if p.ID == "" || p.ID == m.self.ID || len(p.ID) > maxID {
			continue
		}
		p.Name = clean(p.Name)
		if now[p.ID] = p; m.room.peers[p.ID] == nil {
			fresh = append(fresh, p)
		}
	}
	for _, id := range sorted(m.room.peers) {
		p := m.room.peers[id]
		if q, here := now[id]; here {
			m.update(p, q)
		} else {
			m.gone(p)
		}
	}
	switch {
	case company && len(now) == 0:
		m.room.lost = m.now
	case !company && len(now) > 0 && m.room.lost > 0:
		m.room.entered, m.room.again = true, true
	}
	slices.SortFunc(fresh, older)
	for _, p := range fresh {
		q := &peer{Peer: p, seen: m.now, asked: m.now}
		m.room.peers[p.ID] = q
		m.greet(p.ID, true)
	}
}

// meetSelf notices who we are, and when the room is lost.
func (m *Match) meetSelf() {
	self := m.o.Transport.Self()
	if self.ID == "" {
		if m.room.joined && !m.room.away {
			m.room.away, m.room.lost = true, m.now
		}
		return
	}
	if !m.room.joined || m.room.away {
		m.room.entered, m.room.again = true, m.room.joined
	}
	m.room.joined, m.room.away = true, false
	self.Name = clean(cmp.Or(self.Name, m.o.Name))
	if self.ID != m.self.ID {
		m.reported.rename(m.self.ID, self.ID)
	}
	if self.ID != m.self.ID || self.Name != m.self.Name || self.Publishes != m.self.Publishes {
		m.command(world.Identify{ID: self.ID, Name: self.Name, Plays: self.Publishes && !m.o.Watch})
	}
	m.self = self
}

// plays reports whether this home plays.
func (m *Match) plays() bool { return m.self.Publishes && !m.o.Watch }

// connected reports whether messages can go out.
func (m *Match) connected() bool {
	return m.o.Transport != nil && m.room.joined && !m.room.away && m.self.Publishes
}

func (m *Match) update(p *peer, now Peer) {
	renamed := now.Name != p.Name
	p.Peer = now
	switch {
	case p.inWorld && !now.Publishes:
		p.inWorld, p.greeted = false, false
		m.command(world.Left{ID: p.ID})
	case p.inWorld && renamed:
		m.command(world.Renamed{ID: p.ID, Name: p.Name})
	}
}

func (m *Match) gone(p *peer) {
	if p.inWorld {
		m.command(world.Left{ID: p.ID})
	}
	delete(m.room.peers, p.ID)
	delete(m.held, p.ID)
}

// older orders peers by how long they have been present.
func older(a, b Peer) int {
	return cmp.Or(a.Joined.Compare(b.Joined), cmp.Compare(a.ID, b.ID))
}

// elect finds the host: the longest present publisher that is native and no bot,
// else the longest present publisher. All homes find the same one.
func (m *Match) elect() {
	all := []Peer{m.self}
	for _, p := range m.room.peers {
		all = append(all, p.Peer)
	}
	var host *Peer
	for i := range all {
		p := &all[i]
		if p.Publishes && (host == nil || before(p, host)) {
			host = p
		}
	}
	if host == nil {
		m.changeHost("")
		return
	}
	if m.room.entered {
		m.room.entered = false
		m.room.green = host.ID == m.self.ID && m.mayHaveMissed()
		m.room.greenUntil = m.now + greenFor
		m.ask = asking{}
	}
	m.changeHost(host.ID)
}

// mayHaveMissed reports whether something can have begun here without us.
func (m *Match) mayHaveMissed() bool {
	for _, p := range m.room.peers {
		if p.Publishes && (m.room.again || older(p.Peer, m.self) < 0) {
			return true
		}
	}
	return false
}

// eldest is who would host if it were not for us.
func (m *Match) eldest() string {
	var found *peer
	for _, p := range m.room.peers {
		if p.Publishes && (found == nil || before(&p.Peer, &found.Peer)) {
			found = p
		}
	}
	if found == nil {
		return ""
	}
	return found.ID
}

// keeper is whose time and word we follow; empty when our own is what counts.
func (m *Match) keeper() string {
	switch {
	case !m.hosts():
		return m.room.host
	case m.room.green:
		return m.eldest()
	}
	return ""
}

func before(a, b *Peer) bool {
	if x, y := a.Native && !a.Bot, b.Native && !b.Bot; x != y {
		return x
	}
	return older(*a, *b) < 0
}

func (m *Match) changeHost(id string) {
	if id == m.room.host {
		return
	}
	m.room.host = id
	m.ask = asking{}
	switch {
	case id == m.self.ID && !m.room.green:
		m.clock.lead()
	default:
		m.clock.lost(m.current != nil && m.current.together)
		m.room.green = m.room.green && id == m.self.ID
		m.greet(id, true)
	}
	m.event(HostChanged{Host: id})
}

// hosts reports whether we are the host by the rules; leads whether we act as one.
func (m *Match) hosts() bool { return m.room.host == m.self.ID }
func (m *Match) leads() bool { return m.hosts() && !m.room.green }

// greet says hello to one, or to everyone when to is empty.
func (m *Match) greet(to string, ask bool) {
	h := &hello{Plays: m.plays(), Ready: m.reported.ready[m.self.ID], Ask: ask}
	if m.current != nil {
		h.Match = m.current.Match
		h.Results = m.resultsOf(m.self.ID)
	}
	m.send(to, h, false)
}

// send puts a message on its way, if there is one.
func (m *Match) send(to string, message any, lossy bool) {
	if !m.connected() || len(m.room.peers) == 0 || to != "" && m.room.peers[to] == nil {
		return
	}
	kind, data := encode(message)
	m.o.Transport.Send(Message{From: m.self.ID, To: to, Type: kind, Data: data, Lossy: lossy})
}

// tell repeats what may not have been heard.
func (m *Match) tell() {
	for _, id := range sorted(m.room.peers) {
		p := m.room.peers[id]
		if p.Publishes && !p.greeted && p.asks < maxAsks && m.now-p.asked >= askAgain {
			p.asked = m.now
			p.asks++
			m.greet(p.ID, true)
		}
	}
}

// clean makes a name fit to be shown: one line, not too long.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if r := []rune(name); len(r) > maxNameRunes {
		name = string(r[:maxNameRunes])
	}
	return name
}

// maxNameRunes take no more than maxName bytes.
const maxNameRunes = 40

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
