package view

import (
	"errors"
	"image"
	"image/color"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/internal/gametest"
	"cutout/game/world"
	"cutout/netvideo"
)

func TestShadersCompile(t *testing.T) {
	s, err := loadShaders()
	if err != nil {
		t.Fatal(err)
	}
	s.close()
}

// TestEverySceneShows: no scene is blank at any size or level.
func TestEverySceneShows(t *testing.T) {
	type size struct {
		w, h  int
		level Level
	}
	others := []size{{640, 360, Low}, {960, 540, Medium}, {1280, 720, Ultra}, {800, 600, High}}
	for _, name := range sceneNames {
		m := testScene(name)
		others = append(others[1:], others[0])
		for _, c := range []size{{480, 270, Lowest}, others[0]} {
			got := shoot(t, m, c.w, c.h, c.level)
			if err := Blank(got); err != nil {
				t.Errorf("%s at %dx%d, %v: %v", name, c.w, c.h, c.level, err)
			}
		}
	}
}

func TestBlank(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 320, 180))
	if Blank(m) == nil || Blank(&image.RGBA{}) == nil {
		t.Error("a black picture and none at all are fine")
	}
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	if Blank(m) == nil {
		t.Error("a grey picture is fine")
	}
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7 / 13)
	}
	if err := Blank(m); err != nil {
		t.Error(err)
	}
}

// TestNoExtremes: whoever comes first, with nothing to show, is shown the lobby.
func TestNoExtremes(t *testing.T) {
	m := &Model{World: &world.State{}}
	if err := Blank(shoot(t, m, 480, 270, Low)); err != nil {
		t.Error(err)
	}
	m = testScene("pass")
	m.World.Hole, m.World.Own, m.World.Players, m.Scene = nil, nil, nil, nil
	if err := Blank(shoot(t, m, 480, 270, Low)); err != nil {
		t.Error(err)
	}
	m = testScene("podium")
	m.World.Players, m.Notice, m.Hint, m.Help, m.Muted = nil, "the network is gone", "it comes back by itself", true, true
	if err := Blank(shoot(t, m, 480, 270, Low)); err != nil {
		t.Error(err)
	}
}

// TestQRCode: a phone reads the invite link off the lobby.
func TestQRCode(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg (Debian: zbar-tools) is not installed")
	}
	for _, link := range []string{testLink, "https://play.example.org/r/K7QWM4TXA2", "http://[2001:db8:85a3::8a2e:370:7334]:7880/r/K7QWM4TXA2"} {
		for _, size := range [][2]int{{960, 540}, {1280, 720}} {
			if size[0] == 1280 && link != testLink {
				continue
			}
			m := testScene("lobby")
			m.Link = link
			path := filepath.Join(t.TempDir(), "lobby.png")
			save(t, path, shoot(t, m, size[0], size[1], Medium))
			out, err := exec.Command(zbar, "-q", "--raw", path).Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(out)); got != link {
				t.Errorf("at %v the code of %s reads %q", size, link, got)
			}
		}
	}
}

// colourAround is the mean colour of the pixels within r of (x, y).
func colourAround(m *image.RGBA, x, y float64, r int) (red, green, blue float64) {
	n := 0.0
	for dy := -r; dy <= r; dy++ {
		for dx := -r; dx <= r; dx++ {
			c := m.RGBAAt(int(x)+dx, int(y)+dy)
			red, green, blue, n = red+float64(c.R), green+float64(c.G), blue+float64(c.B), n+1
		}
	}
	return red / n, green / n, blue / n
}

// TestRim: cyan when the body fits, red when it does not, all around the hole.
func TestRim(t *testing.T) {
	for name, wantRed := range map[string]bool{"near": false, "danger": true, "pass": false, "ouch": true} {
		m := testScene(name)
		l := layoutFor(960, 540, len(m.Tiles))
		p := l.plane(1)
		now := momentOf(m.World, dangerOf(m.World))
		got := shoot(t, m, 960, 540, Lowest)
		var f field
		dist := f.distances(m.World.Hole)
		red, cyan, n := 0, 0, 0
		for i, d := range dist {
			// Just outside the rim, where the wall glows.
			if d < 1.5 || d > 3 || i%3 != 0 {
				continue
			}
			u, v := float64(i%fieldWidth)/2, float64(i/fieldWidth)/2
			x, y := p.at(u, v, now.near)
			bu, bv := centreColumn-(x-p.vanishX)/p.cell, floorRow+(y-p.floorY)/p.cell // in the plane of play
			behind := false
			for k := range 25 {
				behind = behind || m.World.Own.At(int(bu)+k%5-2, int(bv)+k/5-2)
			}
			if behind || y < 80 || x < 220 || y > l.floorY-70 {
				continue // behind the body or what is written
			}
			r, g, b := colourAround(got, x, y, 0)
			n++
			switch {
			case r > 1.25*g && r > b:
				red++
			case b > r && g > r:
				cyan++
			}
		}
		if n < 20 {
			t.Fatalf("%s: only %d points of the rim could be looked at", name, n)
		}
		if hit := map[bool]int{true: red, false: cyan}[wantRed]; hit*10 < n*7 {
			t.Errorf("%s: of %d points %d are red and %d cyan", name, n, red, cyan)
		}
	}
}

