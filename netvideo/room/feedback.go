package room

import (
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// incoming is the peer connection by which the others' media come; nil while there is
// none.
func (l *link) incoming() *webrtc.PeerConnection {
	if pc := l.sdk.LocalParticipant.GetSubscriberPeerConnection(); pc != nil {
		return pc
	}
	return l.sdk.LocalParticipant.GetPublisherPeerConnection()
}

// writeRTCP tells the server something about what it sends.
func (l *link) writeRTCP(packets []rtcp.Packet) {
	if pc := l.incoming(); pc != nil {
		_ = pc.WriteRTCP(packets) // a link that is gone; the room notices by itself
	}
}

// roundTrip is how long ICE's newest check took to the server and back; 0 unknown.
func (l *link) roundTrip() time.Duration {
	pc := l.incoming()
	if pc == nil || pc.SCTP() == nil || pc.SCTP().Transport() == nil {
		return 0
	}
	s, ok := pc.SCTP().Transport().ICETransport().GetSelectedCandidatePairStats()
	if !ok {
		return 0
	}
	return time.Duration(s.CurrentRoundTripTime * float64(time.Second))
}

// onReport has a function called with the server's reports on a track.
func onReport(pub *lksdk.RemoteTrackPublication) func(func(*rtcp.SenderReport)) {
	return func(f func(*rtcp.SenderReport)) {
		pub.OnRTCP(func(p rtcp.Packet) {
			if sr, ok := p.(*rtcp.SenderReport); ok {
				f(sr)
			}
		})
	}
}

// An askOnce keeps the SDK from asking for lost packets, which the receivers do: the
// SDK's generator asks only when another packet comes and not in the first 20 ms, goes
// on asking for what came by RTX, and asks for nothing that is lost where the numbers
// begin anew (server-sdk-go 2.17.0, pkg/interceptor/nackgenerator.go).
type askOnce struct{ interceptor.NoOp }

// NewInterceptor makes askOnce a factory of itself.
func (*askOnce) NewInterceptor(string) (interceptor.Interceptor, error) { return &askOnce{}, nil }

// BindRemoteStream hides from those behind it that a stream can be asked.
func (*askOnce) BindRemoteStream(info *interceptor.StreamInfo, r interceptor.RTPReader) interceptor.RTPReader {
	kept := info.RTCPFeedback[:0:0]
	for _, fb := range info.RTCPFeedback {
		if fb.Type != "nack" || fb.Parameter != "" {
			kept = append(kept, fb)
		}
	}
	info.RTCPFeedback = kept
	return r
}
