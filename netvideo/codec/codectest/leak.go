package codectest

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// leakMost is how much larger a process may be after many rounds: what the allocators of
// C and Go keep for later, several times over.
const leakMost = 12 << 20

// Leak fails when memory that round allocates, in C too, is not given back: it runs
// rounds of it, and as many again, which must not make the process larger. What one round
// holds should be more than leakMost/rounds.
func Leak(t *testing.T, rounds int, round func(i int)) {
	t.Helper()
	if resident() == 0 {
		t.Skip("this system does not say how large a process is")
	}
	run := func() int {
		for i := range rounds {
			round(i)
		}
		return resident()
	}
	before := run()
	after := run()
	if after-before > leakMost { // once more, should the allocators have had a bad day
		before, after = after, run()
	}
	t.Logf("%d kB after %d rounds, %d kB after as many more", before>>10, rounds, after>>10)
	if after-before > leakMost {
		t.Errorf("%d kB are not given back in %d rounds", (after-before)>>10, rounds)
	}
}

// resident is the memory this process holds, in bytes; 0 where nobody knows.
func resident() int {
	b, err := os.ReadFile("/proc/self/statm")
	f := strings.Fields(string(b))
	if err != nil || len(f) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(f[1])
	return pages * os.Getpagesize()
}

// Hurt is data with some bytes changed and its end cut off, another for every i.
func Hurt(data []byte, i int) []byte {
	out := append([]byte(nil), data...)
	x := uint32(i)*2654435761 + 1
	for range 1 + i%6 {
		x = x*1664525 + 1013904223
		out[int(x>>8)%len(out)] ^= byte(x >> 24)
	}
	x = x*1664525 + 1013904223
	if i%2 == 0 {
		out = out[:1+int(x>>8)%len(out)]
	}
	return out
}
