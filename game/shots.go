package game

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// Shoot asks for the next frame that is drawn, as it is on the screen. done is
// called on the game's goroutine and must not block; the picture is the caller's.
// It reports false, and does nothing, when too many are asked for already. Reading
// back costs tens of milliseconds: it is not for every frame.
func (g *Game) Shoot(done func(*image.RGBA)) bool {
	select {
	case g.shots <- done:
		return true
	default:
		return false
	}
}

// shoot serves those who asked for this frame.
func (g *Game) shoot(screen *ebiten.Image) {
	if len(g.shots) == 0 {
		return
	}
	b := screen.Bounds()
	pixels := make([]byte, 4*b.Dx()*b.Dy())
	screen.ReadPixels(pixels)
	for i := 3; i < len(pixels); i += 4 {
		pixels[i] = 255
	}
	for {
		select {
		case done := <-g.shots:
			m := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
			copy(m.Pix, pixels)
			done(m)
		default:
			return
		}
	}
}

// savePicture is the screenshot key. Run waits for the file to be written.
func (g *Game) savePicture() {
	g.Shoot(func(m *image.RGBA) {
		path := filepath.Join(g.options.ShotDir, time.Now().Format("cutout-20060102-150405.png"))
		g.saving.Go(func() {
			line := "saved " + path
			if err := writePNG(path, m); err != nil {
				line = err.Error()
			}
			select {
			case g.saved <- line:
			default:
			}
		})
	})
}

func writePNG(path string, m image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("save the picture: %w", err)
	}
	if err := png.Encode(f, m); err != nil {
		_ = f.Close()
		_ = os.Remove(path)
		return fmt.Errorf("save the picture: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("save the picture: %w", err)
	}
	return nil
}
