package raw

import (
	"fmt"
	"slices"
	"testing"
)

// stuffings fill payloads with what looks like headers.
func stuffings() map[string]func(*stream, []byte) {
	header := func(s *stream, b []byte, flag int, seq byte) {
		var h [HeaderBytes]byte
		s.layout.PutHeader(h[:], 1, seq, s.rng.Uint32())
		h[3] = s.layout.FlagBase + byte(flag)
		copy(b, h[:])
	}
	repeat := func(flag int, add byte) func(*stream, []byte) {
		return func(s *stream, p []byte) {
			for i := 0; i < len(p); i += HeaderBytes {
				header(s, p[i:], flag, s.seq+add)
			}
		}
	}
	return map[string]func(*stream, []byte){
		"random":      nil,
		"own headers": repeat(flagMiddle, 0),
		"next":        repeat(flagMiddle, 1),
		"first":       repeat(flagFirst, 1),
		"last":        repeat(flagLast, 1),
		"a few": func(s *stream, p []byte) {
			for range 3 {
				flag := []int{flagFirst, flagMiddle, flagLast}[s.rng.IntN(3)]
				header(s, p[s.rng.IntN(len(p)):], flag, s.seq+byte(s.rng.IntN(4)))
			}
		},
		"a short last at the end": func(s *stream, p []byte) {
			if n := s.layout.LastPacketBytes(); n < len(p) {
				header(s, p[len(p)-n:], flagLast, s.seq+1)
			}
		},
	}
}

// A rate is how many packets in 10 000 suffer each kind of damage.
type rate struct{ vanish, first, second, short, header, burst int }

// damaged sends frames with damage, for reads of k slots. A packet that vanished is
// empty.
func (s *stream) damaged(frames int, k int, r rate) [][]byte {
	var packets [][]byte
	for range frames {
		packets = append(packets, s.frame()...)
	}
	hit := func(n int) bool { return s.rng.IntN(10_000) < n }
	half := 960 // the device's bus transactions (KINECT: two of 960 a packet)
	if s.layout.PacketBytes < 960 {
		half = s.layout.PacketBytes / 2
	}
	var out [][]byte
	halved := -1
	for i := 0; i < len(packets); i++ {
		p := packets[i]
		h := min(half, len(p))
		switch {
		case hit(r.vanish):
			p = nil
		case s.stuff != nil && i-halved <= k:
			// Two halves that make a whole, in a picture of nothing but headers,
			// cannot be told from a packet.
		case hit(r.first):
			p, halved = p[:h], i
		case hit(r.second):
			p, halved = p[h:], i
		case hit(r.short):
			p, halved = p[:s.rng.IntN(len(p))], i
		case hit(r.header):
			// Not the sequence byte: beside a lost packet, its damage can be
			// impossible to notice. TestSequenceByte has it alone.
			p[[]int{0, 1, 2, 3, 6, 7}[s.rng.IntN(6)]] ^= byte(1 << s.rng.IntN(8))
		case hit(r.burst):
			i += s.rng.IntN(600)
			continue
		}
		out = append(out, p)
	}
	return out
}

// TestRandomDamage damages streams in every way and looks at every byte that comes
// out. Nothing may be wrong outside Missing, and where little is lost most frames
// must come.
func TestRandomDamage(t *testing.T) {
	const frames = 60
	for _, c := range []struct {
		name  string
		rate  rate
		least int // frames out of 60, with random payloads
	}{
		{"nothing", rate{}, 60},
		{"vanish", rate{vanish: 20}, 55},
		{"halves", rate{first: 10, second: 10}, 45},
		{"headers", rate{header: 10}, 35},
		{"bursts", rate{burst: 3}, 30},
		{"all", rate{5, 5, 5, 5, 5, 1}, 20},
		{"much", rate{200, 200, 200, 200, 200, 5}, 0},
		{"only halves", rate{first: 2500, second: 2500}, 0},
	} {
		for stuffing, stuff := range stuffings() {
			for name, l := range layouts() {
				if name == "two" {
					continue // no room for a header inside
				}
				if stuff != nil && l.PacketBytes > 1000 && c.name != "all" && c.name != "only halves" {
					continue // takes long, and adds nothing that the others do not have
				}
				for how, reads := range map[string]func(*stream, [][]byte, int) []Read{"glued": (*stream).glued, "bordered": (*stream).bordered} {
					t.Run(fmt.Sprint(c.name, "/", stuffing, "/", name, "/", how), func(t *testing.T) {
						t.Parallel()
						s := newStream(l, 9)
						s.stuff = stuff
						n := min(frames, 9_000_000/l.FrameBytes)
						if stuff != nil {
							n = max(2, min(8, 2_000_000/l.FrameBytes))
						}
						got := survive(t, s, reads(s, s.damaged(n, 16, c.rate), 16))
						if stuff == nil && l.PacketBytes > 1000 && l.Packets() < 350 && got*frames < c.least*n {
							t.Errorf("%d of %d frames came, want %d of %d", got, n, c.least, frames)
						}
					})
				}
			}
		}
	}
}

