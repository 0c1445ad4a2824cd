package view

import (
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/internal/gametest"
)

// BenchmarkPass draws one pass of a 960x540 frame at a time, inside at 640x360.
func BenchmarkPass(b *testing.B) {
	gametest.NeedDisplay(b)
	const w, h = 960, 540
	m := testScene("near")
	for _, pass := range []string{"nothing", "corridor", "wall", "outline", "body", "dust", "present", "glow", "hud", "tiles"} {
		b.Run(pass, func(b *testing.B) {
			v, err := New()
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			v.SetLevel(Lowest)
			if pass == "glow" {
				v.SetLevel(Low)
			}
			screen, tiny := ebiten.NewImage(w, h), newTexture(1, 1)
			defer screen.Deallocate()
			defer tiny.Deallocate()
			v.Draw(screen, m)
			l := layoutFor(w, h, len(m.Tiles))
			p, now := l.plane(360.0/h), momentOf(m.World, 0)
			one := make([]byte, 4)
			before := processCPU()
			for b.Loop() {
				switch pass {
				case "corridor":
					v.drawCorridor(v.scene, p, now, 3)
				case "wall":
					v.drawWall(v.scene, p, now, 3)
				case "outline":
					v.drawOutline(v.scene, p, now, 3)
				case "body":
					v.drawBody(v.scene, m, p, now, 3)
				case "dust":
					v.drawDust(v.scene, p, 3)
				case "present", "glow":
					v.present(screen)
				case "hud":
					n := *m
					n.Tiles = nil
					k := l
					k.tiles = nil
					v.drawOver(screen, &n, &k)
				case "tiles":
					v.drawTiles(screen, m, &l)
				}
				tiny.DrawImage(v.scene, nil)
				tiny.ReadPixels(one)
				tiny.DrawImage(screen, nil)
				tiny.ReadPixels(one)
			}
			b.ReportMetric(float64((processCPU()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
