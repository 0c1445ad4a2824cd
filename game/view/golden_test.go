package view

import (
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

const (
	goldenWidth, goldenHeight = 320, 180
	// Other drivers round differently, a little everywhere (up to 11 % in single
	// pixels between two that were compared, 1.2 % after halving the size). A thing
	// that is missing, moved or of another colour is far beyond this.
	goldenRMSE  = 0.025 // of the whole range
	goldenBlock = 0.08  // what the mean of an 8x8 block may be off by
)

var update = flag.Bool("update", false, "make the golden pictures anew; look at them afterwards")

// TestGolden compares scenes with pictures made before, coarsely.
func TestGolden(t *testing.T) {
	for _, name := range []string{"lobby", "far", "danger", "pass", "ouch", "podium"} {
		t.Run(name, func(t *testing.T) {
			big := shoot(t, testScene(name), 2*goldenWidth, 2*goldenHeight, Low)
			if err := Blank(big); err != nil {
				t.Fatal(err)
			}
			got := half(big)
			path := filepath.Join("testdata", "golden", name+".png")
			if *update {
				save(t, path, got)
				return
			}
			if err := similar(got, load(t, path)); err != nil {
				out := filepath.Join(os.TempDir(), "cutout-"+name+"-got.png")
				save(t, out, got)
				t.Errorf("%v; what was drawn is in %s", err, out)
			}
		})
	}
}

// TestGoldenSees: the comparison notices what it is there for.
func TestGoldenSees(t *testing.T) {
	m := load(t, filepath.Join("testdata", "golden", "ouch.png"))
	if err := similar(m, m); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]string{"a verdict": "danger", "a phase": "lobby"} {
		if similar(m, load(t, filepath.Join("testdata", "golden", other+".png"))) == nil {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	patched := image.NewRGBA(m.Rect)
	copy(patched.Pix, m.Pix)
	for y := 60; y < 84; y++ { // a piece of the body
		for x := 108; x < 128; x++ {
			patched.SetRGBA(x, y, m.RGBAAt(40, 100))
		}
	}
	if similar(m, patched) == nil {
		t.Error("a missing piece goes unnoticed")
	}
}

// half averages 2x2 pixels.
func half(m *image.RGBA) *image.RGBA {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()/2, b.Dy()/2))
	for y := range b.Dy() / 2 {
		for x := range b.Dx() / 2 {
			for c := range 4 {
				i := m.PixOffset(2*x, 2*y) + c
				sum := int(m.Pix[i]) + int(m.Pix[i+4]) + int(m.Pix[i+m.Stride]) + int(m.Pix[i+m.Stride+4])
				out.Pix[out.PixOffset(x, y)+c] = uint8((sum + 2) / 4)
			}
		}
	}
	return out
}

// similar says how two pictures differ more than drivers do.
func similar(got, want *image.RGBA) error {
	if got.Rect != want.Rect {
		return fmt.Errorf("the size is %v, not %v", got.Rect, want.Rect)
	}
	const side = 8
	bw := goldenWidth / side
	blocks := make([][3]float64, bw*((goldenHeight+side-1)/side))
	sum := 0.0
	for y := range goldenHeight {
		for x := range goldenWidth {
			i := got.PixOffset(x, y)
			for c := range 3 {
				d := (float64(got.Pix[i+c]) - float64(want.Pix[i+c])) / 255
				sum += d * d
				blocks[y/side*bw+x/side][c] += d / (side * side)
			}
		}
	}
	if rmse := math.Sqrt(sum / (3 * goldenWidth * goldenHeight)); rmse > goldenRMSE {
		return fmt.Errorf("the pictures differ by %.1f %% on the whole", 100*rmse)
	}
	for i, block := range blocks {
		for _, d := range block {
			if math.Abs(d) > goldenBlock {
				return fmt.Errorf("around (%d, %d) of %dx%d the colour is off by %.0f %%",
					i%bw*side+side/2, i/bw*side+side/2, goldenWidth, goldenHeight, 100*math.Abs(d))
			}
		}
	}
	return nil
}

func load(t *testing.T, path string) *image.RGBA {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(m.Bounds())
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}
