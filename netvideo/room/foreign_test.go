package room

import (
	"sync"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec"
	"cutout/netvideo/codec/h264"
	"cutout/netvideo/codec/vp8"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// What comes as something that is not decoded here is said to be that.
func TestForeignCodec(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bob := join(t, s, token(t, "foreign", "Bob", netvideo.Subscriber))
	x := newStranger(t, s, "foreign", webrtc.MimeTypeVP9)
	stop := x.repeat(33*time.Millisecond, func(f *feed) { f.packet([]byte{0x08, 0x82, 0x49, 0x83, 0x42}, true); f.stamp += 3000 })
	defer stop()
	v := why(t, bob, netvideo.CodecUnsupported)
	if v.Stream.ID != netvideo.StreamID(v.Stream.Connection.ID, "camera") {
		t.Errorf("a camera is stream %s", v.Stream.ID)
	}
}

// repeat has a new feed send something at a pace until stop.
func (x *stranger) repeat(pace time.Duration, send func(*feed)) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		f := &feed{x: x}
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				send(f)
			}
		}
	})
	return sync.OnceFunc(func() { close(done); wg.Wait() })
}

// showing sends numbered pictures as a browser does: a key frame every second, or when
// the size changes.
func (x *stranger) showing(t *testing.T, mime string, w, h int) (stop func()) {
	t.Helper()
	var enc codec.Encoder
	var parts rtp.Payloader
	var err error
	if mime == webrtc.MimeTypeH264 {
		enc, err = h264.NewEncoder(h264.EncoderOptions{Width: w, Height: h})
		parts = &codecs.H264Payloader{}
	} else {
		enc, err = vp8.NewEncoder(vp8.EncoderOptions{Width: w, Height: h})
		parts = &codecs.VP8Payloader{EnablePictureID: true}
	}
	must(t, err)
	n := 0
	end := x.repeat(time.Second/30, func(f *feed) {
		f.parts = parts
		if n%30 == 0 {
			enc.ForceKeyFrame()
		}
		n++
		p, err := enc.Encode(numbered(n%4096, w, h), time.Duration(n)*33*time.Millisecond)
		if err != nil {
			t.Error(err)
			return
		}
		if len(p.Data) > 0 {
			f.frame(p.Data)
		}
	})
	return func() { end(); _ = enc.Close() }
}

// A publisher that changes from one codec to the other, and the size with it, is
// followed; H.264 comes as browsers send it: parameter sets in one packet, slices in
// several.
func TestPublisherChangesCodec(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bob := join(t, s, token(t, "codecs", "Bob", netvideo.Subscriber))
	x := &stranger{}
	for i, c := range []struct {
		mime string
		w, h int
	}{{webrtc.MimeTypeH264, 640, 480}, {webrtc.MimeTypeVP8, 320, 240}, {webrtc.MimeTypeH264, 320, 240}} {
		if i == 0 {
			x = newStranger(t, s, "codecs", c.mime)
		} else {
			x.publish(t, c.mime)
		}
		stop := x.showing(t, c.mime, c.w, c.h)
		since := time.Now()
		eventually(t, c.mime, func() bool {
			v := bob.Streams()
			return len(v) == 1 && v[0].Picture != nil && v[0].NoPicture == netvideo.PictureLive &&
				v[0].Picture.Decoded.After(since) && v[0].Picture.Image.Rect.Dx() == c.w && v[0].Picture.Image.Rect.Dy() == c.h
		})
		took := time.Since(since)
		numbers, pics := pictures(t, bob, 30)
		for j, n := range numbers[1:] {
			if step := n - numbers[j]; step <= 0 || step > 2000 {
				t.Errorf("%s: picture %d after %d", c.mime, n, numbers[j])
			}
		}
		v := bob.Streams()[0]
		t.Logf("%s of %v: the first picture %v after it was published, then %d a second, %d skipped, decoding takes %v",
			c.mime, pics[0].Image.Rect.Max, took.Round(time.Millisecond), int(v.Stats.FPS), v.Stats.Skipped, v.Stats.DecodeTime)
		stop()
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
