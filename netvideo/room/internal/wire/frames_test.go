package wire

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// frame is one frame as a server sends it.
func frame(final bool, opcode byte, payload []byte) []byte {
	b := []byte{opcode, 0}
	if final {
		b[0] |= 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b[1] = byte(n)
	case n < 1<<16:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(b, payload...)
}

func conversation() (all []byte, want [][]byte) {
	all = []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
	long := bytes.Repeat([]byte("long "), 5000)
	for _, f := range [][]byte{
		frame(true, 2, []byte("one")), frame(true, 9, []byte("ping")), frame(true, 1, []byte("text")),
		frame(false, 2, []byte("in ")), frame(true, 9, nil), frame(false, 0, []byte("three ")), frame(true, 0, []byte("parts")),
		frame(true, 2, make([]byte, maxMessage+5)), frame(true, 2, long), frame(true, 2, nil),
	} {
		all = append(all, f...)
	}
	return all, [][]byte{[]byte("one"), []byte("in three parts"), long, {}}
}

func TestFrames(t *testing.T) {
	all, want := conversation()
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var f Frames
		var got [][]byte
		for rest := all; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(1+rnd.IntN(9000)))
			f.Push(rest[:n], func(m []byte) { got = append(got, bytes.Clone(m)) })
			rest = rest[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d messages, want %d", seed, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("seed %d: message %d is %.20q, want %.20q", seed, i, got[i], want[i])
			}
		}
	}
}

// FuzzFrames: nothing panics, what is held is bounded, and it does not matter how the
// bytes are cut.
func FuzzFrames(f *testing.F) {
	all, _ := conversation()
	f.Add(all[:200], uint8(7))
	f.Add([]byte("\r\n\r\n\x82\xff"), uint8(1))
	f.Add(append([]byte("\r\n\r\n"), frame(false, 2, []byte("x"))...), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		var whole, pieces [][]byte
		var a, c Frames
		a.Push(b, func(m []byte) { whole = append(whole, bytes.Clone(m)) })
		for rest := b; len(rest) > 0; {
			n := min(len(rest), int(cut)+1)
			c.Push(rest[:n], func(m []byte) { pieces = append(pieces, bytes.Clone(m)) })
			rest = rest[n:]
			if len(c.buf) > maxAnswer+maxMessage+300 || len(c.message) > maxMessage {
				t.Fatalf("%d and %d bytes are held", len(c.buf), len(c.message))
			}
		}
		if len(whole) != len(pieces) {
			// An answer that is too long is given up sooner when it comes in pieces.
			if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 && i < maxAnswer-300 {
				t.Fatalf("%d messages at once, %d in pieces", len(whole), len(pieces))
			}
		}
	})
}