// survive checks what comes of the reads, and counts it.
func survive(t *testing.T, s *stream, reads []Read) (frames int) {
	a, last := NewAssembler(s.layout), -1
	for _, read := range reads {
		a.AddRead(read, func(f Assembled) {
			frame := s.check(t, f)
			if frame <= last {
				t.Fatalf("frame %d after %d", frame, last)
			}
			frames, last = frames+1, frame
		})
	}
	return frames
}

// TestSequenceByte changes the sequence byte of one packet to everything it can be.
// The frame may be lost or lack that packet; it may not be wrong.
func TestSequenceByte(t *testing.T) {
	l := layouts()["tiny"]
	for at := range l.Packets() {
		for change := 1; change < 256; change++ {
			for how := range adders(newStream(l, 1)) {
				s := newStream(l, uint64(at+change))
				var packets [][]byte
				for range 4 {
					packets = append(packets, s.frame()...)
				}
				packets[l.Packets()+at][5] += byte(change)
				a := NewAssembler(l)
				frames := 0
				adders(s)[how](a, packets, func(f Assembled) {
					s.check(t, f)
					frames++
				})
				if frames < 2 {
					t.Errorf("%s: packet %d with its sequence byte off by %d: %d of 4 frames", how, at, change, frames)
				}
			}
		}
	}
}

// FuzzAssembler gives an Assembler anything: nothing may panic, and a frame it
// delivers must be of the right size with its gaps filled.
func FuzzAssembler(f *testing.F) {
	l := layouts()["tiny"]
	s := newStream(l, 1)
	var good []byte
	for _, p := range append(s.frame(), s.frame()...) {
		good = append(good, p...)
	}
	f.Add(good, uint16(0), true)
	f.Add(good, uint16(l.PacketBytes), false)
	f.Add(good[30:], uint16(100), true)
	f.Add(append(good[:200:200], good[260:]...), uint16(500), true)
	f.Add([]byte("RB\x00\x71"), uint16(1), false)
	f.Fuzz(func(t *testing.T, data []byte, size uint16, glued bool) {
		a := NewAssembler(l)
		frames := uint64(0)
		look := func(got Assembled) {
			frames++
			if len(got.Bytes) != l.FrameBytes || got.Lost > l.MaxLost() || (got.Lost == 0) != (len(got.Missing) == 0) {
				t.Fatalf("%d bytes, %d lost, missing %v", len(got.Bytes), got.Lost, got.Missing)
			}
			filled := append([]byte(nil), got.Bytes...)
			for _, r := range got.Missing {
				fillSlowly(l, filled, r)
			}
			if string(filled) != string(got.Bytes) {
				t.Fatalf("missing %v is not filled", got.Missing)
			}
		}
		for step := int(size) + 1; len(data) > 0; {
			part := data[:min(step, len(data))]
			data = data[len(part):]
			if glued {
				a.AddRead(Read{Bytes: part}, look)
			} else if got, ok := a.Add(part); ok {
				look(got)
			}
		}
		if a.Counters().Frames != frames {
			t.Fatalf("%d frames came, %d counted", frames, a.Counters().Frames)
		}
	})
}

