package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// A Shared is where several doors keep one state; netvideo/cluster has one on Redis. Its
// methods may be called from any goroutine. Their errors say that it can't be reached.
type Shared interface {
	// Version grows with every change; 0 is before the first.
	Version(context.Context) (int64, error)
	// Load is the state and its version.
	Load(context.Context) (data []byte, version int64, err error)
	// Swap makes data the state, with a version that is one higher, if the version is
	// still the one given.
	Swap(ctx context.Context, version int64, data []byte) (swapped bool, err error)
	// Append adds a line to the audit, and Tail reads the newest, oldest first.
	Append(ctx context.Context, line []byte) error
	Tail(ctx context.Context, n int) ([][]byte, error)
	// Announce has Announced tell a value for as long as life; an empty one, no longer.
	Announce(ctx context.Context, id string, value []byte, life time.Duration) error
	Announced(context.Context) (map[string][]byte, error)
}

const (
	sharedTime   = 2 * time.Second // how long the shared state may take to answer
	announceTime = time.Second     // so often a door says that it is there
	announceLife = 4 * time.Second // so long others believe it
	swapTries    = 50
)

// OpenShared is a store whose state is shared with other doors. Zero keys are those in
// the state, made by the first door. While the state can't be reached the store holds
// what it knew, and its door answers nobody.
func OpenShared(ctx context.Context, shared Shared, keys Keys) (*Store, error) {
	b := &book{shared: shared}
	fresh, err := parseState(nil)
	if err != nil {
		return nil, err
	}
	b.current.Store(&fresh)
	s := &Store{book: b, audit: &audit{shared: shared}, now: time.Now, keys: keys}
	if err := b.refresh(ctx); err != nil {
		return nil, fmt.Errorf("open the shared state: %w", err)
	}
	if err := s.takeKeys(); err != nil {
		return nil, fmt.Errorf("open the shared state: %w", err)
	}
	// Another door may have been quicker with the first keys.
	if st := b.read(); keys == (Keys{}) && st.Key != "" {
		s.keys = Keys{st.Key, st.Secret}
	}
	return s, nil
}

// refresh brings the book up to the shared state's version.
func (b *book) refresh(ctx context.Context) error {
	if b.shared == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	v, err := b.shared.Version(ctx)
	if err != nil {
		return unreachable(err)
	}
	if v == b.version.Load() && !b.behind.Load() {
		return nil
	}
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.reload(ctx)
}

// reload takes the newest shared state, with what is owed to it; b.turn is held. A
// shared state that is older than what was known, because its server lost its memory, is
// given back what this door knows.
func (b *book) reload(ctx context.Context) error {
	data, v, err := b.shared.Load(ctx)
	if err != nil {
		return unreachable(err)
	}
	if v < b.version.Load() {
		ours, err := json.Marshal(b.read())
		if err != nil {
			return fmt.Errorf("encode the state: %w", err)
		}
		swapped, err := b.shared.Swap(ctx, v, ours)
		if err != nil {
			return unreachable(err)
		}
		if swapped {
			b.version.Store(v + 1)
			return nil
		}
		if data, v, err = b.shared.Load(ctx); err != nil {
			return unreachable(err)
		}
	}
	if v == 0 {
		data = nil
	}
	st, err := parseState(data)
	if err != nil {
		return err
	}
	b.current.Store(&st)
	b.version.Store(v)
	return b.payDebts(ctx)
}

// swap applies f to the newest shared state; b.turn is held.
func (b *book) swap(ctx context.Context, f func(*state) error) error {
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	newest, err := b.shared.Version(ctx)
	if err != nil {
		return unreachable(err)
	}
	if newest != b.version.Load() {
		if err := b.reload(ctx); err != nil {
			return err
		}
	}
	for range swapTries {
		next, err := b.next(f)
		if err != nil {
			return err
		}
		data, err := json.Marshal(next)
		if err != nil {
			return fmt.Errorf("encode the state: %w", err)
		}
		v := b.version.Load()
		swapped, err := b.shared.Swap(ctx, v, data)
		if err != nil {
			return unreachable(err)
		}
		if swapped {
			b.current.Store(next)
			b.version.Store(v + 1)
			return nil
		}
		if err := b.reload(ctx); err != nil {
			return err
		}
	}
	return unreachable(errors.New("the other doors change it too fast"))
}

// owe keeps a change that must hold until the shared state can take it; b.turn is held.
func (b *book) owe(f func(*state) error) error {
	next, err := b.next(f)
	if err != nil {
		return err
	}
	b.current.Store(next)
	b.owed = append(b.owed, f)
	b.behind.Store(true)
	return nil
}

