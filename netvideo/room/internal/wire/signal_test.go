package wire

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestTravelComesBack(t *testing.T) {
	for _, want := range []Travel{
		{Run: 1},
		{Run: 1 << 63, Lossy: true, N: 300},
		{Run: 7, Numbers: []Number{{HashID("ada#1"), 1, 1}, {HashID("bob#2"), 1 << 40, 1<<40 - 9}}},
	} {
		got, ok, err := ParseTravel(want.String())
		if err != nil || !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v came back as %+v, %v, %v", want, got, ok, err)
		}
	}
	many := Travel{Run: 1}
	for i := range 2 * MaxNumbers {
		many.Numbers = append(many.Numbers, Number{uint64(i), ^uint64(0), 1})
	}
	if got, ok, err := ParseTravel(many.String()); err != nil || !ok || len(got.Numbers) != MaxNumbers {
		t.Errorf("%d numbers, %v, %v", len(got.Numbers), ok, err)
	}
	for _, bad := range []string{"r", "l", "r!", "rAAAA", "lAAAAAAAAAAA", "rAAAAAAAAAAAA"} {
		if got, ok, err := ParseTravel(bad); err == nil || !ok {
			t.Errorf("%q gave %+v", bad, got)
		}
	}
	for _, other := range []string{"", "dada#1", "x"} {
		if _, ok, err := ParseTravel(other); ok || err != nil {
			t.Errorf("%q: %v, %v", other, ok, err)
		}
	}
	if a, err := ParseAck(AppendAck(nil, Ack{9, 300})); err != nil || a != (Ack{9, 300}) {
		t.Errorf("%+v %v", a, err)
	}
}

// However signals are shuffled, doubled and lost in between, they come once and in
// order when the lost ones are sent again.
func TestOrder(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var o Order[uint64]
		var got []uint64
		take := func(v uint64) { got = append(got, v) }
		for len(got) < 60 {
			next := max(o.Ack().Next, 1)
			var batch []uint64
			for n := next; n < next+20 && n <= 60; n++ {
				if rnd.IntN(3) > 0 {
					batch = append(batch, n, n)
				}
			}
			rnd.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
			for _, n := range batch {
				o.Take(5, Number{Seq: n, Base: min(n, next)}, n, take)
			}
		}
		for i, v := range got {
			if v != uint64(i+1) {
				t.Fatalf("seed %d: %v", seed, got)
			}
		}
	}
}

func TestOrderGoesOnWithoutWhatWasGivenUp(t *testing.T) {
	var o Order[uint64]
	var got []uint64
	take := func(v uint64) { got = append(got, v) }
	for _, n := range []Number{{0, 1, 1}, {0, 4, 1}, {0, 6, 5}, {0, 5, 5}, {0, 1 << 50, 1 << 50}} {
		o.Take(1, n, n.Seq, take)
	}
	if want := []uint64{1, 4, 5, 6, 1 << 50}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	o.Take(2, Number{0, 9, 9}, 9, take) // another run begins where it says
	if got[len(got)-1] != 9 || o.Ack() != (Ack{2, 10}) {
		t.Errorf("%v, %+v", got, o.Ack())
	}
	if !o.Fresh(1, "pose", 5) || o.Fresh(1, "pose", 5) || o.Fresh(1, "pose", 4) || !o.Fresh(1, "mask", 1) || !o.Fresh(2, "pose", 1) {
		t.Error("a stale signal is fresh, or a fresh one stale")
	}
}

func FuzzParseTravel(f *testing.F) {
	f.Add(Travel{Run: 1, Numbers: []Number{{HashID("ada#1"), 9, 3}}}.String())
	f.Add(Travel{Run: 1, Lossy: true, N: 1}.String())
	f.Add("rAAAAAAAAAAA")
	f.Add("dada#1")
	f.Fuzz(func(t *testing.T, s string) {
		v, ok, err := ParseTravel(s)
		if err != nil || !ok {
			return
		}
		again, ok, err := ParseTravel(v.String())
		if err != nil || !ok || !reflect.DeepEqual(again, v) {
			t.Fatalf("%q gave %+v, then %+v", s, v, again)
		}
		for _, n := range v.Numbers {
			if n.Base == 0 || n.Base > n.Seq {
				t.Fatalf("%q gave %+v", s, n)
			}
		}
	})
}

func FuzzParseAck(f *testing.F) {
	f.Add(AppendAck(nil, Ack{1, 2}))
	f.Add([]byte("12345678\x80"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAck(b)
		if err != nil {
			return
		}
		if again, err := ParseAck(AppendAck(nil, a)); err != nil || again != a {
			t.Fatalf("%+v, then %+v, %v", a, again, err)
		}
	})
}

// FuzzOrder: whatever numbers come, nothing is delivered twice or out of order, and
// what is held is bounded.
func FuzzOrder(f *testing.F) {
	f.Add([]byte{1, 0, 2, 0, 3, 1, 9, 3, 200, 200})
	f.Fuzz(func(t *testing.T, script []byte) {
		var o Order[uint64]
		var last uint64
		for i := 0; i+1 < len(script); i += 2 {
			seq := 1 + uint64(script[i])*3
			n := Number{Seq: seq, Base: seq - min(uint64(script[i+1]), seq-1)}
			o.Take(1, n, seq, func(v uint64) {
				if v <= last {
					t.Fatalf("%d after %d", v, last)
				}
				last = v
			})
			if len(o.held) > maxAhead+1 {
				t.Fatalf("%d are held", len(o.held))
			}
		}
	})
}