// FuzzReads gives an Assembler reads with lengths that may lie, or without: nothing may
// panic, and a frame it delivers must be of the right size, with its gaps filled and
// its rows named. The layouts are small ones of every kind of pixel, so that a few
// hundred bytes are several frames.
func FuzzReads(f *testing.F) {
	names := []string{"tiny", "tiny of 10 bits", "tiny pairs of uyvy", "two"}
	for i, name := range names {
		s := newStream(layouts()[name], uint64(i))
		packets := append(s.frame(), s.frame()...)
		packets = slices.Delete(packets, len(packets)/3, len(packets)/3+1)
		var lengths []byte
		for j, p := range packets {
			lengths = append(lengths, byte(len(p)), byte(j%3))
		}
		f.Add(byte(i), slices.Concat(packets...), lengths)
		f.Add(byte(i), slices.Concat(packets...), []byte{})
	}
	f.Fuzz(func(t *testing.T, which byte, data, lengths []byte) {
		if len(data) > 5000 || len(lengths) > 200 {
			t.Skip()
		}
		l := layouts()[names[int(which)%len(names)]]
		a := NewAssembler(l)
		look := func(got Assembled) {
			if len(got.Bytes) != l.FrameBytes || got.Lost > l.MaxLost() || (got.Lost == 0) != (len(got.Missing) == 0) {
				t.Fatalf("%d bytes, %d lost, missing %v", len(got.Bytes), got.Lost, got.Missing)
			}
			filled := slices.Clone(got.Bytes)
			for _, r := range got.Missing {
				fillSlowly(l, filled, r)
			}
			if !slices.Equal(filled, got.Bytes) {
				t.Fatalf("missing %v is not filled", got.Missing)
			}
			last := -1
			for _, r := range l.Rows(got.Missing) {
				if r.From <= last || r.To <= r.From || r.To > l.FrameBytes/l.RowBytes {
					t.Fatalf("missing %v is in rows %v", got.Missing, l.Rows(got.Missing))
				}
				last = r.To
			}
		}
		read := Read{Bytes: data}
		for ; len(lengths) >= 2; lengths = lengths[2:] {
			// A length that may lie, or a slot that failed; or the read ends here.
			n := int(lengths[0])
			if lengths[1] == 255 {
				n = -n - 1
			}
			read.Lengths = append(read.Lengths, n)
			if lengths[1] == 254 {
				a.AddRead(read, look)
				read = Read{Bytes: data[min(len(data), int(lengths[0])):]}
			}
		}
		a.AddRead(read, look)
	})
}

// FuzzAddReadDamage sends whole frames and lets the fuzzer cut and alter the reads:
// a byte outside Missing must be one that was sent in its place, unless the fuzzer
// altered a payload.
func FuzzAddReadDamage(f *testing.F) {
	f.Add(uint64(1), []byte{3, 1, 0, 9, 2, 7})
	f.Add(uint64(2), []byte{0, 0, 0, 1, 1, 1, 2, 2, 2})
	f.Add(uint64(250), []byte{10, 3, 5, 11, 0, 0})
	f.Fuzz(func(t *testing.T, seed uint64, ops []byte) {
		if len(ops) > 300 {
			t.Skip()
		}
		s := newStream(layouts()["tiny"], seed)
		var packets [][]byte
		for range 6 {
			packets = append(packets, s.frame()...)
		}
		at := 0
		for len(ops) >= 3 && at < len(packets) {
			at += int(ops[0] % 32)
			if at >= len(packets) {
				break
			}
			p := packets[at]
			cut := int(ops[2]) % (len(p) + 1)
			switch ops[1] % 4 {
			case 0:
				p = nil
			case 1:
				p = p[:cut]
			case 2:
				p = p[cut:]
			case 3:
				if len(p) >= 8 { // not the sequence byte, as above
					p[cut%5] ^= ops[2] | 1
				}
			}
			packets[at] = p
			ops, at = ops[3:], at+1
		}
		for _, reads := range [][]Read{s.glued(packets, 16), s.bordered(packets, 16)} {
			a := NewAssembler(s.layout)
			for _, read := range reads {
				a.AddRead(read, func(f Assembled) { s.check(t, f) })
			}
		}
	})
}
