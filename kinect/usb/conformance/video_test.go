package conformance_test

import (
	"bytes"
	"image"
	"testing"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/usb/conformance"
	"cutout/kinect/usb/virtual"
)

// video asks for a format of video and no depth.
func video(f conformance.VideoFormat) conformance.Formats {
	return conformance.Formats{Depth: conformance.NoDepth, Video: f}
}

// bayerFrame is a frame as our driver gives it.
func bayerFrame(pixels []byte) *kinect.VideoFrame {
	return &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Pixels: pixels}
}

// developColour is our demosaic.
func developColour(d *raw.Developer, bayer []byte) *image.YCbCr { return d.Colour(bayerFrame(bayer)) }

// TestDemosaic wants our demosaic to be at least as near to known pictures as
// libfreenect's, both as 4:2:0.
func TestDemosaic(t *testing.T) {
	c, bus := consumer(t)
	d := raw.NewDeveloper(virtual.Calibration())
	for name, p := range pictures() {
		t.Run(name, func(t *testing.T) {
			bayer, truth := p.bayer(), p.yCbCr()
			theirs := psnr(truth, fromRGB(develop(t, c, bus, virtual.Bayer, bayer, video(conformance.RGB))).yCbCr())
			ours := psnr(truth, developColour(d, bayer))
			if ours < theirs {
				t.Errorf("ours has %.2f dB, libfreenect's %.2f dB", ours, theirs)
			}
			t.Logf("ours has %.2f dB, libfreenect's %.2f dB", ours, theirs)
		})
	}
}

// BenchmarkDemosaic is how long a frame of our demosaic takes, and how good it is
// beside libfreenect's: PSNR against known pictures.
func BenchmarkDemosaic(b *testing.B) {
	c, bus := consumer(b)
	d := raw.NewDeveloper(virtual.Calibration())
	for name, p := range pictures() {
		b.Run(name, func(b *testing.B) {
			bayer, truth := p.bayer(), p.yCbCr()
			theirs := fromRGB(develop(b, c, bus, virtual.Bayer, bayer, video(conformance.RGB))).yCbCr()
			frame := bayerFrame(bayer)
			var ours *image.YCbCr
			for b.Loop() {
				ours = d.Colour(frame)
			}
			b.ReportMetric(psnr(truth, ours), "psnr-db")
			b.ReportMetric(psnr(truth, theirs), "libfreenect-psnr-db")
		})
	}
}

// TestRGB compares the three bytes a pixel that recordings hold. libfreenect rounds
// means down, in two steps for those of four, we to the nearest: that is one apart at
// most. Both mirror the picture at its edges.
func TestRGB(t *testing.T) {
	c, bus := consumer(t)
	bayer := pictures()["Nature"].bayer()
	theirs := develop(t, c, bus, virtual.Bayer, bayer, video(conformance.RGB))
	ours := make([]byte, raw.RGBBytes)
	if err := raw.RGB(ours, bayerFrame(bayer)); err != nil {
		t.Fatal(err)
	}
	compareRGB(t, ours, theirs, 1)
}

// compareRGB allows each byte to be a little brighter or darker.
func compareRGB(t *testing.T, ours, theirs []byte, allowed int) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Fatalf("we have %d bytes, libfreenect %d", len(ours), len(theirs))
	}
	sum := 0
	for i := range ours {
		d := int(ours[i]) - int(theirs[i])
		if d > allowed || d < -allowed {
			x, y, from := i/3%kinect.Width, i/3/kinect.Width, i/3*3
			t.Fatalf("pixel %d, %d has colours %v for us and %v for libfreenect", x, y, ours[from:][:3], theirs[from:][:3])
		}
		sum += d
	}
	t.Logf("we are %+.2f brighter on the average", float64(sum)/float64(len(ours)))
}

// TestUYVY compares the camera's own colours as three bytes a pixel: libfreenect
// rounds every product towards zero, thousandths of up to four of them.
func TestUYVY(t *testing.T) {
	c, bus := consumer(t)
	p := pictures()["Nature"].yCbCr()
	frame := make([]byte, 0, virtual.UYVY.FrameBytes())
	for y := range kinect.Height {
		for x := 0; x < kinect.Width; x += 2 {
			i := y/2*p.CStride + x/2
			frame = append(frame, p.Cb[i], p.Y[y*p.YStride+x], p.Cr[i], p.Y[y*p.YStride+x+1])
		}
	}
	theirs := develop(t, c, bus, virtual.UYVY, frame, video(conformance.YUVRGB))
	v := &kinect.VideoFrame{Format: kinect.UYVY, Width: kinect.Width, Height: kinect.Height, Pixels: frame}
	ours := make([]byte, raw.RGBBytes)
	if err := raw.RGB(ours, v); err != nil {
		t.Fatal(err)
	}
	compareRGB(t, ours, theirs, 4)

	made := raw.NewDeveloper(virtual.Calibration()).Colour(v)
	if !bytes.Equal(made.Y, p.Y) || !bytes.Equal(made.Cb, p.Cb) || !bytes.Equal(made.Cr, p.Cr) {
		t.Error("4:2:0 made of UYVY, whose rows share their colours, is not what it was made from")
	}
}

// TestInfrared compares intensities: ten bits, and their upper eight.
func TestInfrared(t *testing.T) {
	c, bus := consumer(t)
	frame := virtual.RandomFrame(9, virtual.Infrared, 0)
	w, h := kinect.VideoInfrared.Size()
	ours := make([]uint16, w*h)
	raw.UnpackDepth10(ours, frame)
	ten := words(develop(t, c, bus, virtual.Infrared, frame, video(conformance.IR10)))
	eight := develop(t, c, bus, virtual.Infrared, frame, video(conformance.IR8))
	for i, v := range ours {
		if v != ten[i] || byte(v>>2) != eight[i] {
			t.Fatalf("pixel %d is %d for us, %d and %d for libfreenect", i, v, ten[i], eight[i])
		}
	}
}
