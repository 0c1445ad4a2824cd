package room

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cutout/netvideo"

	"github.com/pion/interceptor"
)

// A leak loses a share of the packets that come, those sent again too, once it is open.
type leak struct {
	interceptor.NoOp
	mu    sync.Mutex
	share float64
	rnd   *rand.Rand
}

func newLeak() *leak { return &leak{rnd: rand.New(rand.NewPCG(4, 4))} }

func (l *leak) NewInterceptor(string) (interceptor.Interceptor, error) { return l, nil }

func (l *leak) open(share float64) {
	l.mu.Lock()
	l.share = share
	l.mu.Unlock()
}

func (l *leak) loses() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rnd.Float64() < l.share
}

func (l *leak) BindRemoteStream(_ *interceptor.StreamInfo, r interceptor.RTPReader) interceptor.RTPReader {
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		for {
			n, attr, err := r.Read(b, a)
			if err != nil || !l.loses() {
				return n, attr, err
			}
		}
	})
}

// What is lost on the way to a subscriber is asked for and comes, and sound is mended.
func TestLossOnTheWayHere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "loss", "Ada", netvideo.Publisher))
	bob, leak := joinThrough(t, s, "loss")
	p := publishSound(t, ada, PublishOptions{Name: "Ada", Width: 640, Height: 480, Kbps: 1000})
	show(t, p, 640, 480)
	speak(t, p, 440)
	ear := listen(t, bob)
	why(t, bob, netvideo.PictureLive)
	ear.awaits(t, "the tone", 0.4/1.4142)
	for _, share := range []float64{0.05, 0.20} {
		before := bob.Streams()[0]
		leak.open(share)
		begun := time.Now()
		numbers, pics := pictures(t, bob, 90)
		took := time.Since(begun)
		v := bob.Streams()[0]
		st, was := v.Stats, before.Stats
		t.Logf("%2.0f %% lost: %.1f pictures a second, %d recovered, %d lost, %d late, %d skipped, %d freezes, held %v, capture to shown %v, %d key frames asked; sound: %d mended, %d made up",
			share*100, 89/took.Seconds(), st.Recovered-was.Recovered, st.LostPackets-was.LostPackets, st.LatePictures-was.LatePictures, st.Skipped-was.Skipped,
			st.Freezes-was.Freezes, st.JitterDelay.Round(time.Millisecond), inOrder(t, numbers, pics).Round(time.Millisecond), st.KeyFrameRequests-was.KeyFrameRequests,
			st.AudioMended-was.AudioMended, st.AudioLost-was.AudioLost)
		if share >= 0.05 && (st.Recovered == was.Recovered || st.AudioMended == was.AudioMended) {
			t.Errorf("%v lost: %d packets recovered, %d pieces of sound mended", share, st.Recovered-was.Recovered, st.AudioMended-was.AudioMended)
		}
		if lost, back := st.LostPackets-was.LostPackets, st.Recovered-was.Recovered; lost > 5+back/5 {
			t.Errorf("%v lost: %d packets were given up, %d came again", share, lost, back)
		}
	}
	leak.open(0)
	eventually(t, "a good way again", func() bool {
		v := bob.Streams()[0]
		return v.NoPicture == netvideo.PictureLive && v.Stats.FPS > 20
	})
}
