package recording

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// BenchmarkWrite records full depth, colour and mosaics as fast as it goes, beside the
// same files written by os.WriteFile. One operation is a second of the sensor; s/s is
// how many of them it records in one.
func BenchmarkWrite(b *testing.B) {
	const fps = 30
	const size = fps * (2*pixels + 3*pixels + pixels)
	b.Run("recording", func(b *testing.B) {
		b.SetBytes(size)
		s := newSensor()
		depth, bayer := s.depth(), s.bayer()
		n := 0
		for b.Loop() {
			dir := b.TempDir()
			w, err := Create(dir, WriteOptions{Bayer: true})
			if err != nil {
				b.Fatal(err)
			}
			for range fps {
				n++
				d, v := *depth.Depth, *bayer.Video
				d.At, d.Clock = s.tick(n)
				v.At, v.Clock = s.tick(n)
				if w.Add(kinect.Image{Depth: &d}) != nil || w.Add(kinect.Image{Video: &v}) != nil {
					b.Fatal("a frame was not taken")
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := os.RemoveAll(dir); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "s/s")
	})
	b.Run("WriteFile", func(b *testing.B) {
		b.SetBytes(size)
		data := make([]byte, 3*pixels)
		for b.Loop() {
			dir := b.TempDir()
			for i := range fps {
				for k, n := range []int{2 * pixels, 3 * pixels, pixels} {
					if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(3*i+k)), data[:n], 0o600); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.StopTimer()
			if err := os.RemoveAll(dir); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "s/s")
	})
}

// TestKeepsUp records two seconds of everything at the sensor's own pace: nothing is lost.
func TestKeepsUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	s := newSensor()
	w, err := Create(t.TempDir(), WriteOptions{Bayer: true})
	if err != nil {
		t.Fatal(err)
	}
	depth, bayer := s.depth(), s.bayer()
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	most := 0
	for i := range 60 {
		<-tick.C
		d, v := *depth.Depth, *bayer.Video
		d.At, d.Clock = s.tick(i)
		v.At, v.Clock = s.tick(i)
		if w.Add(kinect.Image{Depth: &d}) != nil || w.Add(kinect.Image{Video: &v}) != nil || w.AddAttitude(d.At, raw.MotorState{Y: 819}) != nil {
			t.Fatal("a frame was not taken")
		}
		most = max(most, w.Progress().Waiting)
	}
	if err := w.Close(); err != nil {
		t.Errorf("%v; %+v", err, w.Progress())
	}
	t.Logf("%d frames waited at most; %+v", most, w.Progress())
}
