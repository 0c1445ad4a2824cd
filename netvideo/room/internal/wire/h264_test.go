package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp/codecs"
)

// avc makes n pictures of H.264: parameters and an IDR picture every ten, others of one
// or two slices.
func avc(n int) (frames [][]byte, out []Packet) {
	rnd := rand.New(rand.NewPCG(7, 8))
	payloader := &codecs.H264Payloader{}
	seq := uint16(65500)
	nal := func(head byte, size int) []byte {
		b := append([]byte(nil), 0, 0, 0, 1, head)
		for range size {
			b = append(b, byte(1+rnd.IntN(255)))
		}
		return b
	}
	for i := range n {
		var data []byte
		if i%10 == 0 {
			data = append(append(nal(0x67, 9), nal(0x68, 4)...), nal(0x65, 1+rnd.IntN(5000))...)
		} else {
			data = nal(0x41, 1+rnd.IntN(3000))
			if i%3 == 0 {
				data = append(data, nal(0x41, 1+rnd.IntN(500))...)
			}
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

func TestH264IsPutTogether(t *testing.T) {
	frames, ps := avc(60)
	for name, drop := range map[string]func(p Packet) bool{
		"whole": func(Packet) bool { return false },
		// The rest of a picture whose front is missing is none.
		"a front is lost":       func(p Packet) bool { return p.Stamp == 0 && p.Payload[0]&0x1f == nalFU && p.Payload[1]&0x80 != 0 },
		"an ordinary is lost":   func(p Packet) bool { return p.Stamp == 13*3000 },
		"an end is lost":        func(p Packet) bool { return p.Stamp == 13*3000 && p.Marker },
		"no end is ever marked": func(Packet) bool { return false },
	} {
		a := NewAssembler(H264)
		a.MaxWait = 0
		now := time.Unix(0, 0)
		lost := map[uint32]bool{}
		for _, p := range ps {
			if drop(p) {
				lost[p.Stamp] = true
			}
		}
		got := 0
		for _, p := range ps {
			if drop(p) {
				continue
			}
			if name == "no end is ever marked" {
				p.Marker = false
			}
			a.Push(p, now, func(f Frame) {
				got++
				n := f.Stamp / 3000
				if lost[f.Stamp] || !bytes.Equal(f.Data, frames[n]) || f.Key != (n%10 == 0) {
					t.Errorf("%s: frame %d: %d bytes of %d, key %v", name, n, len(f.Data), len(frames[n]), f.Key)
				}
				if before := n > 0 && lost[f.Stamp-3000]; f.Lost != (before || n == 0 && name != "") && name != "an ordinary is lost" && before {
					t.Errorf("%s: frame %d does not know that the one before is lost", name, n)
				}
			})
		}
		want := len(frames) - len(lost)
		if name == "no end is ever marked" {
			want-- // nobody knows of the last one
		}
		if name == "an end is lost" || name == "an ordinary is lost" {
			// Nothing says that the next one begins where it does, but for key frames.
			if got < want-7 || got > want {
				t.Errorf("%s: %d frames of %d", name, got, want)
			}
		} else if got != want {
			t.Errorf("%s: %d frames of %d", name, got, want)
		}
	}
}

func TestH264OddPayloads(t *testing.T) {
	for name, p := range map[string][]byte{
		"empty": {}, "one byte": {0x65}, "FU-A without its begin": {0x7c, 0x05, 1}, "FU-A of nothing": {0x7c, 0x85},
		"STAP-A too long": {24, 0, 9, 0x67}, "STAP-A of nothing": {24, 0, 0}, "STAP-A with a rest": {24, 0, 1, 0x67, 0}, "MTAP": {26, 0, 0, 0, 0}, "type 0": {0, 1, 2},
	} {
		if out, _, ok := appendNALs(nil, p, false); ok {
			t.Errorf("%s became %v", name, out)
		}
	}
}

func FuzzNALs(f *testing.F) {
	f.Add([]byte{0x65, 1, 2}, true)
	f.Add([]byte{24, 0, 2, 0x67, 1, 0, 1, 0x68}, false)
	f.Add([]byte{0x7c, 0x85, 1, 2}, false)
	f.Fuzz(func(t *testing.T, payload []byte, begun bool) {
		out, _, ok := appendNALs([]byte("x"), payload, begun)
		if len(out) > 1+3*len(payload)+8 || out[0] != 'x' {
			t.Fatalf("%d bytes of %d", len(out), len(payload))
		}
		if ok && len(out) == 1 {
			t.Fatal("nothing was taken for something")
		}
	})
}
