package room

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo/codec"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

const (
	// keyFrameEvery is the least time between two key frames of a layer made on demand:
	// several who ask at once are answered by one, and one who asks in vain waits no
	// longer. keyFrameMost is the least on a thin line, where key frames may take half
	// of the bits.
	keyFrameEvery = 250 * time.Millisecond
	keyFrameMost  = time.Second

	// From these widths on a picture is sent in two and three layers, those at which
	// livekit-client does.
	twoLayers, threeLayers = 480, 960
	maxLayers              = 3
)

func layersOf(o PublishOptions) (int, error) {
	switch {
	case o.Layers < 0 || o.Layers > maxLayers:
		return 0, fmt.Errorf("a picture in %d layers: 1 to %d are possible", o.Layers, maxLayers)
	case o.Layers > 0:
		return o.Layers, nil
	case o.Width >= threeLayers:
		return 3, nil
	case o.Width >= twoLayers:
		return 2, nil
	}
	return 1, nil
}

// qualities are what LiveKit calls n layers, smallest first.
func qualities(n int) []livekit.VideoQuality {
	return [][]livekit.VideoQuality{
		{livekit.VideoQuality_HIGH},
		{livekit.VideoQuality_LOW, livekit.VideoQuality_HIGH},
		{livekit.VideoQuality_LOW, livekit.VideoQuality_MEDIUM, livekit.VideoQuality_HIGH},
	}[n-1]
}

// A layer is one size of a camera's picture.
type layer struct {
	scale   float64 // how many times smaller than the whole
	wantKey atomic.Bool

	mu       sync.Mutex
	on       bool
	kbps     int     // its target
	now      float64 // the scale now
	w, h     int
	lastKey  time.Time
	keyBytes int
	second   window
	said     reported
}

// reported is what the server says of an SSRC of ours, and of those before it.
type reported struct {
	ssrc         uint32
	lost, resent int64 // of this SSRC
	lostBefore   int64 // of those before
	resentBefore int64
	share        float64 // of the newest that was lost
	nacks, plis  uint64
}

func (r *reported) from(ssrc uint32) {
	if r.ssrc != ssrc {
		r.lostBefore, r.resentBefore = r.lostBefore+r.lost, r.resentBefore+r.resent
		r.ssrc, r.lost, r.resent, r.share = ssrc, 0, 0, 0
	}
}

// hear takes what the receiver of an SSRC sends back.
func (r *reported) hear(ssrc uint32, packet rtcp.Packet) {
	switch p := packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		r.plis++
	case *rtcp.TransportLayerNack:
		for _, pair := range p.Nacks {
			r.nacks += uint64(len(pair.PacketList()))
		}
	case *rtcp.ReceiverReport:
		for _, report := range p.Reports {
			if report.SSRC == ssrc {
				r.from(ssrc)
				// 24 bits with a sign: what comes twice counts back (RFC 3550, 6.4.1).
				r.lost = max(int64(int32(report.TotalLost<<8)>>8), 0)
				r.share = float64(report.FractionLost) / 256
			}
		}
	}
}

// feedback hears what the receivers of a layer send.
func (l *layer) feedback(ssrc uint32, packet rtcp.Packet) {
	switch packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		l.wantKey.Store(true)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.hear(ssrc, packet)
}

// keyDue reports, once for all who asked, that the next picture is to be a key frame.
func (l *layer) keyDue(now time.Time) bool {
	if !l.wantKey.Load() || !l.mayKey(now) {
		return false
	}
	l.wantKey.Store(false)
	return true
}

// asked: somebody waits for a key frame, and may have it.
func (l *layer) asked(now time.Time) bool { return l.wantKey.Load() && l.mayKey(now) }

func (l *layer) mayKey(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	pause := keyFrameEvery
	if l.kbps > 0 {
		half := 2 * time.Duration(l.keyBytes) * 8 * time.Millisecond / time.Duration(l.kbps)
		pause = min(max(pause, half), keyFrameMost)
	}
	return l.on && now.Sub(l.lastKey) >= pause
}

// sent takes note of a picture that was sent.
func (l *layer) sent(p codec.Packet, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w, l.h = p.Width, p.Height
	if p.Key {
		l.lastKey, l.keyBytes = at, len(p.Data)
	}
	l.second.add(sample{at: at, bytes: len(p.Data)})
}

// published are the codecs of what may be published in a room that is joined.
func published(j *livekit.JoinResponse) *[]string {
	var all []string
	for _, c := range j.GetEnabledPublishCodecs() {
		all = append(all, c.GetMime())
	}
	return &all
}

// pictureCodec is the MIME type of what pictures are sent as to a server that takes some,
// VP8 unless H.264 is asked for or the server takes no VP8.
func pictureCodec(takes *[]string, h264 bool) (string, error) {
	has := func(mime string) bool {
		return takes == nil || len(*takes) == 0 ||
			slices.ContainsFunc(*takes, func(s string) bool { return strings.EqualFold(s, mime) })
	}
	vp8 := has(webrtc.MimeTypeVP8)
	switch {
	case has(webrtc.MimeTypeH264) && (h264 || !vp8):
		return webrtc.MimeTypeH264, nil
	case vp8:
		return webrtc.MimeTypeVP8, nil
	}
	return "", fmt.Errorf("the server takes neither VP8 nor H.264, only %s", strings.Join(*takes, ", "))
}

// newTracks makes a track for every layer, as the SDK wants them.
func (c *camera) newTracks(l *link) ([]*lksdk.LocalTrack, *lksdk.TrackPublicationOptions, error) {
	mime, err := pictureCodec(l.codecs.Load(), c.p.o.H264)
	if err != nil {
		return nil, nil, err
	}
	if use := mime == webrtc.MimeTypeH264; c.h264.Swap(use) != use {
		if err := c.enc.Renew(); err != nil {
			return nil, nil, err
		}
	}
	w, h := c.size()
	o := &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_CAMERA, VideoWidth: w, VideoHeight: h}
	id := guid.New("TR_")
	var all []*lksdk.LocalTrack
	for i, quality := range qualities(len(c.layers)) {
		t, err := c.newTrack(i, quality, id, mime)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, t)
	}
	return all, o, nil
}

func (c *camera) newTrack(i int, quality livekit.VideoQuality, id, mime string) (*lksdk.LocalTrack, error) {
	l := c.layers[i]
	var t *lksdk.LocalTrack
	with := []lksdk.LocalTrackOptions{lksdk.WithRTCPHandler(func(p rtcp.Packet) { l.feedback(uint32(t.SSRC()), p) })}
	if len(c.layers) > 1 {
		w, h := c.size()
		with = append(with, lksdk.WithSimulcast(id, &livekit.VideoLayer{
			Quality: quality, Width: uint32(float64(w) / l.scale), Height: uint32(float64(h) / l.scale),
			Bitrate: uint32(c.policy.Most(i) * 1000),
		}))
	}
	t, err := lksdk.NewLocalTrack(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rtpClock}, with...)
	if err != nil {
		return nil, err
	}
	t.OnBind(func() { l.wantKey.Store(true) })
	return t, nil
}
