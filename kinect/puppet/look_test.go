package puppet

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"cutout/kinect"
)

// TestPictures writes what puppets look like to the directory CUTOUT_PICTURES.
func TestPictures(t *testing.T) {
	dir := os.Getenv("CUTOUT_PICTURES")
	if dir == "" {
		t.Skip("CUTOUT_PICTURES is not set")
	}
	poses := []kinect.Pose{
		{LeftShoulder: 14, RightShoulder: 14, LeftElbow: 6, RightElbow: 6, LeftHip: 4, RightHip: 4},
		{LeftShoulder: 165, RightShoulder: 165, LeftElbow: 10, RightElbow: 10, LeftHip: 5, RightHip: 5},
		{LeftShoulder: 90, RightShoulder: 60, RightElbow: 90, LeftHip: 30, LeftKnee: -20, Lean: -10, Head: 5},
		{LeftShoulder: 120, LeftElbow: 40, RightShoulder: 45, RightElbow: -100, Squat: 350, LeftHip: 20, RightHip: 20, Shift: 150},
		{LeftShoulder: 40, LeftElbow: -70, RightShoulder: 150, RightElbow: 60, Lean: 15},
	}
	for i, p := range poses {
		f := Figure{
			Pose: p, Height: 1700, Distance: kinect.Millimetres(2900 - 300*max(0, i-2)), Look: NewLook(uint64(i)),
			Face: Face{Smile: 250 * i},
		}
		s := Render(f, NewRoom(uint64(i)), 1)
		save(t, filepath.Join(dir, fmt.Sprintf("colour%d.png", i)), rgb(s.Picture))
		save(t, filepath.Join(dir, fmt.Sprintf("depth%d.png", i)), shadeDepth(s.Codes))
	}
}

func save(t *testing.T, name string, img image.Image) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// rgb converts from BT.601 limited range.
func rgb(p *image.YCbCr) image.Image {
	out := image.NewRGBA(p.Rect)
	cut := func(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			l := 1.164 * (float64(p.Y[p.YOffset(x, y)]) - 16)
			cb, cr := float64(p.Cb[p.COffset(x, y)])-128, float64(p.Cr[p.COffset(x, y)])-128
			out.SetRGBA(x, y, color.RGBA{cut(l + 1.596*cr), cut(l - 0.813*cr - 0.392*cb), cut(l + 2.017*cb), 255})
		}
	}
	return out
}

func shadeDepth(codes []uint16) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, kinect.Width, kinect.Height))
	for i, c := range codes {
		v := uint8(max(0, (1060-int(c))*255/500))
		p := color.RGBA{v, uint8(int(c) * 37), v, 255}
		if c == kinect.NoDisparity {
			p = color.RGBA{0, 0, 0, 255}
		}
		out.SetRGBA(i%kinect.Width, i/kinect.Width, p)
	}
	return out
}
