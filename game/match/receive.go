package match

import (
	"time"

	"cutout/game/world"
)

// heldMessage is a host's word from someone who is not, or not yet, known to host,
// or that came before our clock was right.
type heldMessage struct {
	message any // *announce or *full
	at      time.Duration
}

// holdFor is how long such a word may still come true.
const holdFor = 10 * time.Second

// receive takes in what the others sent. What can not be read, comes from nobody
// here, or is not the sender's to say, is left out.
func (m *Match) receive() {
	for _, raw := range m.o.Transport.Receive() {
		p := m.room.peers[raw.From]
		if p == nil || raw.To != "" && raw.To != m.self.ID {
			continue
		}
		message, err := decode(raw.Type, raw.Data)
		if err != nil || message == nil {
			continue
		}
		m.take(p, message)
	}
}

func (m *Match) take(p *peer, message any) {
	switch msg := message.(type) {
	case *hello:
		m.takeHello(p, msg)
	case *ping:
		if m.clock.synced && !m.room.green {
			m.send(p.ID, &pong{N: msg.N, Now: m.clock.shared(m.now).Microseconds()}, true)
		}
		if m.leads() && m.current != nil && msg.Match != m.current.Match && m.now-p.fullAt >= askAgain {
			m.sendFull(p.ID)
		}
	case *pong:
		if sent, ok := m.ask.sent[msg.N]; ok && p.ID == m.keeper() {
			delete(m.ask.sent, msg.N)
			m.clock.asked(m.now, sent, time.Duration(msg.Now)*time.Microsecond)
			m.ask.answers++
		}
	case *beat:
		if p.ID == m.room.host && !m.self.Publishes {
			m.clock.told(m.now, time.Duration(msg.Now)*time.Microsecond)
		}
	case *announce, *full:
		m.held[p.ID] = heldMessage{message, m.now}
		m.weigh()
	case *verdict:
		if m.current != nil && msg.Match == m.current.Match && p.inWorld {
			m.command(verdictsOf(p.ID, msg.Results, msg.body)...)
		}
	case *body:
		p.body, p.bodyAt = msg.grid, m.now
	}
}

func (m *Match) takeHello(p *peer, h *hello) {
	p.greeted, p.plays = true, h.Plays && p.Publishes
	switch {
	case p.plays && !p.inWorld:
		p.inWorld = true
		m.command(world.Joined{ID: p.ID, Name: p.Name})
	case !p.plays && p.inWorld:
		p.inWorld = false
		m.command(world.Left{ID: p.ID})
	}
	if p.plays {
		m.command(world.SetReady{ID: p.ID, Ready: h.Ready})
	}
	if h.Ask {
		m.greet(p.ID, false)
	}
	if m.current == nil {
		return
	}
	if h.Match == m.current.Match {
		m.command(verdictsOf(p.ID, h.Results, nil)...)
	}
	// The host tells who does not know, and a host who has just come is told.
	if (m.leads() || p.ID == m.room.host) && (h.Match != m.current.Match || h.Ask) {
		m.sendFull(p.ID)
	}
}

// follow keeps our clock at the host's, and believes the host.
func (m *Match) follow() {
	if m.keeper() != "" {
		m.askTime()
		if jump := m.clock.follow(m.now); jump != 0 && (m.current == nil || !m.current.together) {
			// The lobby, or a match of our own, goes on as if nothing had happened.
			shown := ticksOf(m.clock.shared(m.now)-jump) - m.base
			m.base = m.sharedTick(m.now) - shown
			if m.current != nil {
				m.current.At += jump.Microseconds()
			}
		}
	}
	m.weigh()
	if m.room.green && (m.ask.answers >= askFirst || m.now >= m.room.greenUntil) {
		m.room.green = false
		m.clock.lead()
	}
}

// weigh believes what the keeper said, once our clock is right, and forgets what
// others said too long ago.
func (m *Match) weigh() {
	for _, id := range sorted(m.held) {
		h := m.held[id]
		switch {
		case m.now-h.at > holdFor:
			delete(m.held, id)
		case id == m.keeper() && m.clock.synced:
			delete(m.held, id)
			m.believe(h.message)
		}
	}
}

// believe does what the host said.
func (m *Match) believe(message any) {
	switch h := message.(type) {
	case *announce:
		m.enter(*h)
	case *full:
		m.enter(h.announce)
		if m.current == nil || m.current.Match != h.Match {
			return
		}
		for _, r := range h.Players {
			// Someone whom we do not see, but whose score counts.
			if m.room.peers[r.ID] == nil && r.ID != m.self.ID {
				m.command(world.Joined{ID: r.ID, Name: clean(r.Name)}, world.Left{ID: r.ID})
			}
			m.command(verdictsOf(r.ID, r.Results, nil)...)
		}
	}
}

// furthest is how far ahead a match may be announced.
const furthest = 30 * time.Second

// enter begins the match that the host announced, unless we are in it, or it lies
// too far away, or is over.
func (m *Match) enter(a announce) {
	if m.current != nil && m.current.Match == a.Match {
		m.current.together = true
		return
	}
	ahead := time.Duration(a.At)*time.Microsecond - m.clock.shared(m.now)
	if ahead > furthest || ahead < -longest || a.Match == m.reported.over {
		return
	}
	m.begin(a, true)
}

// longest is more than any match lasts: world.MaxWalls walls of under seven seconds.
const longest = world.MaxWalls * 7 * time.Second

// asking is our questions to the host after its time.
type asking struct {
	next    uint32
	at      time.Duration
	sent    map[uint32]time.Duration
	answers int
}

const (
	askEvery = time.Second
	// The first few are asked faster, so that a latecomer is soon in time.
	askFirst, askFast = 5, 100 * time.Millisecond
	maxQuestions      = 32 // unanswered
)

func (m *Match) askTime() {
	a := &m.ask
	every := askEvery
	if a.answers < askFirst {
		every = askFast
	}
	keeper := m.keeper()
	if !m.connected() || m.room.peers[keeper] == nil || a.sent != nil && m.now-a.at < every {
		return
	}
	if a.sent == nil || len(a.sent) >= maxQuestions {
		a.sent = map[uint32]time.Duration{}
	}
	a.next++
	a.at = m.now
	a.sent[a.next] = m.now
	p := &ping{N: a.next}
	if m.current != nil {
		p.Match = m.current.Match
	}
	m.send(keeper, p, true)
}