// payDebts makes the changes that could not be shared before; b.turn is held.
func (b *book) payDebts(ctx context.Context) error {
	for len(b.owed) > 0 {
		f := b.owed[0]
		b.owed = b.owed[1:]
		if err := b.swap(ctx, f); err != nil {
			var no *Error
			if errors.As(err, &no) && no.Code == CodeUnavailable {
				b.owed = append([]func(*state) error{f}, b.owed...)
				return err
			}
			// Somebody else has made it pointless.
		}
	}
	b.behind.Store(false)
	return nil
}

func unreachable(err error) error {
	return &Error{Code: CodeUnavailable, Message: "the state that this server shares with others can't be reached: nobody is let in until it can", cause: err}
}

// A sharing is what a door does for its cluster besides answering.
type sharing struct {
	id    string
	url   string
	store *Store
	other atomic.Pointer[[]announced]
}

// announced is what a door tells the others.
type announced struct {
	ID  string `json:"id"`
	URL string `json:"url"`
	// Places are the identities that take one, by session, where an interaction has few.
	Places map[string][]string `json:"places,omitempty"`
}

// run keeps a door up to date and announced until ctx ends.
func (h *sharing) run(ctx context.Context, places func() map[string][]string) {
	tick := time.NewTicker(announceTime)
	defer tick.Stop()
	for {
		_ = h.announce(ctx, places()) // its failure is what the door's answers say
		_ = h.store.book.refresh(ctx)
		h.store.audit.flush()
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), sharedTime)
			defer cancel()
			_ = h.store.book.shared.Announce(last, h.id, nil, 0)
			return
		case <-tick.C:
		}
	}
}

// announce says that this door is there, and looks who else is.
func (h *sharing) announce(ctx context.Context, places map[string][]string) error {
	ctx, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	value, err := json.Marshal(announced{h.id, h.url, places})
	if err != nil {
		return fmt.Errorf("encode the announcement: %w", err)
	}
	if err := h.store.book.shared.Announce(ctx, h.id, value, announceLife); err != nil {
		return unreachable(err)
	}
	all, err := h.store.book.shared.Announced(ctx)
	if err != nil {
		return unreachable(err)
	}
	var others []announced
	for id, data := range all {
		var a announced
		if id != h.id && json.Unmarshal(data, &a) == nil && a.URL != "" {
			others = append(others, a)
		}
	}
	h.other.Store(&others)
	return nil
}

// others are the doors that were there a moment ago.
func (h *sharing) others() []announced {
	if h == nil {
		return nil
	}
	if list := h.other.Load(); list != nil {
		return *list
	}
	return nil
}

// doors are the other ways into the same sessions, for a client whose way is gone: this
// door's other addresses, those of this machine for a client on it alone, and the other
// doors.
func (d *Door) doors(r *http.Request) []string {
	var list []string
	if d.ways != nil {
		here := remote(r).Unmap().IsLoopback()
		for _, a := range d.ways() {
			if a.URL != publicURL(r) && (here || a.Reach != ThisMachine) {
				list = append(list, a.URL)
			}
		}
	}
	for _, a := range d.share.others() {
		list = append(list, a.URL)
	}
	return list
}

// answersFor makes sure that a request is answered by what all doors know.
func (d *Door) answersFor(r *http.Request) error { return d.store.book.refresh(r.Context()) }

// enterShared announces a place before it is taken for good, so that of two that were
// taken through two doors at the same time neither stays unseen.
func (d *Door) enterShared(ctx context.Context, s Session, c Claims) error {
	if d.share == nil || !counted(s.Interaction, c.Role) {
		return nil
	}
	if err := d.share.announce(ctx, d.visits.places()); err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, a := range d.share.others() {
		for _, identity := range a.Places[s.ID] {
			taken[identity] = true
		}
	}
	for _, identity := range d.visits.places()[s.ID] {
		taken[identity] = true
	}
	if len(taken) > places(s.Interaction) {
		return refuse(CodeFull, fmt.Sprintf("this session is %s and has no place left", s.Interaction))
	}
	return nil
}

// places are the identities that take one, by session.
func (p *visits) places() map[string][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string][]string{}
	for id, here := range p.sessions {
		s, ok := p.store.Session(id)
		if !ok || s.Interaction == ManyToMany {
			continue
		}
		for identity, list := range here {
			if counted(s.Interaction, p.store.roleNow(list[0].claims)) {
				all[id] = append(all[id], identity)
			}
		}
	}
	return all
}
