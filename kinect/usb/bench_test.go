package usb_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// secondOfDepth is how many depth frames a Kinect sends in a second, about.
const secondOfDepth = 30

// BenchmarkDriver measures the processor time that a second of both streams costs
// (cpu-ms/s; an iteration is a second), without that of the virtual Kinect: our
// driver beside libfreenect doing the same, unpacked 11-bit depth and raw Bayer.
func BenchmarkDriver(b *testing.B) {
	bus, err := virtual.Attach()
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	b.Run("cutout", func(b *testing.B) { benchmarkOurs(b, bus) })
	b.Run("libfreenect", benchmarkPeer)
}

func benchmarkOurs(b *testing.B, bus *virtual.Bus) {
	bus.Reset()
	d, err := usb.Open(b.Context(), usb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	frames := func(n int) {
		for n > 0 {
			img, err := d.Next(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if img.Depth != nil {
				n--
			}
		}
	}
	frames(5)
	before := ownTime(b) - bus.EngineTime()
	b.ResetTimer()
	frames(b.N * secondOfDepth)
	b.StopTimer()
	report(b, ownTime(b)-bus.EngineTime()-before)
	s := d.Status()
	b.ReportMetric(float64(s.Depth.LostPackets+s.Video.LostPackets), "lost-packets")
}

func benchmarkPeer(b *testing.B) {
	dir := b.TempDir()
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libfreenect").Output()
	if err != nil {
		b.Skip("libfreenect-dev is not installed")
	}
	peer := filepath.Join(dir, "peer")
	args := append([]string{"-O2", "-o", peer, "testdata/peer.c"}, strings.Fields(string(flags))...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		b.Skipf("libfreenect can't be linked: %v\n%s", err, out)
	}
	bus, err := virtual.New(filepath.Join(dir, "bus"), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	command := exec.Command(peer, strconv.Itoa(b.N*secondOfDepth))
	command.Env = append(os.Environ(), bus.Env()...) // the last of a name counts
	b.ResetTimer()
	if err := command.Run(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	report(b, used-bus.EngineTime())
}

func report(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used)/float64(time.Millisecond)/float64(b.N), "cpu-ms/s")
	b.ReportMetric(0, "ns/op") // the sensor's pace, not ours
}

// ownTime is the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
