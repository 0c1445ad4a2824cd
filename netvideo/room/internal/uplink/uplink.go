package uplink

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// An Uplink is the way from one client to its server. As an interceptor.Factory it is
// put, first of all, into the peer connections of a link; the one that sends is the way.
// Its methods may be called from any goroutine.
type Uplink struct {
	mu     sync.Mutex
	engine *engine // nil before something is sent
	wanted float64
}

// New makes one, for one link.
func New() *Uplink { return &Uplink{wanted: initialRate} }

// NewInterceptor is for pion.
func (u *Uplink) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &way{u: u}, nil
}

// A State is what is known of the way.
type State struct {
	Kbps  int           // what it bears of numbered packets, all told; 0 while unknown
	Loss  float64       // the share of packets that was lost lately, 0 to 1
	RTT   time.Duration // 0 while unknown
	Queue time.Duration // how long packets wait on the way
	// Waiting is how long what waits here takes to leave at what the way bears.
	Waiting time.Duration
}

// State returns what is known now.
func (u *Uplink) State() State {
	e := u.current()
	if e == nil {
		return State{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	rate, heard := e.est.Rate()
	s := State{Loss: e.est.Loss(), RTT: e.est.RTT(), Queue: e.est.Queue()}
	s.Waiting = time.Duration(float64(e.bytes) * 8 / rate * float64(time.Second))
	if heard {
		s.Kbps = int(rate / 1000)
	}
	return s
}

// SetWanted says how much would be sent if the way were wide enough: more is not looked
// for.
func (u *Uplink) SetWanted(kbps int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.wanted = float64(kbps) * 1000
	if e := u.engine; e != nil {
		e.mu.Lock()
		e.wanted = u.wanted
		e.mu.Unlock()
	}
}

// Counts returns what one SSRC went through.
func (u *Uplink) Counts(ssrc uint32) Counts {
	e := u.current()
	if e == nil {
		return Counts{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.counts[ssrc]; c != nil {
		return *c
	}
	return Counts{}
}

func (u *Uplink) current() *engine {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.engine
}

// A way is an Uplink in one peer connection.
type way struct {
	interceptor.NoOp
	u *Uplink

	mu     sync.Mutex
	engine *engine // nil in one that sends nothing numbered
	closed bool
}

// BindLocalStream is for pion.
func (w *way) BindLocalStream(info *interceptor.StreamInfo, out interceptor.RTPWriter) interceptor.RTPWriter {
	id := numberID(info)
	if id == 0 || info.ClockRate != videoClock || !answerable(info) {
		return out // sound is small, and never waits
	}
	e := w.start()
	if e == nil {
		return out
	}
	s := &stream{ssrc: info.SSRC, number: id, out: out}
	e.add(s)
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if h.SSRC != s.ssrc {
			return out.Write(h, payload, a)
		}
		return e.write(s, h, payload)
	})
}

// videoClock is the clock of every video stream, in Hz (RFC 7741, 6.1).
const videoClock = 90_000

// start makes the engine of a peer connection that sends; nil when it was closed.
func (w *way) start() *engine {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	if w.engine == nil {
		w.engine = newEngine(time.Now())
		w.u.mu.Lock()
		w.u.engine = w.engine
		w.engine.wanted = w.u.wanted
		w.u.mu.Unlock()
	}
	return w.engine
}

// UnbindLocalStream is for pion.
func (w *way) UnbindLocalStream(info *interceptor.StreamInfo) {
	if e := w.running(); e != nil {
		e.remove(info.SSRC)
	}
}

// BindRTCPReader is for pion.
func (w *way) BindRTCPReader(in interceptor.RTCPReader) interceptor.RTCPReader {
	return interceptor.RTCPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, attr, err := in.Read(b, a)
		if err != nil {
			return n, attr, err
		}
		e := w.running()
		if e == nil {
			return n, attr, nil
		}
		if attr == nil {
			attr = make(interceptor.Attributes)
		}
		packets, err := attr.GetRTCPPackets(b[:n])
		if err != nil {
			return n, attr, nil // whoever comes next says so
		}
		now := time.Now()
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.TransportLayerCC:
				e.feedback(now, p)
			case *rtcp.TransportLayerNack:
				e.nack(now, p)
			}
		}
		return n, attr, nil
	})
}

func (w *way) running() *engine {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.engine
}

// Close is for pion: it ends what is sent.
func (w *way) Close() error {
	w.mu.Lock()
	w.closed = true
	e := w.engine
	w.mu.Unlock()
	if e != nil {
		e.close()
	}
	return nil
}
