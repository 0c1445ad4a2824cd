package vp8

import (
	"bytes"
	"fmt"
	"image"
	"os/exec"
	"syscall"
	"testing"
	"time"

	mdcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/codec/vpx"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

// cpu is the processor time this process took: another's work does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCore adds how much of a core 30 pictures a second take.
func reportCore(b *testing.B, since time.Duration) {
	b.ReportMetric((cpu()-since).Seconds()/float64(b.N)*30*100, "%core@30fps")
}

// BenchmarkEncode is 640x480 at 1 Mbit/s: ours at several speeds, with the PSNR
// over the first 90 pictures, beside mediadevices' encoder and ffmpeg's libvpx at
// our speed on the same clip.
func BenchmarkEncode(b *testing.B) {
	pics := clip(640, 480, 90)
	for _, c := range []struct{ cpu, static int }{{-1, -1}, {-6, -1}, {-8, -1}, {-10, 100}, {-12, -1}, {-12, 100}, {-14, 100}, {-16, 100}} {
		b.Run(fmt.Sprintf("ours/cpu-used%d/static%d", c.cpu, max(0, c.static)), func(b *testing.B) {
			o := EncoderOptions{Width: 640, Height: 480, Kbps: 1000, CPUUsed: c.cpu, StaticThreshold: c.static}
			db, kbps := quality(b, o, pics)
			e := newEncoder(b, o)
			b.ResetTimer()
			begun := cpu()
			for i := range b.N {
				encode(b, e, pics[i%len(pics)], i)
			}
			reportCore(b, begun)
			b.ReportMetric(db, "dB")
			b.ReportMetric(kbps, "kbit/s")
		})
	}
	b.Run("mediadevices", func(b *testing.B) { benchMediadevices(b, pics) })
	b.Run("ffmpeg", func(b *testing.B) { benchFFmpeg(b, pics) })
}

func quality(b *testing.B, o EncoderOptions, pics []*image.YCbCr) (db, kbps float64) {
	e, d := newEncoder(b, o), newDecoder(b)
	var size int
	for i, pic := range pics {
		p := encode(b, e, pic, i)
		size += len(p.Data)
		got, err := d.Decode(p.Data)
		if err != nil {
			b.Fatal(err)
		}
		db += psnr(pic, got) / float64(len(pics))
	}
	return db, float64(size) * 8 / 1000 / (float64(len(pics)) / 30)
}

func benchMediadevices(b *testing.B, pics []*image.YCbCr) {
	params, err := vpx.NewVP8Params()
	if err != nil {
		b.Fatal(err)
	}
	params.BitRate = 1_000_000
	i := 0
	next := func() (image.Image, func(), error) {
		i++
		return pics[i%len(pics)], func() {}, nil
	}
	var r mdcodec.ReadCloser
	r, err = params.BuildVideoEncoder(video.ReaderFunc(next), prop.Media{Video: prop.Video{
		Width: 640, Height: 480, FrameRate: 30, FrameFormat: frame.FormatI420}})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.ResetTimer()
	begun := cpu()
	for range b.N {
		time.Sleep(time.Millisecond) // its clock is the wall clock, and has to tick
		if _, _, err := r.Read(); err != nil {
			b.Fatal(err)
		}
	}
	reportCore(b, begun)
}

// raw is the pictures as one I420 file.
func raw(pics []*image.YCbCr) []byte {
	var buf bytes.Buffer
	for _, p := range pics {
		buf.Write(p.Y)
		buf.Write(p.Cb)
		buf.Write(p.Cr)
	}
	return buf.Bytes()
}

// benchFFmpeg charges ffmpeg its user time only, start-up included.
func benchFFmpeg(b *testing.B, pics []*image.YCbCr) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		b.Skip("ffmpeg is not installed")
	}
	in := raw(pics)
	var user time.Duration
	var n int
	for b.Loop() {
		cmd := exec.Command(path, "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "640x480", "-r", "30",
			"-i", "-", "-c:v", "libvpx", "-b:v", "1M", "-minrate", "1M", "-maxrate", "1M", "-deadline", "realtime",
			"-cpu-used", fmt.Sprint(DefaultCPUUsed), "-static-thresh", fmt.Sprint(DefaultStaticThreshold),
			"-lag-in-frames", "0", "-error-resilient", "1", "-threads", "1", "-f", "null", "-")
		var complaint bytes.Buffer
		cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &complaint
		if err := cmd.Run(); err != nil {
			b.Skipf("ffmpeg: %v %s", err, &complaint)
		}
		user += cmd.ProcessState.UserTime()
		n += len(pics)
	}
	b.ReportMetric(user.Seconds()/float64(n)*30*100, "%core@30fps")
}

// BenchmarkDecode is the same stream through our decoder, through mediadevices'
// and through ffmpeg's VP8 decoder.
func BenchmarkDecode(b *testing.B) {
	pics := clip(640, 480, 90)
	e := newEncoder(b, EncoderOptions{Width: 640, Height: 480, Kbps: 1000})
	var packets [][]byte
	for i, pic := range pics {
		packets = append(packets, encode(b, e, pic, i).Data)
	}
	b.Run("ours", func(b *testing.B) {
		d := newDecoder(b)
		b.ReportAllocs()
		begun := cpu()
		for i := range b.N {
			if _, err := d.Decode(packets[i%len(packets)]); err != nil {
				b.Fatal(err)
			}
		}
		reportCore(b, begun)
	})
	b.Run("mediadevices", func(b *testing.B) {
		r := &packetReader{packets: packets}
		d, err := vpx.NewDecoder(r, prop.Media{})
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		b.ReportAllocs()
		b.ResetTimer()
		begun := cpu()
		for range b.N {
			if _, _, err := d.Read(); err != nil {
				b.Fatal(err)
			}
		}
		reportCore(b, begun)
	})
}

// packetReader gives one packet a read, as mediadevices' decoder expects.
type packetReader struct {
	packets [][]byte
	i       int
}

func (r *packetReader) Read(b []byte) (int, error) {
	n := copy(b, r.packets[r.i%len(r.packets)])
	r.i++
	return n, nil
}
