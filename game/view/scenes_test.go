package view

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/internal/gametest"
	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

func TestMain(m *testing.M) { os.Exit(gametest.Main(m)) }

const testLink = "http://192.168.1.23:7880/r/K7QWM4TXA2"

var (
	star     = kinect.Pose{LeftShoulder: 125, RightShoulder: 120, LeftHip: 16, RightHip: 16}
	ease     = kinect.Pose{LeftShoulder: 14, RightShoulder: 14, LeftHip: 4, RightHip: 4}
	dancer   = kinect.Pose{Lean: -6, LeftShoulder: 158, LeftElbow: 10, RightShoulder: 96, RightElbow: 30, LeftHip: 4, RightHip: 34, RightKnee: -50}
	handsUp  = kinect.Pose{LeftShoulder: 165, RightShoulder: 165, LeftHip: 5, RightHip: 5}
	sideways = kinect.Pose{LeftShoulder: 90, RightShoulder: 90, LeftHip: 8, RightHip: 8}
)

// faces are pictures for tiles: a head on a coloured ground, with odd sizes among
// them.
func testPicture(i int) *netvideo.Picture {
	sizes := [][2]int{{640, 480}, {320, 240}, {322, 242}, {640, 360}, {176, 144}, {480, 640}}
	s := sizes[i%len(sizes)]
	m := gametest.Plain(s[0], s[1], 90, uint8(100+30*(i%3)), uint8(105+20*(i%4)))
	cx, cy, r := s[0]/2, s[1]*46/100, s[1]*28/100
	for y := range s[1] {
		for x := range s[0] {
			dx, dy := x-cx, (y-cy)*3/4
			if dx*dx+dy*dy < r*r*9/16 {
				m.Y[m.YOffset(x, y)] = 176
				c := m.COffset(x, y)
				m.Cb[c], m.Cr[c] = 104, 152
			}
		}
	}
	return &netvideo.Picture{Image: m, Seq: 1}
}

var testNames = []string{"Ada", "Žofie Nováková", "Юрий", "Tunde", "Freja", "Nikhil", "Maximiliane-Charlotte", "Bo"}

func testTiles(n int) []Tile {
	var tiles []Tile
	for i := range n {
		t := Tile{ID: fmt.Sprint("c", i), Name: testNames[i%len(testNames)], Picture: testPicture(i), Ready: i%2 == 0}
		if i == 1 {
			t.Level = 0.7
		}
		if i == 3 {
			t.Picture, t.Trouble = nil, "camera off"
		}
		tiles = append(tiles, t)
	}
	return tiles
}

func testPlayers(n int) []world.Player {
	players := []world.Player{{ID: "me", Name: "Grace", Present: true, Points: 3120, Combo: 3, Ready: true,
		Verdicts: []world.Verdict{{Wall: 0, Outcome: world.Pass}, {Wall: 1, Outcome: world.Fail}, {Wall: 2, Outcome: world.Pass}}}}
	for i := range n {
		players = append(players, world.Player{ID: fmt.Sprint("c", i), Name: testNames[i], Present: i != 2, Points: 2900 - 410*i, Ready: i%2 == 0})
	}
	return players
}

// sceneNames are the moments that are looked at and compared.
var sceneNames = []string{"lobby", "countdown", "far", "near", "danger", "pass", "ouch", "after", "podium", "solo"}

// testScene makes one of them.
func testScene(name string) *Model {
	model := func(phase world.Phase, ticks, length int, wall, pose kinect.Pose, friends int) *Model {
		b := gametest.Standing(pose)
		scene := b.Scene()
		s := &world.State{Tick: 1000, Phase: phase, PhaseTicks: ticks, PhaseLength: length, Wall: 3, Walls: 10, Self: "me", Players: testPlayers(friends)}
		b.Meet(s, wall, scene)
		return &Model{World: s, Scene: scene, Tiles: testTiles(friends), Ticks: 2000, Link: testLink}
	}
	verdict := func(m *Model, v world.Verdict) *Model {
		v.Wall, v.Fit, v.Fill = m.World.Wall, m.World.Fit, m.World.Fill
		m.World.Players[0].Verdicts = append(m.World.Players[0].Verdicts, v)
		m.World.Players[1].Verdicts = []world.Verdict{{Wall: 3, Outcome: world.Fail}}
		m.World.Players[2].Verdicts = []world.Verdict{{Wall: 3, Outcome: world.Pass, Fit: 990, Fill: 800}}
		return m
	}
	switch name {
	case "lobby":
		m := model(world.Lobby, 0, 0, star, ease, 3)
		m.World.Players[0].Ready = false
		m.World.Hole, m.World.Own = nil, nil
		return m
	case "countdown":
		return model(world.Countdown, 70, 180, star, ease, 3)
	case "far":
		return model(world.Approach, 60, 300, dancer, ease, 4)
	case "near":
		return model(world.Approach, 272, 300, dancer, dancer, 4)
	case "danger":
		return model(world.Approach, 272, 300, dancer, sideways, 4)
	case "pass":
		return verdict(model(world.Impact, 22, 108, dancer, dancer, 4), world.Verdict{Outcome: world.Pass, Points: 912, Combo: 4})
	case "ouch":
		return verdict(model(world.Impact, 22, 108, dancer, sideways, 4), world.Verdict{Outcome: world.Fail})
	case "after":
		return verdict(model(world.Impact, 92, 108, star, star, 8), world.Verdict{Outcome: world.Pass, Points: 1024, Combo: 4})
	case "podium":
		return model(world.Podium, 240, 480, star, handsUp, 6)
	case "solo":
		return model(world.Approach, 200, 300, star, star, 0)
	}
	panic("there is no scene " + name)
}

// shoot draws m with a fresh view and reads the picture back.
func shoot(t testing.TB, m *Model, w, h int, level Level) *image.RGBA {
	t.Helper()
	gametest.NeedDisplay(t)
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	v.SetLevel(level)
	screen := ebiten.NewImage(w, h)
	defer screen.Deallocate()
	v.Draw(screen, m)
	got := image.NewRGBA(image.Rect(0, 0, w, h))
	screen.ReadPixels(got.Pix)
	return got
}

// TestLook leaves every scene as a picture in the directory CUTOUT_LOOK names, for
// people to look at.
func TestLook(t *testing.T) {
	dir := os.Getenv("CUTOUT_LOOK")
	if dir == "" {
		t.Skip("CUTOUT_LOOK names no directory")
	}
	for _, name := range sceneNames {
		m := testScene(name)
		for _, size := range [][2]int{{1280, 720}, {960, 540}} {
			save(t, filepath.Join(dir, fmt.Sprintf("%s_%d.png", name, size[1])), shoot(t, m, size[0], size[1], High))
		}
	}
}

func save(t testing.TB, path string, m image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}
