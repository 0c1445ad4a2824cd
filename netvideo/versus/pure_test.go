package versus

import (
	"image"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func grey(w, h int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = 128
	}
	return img
}

func TestTimeCodeIsReadAsItWasBurnt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([][2]int{{640, 480}, {320, 240}, {160, 120}, {1280, 720}}).Draw(t, "size")
		frame := rapid.IntRange(0, MaxFrame).Draw(t, "frame")
		at := time.UnixMicro(rapid.Int64Range(1e15, 3e15).Draw(t, "at"))
		late := time.Duration(rapid.Int64Range(-int64(time.Second), int64(5*time.Minute)).Draw(t, "late"))
		img := grey(size[0], size[1])
		burn(img, frame, at)
		got, when, ok := readCode(img.Y, img.YStride, size[0], size[1], at.Add(late))
		if !ok || got != frame {
			t.Fatalf("read %d, %v; want %d", got, ok, frame)
		}
		if d := at.Sub(when); d < 0 || d >= codeUnit {
			t.Fatalf("read a time %v before the one that was burnt", d)
		}
	})
}

func TestDamagedTimeCodesAreRefused(t *testing.T) {
	if _, _, ok := readCode(grey(Width, Height).Y, Width, Width, Height, time.Now()); ok {
		t.Error("read a picture without a time code")
	}
	if _, _, ok := readCode(nil, Width, Width, Height, time.Now()); ok {
		t.Error("read no picture at all")
	}
	rapid.Check(t, func(t *rapid.T) { // one block turned over
		word := codeWord(rapid.IntRange(0, MaxFrame).Draw(t, "frame"), time.UnixMilli(rapid.Int64Range(0, 1e12).Draw(t, "at")))
		word ^= 1 << rapid.IntRange(0, codeCols-1).Draw(t, "block")
		img := grey(Width, Height)
		burnLuma(img.Y, img.YStride, Width, Height, word)
		if _, _, ok := readCode(img.Y, img.YStride, Width, Height, time.Now()); ok {
			t.Fatal("read a time code with one wrong block")
		}
	})
}

func TestPSNR(t *testing.T) {
	c := NewClip()
	same := c.frames[7]
	if got := c.psnr(7, same.Y, same.YStride, Width, Height); got != maxPSNR {
		t.Errorf("a picture beside itself has %.1f dB", got)
	}
	off := append([]byte(nil), same.Y...)
	for i := range off {
		off[i] += 10 // 235 + 10 fits
	}
	if got, want := c.psnr(7, off, Width, Width, Height), 20*math.Log10(255.0/10); math.Abs(got-want) > 1e-9 {
		t.Errorf("ten levels off are %.2f dB, want %.2f", got, want)
	}
	if other := c.psnr(50, same.Y, same.YStride, Width, Height); other > 25 {
		t.Errorf("another frame of the clip has %.1f dB: it does not move", other)
	}
	small := make([]byte, Width/2*Height/2)
	for i := range small {
		x, y := i%(Width/2)*2, i/(Width/2)*2
		small[i] = same.Y[y*same.YStride+x]
	}
	if half := c.psnr(7, small, Width/2, Width/2, Height/2); half < 15 || half > 35 {
		t.Errorf("a quarter of the pixels, scaled up, has %.1f dB", half)
	}
}

// steps are arrivals at these milliseconds, each shown 20 ms before.
func steps(ms ...int) (all []Arrival) {
	for _, m := range ms {
		at := epoch.Add(time.Duration(m) * time.Millisecond)
		all = append(all, Arrival{At: at, Captured: at.Add(-20 * time.Millisecond), H: Height})
	}
	return all
}

var epoch = time.Unix(1_700_000_000, 0)

func evenly(from, to, step int) (ms []int) {
	for m := from; m < to; m += step {
		ms = append(ms, m)
	}
	return ms
}

func after(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }

func TestSummary(t *testing.T) {
	// Three seconds at 25 a second, with a gap of 240 ms, which is a freeze (more than
	// 40 + 150 and 3 x 40), and one of 160 ms, which is none.
	ms := append(evenly(0, 1000, 40), evenly(1200, 2000, 40)...)
	ms = append(ms, evenly(2120, 3000, 40)...)
	s := Summarise(steps(ms...), epoch, after(3))
	if s.Freezes != 1 || math.Abs(s.Frozen-0.24) > 1e-6 {
		t.Errorf("%d freezes of %.2f s, want one of 0.24", s.Freezes, s.Frozen)
	}
	if want := float64(len(ms)) / 3; math.Abs(s.FPS-want) > 1e-6 || math.Abs(s.Mean-20) > 1e-6 || s.Height != Height {
		t.Errorf("%+v, want %.1f pictures a second, 20 ms late", s, want)
	}
	// A picture that never comes freezes to the end.
	s = Summarise(steps(evenly(0, 1000, 40)...), epoch, after(3))
	if s.Freezes != 1 || math.Abs(s.Frozen-2.04) > 1e-6 {
		t.Errorf("%d freezes of %.2f s, want one of 2.04", s.Freezes, s.Frozen)
	}
	// What froze before counts from where we look.
	s = Summarise(steps(append(evenly(0, 1000, 40), 2500)...), after(2), after(3))
	if s.Freezes != 2 || math.Abs(s.Frozen-1.0) > 1e-6 {
		t.Errorf("%d freezes of %.2f s, want two of 1.0 together", s.Freezes, s.Frozen)
	}
	// Every other picture 30 ms later than those between.
	late := steps(evenly(0, 3000, 40)...)
	for i := range late {
		late[i].At = late[i].At.Add(time.Duration(i%2) * 30 * time.Millisecond)
	}
	if s := Summarise(late, epoch, after(4)); math.Abs(s.Uneven-30) > 1e-6 {
		t.Errorf("%.1f ms uneven, want 30", s.Uneven)
	}
	if s := Summarise(nil, epoch, after(1)); s.FPS != 0 || s.Freezes != 0 {
		t.Errorf("nothing came, and it is %+v", s)
	}
}

func TestRecovery(t *testing.T) {
	before := Summarise(steps(evenly(0, 5000, 33)...), epoch, after(5))
	// The way is back after 10 s, pictures after 11, and evenly after 12.
	ms := append(evenly(0, 5000, 33), 10100) // shown before the end, sent late
	all := steps(ms...)
	all[len(all)-1].Captured = after(5)
	all = append(all, steps(append(evenly(11000, 12000, 200), evenly(12000, 15000, 33)...)...)...)
	r := Recover(all, before, after(10))
	if r.First != 1 || r.Steady < 1.9 || r.Steady > 2.1 {
		t.Errorf("%+v, want the first after a second, and steady after two", r)
	}
	if r := Recover(all[:150], before, after(10)); r.First != -1 || r.Steady != -1 || r.Quality != -1 {
		t.Errorf("nothing came back, and it is %+v", r)
	}
}

func TestParseStat(t *testing.T) {
	pid, parent, used, ok := parseStat([]byte("42 (a (b) c) S 7 42 42 0 -1 4194304 100 0 0 0 10 20 3 4 20 0 1 0 100 1000 10"))
	if !ok || pid != 42 || parent != 7 || used != 370*time.Millisecond {
		t.Errorf("%d, %d, %v, %v", pid, parent, used, ok)
	}
	for _, bad := range []string{"", "1", "1 (", "1 (x) S 1", "x (y) S 7 42 42 0 -1 4194304 100 0 0 0 10 20 3 4 20"} {
		if _, _, _, ok := parseStat([]byte(bad)); ok {
			t.Errorf("read %q", bad)
		}
	}
}
