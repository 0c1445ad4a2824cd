package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"cutout/netvideo/codec/rtpvp8"

	"github.com/pion/rtp/codecs"
)

// packets cuts n made-up frames of up to 4000 bytes into packets, as a publisher does.
func packets(n int, first uint16) (frames [][]byte, out []Packet) {
	rnd := rand.New(rand.NewPCG(3, 4))
	payloader := &codecs.VP8Payloader{EnablePictureID: true}
	seq := first
	for i := range n {
		data := make([]byte, 1+rnd.IntN(4000))
		for j := range data {
			data[j] = byte(rnd.Int())
		}
		if data[0] |= 1; i == 0 {
			data[0] &^= 1 // a key frame, and the others are none (RFC 6386, 9.1)
		}
		frames = append(frames, data)
		parts := payloader.Payload(1200, data)
		for j, part := range parts {
			out = append(out, Packet{Seq: seq, Stamp: uint32(i * 3000), Marker: j == len(parts)-1, Payload: part})
			seq++
		}
	}
	return frames, out
}

type collector struct{ frames []Frame }

func (c *collector) take(f Frame) { c.frames = append(c.frames, f) }

func TestAssemblerKeepsOrder(t *testing.T) {
	for name, shuffle := range map[string]int{"in order": 0, "swapped": 1, "shuffled": 20} {
		frames, ps := packets(200, 65000) // over the end of the numbers
		rnd := rand.New(rand.NewPCG(5, 6))
		for i := 1; i+shuffle < len(ps) && shuffle > 0; i += shuffle + 1 { // the first stays
			rnd.Shuffle(shuffle+1, func(a, b int) { ps[i+a], ps[i+b] = ps[i+b], ps[i+a] })
		}
		a := newAssembler(time.Hour)
		var got collector
		for _, p := range ps {
			a.Push(p, time.Unix(0, 0), got.take)
			a.Push(p, time.Unix(0, 0), got.take) // twice does nothing
		}
		if len(got.frames) != len(frames) || a.counts.Lost != 0 {
			t.Fatalf("%s: %d frames of %d, %d lost", name, len(got.frames), len(frames), a.counts.Lost)
		}
		for i, f := range got.frames {
			if !bytes.Equal(f.Data, frames[i]) || f.Lost != (i == 0) {
				t.Fatalf("%s: frame %d: %d bytes of %d, broken %v", name, i, len(f.Data), len(frames[i]), f.Lost)
			}
		}
	}
}

func TestAssemblerWaitsAndGoesOn(t *testing.T) {
	frames, ps := packets(30, 7)
	drop := -1
	for i, p := range ps { // a packet in the middle of frame 10
		if p.Stamp == 10*3000 {
			drop = i
			break
		}
	}
	now := time.Unix(100, 0)
	a := newAssembler(100 * time.Millisecond)
	var got collector
	for i, p := range ps {
		if i != drop {
			a.Push(p, now, got.take)
		}
		now = now.Add(6 * time.Millisecond)
		if i == drop+3 && len(got.frames) != 10 {
			t.Fatalf("%d frames came past a missing packet", len(got.frames))
		}
	}
	for _, f := range got.frames[1:10] {
		if f.Lost {
			t.Fatal("a frame before the loss is broken")
		}
	}
	if a.counts.Lost != 1 {
		t.Errorf("%d packets lost", a.counts.Lost)
	}
	if f := got.frames[10]; !f.Lost || !bytes.Equal(f.Data, frames[11]) {
		t.Errorf("after the loss: broken %v, %d bytes", f.Lost, len(f.Data))
	}
	for i, f := range got.frames[11:] {
		if f.Lost || !bytes.Equal(f.Data, frames[12+i]) {
			t.Errorf("frame %d is not whole", 12+i)
		}
	}
	if len(got.frames) != len(frames)-1 {
		t.Errorf("%d frames of %d", len(got.frames), len(frames))
	}

	// A packet that was sent again in time mends it.
	a, got = newAssembler(time.Hour), collector{}
	for i, p := range ps {
		if i != drop {
			a.Push(p, now, got.take)
		}
		if i == drop+20 {
			a.Push(ps[drop], now, got.take)
		}
	}
	if len(got.frames) != len(frames) || a.counts.Lost != 0 {
		t.Errorf("mended: %d frames of %d, %d lost", len(got.frames), len(frames), a.counts.Lost)
	}
}

