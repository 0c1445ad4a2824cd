package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"strings"
)

// How a signal travels stands behind its type in the packet's topic, so that its data
// stays as it is for clients that know nothing of this: netvideo.SplitTopic.
//
//	r BASE64  reliable: the sender's run (8 bytes), then for each receiver that
//	          acknowledges: the hash of its id (8), its number (uvarint), and how far
//	          before it the oldest unacknowledged one lies (uvarint)
//	l BASE64  lossy: the sender's run (8 bytes) and a number that grows (uvarint)
//
// An acknowledgement is a signal of type AckType whose data are the run that it
// answers (8 bytes) and the number that is expected next (uvarint).

// AckType is the type of acknowledgements.
const AckType = "cutout/ack"

const (
	reliable = "r"
	lossy    = "l"
	// MaxNumbers is how many receivers one packet has numbers for.
	MaxNumbers = 256
	// maxTravel bounds what is looked at: MaxNumbers of the longest, in base64.
	maxTravel = 1 + (8+MaxNumbers*(8+2*binary.MaxVarintLen64))*4/3 + 4
)

var errTravel = errors.New("what the topic says about how the signal travels cannot be read")

// A Number is a receiver's number of a signal: each receiver has its own, 1 for the
// first signal that a run of a sender has for it.
type Number struct {
	Receiver uint64 // HashID of its id
	Seq      uint64
	// Base is the oldest one that the sender would send again; what is older was
	// acknowledged or given up.
	Base uint64
}

// Travel is how a signal travels.
type Travel struct {
	// Run tells one life of a sender's room from another.
	Run uint64
	// Lossy signals have N, the others Numbers, which may be none.
	Lossy   bool
	N       uint64
	Numbers []Number
}

// HashID shortens a connection's id.
func HashID(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// NumberFor is the number for a receiver; ok is false when it has none.
func (t Travel) NumberFor(hash uint64) (n Number, ok bool) {
	for _, n := range t.Numbers {
		if n.Receiver == hash {
			return n, true
		}
	}
	return Number{}, false
}

// String is what stands in the topic. Numbers past MaxNumbers are left out.
func (t Travel) String() string {
	b := binary.BigEndian.AppendUint64(nil, t.Run)
	if t.Lossy {
		return lossy + base64.RawURLEncoding.EncodeToString(binary.AppendUvarint(b, t.N))
	}
	for _, n := range t.Numbers[:min(len(t.Numbers), MaxNumbers)] {
		b = binary.BigEndian.AppendUint64(b, n.Receiver)
		b = binary.AppendUvarint(b, n.Seq)
		b = binary.AppendUvarint(b, n.Seq-n.Base)
	}
	return reliable + base64.RawURLEncoding.EncodeToString(b)
}

// ParseTravel undoes String; ok is false for what is about something else.
func ParseTravel(s string) (t Travel, ok bool, err error) {
	switch {
	case strings.HasPrefix(s, lossy):
		t.Lossy = true
	case !strings.HasPrefix(s, reliable):
		return Travel{}, false, nil
	}
	if len(s) > maxTravel {
		return Travel{}, true, errTravel
	}
	b, err := base64.RawURLEncoding.DecodeString(s[1:])
	if err != nil || len(b) < 8 {
		return Travel{}, true, errTravel
	}
	t.Run, b = binary.BigEndian.Uint64(b), b[8:]
	if t.Lossy {
		n, size := binary.Uvarint(b)
		if size <= 0 || size != len(b) {
			return Travel{}, true, errTravel
		}
		t.N = n
		return t, true, nil
	}
	for len(b) > 0 {
		n, rest, sound := cutNumber(b)
		if !sound || len(t.Numbers) == MaxNumbers {
			return Travel{}, true, errTravel
		}
		t.Numbers, b = append(t.Numbers, n), rest
	}
	return t, true, nil
}

func cutNumber(b []byte) (n Number, rest []byte, ok bool) {
	if len(b) < 8 {
		return Number{}, nil, false
	}
	n.Receiver, b = binary.BigEndian.Uint64(b), b[8:]
	seq, size := binary.Uvarint(b)
	if size <= 0 {
		return Number{}, nil, false
	}
	b = b[size:]
	back, size := binary.Uvarint(b)
	if size <= 0 || seq == 0 || back >= seq {
		return Number{}, nil, false
	}
	n.Seq, n.Base = seq, seq-back
	return n, b[size:], true
}

// An Ack says that a run's signals before Next have been delivered.
type Ack struct{ Run, Next uint64 }

// AppendAck writes an acknowledgement's data.
func AppendAck(b []byte, a Ack) []byte {
	return binary.AppendUvarint(binary.BigEndian.AppendUint64(b, a.Run), a.Next)
}

// ParseAck undoes AppendAck.
func ParseAck(b []byte) (Ack, error) {
	if len(b) < 8 {
		return Ack{}, errTravel
	}
	a := Ack{Run: binary.BigEndian.Uint64(b)}
	n, size := binary.Uvarint(b[8:])
	if size <= 0 || size != len(b)-8 {
		return Ack{}, errTravel
	}
	a.Next = n
	return a, nil
}

// An Order puts one sender's signals into the order in which they were said, each
// once. The zero Order has heard nothing.
type Order[T any] struct {
	run     uint64
	next    uint64 // 0: nothing was heard
	held    map[uint64]T
	newest  map[string]uint64 // of the lossy ones, by type
	lossRun uint64
}

const (
	// maxAhead is how many signals wait behind a missing one; more come again.
	maxAhead = 256
	// maxTypes is how many types of lossy signals are told apart.
	maxTypes = 256
)

// Take takes a numbered signal and hands on all that are now in order.
func (o *Order[T]) Take(run uint64, n Number, v T, deliver func(T)) {
	if o.next == 0 || o.run != run {
		*o = Order[T]{run: run, next: n.Base, newest: o.newest, lossRun: o.lossRun}
	}
	for o.next < n.Base && len(o.held) > 0 { // given up by the sender; what is held of it is not
		if v, ok := o.held[o.next]; ok {
			delete(o.held, o.next)
			deliver(v)
		}
		o.next++
	}
	o.next = max(o.next, n.Base)
	if n.Seq < o.next || n.Seq-o.next > maxAhead {
		return
	}
	if o.held == nil {
		o.held = map[uint64]T{}
	}
	if _, twice := o.held[n.Seq]; !twice {
		o.held[n.Seq] = v
	}
	for {
		v, ok := o.held[o.next]
		if !ok {
			return
		}
		delete(o.held, o.next)
		o.next++
		deliver(v)
	}
}

// Ack is what to acknowledge.
func (o *Order[T]) Ack() Ack { return Ack{Run: o.run, Next: o.next} }

// Fresh reports whether a lossy signal is newer than all of its type before.
func (o *Order[T]) Fresh(run uint64, signalType string, n uint64) bool {
	if o.lossRun != run || len(o.newest) >= maxTypes {
		o.lossRun, o.newest = run, nil
	}
	if last, ok := o.newest[signalType]; ok && n <= last {
		return false
	}
	if o.newest == nil {
		o.newest = map[string]uint64{}
	}
	o.newest[signalType] = n
	return true
}
