package usb_test

import (
	"context"
	"slices"
	"testing"

	"cutout/kinect"
	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// A pattern is what a virtual Kinect was told to send in a mode; without one it sends
// random frames.
type pattern map[virtual.Mode][][]byte

func (p pattern) frame(k *virtual.Kinect, e virtual.Event) []byte {
	if frames := p[e.Mode]; frames != nil {
		return frames[int(e.Source)%len(frames)]
	}
	return virtual.RandomFrame(k.Seed(), e.Mode, e.Source)
}

// look is what the tests compare of an image, whatever its mode: a value a pixel.
func look(img kinect.Image) (s virtual.Stream, clock uint32, q kinect.Quality, values []uint16, empty uint16) {
	if d := img.Depth; d != nil {
		empty = kinect.NoDisparity
		if d.Mode == kinect.Depth10Bit {
			empty = kinect.NoDisparity10
		}
		return virtual.Depth, d.Clock, d.Quality, d.Codes, empty
	}
	v := img.Video
	switch v.Format {
	case kinect.Infrared:
		values = v.Intensity
	case kinect.UYVY:
		for i := 0; i+1 < len(v.Pixels); i += 2 {
			values = append(values, uint16(v.Pixels[i])<<8|uint16(v.Pixels[i+1]))
		}
	default:
		for _, p := range v.Pixels {
			values = append(values, uint16(p))
		}
	}
	return virtual.Video, v.Clock, v.Quality, values, 0
}

// checkImage compares an image with what was sent: it must be the same in all rows that
// are not said to be lost, and lost rows of depth hold what was sent or nothing.
func checkImage(t *testing.T, k *virtual.Kinect, p pattern, img kinect.Image) virtual.Event {
	t.Helper()
	stream, clock, quality, values, empty := look(img)
	e := sentBy(t, k, stream, clock)
	want := e.Mode.Unpack(p.frame(k, e))
	width, height := e.Mode.Size()
	if len(values) != width*height {
		t.Fatalf("%s: %d values instead of %dx%d", e.Mode, len(values), width, height)
	}
	if quality.LostPackets > 0 && e.Harmed() == 0 {
		t.Errorf("%s: a frame that left the device whole came without %d packets", e.Mode, quality.LostPackets)
	}
	for y := range height {
		row, sent := values[y*width:][:width], want[y*width:][:width]
		lost := slices.ContainsFunc(quality.Lost, func(r kinect.Rows) bool { return r.From <= y && y < r.To })
		if !lost && !slices.Equal(row, sent) {
			t.Fatalf("%s: row %d differs from what was sent, and is not said to be lost: %+v, %+v", e.Mode, y, quality, e)
		}
		for x := range row {
			if stream == virtual.Depth && row[x] != sent[x] && row[x] != empty {
				t.Fatalf("%s: pixel (%d, %d) of a lost row is %d, neither nothing nor what was sent", e.Mode, x, y, row[x])
			}
		}
	}
	return e
}

// next waits for an image that suits.
func next(t *testing.T, d *usb.Device, suits func(kinect.Image) bool) kinect.Image {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		img, err := d.Next(ctx)
		if err != nil {
			t.Fatalf("waiting for an image: %v (status %+v)", err, d.Status())
		}
		if suits(img) {
			return img
		}
	}
}

func isVideo(img kinect.Image) bool { return img.Video != nil }
func isDepth(img kinect.Image) bool { return img.Depth != nil }

// pairs are all modes that can be had at once, and each stream alone.
func pairs() (all [][2]int) {
	for d := kinect.Depth11Bit; d <= kinect.DepthOff; d++ {
		for v := kinect.VideoBayer; v <= kinect.VideoOff; v++ {
			if kinect.CheckModes(d, v) == nil {
				all = append(all, [2]int{int(d), int(v)})
			}
		}
	}
	return all
}
