package room

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec/opus"
	"cutout/netvideo/codec/vp8"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// A stranger publishes with the SDK alone, and sends what it likes.
type stranger struct {
	room *lksdk.Room
	out  *webrtc.TrackLocalStaticRTP
}

func newStranger(t *testing.T, s *testServer, session, mime string) *stranger {
	t.Helper()
	room, err := lksdk.ConnectToRoomWithToken(s.url, token(t, session, "Stranger", netvideo.Publisher), lksdk.NewRoomCallback())
	if err != nil {
		t.Fatal(err)
	}
	x := &stranger{room: room}
	t.Cleanup(x.leave)
	x.publish(t, mime)
	return x
}

// publish shows a track, in place of the one before.
func (x *stranger) publish(t *testing.T, mime string) {
	t.Helper()
	for _, p := range x.room.LocalParticipant.TrackPublications() {
		must(t, x.room.LocalParticipant.UnpublishTrack(p.SID()))
	}
	kind, o := "video", lksdk.TrackPublicationOptions{Name: "odd", Source: livekit.TrackSource_CAMERA, VideoWidth: 64, VideoHeight: 64}
	format := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rtpClock}
	if mime == webrtc.MimeTypeOpus {
		kind, o = "audio", lksdk.TrackPublicationOptions{Name: "odd", Source: livekit.TrackSource_MICROPHONE}
		format.ClockRate, format.Channels = opus.SampleRate, 2
	}
	var err error
	x.out, err = webrtc.NewTrackLocalStaticRTP(format, kind, "stranger")
	must(t, err)
	_, err = x.room.LocalParticipant.PublishTrack(x.out, &o)
	must(t, err)
}

func (x *stranger) leave() {
	pcs := []*webrtc.PeerConnection{x.room.LocalParticipant.GetPublisherPeerConnection(), x.room.LocalParticipant.GetSubscriberPeerConnection()}
	x.room.Disconnect()
	for _, pc := range pcs {
		if pc != nil {
			_ = pc.GracefulClose()
		}
	}
}

// A feed numbers packets.
type feed struct {
	x     *stranger
	seq   uint16
	stamp uint32
	parts rtp.Payloader
}

func (f *feed) packet(payload []byte, marker bool) {
	f.seq++
	_ = f.x.out.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: f.seq, Timestamp: f.stamp, Marker: marker}, Payload: payload})
}

func (f *feed) frame(data []byte) {
	parts := f.parts.Payload(1100, data)
	for i, p := range parts {
		f.packet(p, i == len(parts)-1)
	}
	f.stamp += 3000
}

func noise(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Int())
	}
	return b
}

