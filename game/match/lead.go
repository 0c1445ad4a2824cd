package match

import (
	"hash/fnv"
	"time"

	"cutout/game/world"
	"cutout/kinect"
)

const (
	// countdown is the world's; the announcement goes out that much and a little
	// more ahead, so that it reaches everyone before the countdown begins.
	countdown    = 3 * time.Second
	announceLead = 400 * time.Millisecond
	// graceAlone is how long someone who lost the others is not taken to be alone: a
	// match does not begin by itself, only with the start key.
	graceAlone = 15 * time.Second
	// showEvery is the pace of live bodies, and of beats.
	showEvery = 100 * time.Millisecond
	beatEvery = time.Second
)

// lead does the host's duties.
func (m *Match) lead(in Input) {
	pressed := in.StartKey && !m.startKey
	m.startKey = in.StartKey
	if !m.leads() {
		return
	}
	m.leadWatchers()
	if m.current != nil || m.world.State().Phase != world.Lobby || len(m.commands) > 0 {
		return
	}
	if players, ready := m.count(); players > 0 && (pressed || ready == players && !m.waits()) {
		m.announce()
	}
}

// count is how many players there are, and how many of them are ready.
func (m *Match) count() (players, ready int) {
	for i := range m.world.State().Players {
		if p := &m.world.State().Players[i]; p.Present {
			players++
			if p.Ready {
				ready++
			}
		}
	}
	return players, ready
}

// waits reports whether we were cut off from the others so lately that they may be
// back at any moment.
func (m *Match) waits() bool {
	return (m.room.away || len(m.room.peers) == 0) && m.room.lost > 0 && m.now-m.room.lost < graceAlone
}

// announce begins a match for everyone.
func (m *Match) announce() {
	m.matches++
	seed := m.seed()
	walls := world.Pick(seed, m.o.Poses, m.o.Walls)
	if len(walls) == 0 {
		return
	}
	a := announce{Match: seed, At: (m.clock.shared(m.now) + announceLead + countdown).Microseconds()}
	for _, w := range walls {
		a.Walls = append(a.Walls, toWire(w))
	}
	m.send("", &a, false)
	m.begin(a, len(m.room.peers) > 0)
}

// seed is of the next match: another for each, and for each home.
func (m *Match) seed() uint64 {
	h := fnv.New64a()
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(m.o.Seed>>(8*i)), byte(m.matches>>(8*i))
	}
	_, _ = h.Write(b[:])
	_, _ = h.Write([]byte(m.self.ID))
	return max(1, h.Sum64())
}

// leadWatchers tells the time, and the match, to those who can not ask.
func (m *Match) leadWatchers() {
	watchers := false
	for _, id := range sorted(m.room.peers) {
		p := m.room.peers[id]
		if p.Publishes {
			continue
		}
		watchers = true
		// Once at once, once more when they have surely settled.
		if m.current != nil && (p.told == 0 || p.told == 1 && m.now-p.seen > 3*time.Second) {
			p.told++
			m.sendFull(p.ID)
		}
	}
	if watchers && m.now-m.ask.at >= beatEvery {
		m.ask.at = m.now
		m.send("", &beat{Now: m.clock.shared(m.now).Microseconds()}, true)
	}
}

// sendFull tells one home all about the match.
func (m *Match) sendFull(to string) {
	f := &full{announce: m.current.announce}
	for _, p := range m.world.State().Players {
		if len(f.Players) < maxRecords {
			f.Players = append(f.Players, record{ID: p.ID, Name: p.Name, Results: results(p.Verdicts)})
		}
	}
	if p := m.room.peers[to]; p != nil {
		p.fullAt = m.now
	}
	m.send(to, f, false)
}

func (m *Match) resultsOf(id string) []result {
	for _, p := range m.world.State().Players {
		if p.ID == id {
			return results(p.Verdicts)
		}
	}
	return nil
}

// showBody sends our body to the others while it is new.
func (m *Match) showBody(s *kinect.Silhouette) {
	own := m.world.State().Own
	if own == nil || s == m.bodyLast || m.now-m.bodySent < showEvery || !m.plays() {
		return
	}
	m.bodyLast, m.bodySent = s, m.now
	m.send("", &body{own}, true)
}
