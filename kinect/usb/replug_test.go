package usb_test

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// TestReplugFifty pulls and plugs the Kinect fifty times, in all styles, while one
// Source goes on, and looks for what is left behind.
func TestReplugFifty(t *testing.T) {
	k, _ := plugIn(t)
	d := openDevice(t, usb.Options{})
	var noticed, back []time.Duration
	cycle := func(i int) {
		nextDepth(t, d)
		start := time.Now()
		k.Unplug([]virtual.Style{virtual.Proto, virtual.Reaped, virtual.Stale}[i%3])
		eventually(t, "it was seen to be unplugged", func() bool { return !d.Status().Live })
		noticed = append(noticed, time.Since(start))
		time.Sleep(time.Duration(i%5) * 60 * time.Millisecond)
		frames := d.Status().Depth.Frames
		start = time.Now()
		k.Plug()
		eventually(t, "frames came again", func() bool { return d.Status().Depth.Frames > frames })
		back = append(back, time.Since(start))
	}
	for i := range 6 {
		cycle(i) // until all pools and caches are filled
	}
	handles, goroutines, memory := inUse(t)
	for i := range 50 {
		cycle(i)
	}
	nextDepth(t, d)
	// The last cycle's device may still be on its way out.
	var handlesNow, goroutinesNow int
	var memoryNow uint64
	eventually(t, "no more file handles and goroutines were in use than before", func() bool {
		handlesNow, goroutinesNow, memoryNow = inUse(t)
		return handlesNow <= handles && goroutinesNow <= goroutines
	})
	if memoryNow > memory+8<<20 {
		t.Errorf("%d MB are in use; %d were", memoryNow>>20, memory>>20)
	}
	for name, times := range map[string][]time.Duration{"noticed": noticed, "back": back} {
		sorted := slices.Sorted(slices.Values(times))
		t.Logf("%s after %v, nine in ten after %v, at most %v", name, sorted[len(sorted)/2], sorted[len(sorted)*9/10], sorted[len(sorted)-1])
	}
	t.Logf("%d kB more in use", (int64(memoryNow)-int64(memory))/1024)
	if slices.Max(noticed) > 10*time.Second || slices.Max(back) > 20*time.Second {
		t.Error("that is far too late, on any machine")
	}
}

// inUse counts the process's file handles, goroutines and bytes of live memory.
func inUse(t *testing.T) (handles, goroutines int, memory uint64) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return len(entries), runtime.NumGoroutine(), m.HeapAlloc
}
