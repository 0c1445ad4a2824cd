package usb_test

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb"
	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// secondOfDepth is how many depth frames a Kinect sends in a second, about.
const secondOfDepth = 30

// BenchmarkDriver measures the processor time that a second of both streams costs
// (cpu-ms/s; an iteration is a second), without that of the virtual Kinect. Frames is
// all that a game needs: millimetres on the grid of colour, and a YCbCr picture, beside
// libfreenect's registered depth and RGB. Raw is what the sensor sends, unpacked: codes
// and Bayer.
func BenchmarkDriver(b *testing.B) {
	b.Run("Frames/cutout", func(b *testing.B) {
		benchmarkOurs(b, func(d *usb.Device) func(context.Context) (bool, error) {
			frames := kinect.NewFrames(d, raw.NewDeveloper(d.Calibration()))
			return func(ctx context.Context) (bool, error) {
				_, err := frames.Next(ctx)
				return true, err
			}
		})
	})
	b.Run("Frames/libfreenect", func(b *testing.B) { benchmarkPeer(b, conformance.Camtest) })
	b.Run("Raw/cutout", func(b *testing.B) {
		benchmarkOurs(b, func(d *usb.Device) func(context.Context) (bool, error) {
			return func(ctx context.Context) (bool, error) {
				img, err := d.Next(ctx)
				return img.Depth != nil, err
			}
		})
	})
	b.Run("Raw/libfreenect", func(b *testing.B) {
		benchmarkPeer(b, conformance.Formats{Depth: conformance.Depth11Bit, Video: conformance.Bayer})
	})
}

// benchmarkOurs takes frames until their depth makes up the seconds.
func benchmarkOurs(b *testing.B, open func(*usb.Device) func(context.Context) (bool, error)) {
	bus := attach(b)
	d, err := usb.Open(b.Context(), usb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	next := open(d)
	frames := func(n int) {
		for n > 0 {
			depth, err := next(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if depth {
				n--
			}
		}
	}
	frames(secondOfDepth)
	before := ownTime(b) - bus.EngineTime()
	b.ReportAllocs()
	b.ResetTimer()
	frames(b.N * secondOfDepth)
	b.StopTimer()
	report(b, ownTime(b)-bus.EngineTime()-before)
	s := d.Status()
	b.ReportMetric(float64(s.Depth.LostPackets+s.Video.LostPackets), "lost-packets")
}

// attach is the bus, as new, until the benchmark ends.
func attach(b *testing.B) *virtual.Bus {
	bus, err := virtual.Attach()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { bus.Close() })
	bus.Reset()
	return bus
}

func benchmarkPeer(b *testing.B, f conformance.Formats) {
	program, err := conformance.Build()
	if errors.Is(err, conformance.ErrNoFreenect) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	defer program.Close()
	bus, err := virtual.New(b.TempDir(), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	b.ResetTimer()
	used, err := program.Run(b.Context(), bus, f, time.Duration(b.N)*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	report(b, used.CPU)
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

// BenchmarkLatency measures how long after the read that returned its last packet a depth
// frame is in the caller's hands: from Next, and from Frames.Next with millimetres and
// the colour beside it. Sensor is from the moment at which the last packet left the
// device. A wake-up is the least that a hand-over between goroutines costs on this machine. An iteration is a frame.
func BenchmarkLatency(b *testing.B) {
	b.Run("Next", func(b *testing.B) {
		benchmarkLatency(b, func(d *usb.Device) func(context.Context) (time.Time, error) {
			return func(ctx context.Context) (time.Time, error) {
				for {
					img, err := d.Next(ctx)
					if err != nil || img.Depth != nil {
						return img.Depth.At, err
					}
				}
			}
		})
	})
	b.Run("Frames", func(b *testing.B) {
		benchmarkLatency(b, func(d *usb.Device) func(context.Context) (time.Time, error) {
			frames := kinect.NewFrames(d, raw.NewDeveloper(d.Calibration()))
			return func(ctx context.Context) (time.Time, error) {
				f, err := frames.Next(ctx)
				return f.At, err
			}
		})
	})
	b.Run("Sensor", benchmarkFromSensor)
	b.Run("WakeUp", func(b *testing.B) {
		sent, delays := make(chan time.Time), make([]time.Duration, 0, b.N)
		go func() {
			defer close(sent)
			for range b.N {
				time.Sleep(time.Second / secondOfDepth)
				sent <- time.Now()
			}
		}()
		for t := range sent {
			delays = append(delays, time.Since(t))
		}
		reportDelays(b, delays)
	})
}

func benchmarkLatency(b *testing.B, open func(*usb.Device) func(context.Context) (time.Time, error)) {
	attach(b)
	d, err := usb.Open(b.Context(), usb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	next := open(d)
	delays := make([]time.Duration, 0, b.N)
	for i := range b.N + 5 {
		at, err := next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if i >= 5 {
			delays = append(delays, time.Since(at))
		}
	}
	reportDelays(b, delays)
}

// benchmarkFromSensor measures from the last packet's leaving the device instead, which
// tells how long frames wait for the transfer that they end in. The virtual Kinect works
// in steps of a millisecond or more.
func benchmarkFromSensor(b *testing.B) {
	bus := attach(b)
	d, err := usb.Open(b.Context(), usb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	came := map[uint32]time.Time{}
	for i := 0; len(came) < b.N; i++ {
		img, err := d.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if img.Depth != nil && i > 10 {
			came[img.Depth.Clock] = time.Now()
		}
	}
	sent, err := bus.Kinects[0].Frames(virtual.Depth)
	if err != nil {
		b.Fatal(err)
	}
	var delays []time.Duration
	for _, e := range sent {
		if at, ok := came[e.Clock]; ok {
			delays = append(delays, at.Sub(time.Unix(0, e.T)))
		}
	}
	reportDelays(b, delays)
}

func reportDelays(b *testing.B, delays []time.Duration) {
	slices.Sort(delays)
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	b.ReportMetric(us(delays[len(delays)/2]), "us-median")
	b.ReportMetric(us(delays[len(delays)*99/100]), "us-p99")
	b.ReportMetric(us(delays[len(delays)-1]), "us-max")
	b.ReportMetric(0, "ns/op")
}
