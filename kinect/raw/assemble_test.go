package raw

import (
	"fmt"
	"slices"
	"testing"

	"cutout/kinect"
)

func TestLayouts(t *testing.T) {
	for name, c := range map[string]struct{ frame, packets, payload, last, row, lost int }{
		"depth":            {422_400, 242, 1748, 1144, 880, 5},
		"depth of 10 bits": {384_000, 220, 1748, 1200, 800, 5},
		"bayer":            {307_200, 162, 1908, 24, 640, 5},
		"uyvy":             {614_400, 323, 1908, 36, 1280, 6},
		"infrared":         {390_400, 205, 1908, 1180, 800, 5},
		"bayer of 1280":    {1_310_720, 687, 1908, 1844, 1280, 14},
		"infrared of 1280": {1_638_400, 859, 1908, 1348, 1600, 17},
	} {
		l := layouts()[name]
		if l.FrameBytes != c.frame || l.Packets() != c.packets || l.PayloadBytes() != c.payload || l.LastPacketBytes() != c.last || l.RowBytes != c.row {
			t.Errorf("%s: %+v: %d packets of %d, last %d", name, l, l.Packets(), l.PayloadBytes(), l.LastPacketBytes())
		}
		if l.MaxLost() != c.lost {
			t.Errorf("%s: %d packets may be lost, want %d", name, l.MaxLost(), c.lost)
		}
		if l.PixelBits == 32 && l.PayloadBytes()%4 != 0 {
			t.Errorf("%s: a packet ends within a pair of pixels", name)
		}
	}
	for _, none := range []Layout{LayoutOfDepth(kinect.DepthOff), LayoutOfVideo(kinect.VideoOff), LayoutOfDepth(9), LayoutOfVideo(9)} {
		if none != (Layout{}) {
			t.Errorf("a mode that sends nothing has %+v", none)
		}
	}
}

func TestRows(t *testing.T) {
	l := LayoutOfDepth(kinect.Depth11Bit)
	for _, c := range []struct {
		missing []Range
		want    []kinect.Rows
	}{
		{nil, nil},
		{[]Range{{0, 1748}}, []kinect.Rows{{From: 0, To: 2}}},
		{[]Range{{879, 881}}, []kinect.Rows{{From: 0, To: 2}}},
		{[]Range{{880, 1760}}, []kinect.Rows{{From: 1, To: 2}}},
		{[]Range{{10, 20}, {30, 40}, {900, 901}, {8800, 8801}}, []kinect.Rows{{From: 0, To: 2}, {From: 10, To: 11}}},
		{[]Range{{422_399, 422_400}}, []kinect.Rows{{From: 479, To: 480}}},
	} {
		if got := l.Rows(c.missing); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.missing, got, c.want)
		}
	}
}

// adders are the ways to give packets to an Assembler.
func adders(s *stream) map[string]func(*Assembler, [][]byte, func(Assembled)) {
	reads := func(k int, make func([][]byte, int) []Read) func(*Assembler, [][]byte, func(Assembled)) {
		return func(a *Assembler, packets [][]byte, deliver func(Assembled)) {
			for _, read := range make(packets, k) {
				a.AddRead(read, deliver)
			}
		}
	}
	return map[string]func(*Assembler, [][]byte, func(Assembled)){
		"Add": func(a *Assembler, packets [][]byte, deliver func(Assembled)) {
			for _, p := range packets {
				if f, ok := a.Add(p); ok {
					deliver(f)
				}
			}
		},
		"glued by 1": reads(1, s.glued), "glued by 16": reads(16, s.glued), "glued by 999": reads(999, s.glued),
		"bordered by 16": reads(16, s.bordered),
	}
}

// each runs f for every layout and every way to add packets.
func each(t *testing.T, f func(*testing.T, *stream, func(*Assembler, [][]byte, func(Assembled)))) {
	for name, l := range layouts() {
		for how := range adders(newStream(l, 1)) {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				s := newStream(l, 250)
				f(t, s, adders(s)[how])
			})
		}
	}
}

func TestCompleteFrames(t *testing.T) {
	each(t, func(t *testing.T, s *stream, add func(*Assembler, [][]byte, func(Assembled))) {
		a := NewAssembler(s.layout)
		got := 0
		for range 6 {
			add(a, s.frame(), func(f Assembled) {
				if n := s.check(t, f); n != got || f.Lost != 0 {
					t.Errorf("frame %d with %d lost came as number %d", n, f.Lost, got)
				}
				got++
			})
		}
		want := Counters{Packets: uint64(6 * s.layout.Packets()), Frames: 6}
		if got != 6 || a.Counters() != want {
			t.Errorf("%d frames, counters %+v", got, a.Counters())
		}
	})
}