// TestBodyCoversOwn: what is drawn of the player at impact is what the rules judge.
func TestBodyCoversOwn(t *testing.T) {
	for _, body := range []gametest.Body{gametest.Standing(star), {Pose: dancer, Distance: 3500, Height: 1250, Drop: 500}, {Pose: sideways, Distance: 2300, Height: 1900, Drop: 800}} {
		m := testScene("pass")
		m.Scene = body.Scene()
		body.Meet(m.World, body.Pose, m.Scene)
		m.World.Size = world.Calibration{Height: 1700, FloorDrop: int(body.Drop) + 20} // not quite the truth, as in a match
		own, _ := world.Normalise(m.Scene.Player().Silhouette, m.World.Size)
		gametest.NeedDisplay(t)
		v, err := New()
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		const w, h = 960, 540
		layer := ebiten.NewImage(w, h)
		defer layer.Deallocate()
		l := layoutFor(w, h, 4)
		p := l.plane(1)
		v.hole.update(m.World.Hole)
		if !v.shape.update(m.Scene) {
			t.Fatal("there is no body")
		}
		v.drawBody(layer, m, p, moment{near: 1, solid: 1}, 0)
		got := image.NewRGBA(image.Rect(0, 0, w, h))
		layer.ReadPixels(got.Pix)
		cells, missing, surplus := 0, 0, 0
		for vv := 1; vv < 119; vv++ {
			for u := 1; u < 159; u++ {
				x, y := p.at(float64(u)+0.5, float64(vv)+0.5, 1)
				solid := got.RGBAAt(int(x), int(y)).A >= 128
				if own.At(u, vv) {
					cells++
					if !solid {
						missing++
					}
				} else if solid {
					surplus++
				}
			}
		}
		if cells < 800 || missing*10 > cells || surplus*10 > cells {
			t.Errorf("%+v: of %d cells %d are not drawn, and %d are drawn beside them", body, cells, missing, surplus)
		}
	}
}

// TestSpill: at an impact that hurts, what sticks out is red, and the rest is not.
func TestSpill(t *testing.T) {
	m := testScene("ouch")
	l := layoutFor(960, 540, len(m.Tiles))
	p := l.plane(1)
	got := shoot(t, m, 960, 540, Lowest)
	var f field
	dist := f.distances(m.World.Hole)
	var in, out, redIn, redOut int
	for v := range 120 {
		for u := range 160 {
			if !m.World.Own.At(u, v) || !m.World.Own.At(u-2, v) || !m.World.Own.At(u+2, v) || !m.World.Own.At(u, v-2) || !m.World.Own.At(u, v+2) {
				continue
			}
			x, y := p.at(float64(u)+0.5, float64(v)+0.5, 1)
			r, g, b := colourAround(got, x, y, 0)
			red := r > 1.8*g && r > 1.8*b
			switch d := dist[(2*v+1)*fieldWidth+2*u+1]; {
			case d > 6:
				out++
				if red {
					redOut++
				}
			case d < -4:
				in++
				if red {
					redIn++
				}
			}
		}
	}
	if in < 100 || out < 30 || redOut*10 < out*9 || redIn*20 > in {
		t.Errorf("red: %d of %d cells outside, %d of %d inside", redOut, out, redIn, in)
	}
}

// TestTileColour: a friend's picture has the colours that were sent, BT.601, at
// sizes that divide and sizes that do not, and changes when a new one comes.
func TestTileColour(t *testing.T) {
	gametest.NeedDisplay(t)
	for _, level := range []Level{Lowest, High} {
		v, err := New()
		if err != nil {
			t.Fatal(err)
		}
		v.SetLevel(level)
		const w, h = 960, 540
		screen := ebiten.NewImage(w, h)
		l := layoutFor(w, h, 1)
		seq := uint64(0)
		for _, size := range [][2]int{{640, 480}, {322, 242}, {176, 144}, {320, 180}, {480, 640}} {
			for _, c := range [][3]uint8{{81, 90, 240}, {145, 54, 34}, {41, 240, 110}, {235, 128, 128}, {16, 128, 128}, {120, 100, 170}} {
				seq++
				m := &Model{World: &world.State{}}
				m.Tiles = []Tile{{ID: "c0", Name: "", Picture: &netvideo.Picture{Image: gametest.Plain(size[0], size[1], c[0], c[1], c[2]), Seq: seq}}}
				v.updateTiles(m)
				v.drawTiles(screen, m, &l)
				at := l.tiles[0]
				area := image.Rect(int(at.x), int(at.y), int(at.right()), int(at.bottom()))
				got := image.NewRGBA(area)
				screen.SubImage(area).(*ebiten.Image).ReadPixels(got.Pix)
				r, g, b := colourAround(got, at.midX(), at.midY()-at.h*0.1, 3)
				want := limited(c)
				for i, x := range []float64{r - float64(want.R), g - float64(want.G), b - float64(want.B)} {
					if math.Abs(x) > 6 {
						t.Errorf("%v, %v, %v: channel %d of %v is off by %.0f", level, size, c, i, want, x)
					}
				}
			}
		}
		screen.Deallocate()
		v.Close()
	}
}

// limited is what BT.601 in limited range means as a colour.
func limited(c [3]uint8) color.RGBA {
	y, cb, cr := (float64(c[0])-16)/219, (float64(c[1])-128)/224, (float64(c[2])-128)/224
	to := func(v float64) uint8 { return uint8(math.Round(255 * math.Max(0, math.Min(1, v)))) }
	return color.RGBA{to(y + 1.402*cr), to(y - 0.344136*cb - 0.714136*cr), to(y + 1.772*cb), 255}
}

// TestTilesComeAndGo: textures of friends who left are given back; nobody's picture
// stays on another's tile.
func TestTilesComeAndGo(t *testing.T) {
	gametest.NeedDisplay(t)
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	screen := ebiten.NewImage(480, 270)
	defer screen.Deallocate()
	m := testScene("near")
	for _, n := range []int{0, 4, 8, 12, 2, 0} {
		m.Tiles = testTiles(n)
		v.Draw(screen, m)
		if len(v.tiles) != min(n, maxTiles) {
			t.Errorf("%d textures for %d friends", len(v.tiles), n)
		}
	}
}
