package main

import (
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

// writeDepth writes a puppet with its arms out as a depth picture, and returns the truth.
func writeDepth(t *testing.T, path string, codes bool) *kinect.Mask {
	t.Helper()
	shot := puppet.Render(puppet.Figure{
		Pose: kinect.Pose{LeftShoulder: 100, RightShoulder: 60}, Height: 1700, Distance: 2600, Look: puppet.NewLook(1),
	}, puppet.NewRoom(1), 7)
	mm := make([]kinect.Millimetres, len(shot.Codes))
	raw.NewDeveloper(kinect.DefaultCalibration()).Millimetres(mm, shot.Codes)
	m := image.NewGray16(image.Rect(0, 0, kinect.Width, kinect.Height))
	for i := range mm {
		v := uint16(mm[i])
		if codes {
			v = shot.Codes[i]
		}
		m.SetGray16(i%kinect.Width, i/kinect.Width, color.Gray16{Y: v})
	}
	if err := writePNG(path, m); err != nil {
		t.Fatal(err)
	}
	return shot.Truth
}

// printed is the form that scripts rely on, read as strictly as they may.
type printed struct {
	File   string
	Frame  int
	People []struct {
		ID     int
		Box    []int
		Joints map[string]struct{ X, Y, MM, Confidence *float64 }
	}
}

func printedLines(t *testing.T, out string) (all []printed) {
	t.Helper()
	for line := range strings.Lines(out) {
		var p printed
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, p)
	}
	return all
}

// TestBody looks at the same moment as millimetres and as codes: one object each, alike,
// with joints where the body is; and the masks are the body.
func TestBody(t *testing.T) {
	dir := t.TempDir()
	depth, coded, masks := filepath.Join(dir, "depth.png"), filepath.Join(dir, "codes.png"), filepath.Join(dir, "masks")
	truth := writeDepth(t, depth, false)
	writeDepth(t, coded, true)
	code, out, errOut := runOnce(t, "body", "--json", "--masks", masks, depth, depth)
	if code != 0 || errOut != "" {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	lines := printedLines(t, out)
	if len(lines) != 2 || lines[0].File != depth || len(lines[0].People) != 1 || lines[0].People[0].ID != 1 || lines[1].People[0].ID != 1 {
		t.Fatalf("printed %s", out)
	}
	p := lines[0].People[0]
	if len(p.Box) != 4 || p.Box[2] < 100 || p.Box[3] < 200 {
		t.Errorf("box %v", p.Box)
	}
	for _, name := range []string{"head", "left_hand", "right_hand"} {
		j, known := p.Joints[name]
		if !known || j.X == nil || j.Y == nil || j.MM == nil || j.Confidence == nil {
			t.Errorf("%s is %+v", name, j)
			continue
		}
		if *j.X < float64(p.Box[0]) || *j.X > float64(p.Box[0]+p.Box[2]) || math.Abs(*j.MM-2600) > 400 {
			t.Errorf("%s at %g, %g, %g mm", name, *j.X, *j.Y, *j.MM)
		}
	}
	if l, r := p.Joints["left_hand"], p.Joints["right_hand"]; l.X != nil && r.X != nil && *l.X <= *r.X {
		t.Errorf("the left hand is at %g, left of the right one at %g", *l.X, *r.X)
	}
	checkLabels(t, filepath.Join(masks, "depth.png"), truth)
	if _, err := os.Stat(filepath.Join(masks, "depth-2.png")); err != nil {
		t.Error(err)
	}
	_, byCodes, _ := runOnce(t, "body", "--json", "--raw11", coded)
	if got := strings.Replace(byCodes, coded, depth, 1); len(printedLines(t, got)[0].People) != 1 {
		t.Errorf("by codes: %s", byCodes)
	}
	if code, table, _ := runOnce(t, "body", depth); code != 0 || !strings.Contains(table, "1 person") || !strings.Contains(table, "left hand") {
		t.Errorf("exit code %d, table:\n%s", code, table)
	}
}

// checkLabels compares a mask's file with the truth.
func checkLabels(t *testing.T, path string, truth *kinect.Mask) {
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
	grey, ok := m.(*image.Gray)
	if !ok || m.Bounds() != image.Rect(0, 0, kinect.Width, kinect.Height) {
		t.Fatalf("%T of %v", m, m.Bounds())
	}
	both, either := 0, 0
	for i, v := range grey.Pix {
		if v > 1 {
			t.Fatalf("label %d", v)
		}
		body := truth.At(i%kinect.Width, i/kinect.Width)
		if body && v == 1 {
			both++
		}
		if body || v == 1 {
			either++
		}
	}
	if share := float64(both) / float64(either); share < 0.85 {
		t.Errorf("the mask has %.2f of the body", share)
	}
}

// TestBodyOfRecording: every frame of a recording is looked at, once, by one tracker.
func TestBodyOfRecording(t *testing.T) {
	dir := t.TempDir()
	writeRecording(t, dir, 4)
	code, out, errOut := runOnce(t, "body", "--json", dir)
	lines := printedLines(t, out)
	if code != 0 || len(lines) != 4 {
		t.Fatalf("exit code %d, %d lines: %s", code, len(lines), errOut)
	}
	for i, l := range lines {
		if l.Frame != i+1 || l.File != dir || len(l.People) != 1 || l.People[0].ID != lines[0].People[0].ID {
			t.Errorf("line %d: %+v", i, l)
		}
	}
}

// TestBodyOfSensor: a sensor is looked through for a while.
func TestBodyOfSensor(t *testing.T) {
	code, out, errOut := runOnce(t, "body", "--json", "--sensor", "puppet", "--for", "5s")
	if lines := printedLines(t, out); code != 0 || len(lines) == 0 {
		t.Fatalf("exit code %d, %d lines: %s", code, len(lines), errOut)
	}
}

// TestBodyTrouble: one line why, one line of advice, the right exit code.
func TestBodyTrouble(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, m image.Image) string {
		path := filepath.Join(dir, name)
		if err := writePNG(path, m); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small := write("small.png", image.NewGray16(image.Rect(0, 0, 320, 240)))
	eight := write("eight.png", image.NewGray(image.Rect(0, 0, 640, 480)))
	garbage, empty := filepath.Join(dir, "garbage.png"), t.TempDir()
	if err := os.WriteFile(garbage, []byte("not a picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	depth := filepath.Join(dir, "depth.png")
	writeDepth(t, depth, false)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{}, 2, "nothing"},
		{[]string{depth, "--sensor", "puppet"}, 2, "either"},
		{[]string{depth, "--for", "3s"}, 2, "--for"},
		{[]string{"--sensor", "lidar"}, 2, "lidar"},
		{[]string{"/nowhere/at/all.png"}, 1, "/nowhere/at/all.png"},
		{[]string{empty}, 1, empty},
		{[]string{small}, 1, "320x240"},
		{[]string{eight}, 1, "8-bit"},
		{[]string{garbage}, 1, "no png"},
		{[]string{"--raw11", depth}, 1, "2047"},
		{[]string{"--masks", "/proc/no", depth}, 1, "/proc/no"},
		{[]string{"--masks", dir, depth}, 1, "replace"},
		{[]string{"/dev/zero"}, 1, "not a file"},
	} {
		code, _, errOut := runOnce(t, append([]string{"body"}, c.args...)...)
		if code != c.code {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.code, errOut)
		}
		checkTrouble(t, errOut, c.says)
	}
}