// TestStartInTheMiddle begins at every kind of place within a frame.
func TestStartInTheMiddle(t *testing.T) {
	each(t, func(t *testing.T, s *stream, add func(*Assembler, [][]byte, func(Assembled))) {
		for _, at := range []int{1, s.layout.Packets() / 2, s.layout.Packets() - 1} {
			a := NewAssembler(s.layout)
			first := len(s.frames)
			packets := append(s.frame()[at:], s.frame()...)
			var got []int
			add(a, packets, func(f Assembled) { got = append(got, s.check(t, f)) })
			if !slices.Equal(got, []int{first + 1}) {
				t.Errorf("from packet %d: frames %v, want %v", at, got, first+1)
			}
			if c := a.Counters(); c.LostPackets != 0 || c.DroppedFrames != 0 {
				t.Errorf("from packet %d: counters %+v", at, c)
			}
		}
	})
}

// TestLost takes 0, 1, 5 and 6 packets out of a frame, at the start, in the middle,
// at the end and over the border to the next one.
func TestLost(t *testing.T) {
	for _, name := range []string{"depth", "bayer", "tiny"} {
		l := layouts()[name]
		n := l.Packets()
		for _, lost := range []int{0, 1, 5, 6} {
			for _, at := range []int{0, 1, n / 2, n - lost - 1, n - lost, n - lost + 1, n - 1, n} {
				t.Run(fmt.Sprint(name, "/", lost, " at ", at), func(t *testing.T) { testLost(t, l, at, lost) })
			}
		}
	}
}

func testLost(t *testing.T, l Layout, at, lost int) {
	n := l.Packets()
	if at < 0 {
		t.Skip("the frame is too short")
	}
	s := newStream(l, uint64(at))
	packets := slices.Concat(s.frame(), s.frame(), s.frame(), s.frame())
	from := n + at
	packets = slices.Delete(packets, from, from+lost)

	// In the second and third frame; the first and fourth are whole.
	want := map[int][]int{0: nil, 1: nil, 2: nil, 3: nil}
	for i := from; i < from+lost; i++ {
		want[i/n] = append(want[i/n], i%n)
	}
	for frame, list := range want {
		if lost > maxGap && len(list) > 0 {
			delete(want, frame)
		}
	}
	if lost > maxGap {
		delete(want, from/n)
		if at+lost > n {
			delete(want, 2)
		}
	}
	// A gap that swallows a frame's last and the next one's first packet leaves
	// nothing to say where the border was.
	if at < n && at+lost > n {
		delete(want, 1)
	}

	a := NewAssembler(l)
	got := map[int][]int{}
	for _, p := range packets {
		f, ok := a.Add(p)
		if !ok {
			continue
		}
		frame := s.check(t, f)
		list, expected := want[frame]
		if !expected || f.Lost != len(list) || !slices.Equal(f.Missing, missing(l, list...)) {
			t.Errorf("frame %d: lost %d, missing %v; want packets %v", frame, f.Lost, f.Missing, want[frame])
		}
		got[frame] = list
	}
	if len(got) != len(want) {
		t.Errorf("frames %v, want %v", got, want)
	}
	if c := a.Counters(); c.LostPackets != uint64(lost) || c.BadPackets != 0 {
		t.Errorf("counters %+v, want %d lost", c, lost)
	}
}

// TestScattered loses single packets here and there in one frame.
func TestScattered(t *testing.T) {
	each(t, func(t *testing.T, s *stream, add func(*Assembler, [][]byte, func(Assembled))) {
		if s.layout.Packets() < 20 && s.layout.Packets() != 12 {
			t.Skip("too short")
		}
		most := s.layout.MaxLost()
		for _, count := range []int{0, 1, 2, most / 2, most - 1, most, most + 1} {
			a := NewAssembler(s.layout)
			first := len(s.frames)
			packets := append(s.frame(), s.frame()...)
			for i := range count {
				packets = slices.Delete(packets, 1+i, 2+i) // packets 1, 3, 5 …
			}
			got := map[int]int{}
			add(a, packets, func(f Assembled) { got[s.check(t, f)-first] = f.Lost })
			want := map[int]int{0: count, 1: 0}
			if count > most {
				delete(want, 0)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d lost: frames %v, want %v", count, got, want)
			}
			if c := a.Counters(); c.LostPackets != uint64(count) {
				t.Errorf("%d lost: counters %+v", count, c)
			}
		}
	})
}

// TestWrongCount gives frames of one packet too few or too many without a gap in
// the sequence: a device gone wrong. None of them may come out.
func TestWrongCount(t *testing.T) {
	each(t, func(t *testing.T, s *stream, add func(*Assembler, [][]byte, func(Assembled))) {
		n := s.layout.Packets()
		for name, change := range map[string]func([][]byte) [][]byte{
			"n-1 without a middle": func(p [][]byte) [][]byte { return slices.Delete(p, n/2, n/2+1) },
			"n-1 without its last": func(p [][]byte) [][]byte { return p[:n-1] },
			"n+1":                  func(p [][]byte) [][]byte { return slices.Insert(p, n/2, slices.Clone(p[n/2])) },
		} {
			if n == 2 && name != "n-1 without its last" {
				continue
			}
			a := NewAssembler(s.layout)
			first := len(s.frames)
			packets := slices.Concat(s.frame(), change(s.frame()), s.frame())
			for i, p := range packets {
				p[5] = byte(i) // no gap
			}
			var got []int
			add(a, packets, func(f Assembled) { got = append(got, s.check(t, f)-first) })
			if !slices.Equal(got, []int{0, 2}) {
				t.Errorf("%s: frames %v, want 0 and 2", name, got)
			}
		}
	})
}

