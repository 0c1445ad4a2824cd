package vp8

import (
	"bytes"
	"fmt"
	"image"
	"os/exec"
	"testing"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/codectest"

	mdcodec "github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/codec/vpx"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

// clipLength of every benchmark: 3 s.
const clipLength = 90

// reportCore adds how much of a core 30 pictures a second take.
func reportCore(b *testing.B, since time.Duration) {
	b.ReportMetric((codectest.CPU()-since).Seconds()/float64(b.N)*30*100, "%core@30fps")
}

// atWork is how options do on a clip: processor time at 30 pictures a second in shares
// of a core, quality and bit rate.
type atWork struct{ core, db, kbps float64 }

func measure(b *testing.B, o EncoderOptions, pics []*image.YCbCr) atWork {
	e, d := newEncoder(b, o), newDecoder(b)
	defer e.Close()
	defer d.Close()
	var m atWork
	var took time.Duration
	var size int
	for i, pic := range pics {
		begun := codectest.CPU()
		p := encode(b, e, pic, i)
		took += codectest.CPU() - begun
		size += len(p.Data)
		got, err := d.Decode(p.Data)
		if err != nil {
			b.Fatal(err)
		}
		m.db += codectest.PSNR(pic, got) / float64(len(pics))
	}
	seconds := float64(len(pics)) / 30
	m.core, m.kbps = took.Seconds()/seconds*100, float64(size)*8/1000/seconds
	return m
}

// BenchmarkSpeeds is the table behind DefaultCPUUsed: 640x480 at 30 pictures a second,
// every made clip at two bit rates, at several speeds, and how far each is from cpu-used
// 0 in quality. libvpx takes cpu-used 0 for -4 on any machine that keeps up.
func BenchmarkSpeeds(b *testing.B) {
	for _, c := range codectest.Clips(640, 480) {
		pics := c.Take(clipLength)
		for _, kbps := range []int{500, 1000} {
			slow := measure(b, EncoderOptions{Width: 640, Height: 480, Kbps: kbps, CPUUsed: -4, StaticThreshold: -1}, pics)
			for _, s := range []struct{ cpu, static int }{{-4, -1}, {-5, -1}, {-5, 100}, {-6, 100}, {-8, 100}, {-10, 100}, {-12, 100}} {
				b.Run(fmt.Sprintf("%s/%dkbps/cpu-used%d/static%d", c.Name, kbps, s.cpu, max(0, s.static)), func(b *testing.B) {
					var m atWork
					for b.Loop() {
						m = measure(b, EncoderOptions{Width: 640, Height: 480, Kbps: kbps, CPUUsed: s.cpu, StaticThreshold: s.static}, pics)
					}
					b.ReportMetric(m.core, "%core@30fps")
					b.ReportMetric(m.db, "dB")
					b.ReportMetric(m.db-slow.db, "dB-vs-0")
					b.ReportMetric(m.kbps, "kbit/s")
				})
			}
		}
	}
}

// BenchmarkEncode is 640x480 at 1 Mbit/s at our speed, with one and two temporal layers,
// beside mediadevices' encoder and ffmpeg's libvpx at our speed, on the same clip.
func BenchmarkEncode(b *testing.B) {
	pics := codectest.Room(640, 480).Take(clipLength)
	for _, layers := range []int{1, 2} {
		b.Run(fmt.Sprintf("ours/layers%d", layers), func(b *testing.B) {
			o := EncoderOptions{Width: 640, Height: 480, Kbps: 1000, TemporalLayers: layers}
			m := measure(b, o, pics)
			e := newEncoder(b, o)
			b.ReportAllocs()
			b.ResetTimer()
			begun := codectest.CPU()
			for i := range b.N {
				encode(b, e, pics[i%len(pics)], i)
			}
			reportCore(b, begun)
			b.ReportMetric(m.db, "dB")
			b.ReportMetric(m.kbps, "kbit/s")
		})
	}
	b.Run("mediadevices", func(b *testing.B) { benchMediadevices(b, pics) })
	b.Run("ffmpeg", func(b *testing.B) { benchFFmpeg(b, pics) })
}

// BenchmarkStill is what a picture costs in which nothing moves, beside one in which
// somebody does: a game's menu, and a camera's empty room with its noise.
func BenchmarkStill(b *testing.B) {
	room := codectest.Room(640, 480)
	one, other := room.At(0), room.At(1)
	empty := make([]*image.YCbCr, clipLength) // above the person the room is the same but for noise
	same := make([]*image.YCbCr, clipLength)
	for i := range same {
		same[i], empty[i] = one, one
		if i%2 == 1 {
			empty[i] = codec.NewPicture(640, 480)
			for k, v := range one.Y {
				empty[i].Y[k] = v + byte(k*7919>>4)%3 - 1
			}
			copy(empty[i].Cb, other.Cb)
			copy(empty[i].Cr, other.Cr)
		}
	}
	for _, c := range []struct {
		name string
		pics []*image.YCbCr
	}{{"moving", room.Take(clipLength)}, {"same", same}, {"noise", empty}} {
		b.Run(c.name, func(b *testing.B) {
			var m atWork
			for b.Loop() {
				m = measure(b, EncoderOptions{Width: 640, Height: 480, Kbps: 1000}, c.pics)
			}
			b.ReportMetric(m.core, "%core@30fps")
			b.ReportMetric(m.db, "dB")
			b.ReportMetric(m.kbps, "kbit/s")
		})
	}
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
	begun := codectest.CPU()
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
	pics := codectest.Room(640, 480).Take(clipLength)
	e := newEncoder(b, EncoderOptions{Width: 640, Height: 480, Kbps: 1000})
	var packets [][]byte
	for i, pic := range pics {
		packets = append(packets, encode(b, e, pic, i).Data)
	}
	b.Run("ours", func(b *testing.B) {
		d := newDecoder(b)
		b.ReportAllocs()
		begun := codectest.CPU()
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
		begun := codectest.CPU()
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
