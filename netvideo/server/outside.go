package server

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/livekit/mediatransportutil/pkg/rtcconfig"
	"github.com/pion/stun/v3"
)

// An Outside is an address on the internet from which a router or a cloud passes
// packets on to a local one, ports unchanged. The zero value is none.
type Outside struct {
	External, Local netip.Addr
}

// outsideAnswers tells LiveKit what its addresses are called outside. LiveKit keeps its
// local addresses beside the external ones only when it has learnt the latter from a
// STUN server (rtcconfig.NewWebRTCConfig); this is that server. It answers on this
// machine, while LiveKit starts.
type outsideAnswers struct {
	o    Outside
	conn *net.UDPConn
	done chan struct{}
}

func answerOutside(o Outside) (*outsideAnswers, error) {
	if !o.External.IsValid() || o.External == o.Local {
		return nil, nil
	}
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return nil, fmt.Errorf("tell LiveKit its address outside: %w", err)
	}
	a := &outsideAnswers{o: o, conn: conn, done: make(chan struct{})}
	go a.run()
	return a, nil
}

// configure sends LiveKit here for its addresses.
func (a *outsideAnswers) configure(c *rtcconfig.RTCConfig) {
	if a == nil {
		return
	}
	c.UseExternalIP = true
	c.AdvertiseInternalIP = true
	c.SkipExternalIPValidation = true // many routers do not let their own network ask for its outside
	c.STUNServers = []string{net.JoinHostPort(a.o.Local.String(), fmt.Sprint(a.conn.LocalAddr().(*net.UDPAddr).Port))}
}

func (a *outsideAnswers) close() {
	if a == nil {
		return
	}
	_ = a.conn.Close()
	<-a.done
}

func (a *outsideAnswers) run() {
	defer close(a.done)
	buf := make([]byte, 1500)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		q := &stun.Message{Raw: append([]byte(nil), buf[:n]...)}
		if q.Decode() != nil || q.Type != stun.BindingRequest {
			continue
		}
		called := from.Addr().Unmap()
		if called == a.o.Local {
			called = a.o.External
		}
		res, err := stun.Build(stun.NewTransactionIDSetter(q.TransactionID), stun.BindingSuccess,
			&stun.XORMappedAddress{IP: called.AsSlice(), Port: int(from.Port())}, stun.Fingerprint)
		if err == nil {
			_, _ = a.conn.WriteToUDPAddrPort(res.Raw, from)
		}
	}
}
