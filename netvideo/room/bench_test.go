package room

import (
	"context"
	"image"
	"slices"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo"
)

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkGlassToGlass shows b.N pictures of 640x480, 30 a second, through a server
// on this machine: the time from Show to the decoded picture, what arrives, and the
// processor time of publisher and subscriber together, the server not counted.
func BenchmarkGlassToGlass(b *testing.B) {
	s := startServer(b)
	ada := join(b, s, token(b, "glass", "Ada", netvideo.Publisher))
	bob := join(b, s, token(b, "glass", "Bob", netvideo.Subscriber))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", Kbps: 1000})
	if err != nil {
		b.Fatal(err)
	}
	var pics []*image.YCbCr
	for n := range 64 {
		pics = append(pics, numbered(n, 640, 480))
	}
	p.Show(pics[0], time.Now())
	pictures(b, bob, 1)
	var took []time.Duration
	var last uint64
	look := func() {
		for _, v := range bob.Streams() {
			if v.Picture != nil && v.Picture.Seq != last {
				last = v.Picture.Seq
				took = append(took, v.Picture.Decoded.Sub(v.Picture.Captured))
			}
		}
	}
	b.ResetTimer()
	before, begun := cpu(), time.Now()
	for i := range b.N {
		p.Show(pics[i%len(pics)], time.Now())
		for next := begun.Add(time.Duration(i+1) * time.Second / 30); time.Now().Before(next); {
			time.Sleep(3 * time.Millisecond)
			look()
		}
	}
	wall := time.Since(begun)
	b.ReportMetric(float64(cpu()-before)/float64(wall)*100, "%core")
	slices.Sort(took)
	if len(took) == 0 {
		b.Fatal("nothing came")
	}
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
	b.ReportMetric(float64(len(took))/wall.Seconds(), "fps")
}

// BenchmarkJoinToFirstPicture joins where somebody shows 30 pictures a second.
func BenchmarkJoinToFirstPicture(b *testing.B) {
	s := startServer(b)
	ada := join(b, s, token(b, "first", "Ada", netvideo.Publisher))
	publish(b, ada, "cam")
	var joined time.Duration
	for b.Loop() {
		begun := time.Now()
		bob := join(b, s, token(b, "first", "Bob", netvideo.Subscriber))
		joined += time.Since(begun)
		pictures(b, bob, 1)
		b.StopTimer()
		bob.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(joined.Milliseconds())/float64(b.N), "ms-to-join")
}
