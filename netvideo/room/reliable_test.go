package room

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
)

// tally collects the numbered signals of one type that a room gets from each sender.
type tally struct {
	mu  sync.Mutex
	got map[string][]uint32
}

// count reads a room's events until they end.
func count(t testing.TB, r *Room, signalType string) *tally {
	c := &tally{got: map[string][]uint32{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for e := range r.Events() {
			if s, ok := e.(netvideo.SignalReceived); ok && s.Signal.Type == signalType {
				c.mu.Lock()
				c.got[s.Signal.From] = append(c.got[s.Signal.From], binary.BigEndian.Uint32(s.Signal.Data))
				c.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() { r.Close(); wg.Wait() })
	return c
}

func (c *tally) from(id string) []uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]uint32(nil), c.got[id]...)
}

// talk says one numbered signal after the other, every third to the other alone, until
// stop is closed, and returns how many it said.
func talk(t testing.TB, r *Room, other string, stop <-chan struct{}) (said uint32) {
	for n := uint32(0); ; n++ {
		select {
		case <-stop:
			return n
		case <-time.After(4 * time.Millisecond):
		}
		sig := netvideo.Signal{Type: "n", Data: binary.BigEndian.AppendUint32(nil, n)}
		if n%3 == 0 { // to all and to one, in one order
			sig.To = other
		}
		err := r.Signal(context.Background(), sig)
		for ; errors.Is(err, netvideo.ErrQueueFull); err = r.Signal(context.Background(), sig) {
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			t.Errorf("signal %d was not taken: %v", n, err)
			return n
		}
	}
}

// Two talk all the time while the server is killed twice and comes back: nothing that
// either said is lost, doubled or out of order.
func TestNoSignalIsLostWhenTheServerDies(t *testing.T) {
	s := startServer(t)
	ada := join(t, s, token(t, "kill", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "kill", "Bob", netvideo.Publisher))
	for _, pair := range [][2]*Room{{ada, bob}, {bob, ada}} {
		eventually(t, "both to be there", func() bool { return len(pair[0].Connections()) == 1 })
	}
	ears := []*tally{count(t, ada, "n"), count(t, bob, "n")}
	stop := make(chan struct{})
	said := make([]uint32, 2)
	var wg sync.WaitGroup
	for i, r := range []*Room{ada, bob} {
		other := []*Room{bob, ada}[i]
		wg.Go(func() {
			said[i] = talk(t, r, other.Self().ID, stop)
		})
	}
	for range 2 {
		time.Sleep(700 * time.Millisecond)
		rejoins := []uint64{ada.Stats().Rejoins, bob.Stats().Rejoins}
		s.kill()
		s.start()
		eventually(t, "both to be back", func() bool {
			return ada.Stats().Rejoins > rejoins[0] && bob.Stats().Rejoins > rejoins[1]
		})
	}
	time.Sleep(700 * time.Millisecond)
	close(stop)
	wg.Wait()
	for i, other := range []*Room{bob, ada} {
		var got []uint32
		eventually(t, "all that was said", func() bool {
			got = ears[i].from(other.Self().ID)
			return len(got) >= int(said[1-i])
		})
		for n, v := range got {
			if v != uint32(n) {
				t.Fatalf("signal %d came as number %d", v, n)
			}
		}
		eventually(t, "the acknowledgements", func() bool { st := other.Stats(); return st.QueuedSignals+st.UnackedSignals == 0 })
		t.Logf("%d signals came once and in order; %d were sent again", len(got), other.Stats().ResentSignals)
		if len(got) != int(said[1-i]) {
			t.Errorf("%d came of %d", len(got), said[1-i])
		}
	}
}

func TestDeliver(t *testing.T) {
	s := startServer(t)
	ctx := context.Background()
	ada := join(t, s, token(t, "deliver", "Ada", netvideo.Publisher))
	if err := ada.Deliver(ctx, netvideo.Signal{Type: "alone"}); err != nil {
		t.Errorf("to nobody: %v", err)
	}
	if err := ada.Deliver(ctx, netvideo.Signal{Type: "x", To: "nobody"}); !errors.Is(err, netvideo.ErrNoSuchConnection) {
		t.Errorf("to one who is not there: %v", err)
	}
	bob := join(t, s, token(t, "deliver", "Bob", netvideo.Publisher))
	eventually(t, "Bob", func() bool { return len(ada.Connections()) == 1 })
	begun := time.Now()
	if err := ada.Deliver(ctx, netvideo.Signal{Type: "x", Data: []byte("hello")}); err != nil {
		t.Error(err)
	}
	t.Logf("acknowledged after %v", time.Since(begun))
	got := await(t, bob, func(e netvideo.SignalReceived) bool { return e.Signal.Type == "x" }).Signal
	if string(got.Data) != "hello" || got.Lossy {
		t.Errorf("%+v", got)
	}
	begun = time.Now()
	if err := ada.Deliver(ctx, netvideo.Signal{Type: "y", To: bob.Self().ID}); err != nil {
		t.Error(err)
	}
	t.Logf("then %v", time.Since(begun))
	if st := ada.Stats(); st.UnackedSignals != 0 || st.DroppedSignals != 0 {
		t.Errorf("%+v", st)
	}
}