// TestLong loses whole frames' worth of packets: 256, which the sequence byte
// cannot show, a few around it, and many.
func TestLong(t *testing.T) {
	for _, name := range []string{"depth", "bayer"} {
		for _, lost := range []int{7, 63, 64, 128, 250, 251, 255, 256, 257, 261, 262, 512, 513, 1000} {
			t.Run(fmt.Sprint(name, "/", lost), func(t *testing.T) {
				t.Parallel()
				for _, at := range []int{3, 100, 155, 161} {
					loseLong(t, newStream(layouts()[name], uint64(lost)), lost, at)
				}
			})
		}
	}
}

// loseLong loses so many packets from one in the second of some frames on.
func loseLong(t *testing.T, s *stream, lost, at int) {
	n := s.layout.Packets()
	frames := lost/n + 4
	var packets [][]byte
	for range frames {
		packets = append(packets, s.frame()...)
	}
	packets = slices.Delete(packets, n+at, n+at+lost)
	a := NewAssembler(s.layout)
	got := 0
	for _, p := range packets {
		if f, ok := a.Add(p); ok {
			s.check(t, f)
			got++
		}
	}
	if whole := frames - (lost/n + 2); got < whole {
		t.Errorf("%d lost at %d: %d frames, want at least %d", lost, at, got, whole)
	}
}

func TestDamagedPackets(t *testing.T) {
	each(t, func(t *testing.T, s *stream, add func(*Assembler, [][]byte, func(Assembled))) {
		n := s.layout.Packets()
		if n < 10 {
			t.Skip("too short")
		}
		for name, damage := range map[string]func([]byte) []byte{
			"magic":       func(p []byte) []byte { p[0] ^= 4; return p },
			"sequence":    func(p []byte) []byte { p[5] += 77; return p },
			"first half":  func(p []byte) []byte { return p[:len(p)/2] },
			"second half": func(p []byte) []byte { return p[len(p)/2:] },
			"header only": func(p []byte) []byte { return p[:HeaderBytes] },
		} {
			a := NewAssembler(s.layout)
			first := len(s.frames)
			packets := slices.Concat(s.frame(), s.frame(), s.frame())
			packets[n+4] = damage(packets[n+4])
			got := map[int]int{}
			add(a, packets, func(f Assembled) { got[s.check(t, f)-first] = f.Lost })
			if fmt.Sprint(got) != "map[0:0 1:1 2:0]" {
				t.Errorf("%s: frames and what they lost: %v, want 0:0 1:1 2:0", name, got)
			}
			if c := a.Counters(); c.BadPackets == 0 || c.LostPackets != 1 {
				t.Errorf("%s: counters %+v", name, c)
			}
		}
	})
}

// TestRepeated gives a packet twice.
func TestRepeated(t *testing.T) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 3)
	packets := s.frame()
	packets = slices.Insert(packets, 100, packets[99])
	a := NewAssembler(s.layout)
	frames := 0
	for _, p := range packets {
		if f, ok := a.Add(p); ok {
			s.check(t, f)
			frames++
		}
	}
	if c := a.Counters(); frames != 1 || c.BadPackets != 1 || c.LostPackets != 0 {
		t.Errorf("%d frames, counters %+v", frames, c)
	}
}

func TestReset(t *testing.T) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 3)
	a := NewAssembler(s.layout)
	for _, p := range s.frame()[:100] {
		a.Add(p)
	}
	a.Reset()
	s.seq = 77
	frames := 0
	for _, p := range s.frame() {
		if f, ok := a.Add(p); ok {
			s.check(t, f)
			frames++
		}
	}
	if c := a.Counters(); frames != 1 || c.LostPackets != 0 || c.DroppedFrames != 1 {
		t.Errorf("%d frames, counters %+v", frames, c)
	}
}

func TestNoAllocations(t *testing.T) {
	s := newStream(LayoutOfDepth(kinect.Depth11Bit), 3)
	packets := s.frame()
	reads := s.reads(packets, 16)
	a := NewAssembler(s.layout)
	frames := 0
	deliver := func(Assembled) { frames++ }
	if n := testing.AllocsPerRun(10, func() {
		for _, p := range packets {
			if f, ok := a.Add(p); ok {
				deliver(f)
			}
		}
		for _, r := range reads {
			a.AddRead(Read{Bytes: r}, deliver)
		}
	}); n != 0 {
		t.Errorf("%g allocations for two frames", n)
	}
	if frames == 0 {
		t.Error("no frames")
	}
}