// What a network does to packets: those lost are asked for, and come a round trip later
// when neither question nor answer is lost.
func TestMissingPacketsAreAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		loss    float64
		rtt     time.Duration
		whole   float64 // share of frames that come whole, at least
		perLost float64 // questions for each lost packet, at most
	}{
		"no loss":         {0, 20 * time.Millisecond, 1, 0},
		"1 %, near":       {0.01, 5 * time.Millisecond, 1, 1.3},
		"5 %, 50 ms":      {0.05, 50 * time.Millisecond, 0.995, 1.5},
		"20 %, 50 ms":     {0.20, 50 * time.Millisecond, 0.90, 2.2},
		"10 %, 300 ms":    {0.10, 300 * time.Millisecond, 0.97, 1.7},
		"every tenth far": {0.10, 150 * time.Millisecond, 0.97, 1.7},
	} {
		frames, ps := packets(600, 65000)
		rnd := rand.New(rand.NewPCG(9, 9))
		a := newAssembler(time.Second)
		a.SetRTT(c.rtt * 5 / 4) // as the transport knows it
		type coming struct {
			at time.Duration
			p  Packet
		}
		var way []coming
		lost, whole := 0, 0
		bySeq := map[uint16]Packet{}
		sent := map[uint16]time.Duration{}
		for _, p := range ps {
			at := time.Duration(p.Stamp/3000) * time.Second / 30
			bySeq[p.Seq], sent[p.Seq] = p, at
			if rnd.Float64() < c.loss && p.Seq != ps[0].Seq {
				lost++
				continue
			}
			way = append(way, coming{at + c.rtt/2, p})
		}
		emit := func(f Frame) {
			if bytes.Equal(f.Data, frames[f.Stamp/3000]) {
				whole++
			}
			a.Recycle(f.Data)
		}
		var asked int
		epoch := time.Unix(0, 0)
		for now := time.Duration(0); now < 23*time.Second; now += time.Millisecond {
			for i := 0; i < len(way); i++ {
				if way[i].at <= now {
					a.Push(way[i].p, epoch.Add(now), emit)
					way = append(way[:i], way[i+1:]...)
					i--
				}
			}
			a.MaxWait = a.Useful()
			a.Wait(epoch.Add(now), emit)
			for _, seq := range a.Ask(nil, epoch.Add(now)) {
				asked++
				at, known := sent[seq]
				if !known || at+c.rtt/2 > now { // it was not sent yet
					continue
				}
				if rnd.Float64() >= 1-(1-c.loss)*(1-c.loss) { // neither the plea nor the answer is lost
					way = append(way, coming{now + c.rtt, bySeq[seq]})
				}
			}
		}
		n := a.Counts()
		t.Logf("%-16s %d of %d frames whole, %d packets lost, asked %d times, %d recovered, %d given up, RTT %v",
			name, whole, len(frames), lost, asked, n.Recovered, n.Lost, a.RTT().Round(time.Millisecond))
		if float64(whole) < c.whole*float64(len(frames)) || float64(asked) > c.perLost*float64(lost)+1 || uint64(asked) != n.Asked {
			t.Errorf("%s: %d of %d frames, asked %d times for %d", name, whole, len(frames), asked, lost)
		}
		if lost > 100 && (a.RTT() < c.rtt-5*time.Millisecond || a.RTT() > c.rtt+c.rtt/2+5*time.Millisecond) {
			t.Errorf("%s: a round trip of %v was measured", name, a.RTT())
		}
	}
}

// A key frame that came whole is not kept waiting by what was lost before it.
func TestKeyFrameEndsTheWait(t *testing.T) {
	frames, ps := packets(20, 7)
	keyed := append([]byte(nil), frames[10]...)
	now := time.Unix(0, 0)
	a := newAssembler(time.Hour)
	var got collector
	for _, p := range ps {
		if p.Stamp == 5*3000 {
			continue // all of the fifth frame
		}
		if p.Stamp == 10*3000 {
			p.Payload = append([]byte(nil), p.Payload...)
			if d, rest, err := rtpvp8.Parse(p.Payload); err == nil && d.Start {
				rest[0] &^= 1
				keyed[0] &^= 1
			}
		}
		a.Push(p, now, got.take)
	}
	if len(got.frames) != 15 || !got.frames[5].Key || !got.frames[5].Lost || !bytes.Equal(got.frames[5].Data, keyed) {
		t.Fatalf("%d frames", len(got.frames))
	}
}

