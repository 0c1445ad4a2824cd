package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// packets cuts n made-up frames of up to 4000 bytes into packets, as a publisher does.
func packets(n int, first uint16) (frames [][]byte, out []*rtp.Packet) {
	rnd := rand.New(rand.NewPCG(3, 4))
	payloader := &codecs.VP8Payloader{EnablePictureID: true}
	seq := first
	for i := range n {
		data := make([]byte, 1+rnd.IntN(4000))
		for j := range data {
			data[j] = byte(rnd.Int())
		}
		frames = append(frames, data)
		parts := payloader.Payload(1200, data)
		for j, part := range parts {
			out = append(out, &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq,
				Timestamp: uint32(i * 3000), Marker: j == len(parts)-1}, Payload: part})
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
		a := Assembler{MaxWait: time.Hour}
		var got collector
		for _, p := range ps {
			a.Push(p, time.Unix(0, 0), got.take)
			a.Push(p, time.Unix(0, 0), got.take) // twice does nothing
		}
		if len(got.frames) != len(frames) || a.lost != 0 {
			t.Fatalf("%s: %d frames of %d, %d lost", name, len(got.frames), len(frames), a.lost)
		}
		for i, f := range got.frames {
			if !bytes.Equal(f.Data, frames[i]) || f.Broken {
				t.Fatalf("%s: frame %d: %d bytes of %d, broken %v", name, i, len(f.Data), len(frames[i]), f.Broken)
			}
		}
	}
}

func TestAssemblerWaitsAndGoesOn(t *testing.T) {
	frames, ps := packets(30, 7)
	drop := -1
	for i, p := range ps { // a packet in the middle of frame 10
		if p.Timestamp == 10*3000 {
			drop = i
			break
		}
	}
	now := time.Unix(100, 0)
	a := Assembler{MaxWait: 100 * time.Millisecond}
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
	for _, f := range got.frames[:10] {
		if f.Broken {
			t.Fatal("a frame before the loss is broken")
		}
	}
	if a.lost != 1 {
		t.Errorf("%d packets lost", a.lost)
	}
	if f := got.frames[10]; !f.Broken || !bytes.Equal(f.Data, frames[11]) {
		t.Errorf("after the loss: broken %v, %d bytes", f.Broken, len(f.Data))
	}
	for i, f := range got.frames[11:] {
		if f.Broken || !bytes.Equal(f.Data, frames[12+i]) {
			t.Errorf("frame %d is not whole", 12+i)
		}
	}
	if len(got.frames) != len(frames)-1 {
		t.Errorf("%d frames of %d", len(got.frames), len(frames))
	}

	// A packet that was sent again in time mends it.
	a, got = Assembler{MaxWait: time.Hour}, collector{}
	for i, p := range ps {
		if i != drop {
			a.Push(p, now, got.take)
		}
		if i == drop+20 {
			a.Push(ps[drop], now, got.take)
		}
	}
	if len(got.frames) != len(frames) || a.lost != 0 {
		t.Errorf("mended: %d frames of %d, %d lost", len(got.frames), len(frames), a.lost)
	}
}

func TestAssemblerSurvivesAJump(t *testing.T) {
	frames, ps := packets(10, 7)
	_, later := packets(10, 30000)
	a := Assembler{MaxWait: time.Hour}
	var got collector
	for _, p := range append(ps, later...) {
		a.Push(p, time.Unix(0, 0), got.take)
	}
	if len(got.frames) != 20 || !got.frames[10].Broken || !bytes.Equal(got.frames[10].Data, frames[0]) {
		t.Errorf("%d frames", len(got.frames))
	}
}

func FuzzAssembler(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0x90, 0x80, 0x80, 1, 1, 3})
	f.Add([]byte{9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 1, 2, 255, 255})
	f.Fuzz(func(t *testing.T, script []byte) {
		_, ps := packets(20, 65500)
		a := Assembler{MaxWait: 10 * time.Millisecond}
		now := time.Unix(0, 0)
		total := 0
		emit := func(f Frame) {
			if total += len(f.Data); len(f.Data) > maxFrame {
				t.Fatal("too large a frame")
			}
		}
		for i := 0; i+3 <= len(script); i += 3 {
			p := *ps[int(script[i])%len(ps)]
			p.SequenceNumber += uint16(script[i+1]) * 300
			if script[i+2]&1 != 0 {
				p.Payload = script[i:]
			}
			p.Marker = p.Marker != (script[i+2]&2 != 0)
			now = now.Add(time.Duration(script[i+2]) * time.Millisecond / 8)
			a.Push(&p, now, emit)
			if a.held < 0 || a.held > reorderPackets {
				t.Fatalf("%d packets held", a.held)
			}
		}
	})
}
