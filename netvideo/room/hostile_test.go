package room

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
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
	var err error
	if x.out, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime, ClockRate: rtpClock}, "video", "stranger"); err != nil {
		t.Fatal(err)
	}
	if _, err = x.room.LocalParticipant.PublishTrack(x.out, &lksdk.TrackPublicationOptions{
		Name: "odd", Source: livekit.TrackSource_CAMERA, VideoWidth: 64, VideoHeight: 64}); err != nil {
		t.Fatal(err)
	}
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
	noise := func(rnd *rand.Rand, n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.Int())
		}
		return b
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

// Whatever a hostile publisher sends, others' pictures go on, nothing breaks, and what
// it costs is bounded.
func TestHostilePublisher(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "hostile", "Ada", netvideo.Publisher))
	bob := join(t, s, token(t, "hostile", "Bob", netvideo.Subscriber))
	publish(t, ada, "honest")
	x := newStranger(t, s, "hostile", webrtc.MimeTypeVP8)
	rnd := rand.New(rand.NewPCG(1, 1))
	f := &feed{x: x, parts: &codecs.VP8Payloader{EnablePictureID: true}}
	honest := func() netvideo.StreamView {
		for _, v := range bob.Streams() {
			if v.Stream.Name == "honest" {
				return v
			}
		}
		return netvideo.StreamView{}
	}
	eventually(t, "Ada", func() bool { return honest().Picture != nil })
	for name, attack := range attacks(t) {
		before := honest()
		begun := time.Now()
		for time.Since(begun) < time.Second {
			attack(f, rnd)
		}
		// What comes is gone by soon, and Ada is live all the while.
		eventually(t, name+": Ada is seen", func() bool {
			v := honest()
			return v.NoPicture == netvideo.PictureLive && v.Picture.Seq > before.Picture.Seq+20
		})
		v := honest()
		// The server's way to Bob may overflow once; a key frame mends that.
		if v.Stats.Skipped > before.Stats.Skipped+30 || v.Stats.LostPackets > before.Stats.LostPackets+30 {
			t.Errorf("%s: %d of Ada's pictures were skipped, %d packets lost", name, v.Stats.Skipped-before.Stats.Skipped, v.Stats.LostPackets-before.Stats.LostPackets)
		}
		var mem runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&mem)
		for _, o := range bob.Streams() {
			if o.Stream.Name == "odd" {
				t.Logf("%-30s Ada at %.0f pictures a second, the stranger: %q, %.0f a second, %d skipped, %d late, %d requests; heap %d MB",
					name, v.Stats.FPS, o.NoPicture, o.Stats.FPS, o.Stats.Skipped, o.Stats.LatePictures, o.Stats.KeyFrameRequests, mem.HeapAlloc>>20)
			}
		}
		if mem.HeapAlloc > 200<<20 {
			t.Errorf("%s: %d MB are held", name, mem.HeapAlloc>>20)
		}
	}
}

// A publisher that changes the size of its pictures, its clock and its numbers is
// followed within a picture, as it is where the server changes layers.
func TestPublisherChangesInMidStream(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bob := join(t, s, token(t, "changes", "Bob", netvideo.Subscriber))
	x := newStranger(t, s, "changes", webrtc.MimeTypeVP8)
	f := &feed{x: x, parts: &codecs.VP8Payloader{EnablePictureID: true}}
	sizes := [][2]int{{320, 240}, {640, 480}, {160, 120}, {640, 480}}
	var encs []*vp8.Encoder
	for _, size := range sizes {
		enc, err := vp8.NewEncoder(vp8.EncoderOptions{Width: size[0], Height: size[1]})
		if err != nil {
			t.Fatal(err)
		}
		defer enc.Close()
		encs = append(encs, enc)
	}
	var mu sync.Mutex
	at, rate := 0, time.Second/30
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		was := -1
		for n := 0; ; n++ {
			mu.Lock()
			i, pause := at, rate
			mu.Unlock()
			if i != was || n%30 == 0 {
				encs[i].ForceKeyFrame()
				was = i
			}
			p, err := encs[i].Encode(numbered(n%4096, sizes[i][0], sizes[i][1]), time.Duration(n+1)*33*time.Millisecond)
			if err == nil && len(p.Data) > 0 {
				f.frame(p.Data)
			}
			select {
			case <-done:
				return
			case <-time.After(pause):
			}
		}
	})
	defer func() { close(done); wg.Wait() }()
	for i, size := range sizes {
		mu.Lock()
		at = i
		rate = time.Second / time.Duration(30-8*(i%3))
		mu.Unlock()
		eventually(t, "the next size", func() bool {
			v := bob.Streams()
			return len(v) == 1 && v[0].Picture != nil && v[0].Picture.Image.Rect.Dx() == size[0]
		})
	}
	seq := bob.Streams()[0].Picture.Seq
	v := bob.Streams()[0]
	if v.Stats.Skipped > 2 || v.Stats.LostPackets > 0 { // before the first key frame
		t.Errorf("%d pictures were skipped, %d packets lost", v.Stats.Skipped, v.Stats.LostPackets)
	}
	eventually(t, "more", func() bool { return bob.Streams()[0].Picture.Seq > seq+10 })
}
