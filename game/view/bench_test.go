package view

import (
	"fmt"
	"image"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/internal/gametest"
	"cutout/game/world"
)

// BenchmarkFrame draws the wall coming, four friends each with a new picture in
// every frame and a new relief in every other one, and waits for the pixels.
func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		w, h  int
		level Level
		tiles int
	}{
		{1280, 720, High, 4}, {1280, 720, Low, 4}, {1280, 720, Lowest, 4},
		{960, 540, Medium, 4}, {960, 540, Lowest, 4}, {960, 540, Low, 0}, {960, 540, Low, 8}, {640, 360, Lowest, 4},
	} {
		b.Run(fmt.Sprintf("%dx%d/%v/%dtiles", c.w, c.h, c.level, c.tiles), func(b *testing.B) {
			gametest.NeedDisplay(b)
			v, err := New()
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			v.SetLevel(c.level)
			screen := ebiten.NewImage(c.w, c.h)
			defer screen.Deallocate()
			tiny := newTexture(1, 1)
			defer tiny.Deallocate()
			m := testScene("near")
			m.Tiles = testTiles(c.tiles)
			for i := range m.Tiles {
				if m.Tiles[i].Picture == nil {
					m.Tiles[i].Picture = testPicture(0)
				}
			}
			one := make([]byte, 4)
			b.ReportAllocs()
			before := processCPU()
			for b.Loop() {
				m.Ticks++
				for i := range m.Tiles {
					p := *m.Tiles[i].Picture
					p.Seq++
					m.Tiles[i].Picture = &p
				}
				if m.Ticks%2 == 0 {
					s := *m.Scene
					m.Scene = &s
				}
				v.Draw(screen, m)
				tiny.DrawImage(screen, nil) // reading one pixel of it waits for the whole
				tiny.ReadPixels(one)
			}
			// On a busy machine, and with software rendering, this tells more than time.
			b.ReportMetric(float64((processCPU()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

func BenchmarkRelief(b *testing.B) {
	s := gametest.Standing(dancer).Scene()
	var r relief
	b.ReportAllocs()
	for b.Loop() {
		r.make(s.Frame, s.Player())
	}
}

func BenchmarkField(b *testing.B) {
	g := world.HoleOf(dancer)
	var f field
	b.ReportAllocs()
	for b.Loop() {
		f.distances(&g)
	}
}

// BenchmarkPack copies a 640x480 picture, once with the decoder's strides as they
// are and once with padded ones. Copying the same bytes at once is the limit.
func BenchmarkPack(b *testing.B) {
	tight := gametest.Plain(640, 480, 90, 100, 120)
	padded := image.NewYCbCr(image.Rect(0, 0, 704, 480), image.YCbCrSubsampleRatio420).
		SubImage(image.Rect(0, 0, 640, 480)).(*image.YCbCr)
	for name, m := range map[string]*image.YCbCr{"tight": tight, "padded": padded} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.SetBytes(640 * 480 * 3 / 2)
			b.ReportAllocs()
			for b.Loop() {
				buf, _, _ = pack(m, buf)
			}
		})
	}
	b.Run("copy", func(b *testing.B) {
		src, dst := make([]byte, 640*480*3/2), make([]byte, 640*480*3/2)
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			copy(dst, src)
		}
	})
}
