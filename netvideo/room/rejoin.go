package room

import (
	"context"
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"cutout/netvideo"
)

const (
	// firstPatience bounds the first try to get back, and every further one has
	// morePatience more, up to Options.JoinTimeout: a node of a cluster that is dead
	// answers nothing, and another door may.
	firstPatience = 3 * time.Second
	morePatience  = 2 * time.Second
	// preference is how long a door that answered waits for one that is better.
	preference = 100 * time.Millisecond
)

// A doorway is one of the doors a room may be entered by.
type doorway struct {
	base   string
	failed int // tries through it that came to nothing
}

// doorways are all of the room's, the one it was joined by first.
func (r *Room) doorways() []doorway {
	all := []doorway{{base: r.base}}
	for _, raw := range r.o.Doors {
		base, err := baseURL(raw)
		if err == nil && !slices.ContainsFunc(all, func(d doorway) bool { return d.base == base }) {
			all = append(all, doorway{base: base})
		}
	}
	return all
}

// rejoin tries to get back until it is hopeless. It waits for no back-off: all doors
// are knocked at until one opens, and at once when this machine's network changes.
func (r *Room) rejoin(ctx context.Context, was end) (*link, end) {
	trying, cancel := context.WithTimeout(ctx, r.o.RejoinFor)
	defer cancel()
	doors := r.doorways()
	for try := 0; ; try++ {
		d := r.find(trying, doors)
		if d == nil {
			if ctx.Err() != nil {
				return nil, end{reason: netvideo.ClientDisconnected, final: true}
			}
			return nil, end{reason: was.reason, final: true}
		}
		l, err := r.enter(trying, d, min(r.o.JoinTimeout, firstPatience+time.Duration(try)*morePatience))
		if err == nil {
			r.mu.Lock()
			r.rejoins++
			r.mu.Unlock()
			return l, end{}
		}
		r.log.Debug("not back yet", "door", d.base, "error", err)
		if lasting(err) {
			return nil, end{reason: netvideo.ForceDisconnected, final: true}
		}
		d.failed++
		pause(trying, r.o.RejoinEvery)
	}
}

// enter tries to join by a door, for as long as that is there.
func (r *Room) enter(ctx context.Context, d *doorway, patience time.Duration) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() {
		for pause(ctx, r.o.RejoinEvery); ctx.Err() == nil; pause(ctx, r.o.RejoinEvery) {
			// A server that was about to end when it let us in leaves a closed door.
			if err := knock(ctx, d.base); errors.Is(err, syscall.ECONNREFUSED) {
				cancel()
			}
		}
	})
	return dialAgain(ctx, d.base, r.o, r.inbox.put, r.wg.Go)
}

// find knocks at all doors every RejoinEvery, and when the network changes, until one
// answers: the one that failed least of those that do, the first among equals. It is
// nil when ctx has ended.
func (r *Room) find(ctx context.Context, doors []doorway) *doorway {
	ctx, cancel := context.WithCancel(ctx)
	answers := make(chan int)
	running := 0
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-answers
		}
	}()
	ask := func() {
		for i := range doors {
			running++
			go func() {
				if knock(ctx, doors[i].base) != nil {
					i = -1
				}
				answers <- i
			}()
		}
	}
	again := time.NewTicker(r.o.RejoinEvery)
	defer again.Stop()
	var best *doorway
	var enough <-chan time.Time
	for ask(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-r.moved:
			ask()
		case <-again.C:
			ask()
		case <-enough:
			return best
		case i := <-answers:
			if running--; i < 0 {
				continue
			}
			if best == nil {
				enough = time.After(preference)
			}
			if best == nil || doors[i].failed < best.failed || doors[i].failed == best.failed && i == 0 {
				best = &doors[i]
			}
			if best.failed == 0 && best == &doors[0] {
				return best
			}
		}
	}
}
