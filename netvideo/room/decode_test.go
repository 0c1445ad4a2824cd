package room

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"cutout/netvideo/codec/rtpvp8"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/internal/jitter"
	"cutout/netvideo/room/internal/wire"
)

// clip is n frames of numbered pictures, the first a key frame.
func clip(t testing.TB, n, w, h int) (frames [][]byte) {
	t.Helper()
	enc, err := vp8.NewEncoder(vp8.EncoderOptions{Width: w, Height: h})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	for i := range n {
		p, err := enc.Encode(numbered(i, w, h), time.Duration(i+1)*33*time.Millisecond)
		if err != nil || len(p.Data) == 0 {
			t.Fatalf("frame %d: %d bytes, %v", i, len(p.Data), err)
		}
		frames = append(frames, p.Data)
	}
	return frames
}

// decoder is a receiver without a network: what is put into its queue is decoded.
func decoder(t testing.TB) *receiver {
	rx := &receiver{queue: newFrameQueue(), asm: wire.NewAssembler(wire.VP8), playout: jitter.New(rtpClock, covered, unseen, maxHold),
		plea: plea{send: func() {}}, needKey: true, last: time.Now()}
	var wg sync.WaitGroup
	wg.Go(rx.decode)
	t.Cleanup(func() { rx.stopped.Store(true); rx.queue.close(); wg.Wait() })
	return rx
}

// frameAt is the nth frame as it came at a time.
func frameAt(n int, data []byte, came time.Time) wire.Frame {
	return wire.Frame{Data: bytes.Clone(data), Stamp: uint32(n * 3000), Key: vp8.IsKey(data), Came: came,
		VP8: rtpvp8.Descriptor{HasPictureID: true, PictureID: uint16(n)}}
}

// What comes at once, after a stall, is decoded at once, and the newest is shown.
func TestDecoderBehindSkipsToTheNewest(t *testing.T) {
	frames := clip(t, 50, 320, 240)
	rx := decoder(t)
	now := time.Now()
	for n, f := range frames {
		came := now.Add(time.Duration(n-len(frames)) * time.Second / 30)
		if n >= 10 {
			came = now
		}
		rx.enqueue(frameAt(n, f, came))
	}
	eventually(t, "the last picture", func() bool {
		p := rx.newest.Load()
		return p != nil && p.Seq == uint64(len(frames))
	})
	if got := number(rx.newest.Load().Image); got != len(frames)-1 {
		t.Errorf("picture %d is shown", got)
	}
	if st := rx.stats(time.Now()); st.LatePictures < 20 || st.Skipped != 0 {
		t.Errorf("%+v", st)
	}
}

// A key frame that comes while older ones are overdue is gone on with.
func TestKeyFrameOvertakes(t *testing.T) {
	q := newFrameQueue()
	now := time.Now()
	for n := range 5 {
		if q.put(waitingFrame{wire.Frame{Stamp: uint32(n), Came: now, Data: []byte{1}}, now.Add(-time.Second)}) != nil {
			t.Fatal("an ordinary frame overtook")
		}
	}
	if got := q.put(waitingFrame{wire.Frame{Stamp: 9, Key: true, Came: now, Data: []byte{0}}, now}); len(got) != 5 {
		t.Errorf("%d frames were let go", len(got))
	}
	if f := q.take(); f.Stamp != 9 || !f.Lost || q.bytes != 0 {
		t.Errorf("%+v", f)
	}
}

func TestFrameQueueIsBounded(t *testing.T) {
	q := newFrameQueue()
	now := time.Now()
	for n := range 1000 {
		q.put(waitingFrame{wire.Frame{Came: now, Data: make([]byte, 1<<(n%24))}, now.Add(time.Hour)})
		if len(q.frames) > maxWaiting || q.bytes > maxWaitingBytes && len(q.frames) > 1 {
			t.Fatalf("%d frames of %d bytes wait", len(q.frames), q.bytes)
		}
	}
}

// A stream that floods is decoded no faster than allowed, and followed again afterwards.
func TestFloodIsDecodedAsFarAsItMay(t *testing.T) {
	frames := clip(t, 2, 64, 64)
	rx := decoder(t)
	begun := time.Now()
	const n = 4000
	for i := range n {
		f := frameAt(i, frames[min(i, 1)], time.Now())
		rx.enqueue(f)
		if i%8 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	took := time.Since(begun)
	rx.mu.Lock()
	skipped := rx.total.Skipped
	rx.mu.Unlock()
	most := fastestBurst + fastest*took.Seconds() + maxWaiting
	if decoded := n - int(skipped); float64(decoded) > most {
		t.Errorf("%d of %d frames were decoded in %v, more than %.0f", decoded, n, took, most)
	}
	time.Sleep(500 * time.Millisecond)
	rx.enqueue(frameAt(n, frames[0], time.Now()))
	before := rx.newest.Load()
	eventually(t, "a picture after the flood", func() bool { return rx.newest.Load() != before && rx.newest.Load() != nil })
}

// BenchmarkReceive is packets to pictures of 640x480, without a network: the picture is
// all that is allocated.
func BenchmarkReceive(b *testing.B) {
	frames := clip(b, 30, 640, 480)
	var payloads [][][]byte
	for _, f := range frames {
		var parts [][]byte
		for at := 0; at < len(f); at += 1100 {
			head := byte(0)
			if at == 0 {
				head = 0x10
			}
			parts = append(parts, append([]byte{head}, f[at:min(at+1100, len(f))]...))
		}
		payloads = append(payloads, parts)
	}
	rx := &receiver{queue: newFrameQueue(), asm: wire.NewAssembler(wire.VP8), playout: jitter.New(rtpClock, covered, unseen, maxHold), plea: plea{send: func() {}}}
	d := &decoding{rx: rx, timer: time.NewTimer(time.Hour), time: allowance{most: 1e9}, pictures: allowance{most: 1e9}}
	defer d.close()
	seq, n := uint16(0), 0
	b.ReportAllocs()
	for b.Loop() {
		parts := payloads[n%len(payloads)]
		now := time.Now()
		for i, p := range parts {
			rx.asm.Push(wire.Packet{Seq: seq, Stamp: uint32(n * 3000), Marker: i == len(parts)-1, Payload: p}, now, rx.enqueue)
			seq++
		}
		f := rx.queue.take()
		f.due = now
		d.one(&f, now)
		rx.asm.Recycle(f.Data)
		n++
	}
	if rx.total.Skipped > 0 || rx.newest.Load() == nil {
		b.Fatalf("%d skipped", rx.total.Skipped)
	}
}
