package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"
)

// A peer is one of the two peer connections that a client has with LiveKit.
type peer struct {
	pc        *webrtc.PeerConnection
	connected chan struct{} // closed when media can flow
	failed    chan struct{} // closed when it can't

	mu      sync.Mutex
	waiting []webrtc.ICECandidateInit // for the remote description
}

// newPeer makes the connection of the client's way.
func (c *Client) newPeer(target livekit.SignalTarget) (*peer, error) {
	servers, err := c.servers()
	if err != nil {
		return nil, err
	}
	conf := webrtc.Configuration{ICEServers: servers}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	switch c.o.Way {
	case UDP:
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	case TCP:
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6})
	case TURNUDP, TURNTLS:
		conf.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	default:
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6})
	}
	var m webrtc.MediaEngine
	if err := m.RegisterDefaultCodecs(); err != nil {
		return nil, fmt.Errorf("prepare a connection: %w", err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(&m)).NewPeerConnection(conf)
	if err != nil {
		return nil, fmt.Errorf("prepare a connection: %w", err)
	}
	p := &peer{pc: pc, connected: make(chan struct{}), failed: make(chan struct{})}
	var up, down sync.Once
	pc.OnConnectionStateChange(func(st webrtc.PeerConnectionState) {
		switch st {
		case webrtc.PeerConnectionStateConnected:
			up.Do(func() { close(p.connected) })
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			down.Do(func() { close(p.failed) })
		}
	})
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate == nil {
			return
		}
		init, err := json.Marshal(candidate.ToJSON())
		if err != nil {
			return
		}
		// The context is the call's: a dead connection ends it.
		_ = c.send(context.Background(), &livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{
			Trickle: &livekit.TrickleRequest{CandidateInit: string(init), Target: target},
		}})
	})
	return p, nil
}

// await returns when media can flow, or won't.
func (p *peer) await(ctx context.Context) error {
	select {
	case <-p.connected:
		return nil
	case <-p.failed:
		return ErrNoMedia
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNoMedia, ctx.Err())
	}
}

func (p *peer) answer(offer *livekit.SessionDescription) (*livekit.SessionDescription, error) {
	if err := p.describe(webrtc.SDPTypeOffer, offer.GetSdp()); err != nil {
		return nil, err
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err == nil {
		err = p.pc.SetLocalDescription(answer)
	}
	if err != nil {
		return nil, fmt.Errorf("answer the server's offer: %w", err)
	}
	return &livekit.SessionDescription{Type: answer.Type.String(), Sdp: answer.SDP, Id: offer.GetId()}, nil
}

func (p *peer) accept(answer *livekit.SessionDescription) error {
	return p.describe(webrtc.SDPTypeAnswer, answer.GetSdp())
}

func (p *peer) describe(kind webrtc.SDPType, sdp string) error {
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: sdp}); err != nil {
		return fmt.Errorf("take the server's description: %w", err)
	}
	p.mu.Lock()
	waiting := p.waiting
	p.waiting = nil
	p.mu.Unlock()
	for _, candidate := range waiting {
		if err := p.pc.AddICECandidate(candidate); err != nil {
			return fmt.Errorf("take the server's address: %w", err)
		}
	}
	return nil
}

func (p *peer) add(candidate webrtc.ICECandidateInit) error {
	if p.pc.RemoteDescription() == nil {
		p.mu.Lock()
		p.waiting = append(p.waiting, candidate)
		p.mu.Unlock()
		return nil
	}
	if err := p.pc.AddICECandidate(candidate); err != nil {
		return fmt.Errorf("take the server's address: %w", err)
	}
	return nil
}

// A Route is the way that media found.
type Route struct {
	Protocol string // udp or tcp, of the server's side
	Local    string // what kind of address is ours: host, srflx, prflx or relay
	Remote   string // the server's address, HOST:PORT
}

// Route is the way that was found; zero before there is one.
func (c *Client) Route() Route {
	pair, err := c.sub.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return Route{}
	}
	return Route{
		Protocol: pair.Remote.Protocol.String(), Local: pair.Local.Typ.String(),
		Remote: fmt.Sprintf("%s:%d", pair.Remote.Address, pair.Remote.Port),
	}
}