func TestAssemblerSurvivesAJump(t *testing.T) {
	frames, ps := packets(10, 7)
	_, later := packets(10, 30000)
	a := newAssembler(time.Hour)
	var got collector
	for _, p := range append(ps, later...) {
		a.Push(p, time.Unix(0, 0), got.take)
	}
	if len(got.frames) != 20 || !got.frames[10].Lost || !bytes.Equal(got.frames[10].Data, frames[0]) {
		t.Errorf("%d frames", len(got.frames))
	}
}

// FuzzAssembler: whatever packets come in whatever order, what is held is bounded,
// frames of H.264 and VP8 alike, and nothing panics.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0x90, 0x80, 0x80, 1, 1, 3})
	f.Add([]byte{9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 1, 2, 255, 255})
	f.Add([]byte{1, 0, 7, 0x65, 1, 2, 24, 0, 3, 0x67, 1, 2, 0x7c, 0x85, 1, 0x7c, 0x45, 1, 0x18, 0, 2, 0, 0, 4, 0x65, 1, 1, 0x7c, 0x85, 1})
	f.Add([]byte{0x7c, 0x85, 5, 1, 1, 1, 0x7c, 5, 3, 0x7c, 0x45, 7, 30, 30, 30})
	f.Fuzz(func(t *testing.T, script []byte) {
		_, ps := packets(20, 65500)
		a := newAssembler(10 * time.Millisecond)
		now := time.Unix(0, 0)
		var refs References
		emit := func(f Frame) {
			if len(f.Data) > maxFrame || f.Came.IsZero() {
				t.Fatal("too large a frame, or of no time")
			}
			if refs.Take(&f) && refs.NeedKey() {
				t.Fatal("a frame can be decoded though a key frame is needed")
			}
			if f.Disposable() {
				refs.Drop(&f)
			}
			a.Recycle(f.Data)
		}
		for i := 0; i+3 <= len(script); i += 3 {
			p := ps[int(script[i])%len(ps)]
			p.Seq += uint16(script[i+1]) * 300
			if script[i+2]&1 != 0 {
				p.Payload = script[i:]
			}
			p.Marker = p.Marker != (script[i+2]&2 != 0)
			now = now.Add(time.Duration(script[i+2]) * time.Millisecond / 8)
			a.Push(p, now, emit)
			a.Wait(now, emit)
			if n := len(a.Ask(nil, now)); n > maxAsked+1 || a.held < 0 || a.held > reorderPackets {
				t.Fatalf("%d packets held, %d asked for", a.held, n)
			}
			if script[i+2]&4 != 0 {
				a.Codec = 1 - a.Codec
			}
		}
	})
}

func newAssembler(maxWait time.Duration) *Assembler {
	a := NewAssembler(VP8)
	a.MaxWait = maxWait
	return a
}

// The end of a frame that nothing follows is asked for, and so is what a picture that
// stands still lost.
func TestTheEndIsAskedFor(t *testing.T) {
	_, ps := packets(10, 65530)
	var cut []Packet
	for i := len(ps) - 1; cut == nil; i-- {
		if !ps[i-1].Marker { // a frame of two packets or more
			cut = ps[:i]
		}
	}
	a := newAssembler(time.Second)
	now := time.Unix(0, 0)
	for _, p := range cut {
		a.Push(p, now, func(Frame) {})
	}
	if got := a.Ask(nil, now.Add(5*time.Millisecond)); len(got) != 0 || !a.Missing() {
		t.Errorf("asked for %v at once", got)
	}
	want := cut[len(cut)-1].Seq + 1
	if got := a.Ask(nil, now.Add(tailPause)); len(got) != 1 || got[0] != want {
		t.Errorf("asked for %v, not %d", got, want)
	}
	if got := a.Ask(nil, now.Add(tailPause+time.Millisecond)); len(got) != 0 {
		t.Errorf("asked for %v again at once", got)
	}
	tries := 1
	for d := tailPause; d < 30*time.Second; d += time.Millisecond {
		tries += len(a.Ask(nil, now.Add(d)))
	}
	if tries != maxTries {
		t.Errorf("asked %d times", tries)
	}
}
