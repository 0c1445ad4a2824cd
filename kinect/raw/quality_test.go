package raw

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
)

const opposites = "stripes of opposite colours"

// stripes are eleven pixels wide, with hard edges.
func stripes(a, b [3]byte) func(x, y int) [3]byte {
	return func(x, y int) [3]byte {
		if math.Mod(float64(x)+0.3*float64(y), 23) < 11.5 {
			return a
		}
		return b
	}
}

// scenes are pictures of known colour, 640x480 RGB.
func scenes() map[string]func(x, y int) [3]byte {
	wave := func(x, y int) float64 {
		dx, dy := float64(x-320), float64(y-240)
		return math.Cos((dx*dx + dy*dy) * math.Pi / 2200)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var discs [120][6]float64 // x, y, radius, colour
	for i := range discs {
		light := 20 + 180*rng.Float64()
		discs[i] = [6]float64{640 * rng.Float64(), 480 * rng.Float64(), 5 + 60*rng.Float64()}
		for c := range 3 {
			discs[i][3+c] = light + 50*rng.Float64()
		}
	}
	grain := make([]float64, pixels)
	for i := range grain {
		grain[i] = 4 * rng.NormFloat64()
	}
	return map[string]func(x, y int) [3]byte{
		"zone plate": func(x, y int) [3]byte { v := byte(127.5 + 120*wave(x, y)); return [3]byte{v, v, v} },
		"coloured zone plate": func(x, y int) [3]byte {
			w := wave(x, y)
			return [3]byte{byte(150 + 80*w), byte(110 + 90*w), byte(80 + 60*w)}
		},
		"stripes": stripes([3]byte{215, 170, 150}, [3]byte{50, 70, 90}),
		// The case that sharpening is wrong in: no light changes, all else does.
		opposites: stripes([3]byte{200, 60, 40}, [3]byte{30, 90, 160}),
		"edges with noise": func(x, y int) [3]byte {
			c := [3]float64{100, 110, 120}
			for _, d := range discs {
				if (float64(x)-d[0])*(float64(x)-d[0])+(float64(y)-d[1])*(float64(y)-d[1]) < d[2]*d[2] {
					c = [3]float64(d[3:])
				}
			}
			var rgb [3]byte
			for i := range rgb {
				rgb[i] = byte(max(0, min(255, c[i]+grain[y*kinect.Width+x])))
			}
			return rgb
		},
	}
}

// plain is the picture that libfreenect's way gives: bilinear at full resolution to RGB
// bytes, means cut off (cameras.c, convert_bayer_to_rgb), then luma of each pixel and
// chroma of the mean of each square of four, rounded.
func plain(bayer []byte) *image.YCbCr {
	return exact(func(x, y int) [3]float64 {
		c := bilinear(bayer, kinect.Width, kinect.Height, x, y)
		return [3]float64{math.Floor(c[0]), math.Floor(c[1]), math.Floor(c[2])}
	})
}

// exact is a picture of known colour in 4:2:0.
func exact(rgb func(x, y int) [3]float64) *image.YCbCr {
	p := newPicture(kinect.Width, kinect.Height)
	for y := 0; y < kinect.Height; y += 2 {
		for x := 0; x < kinect.Width; x += 2 {
			var cb, cr float64
			for i := range 4 {
				luma, u, v := toYCbCr(rgb(x+i%2, y+i/2))
				p.Y[p.YOffset(x+i%2, y+i/2)] = byte(luma + 0.5)
				cb, cr = cb+u/4, cr+v/4
			}
			p.Cb[p.COffset(x, y)], p.Cr[p.COffset(x, y)] = byte(cb+0.5), byte(cr+0.5)
		}
	}
	return p
}

// psnr of luma and of both chromas.
func psnr(got, want *image.YCbCr) (luma, chroma float64) {
	noise := func(a, b []byte) (sum float64) {
		for i := range a {
			d := float64(a[i]) - float64(b[i])
			sum += d * d
		}
		return sum
	}
	decibel := func(sum float64, n int) float64 { return 10 * math.Log10(255*255*float64(n)/sum) }
	return decibel(noise(got.Y, want.Y), len(got.Y)), decibel(noise(got.Cb, want.Cb)+noise(got.Cr, want.Cr), 2*len(got.Cb))
}

// compareQuality develops a scene both ways.
func compareQuality(d *Developer, scene func(x, y int) [3]byte) (ours, theirs [2]float64) {
	bayer := mosaicOf(scene)
	want := exact(func(x, y int) [3]float64 {
		c := scene(x, y)
		return [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}
	})
	got := d.Colour(&kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: bayer})
	ours[0], ours[1] = psnr(got, want)
	theirs[0], theirs[1] = psnr(plain(bayer), want)
	return ours, theirs
}

// TestDemosaicQuality: what friends are shown, the 4:2:0 picture, is nearer to the truth in
// luma than libfreenect's bilinear, and as near in chroma; except for stripes of
// opposite colours, which lose 1.5 dB of 32.
func TestDemosaicQuality(t *testing.T) {
	d := NewDeveloper(kinect.DefaultCalibration())
	for name, scene := range scenes() {
		ours, theirs := compareQuality(d, scene)
		t.Logf("%-27s luma %.2f dB, libfreenect's way %.2f; chroma %.2f dB, %.2f", name, ours[0], theirs[0], ours[1], theirs[1])
		gain := 0.5
		if name == opposites {
			gain = -1.6
		}
		const rounding = 0.02
		if ours[0] < theirs[0]+gain || ours[1] < theirs[1]-rounding {
			t.Errorf("%s: luma %.2f dB, chroma %.2f; bilinear has %.2f and %.2f", name, ours[0], ours[1], theirs[0], theirs[1])
		}
	}
}

// BenchmarkDemosaicQuality tells the decibels beside the time.
func BenchmarkDemosaicQuality(b *testing.B) {
	d := NewDeveloper(kinect.DefaultCalibration())
	for name, scene := range scenes() {
		b.Run(name, func(b *testing.B) {
			ours, theirs := compareQuality(d, scene)
			v := &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: mosaicOf(scene)}
			for b.Loop() {
				d.Colour(v)
			}
			b.ReportMetric(ours[0], "luma-dB")
			b.ReportMetric(theirs[0], "bilinear-luma-dB")
			b.ReportMetric(ours[1], "chroma-dB")
			b.ReportMetric(theirs[1], "bilinear-chroma-dB")
		})
	}
}