// attacks are what a hostile publisher may send; each is called until its time is over.
func attacks(t *testing.T) map[string]func(f *feed, rnd *rand.Rand) {
	enc, err := vp8.NewEncoder(vp8.EncoderOptions{Width: 64, Height: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	key, err := enc.Encode(flat(64, 64, 99), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	inter, err := enc.Encode(flat(64, 64, 120), 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func(f *feed, rnd *rand.Rand){
		"a thousand pictures a second": func(f *feed, rnd *rand.Rand) {
			f.frame(key.Data)
			for range 50 {
				f.frame(inter.Data)
			}
			time.Sleep(50 * time.Millisecond)
		},
		"noise": func(f *feed, rnd *rand.Rand) {
			f.packet(noise(rnd, 1+rnd.IntN(1000)), rnd.IntN(3) == 0)
			f.stamp += uint32(rnd.IntN(5000))
			time.Sleep(time.Millisecond)
		},
		"broken pictures": func(f *feed, rnd *rand.Rand) {
			for _, d := range [][]byte{key.Data, inter.Data} {
				d = append([]byte(nil), d...)
				for range 1 + rnd.IntN(8) {
					d[rnd.IntN(len(d))] = byte(rnd.Int())
				}
				f.frame(d[:1+rnd.IntN(len(d))])
			}
			time.Sleep(5 * time.Millisecond)
		},
		"huge sizes": func(f *feed, rnd *rand.Rand) {
			d := append([]byte(nil), key.Data...)
			d[6], d[7], d[8], d[9] = 0xff, 0x3f, 0xff, 0x3f
			f.frame(d)
			time.Sleep(10 * time.Millisecond)
		},
		"a picture without an end": func(f *feed, rnd *rand.Rand) {
			f.packet(append([]byte{0x10, 0}, noise(rnd, 1000)...), false)
			for range 100 {
				f.packet(append([]byte{0, 1}, noise(rnd, 1000)...), false)
			}
			time.Sleep(20 * time.Millisecond)
		},
		"numbers that jump": func(f *feed, rnd *rand.Rand) {
			f.seq += uint16(rnd.Int())
			f.stamp += uint32(rnd.Int())
			f.frame(key.Data)
			time.Sleep(5 * time.Millisecond)
		},
	}
}

// A bystander sees an honest publisher beside a hostile one.
type bystander struct {
	*Room
	honest *Publisher
}

// stands joins, and has somebody honest show pictures of 320x240.
func stands(t *testing.T, s *testServer, session string) *bystander {
	t.Helper()
	ada := join(t, s, token(t, session, "Ada", netvideo.Publisher))
	b := &bystander{join(t, s, token(t, session, "Bob", netvideo.Subscriber)), publish(t, ada, "honest")}
	eventually(t, "Ada", func() bool { return b.view("honest").Picture != nil })
	return b
}

func (b *bystander) view(name string) netvideo.StreamView {
	for _, v := range b.Streams() {
		if v.Stream.Name == name {
			return v
		}
	}
	return netvideo.StreamView{}
}

// bears is attacked for a second. As many honest pictures come as are sent meanwhile, and
// what is held is bounded.
func (b *bystander) bears(t *testing.T, name string, attack func()) {
	t.Helper()
	before, sent, spent := b.view("honest"), b.honest.Stats().Encoded, cpu()
	begun := time.Now()
	for time.Since(begun) < time.Second {
		attack()
	}
	took := time.Since(begun)
	v := b.view("honest")
	sent, spent = b.honest.Stats().Encoded-sent, cpu()-spent
	seen := v.Picture.Seq - before.Picture.Seq
	// The server's way to Bob may overflow once; a key frame mends that.
	if seen+15 < sent {
		t.Errorf("%s: %d of Ada's %d pictures were seen", name, seen, sent)
	}
	if v.Stats.Skipped > before.Stats.Skipped+30 || v.Stats.LostPackets > before.Stats.LostPackets+30 {
		t.Errorf("%s: %d of Ada's pictures were skipped, %d packets lost", name, v.Stats.Skipped-before.Stats.Skipped, v.Stats.LostPackets-before.Stats.LostPackets)
	}
	eventually(t, name+": Ada is seen", func() bool { return b.view("honest").NoPicture == netvideo.PictureLive })
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	o := b.view("odd")
	t.Logf("%-30s %d of Ada's %d pictures seen; the stranger: %q, %.0f a second, %d skipped, %d late, %d requests; %.0f %% of a core, heap %d MB",
		name, seen, sent, o.NoPicture, o.Stats.FPS, o.Stats.Skipped, o.Stats.LatePictures, o.Stats.KeyFrameRequests,
		100*spent.Seconds()/took.Seconds(), mem.HeapAlloc>>20)
	if mem.HeapAlloc > 200<<20 {
		t.Errorf("%s: %d MB are held", name, mem.HeapAlloc>>20)
	}
}

// Whatever a hostile publisher sends, others' pictures go on, nothing breaks, and what
// it costs is bounded.
func TestHostilePublisher(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := stands(t, s, "hostile")
	x := newStranger(t, s, "hostile", webrtc.MimeTypeVP8)
	rnd := rand.New(rand.NewPCG(1, 1))
	f := &feed{x: x, parts: &codecs.VP8Payloader{EnablePictureID: true}}
	for name, attack := range attacks(t) {
		b.bears(t, name, func() { attack(f, rnd) })
	}
	x.publish(t, webrtc.MimeTypeH264)
	f.parts = &codecs.H264Payloader{}
	for name, attack := range attacksH264(t) {
		b.bears(t, "H.264: "+name, func() { attack(f, rnd) })
	}
	x.publish(t, webrtc.MimeTypeOpus)
	listen(t, b.Room)
	for name, attack := range attacksOpus(t) {
		b.bears(t, "Opus: "+name, func() { attack(f, rnd) })
	}
}
