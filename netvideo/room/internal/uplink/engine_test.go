package uplink

import (
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A wire is where packets leave.
type wire struct {
	mu   sync.Mutex
	left []left
}

type left struct {
	at      time.Time
	header  rtp.Header
	payload []byte
}

func (w *wire) Write(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = append(w.left, left{time.Now(), h.Clone(), payload})
	return len(payload), nil
}

func (w *wire) all() []left {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]left(nil), w.left...)
}

// media are the packets that are no padding.
func (w *wire) media() (all []left) {
	for _, l := range w.all() {
		if !l.header.Padding {
			all = append(all, l)
		}
	}
	return all
}

const testExtension = 5

func videoInfo(ssrc uint32) *interceptor.StreamInfo {
	return &interceptor.StreamInfo{
		SSRC: ssrc, ClockRate: 90000, MimeType: "video/VP8",
		RTPHeaderExtensions: []interceptor.RTPHeaderExtension{{URI: sdp.TransportCCURI, ID: testExtension}},
		RTCPFeedback:        []interceptor.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}},
	}
}

// bind puts an Uplink between a writer and a wire; tell gives it what the server says.
func bind(t *testing.T) (u *Uplink, w *wire, in interceptor.RTPWriter, tell func(...rtcp.Packet)) {
	t.Helper()
	u, w = New(), &wire{}
	way, err := u.NewInterceptor("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { way.Close(); way.Close() })
	info := videoInfo(7)
	in = way.BindLocalStream(info, w)
	if len(info.RTCPFeedback) != 1 {
		t.Error("the SDK would answer what is asked for again too")
	}
	tell = func(packets ...rtcp.Packet) {
		raw, err := rtcp.Marshal(packets)
		if err != nil {
			t.Fatal(err)
		}
		r := way.BindRTCPReader(interceptor.RTCPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
			return copy(b, raw), a, nil
		}))
		if _, _, err := r.Read(make([]byte, 1500), nil); err != nil {
			t.Fatal(err)
		}
	}
	return u, w, in, tell
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// writePicture writes n packets of size bytes, the first numbered seq.
func writePicture(t *testing.T, in interceptor.RTPWriter, seq uint16, n, size int) {
	t.Helper()
	for i := range n {
		h := rtp.Header{Version: 2, SSRC: 7, PayloadType: 96, SequenceNumber: seq + uint16(i), Timestamp: uint32(seq), Marker: i == n-1}
		payload := make([]byte, size)
		payload[0] = byte(seq + uint16(i))
		if _, err := in.Write(&h, payload, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// A key frame leaves no sooner than the pace lets it: that is physics, so no machine is
// too slow for this test.
func TestKeyFramesDoNotBurst(t *testing.T) {
	_, w, in, _ := bind(t)
	const n, size = 60, 1000
	begun := time.Now()
	writePicture(t, in, 100, n, size)
	eventually(t, "all packets leave", func() bool { return len(w.media()) == n })
	// The first probe, 40 ms at three times, comes on top.
	bits := float64(n*(size+12)*8) - probeFirst*initialRate*probeFor.Seconds() - paceTimes*initialRate*paceBurst.Seconds()
	least := time.Duration(bits / (paceTimes * initialRate) * 1e9)
	if took := time.Since(begun); took < least {
		t.Errorf("%d bytes left within %v; %v is the least", n*size, took, least)
	}
	for i, l := range w.media() {
		if l.payload[0] != byte(100+i) {
			t.Fatalf("packet %d left in place %d", l.payload[0], i)
		}
	}
}

// Every packet has the number after the one before it, on the wire and in its header;
// padding takes its place in both.
func TestPacketsAreNumbered(t *testing.T) {
	_, w, in, _ := bind(t)
	for k := range 5 {
		writePicture(t, in, uint16(65530+3*k), 3, 400)
		eventually(t, "they leave", func() bool { return len(w.media()) == 3*(k+1) })
		if k == 0 {
			eventually(t, "padding", func() bool { return len(w.all()) > len(w.media()) })
		}
	}
	var number, seq uint16
	for i, l := range w.all() {
		var ext rtp.TransportCCExtension
		if err := ext.Unmarshal(l.header.GetExtension(testExtension)); err != nil {
			t.Fatal(err)
		}
		if i > 0 && (ext.TransportSequence != number+1 || l.header.SequenceNumber != seq+1) {
			t.Fatalf("packet %d: %d after %d, sequence number %d after %d", i, ext.TransportSequence, number, l.header.SequenceNumber, seq)
		}
		number, seq = ext.TransportSequence, l.header.SequenceNumber
		if l.header.Padding && int(l.payload[len(l.payload)-1]) != len(l.payload) {
			t.Fatalf("padding of %d bytes says %d", len(l.payload), l.payload[len(l.payload)-1])
		}
	}
}

// What is asked for again is sent again, the same to the byte, once for many who ask at
// once; a second of pictures is kept.
func TestLostPacketsAreSentAgain(t *testing.T) {
	u, w, in, tell := bind(t)
	writePicture(t, in, 10, 4, 300)
	eventually(t, "they leave", func() bool { return len(w.media()) == 4 })
	first := w.all()[1]
	seq := first.header.SequenceNumber
	nack := &rtcp.TransportLayerNack{MediaSSRC: 7, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{seq})}
	tell(nack, nack, &rtcp.TransportLayerNack{MediaSSRC: 7, Nacks: []rtcp.NackPair{{PacketID: 40000, LostPackets: 0xffff}}},
		&rtcp.TransportLayerNack{MediaSSRC: 8, Nacks: []rtcp.NackPair{{PacketID: seq}}})
	var again []left
	eventually(t, "it leaves again", func() bool {
		again = nil
		for _, l := range w.all() {
			if l.header.SequenceNumber == seq {
				again = append(again, l)
			}
		}
		return len(again) > 1
	})
	a, _ := first.header.Marshal()
	b, _ := again[1].header.Marshal()
	if len(again) != 2 || string(a) != string(b) || string(first.payload) != string(again[1].payload) {
		t.Errorf("sent %d times, as %x and %x", len(again), a, b)
	}
	if c := u.Counts(7); c.NACKs != 2+17 || c.Resent != 1 {
		t.Errorf("%+v", c)
	}
	if kept := keptPackets * 1200 * 8 / 1_000_000; kept < 5 {
		t.Errorf("only %d Mbit are kept", kept)
	}
}

// However much is asked for again, and however often, only a part of the way is spent on
// it.
func TestAskingForMuchAgain(t *testing.T) {
	_, w, in, tell := bind(t)
	begun := time.Now()
	const n, size = 60, 1000
	writePicture(t, in, 0, n, size)
	eventually(t, "they leave", func() bool { return len(w.media()) == n })
	var all []uint16
	for _, l := range w.media() {
		all = append(all, l.header.SequenceNumber)
	}
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		tell(&rtcp.TransportLayerNack{MediaSSRC: 7, Nacks: rtcp.NackPairsFromSequenceNumbers(all)})
	}
	bytes := (len(w.media()) - n) * size
	if most := againShare * initialRate / 8 * (time.Since(begun) + againBurst).Seconds(); float64(bytes) > most+size {
		t.Errorf("%d bytes were sent again; %.0f are the most", bytes, most)
	}
	if bytes == 0 {
		t.Error("nothing was sent again")
	}
}

// Whatever a peer connection does at its end, nothing hangs or is left.
func TestClosedWays(t *testing.T) {
	u, w, in, tell := bind(t)
	writePicture(t, in, 1, 2, 100)
	other, _ := u.NewInterceptor("")
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if got := other.BindLocalStream(videoInfo(9), w); got != interceptor.RTPWriter(w) {
		t.Error("a closed way took a stream")
	}
	sound := &interceptor.StreamInfo{SSRC: 8, ClockRate: 48000, RTPHeaderExtensions: videoInfo(1).RTPHeaderExtensions}
	if got := other.BindLocalStream(sound, w); got != interceptor.RTPWriter(w) {
		t.Error("sound was made to wait")
	}
	tell(&rtcp.PictureLossIndication{MediaSSRC: 7})
	u.SetWanted(1000)
	u.State()
}
