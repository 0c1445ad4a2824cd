package room

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"cutout/netvideo/door"

	"github.com/pion/webrtc/v4"
)

// How a link that dies in silence is told from one that lives: a network that is gone
// closes no connection. ICE asks every 2 s whether the other end is there, and the SDK
// takes 15 s to believe that it is not.
const (
	// hush is after how long without a packet the door is asked whether it is there: ICE's
	// answers come every 2 s where nothing else does.
	hush = 2200 * time.Millisecond
	// hushOfMedia is the same where packets came all the time before. It may mean no more
	// than that somebody turned a camera off.
	hushOfMedia = 800 * time.Millisecond
	// silence is how much longer nothing has come, not even an answer of the door, when
	// the network is gone.
	silence = time.Second
	// deafness is how much longer no media have come, nor answers of ICE, when the way for
	// them is gone, door or no door: two of ICE's questions, and a bit.
	deafness = 4500 * time.Millisecond
	// stall is between two looks when this process, and not the network, stood still.
	stall = time.Second
	// steady is how many packets in a tick are a stream of media.
	steady = 3
)

// A pulse is what is known of a link's life. It belongs to the goroutine of run.
type pulse struct {
	looked time.Time // when last
	counts [2]uint64 // packets that came, for each transport, at that time
	read   int64     // how often signalling came, at that time
	media  time.Time // when a count was last another one than before
	any    time.Time // the same, or signalling, or the door's answer
	steady time.Time // when media came in a stream
	hush   time.Duration
}

// beat looks after l; the cause is not empty when it is dead.
func (r *Room) beat(ctx context.Context, l *link, now time.Time) (cause string) {
	p := &l.pulse
	if p.looked.IsZero() || now.Sub(p.looked) > stall {
		p.media, p.any, p.hush = now, now, hush // what came meanwhile may still wait to be read
	}
	p.looked = now
	if counts := l.counts(); counts != p.counts {
		if counts[0]+counts[1] >= p.counts[0]+p.counts[1]+steady {
			p.steady = now
		}
		if p.hush = hush; now.Sub(p.steady) < stall {
			p.hush = hushOfMedia
		}
		p.counts, p.media, p.any = counts, now, now
	}
	if read := l.farewells.read.Load(); read != p.read {
		p.read, p.any = read, now
	}
	if answered := time.Unix(0, l.answered.Load()); answered.After(p.any) {
		p.any = answered
	}
	if now.Sub(p.media) > p.hush && l.knocking.CompareAndSwap(false, true) {
		r.wg.Go(func() {
			defer l.knocking.Store(false)
			if knock(ctx, l.base) == nil {
				l.answered.Store(time.Now().UnixNano())
			}
		})
	}
	switch {
	case now.Sub(p.any) > p.hush+silence:
		return "the network is gone"
	case now.Sub(p.media) > p.hush+deafness:
		return "the server answers, and no media come from it"
	}
	return ""
}

// counts are the packets that came by each of the transports, checks of ICE included.
func (l *link) counts() (n [2]uint64) {
	for i, pc := range l.transports() {
		if ice := iceOf(pc); ice != nil {
			if s, ok := ice.GetSelectedCandidatePairStats(); ok {
				n[i] = uint64(s.PacketsReceived) + s.ResponsesReceived
			}
		}
	}
	return n
}

func (l *link) transports() [2]*webrtc.PeerConnection {
	return [2]*webrtc.PeerConnection{
		l.sdk.LocalParticipant.GetPublisherPeerConnection(),
		l.sdk.LocalParticipant.GetSubscriberPeerConnection(),
	}
}

func iceOf(pc *webrtc.PeerConnection) *webrtc.ICETransport {
	if pc == nil || pc.SCTP() == nil || pc.SCTP().Transport() == nil {
		return nil
	}
	return pc.SCTP().Transport().ICETransport()
}

// homeless reports whether an address that media came to is no longer this machine's.
func (l *link) homeless() bool {
	own := door.OwnAddresses()
	if len(own) == 0 {
		return false // they can't be listed
	}
	for _, pc := range l.transports() {
		ice := iceOf(pc)
		if ice == nil {
			continue
		}
		pair, err := ice.GetSelectedCandidatePair()
		if err != nil || pair == nil || pair.Local.Typ != webrtc.ICECandidateTypeHost {
			continue
		}
		if !slices.ContainsFunc(own, func(a netip.Addr) bool { return a.WithZone("").String() == pair.Local.Address }) {
			return true
		}
	}
	return false
}

// knockTime is how long a door may take to answer a knock.
const knockTime = 1500 * time.Millisecond

// knock reports whether something listens where the door at base should; nothing is
// asked of it.
func knock(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, knockTime)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil {
		u = proxy
	}
	port := u.Port()
	if port == "" {
		if port = "80"; u.Scheme == "https" {
			port = "443"
		}
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	return c.Close()
}
