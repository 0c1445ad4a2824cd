package door

import (
	"fmt"
	"sync"
	"time"

	"cutout/netvideo"
)

const (
	// cameBack is how long a single-use pass waits for a connection that was cut off;
	// netvideo/room tries for a minute.
	cameBack = 2 * time.Minute
	// answersIn is how long a connection may take to show that it is still there, before
	// another one with its single-use pass is let in.
	answersIn = 2 * time.Second
)

// visits are the signalling connections that go through this door now.
type visits struct {
	store  *Store
	opened time.Time

	mu       sync.Mutex
	sessions map[string]map[string][]*visit // session -> identity
	lost     map[string]time.Time           // session/identity of single-use passes: when it was cut off
	greeted  map[string]media               // session/identity: what started muted once
}

func newVisits(s *Store) *visits {
	return &visits{
		store: s, opened: s.now(), sessions: map[string]map[string][]*visit{},
		lost: map[string]time.Time{}, greeted: map[string]media{},
	}
}

// enter takes a place; leave gives it back. A connection that reconnects while its old
// socket still lingers has its place already.
func (p *visits) enter(s Session, v *visit) error {
	if err := p.once(v.claims); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	here := p.sessions[s.ID]
	if counted(s.Interaction, v.claims.Role) && len(here[v.claims.Identity]) == 0 && p.taken(s) >= places(s.Interaction) {
		return refuse(CodeFull, fmt.Sprintf("this session is %s and has no place left", s.Interaction))
	}
	if here == nil {
		here = map[string][]*visit{}
		p.sessions[s.ID] = here
	}
	here[v.claims.Identity] = append(here[v.claims.Identity], v)
	return nil
}

// taken is how many places of the interaction are taken.
func (p *visits) taken(s Session) int {
	n := 0
	for _, list := range p.sessions[s.ID] {
		if counted(s.Interaction, p.store.roleNow(list[0].claims)) {
			n++
		}
	}
	return n
}

// counted reports whether the role takes one of the interaction's places.
func counted(i Interaction, role netvideo.Role) bool {
	return i == OneToOne || i == OneToMany && role.Publishes()
}

// places is how many of those there are.
func places(i Interaction) int {
	if i == OneToOne {
		return 2
	}
	return 1
}

// once lets a single-use pass in: the first time, and again when its connection was cut
// off. That it was used is on disk before it is let in.
func (p *visits) once(c Claims) error {
	if !c.Once {
		return nil
	}
	used, left, err := p.store.useOnce(c)
	if err != nil || !used {
		return err
	}
	no := refuse(CodeUsedUp, "the pass is for one connection, and was used")
	if left {
		return no
	}
	for _, v := range p.of(c.Session, c.Identity) {
		if v.answers(answersIn) {
			return no
		}
		v.cut()
	}
	p.mu.Lock()
	since, ok := p.lost[key(c)]
	p.mu.Unlock()
	if !ok {
		since = p.opened // before that, who knows
	}
	if p.store.now().Sub(since) > cameBack {
		return no
	}
	return nil
}

// leave gives the place back.
func (p *visits) leave(v *visit) {
	c := v.claims
	p.mu.Lock()
	defer p.mu.Unlock()
	here := p.sessions[c.Session]
	list := here[c.Identity]
	for i := range list {
		if list[i] == v {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if here[c.Identity] = list; len(list) == 0 {
		delete(here, c.Identity)
	}
	if len(here) == 0 {
		delete(p.sessions, c.Session)
	}
	if c.Once {
		p.lost[key(c)] = p.store.now()
	}
	p.forget()
}

// forget drops what is too old to matter.
func (p *visits) forget() {
	const enough = 1000
	now := p.store.now()
	if len(p.lost) > enough {
		for k, at := range p.lost {
			if now.Sub(at) > cameBack {
				delete(p.lost, k)
			}
		}
	}
	if len(p.greeted) > 10*enough {
		clear(p.greeted) // some start muted once more
	}
}

// count is how many connections of a session go through this door.
func (p *visits) count(session string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions[session])
}

// of are the connections of an identity, or of everyone when that is empty.
func (p *visits) of(session, identity string) []*visit {
	p.mu.Lock()
	defer p.mu.Unlock()
	if identity != "" {
		return append([]*visit(nil), p.sessions[session][identity]...)
	}
	var all []*visit
	for _, list := range p.sessions[session] {
		all = append(all, list...)
	}
	return all
}

// greet is what of onJoin has not started muted before.
func (p *visits) greet(c Claims, onJoin media) media {
	p.mu.Lock()
	defer p.mu.Unlock()
	return onJoin &^ p.greeted[key(c)]
}

// met remembers that a medium started muted, or was unmuted since.
func (p *visits) met(c Claims, what media) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.greeted[key(c)] |= what
}

func key(c Claims) string { return c.Session + "/" + c.Identity }

// useOnce writes down that a single-use pass is used, and says whether it was before,
// and whether its holder has left.
func (s *Store) useOnce(c Claims) (used, left bool, err error) {
	if u, ok := s.book.read().Used[key(c)]; ok {
		return true, u.Left, nil
	}
	err = s.book.change(func(st *state) error {
		var u use
		if u, used = st.Used[key(c)]; used {
			left = u.Left
			return nil
		}
		st.prune(s.now())
		// LiveKit's refreshed tokens live longer than the pass.
		st.Used[key(c)] = use{Until: s.now().Add(MaxLife)}
		return nil
	})
	return used, left, err
}

// leftOnce writes down that a single-use pass's holder has left.
func (s *Store) leftOnce(c Claims) {
	// It holds in memory when the disk is full, and its error is only that there is no
	// such pass.
	_, _ = s.book.enforce(func(st *state) error {
		st.Used[key(c)] = use{Until: s.now().Add(MaxLife), Left: true}
		return nil
	})
}

// roleNow is what the holder may do now.
func (s *Store) roleNow(c Claims) netvideo.Role { return s.book.read().role(c) }
