package main

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/forest"
	"cutout/kinect/mannequin"
)

// toys are crude people: a head, a trunk in two halves, and two arms at any angle.
func toys(seed uint64) []*figure {
	r := rand.New(rand.NewPCG(seed, 1))
	f := &figure{}
	z := 1500 + 1500*r.Float64()
	ball := func(p mannequin.Part, j kinect.JointName, x, y, radius float64) {
		for i := range f.z {
			at := placeOf(i%gridWidth, i/gridWidth, uint16(z))
			if math.Hypot(float64(at[0])-x, float64(at[1])-y) < radius && f.z[i] == 0 {
				f.z[i], f.part[i] = uint16(z), p
			}
		}
		f.joint[j], f.known[j], f.seen[j] = place{float32(x), float32(y), float32(z + 40)}, true, true
	}
	ball(mannequin.Head, kinect.Head, 0, -300, 110)
	ball(mannequin.LeftUpperTorso, kinect.LeftShoulder, 110, 0, 150)
	ball(mannequin.RightUpperTorso, kinect.RightShoulder, -110, 0, 150)
	for j := kinect.LeftHand; j <= kinect.RightHand; j++ {
		side := 1 - 2*float64(j-kinect.LeftHand)
		sin, cos := math.Sincos(math.Pi * r.Float64())
		ball(mannequin.LeftHand+mannequin.Part(j-kinect.LeftHand), j, side*(150+250*sin), 250*cos, 60)
	}
	for i := range f.other {
		if f.z[i] == 0 {
			f.other[i] = uint16(z + 50)
		}
	}
	return []*figure{f}
}

// small is a training of a second.
func small() Settings {
	return Settings{
		Seed: 3, Shots: 60, Variants: 2, Samples: 100, Trees: 2, Depth: 7, Candidates: 40, Judges: 500, Leaf: 15, Votes: 4,
	}
}

func trained(t *testing.T, name string) []byte {
	t.Helper()
	if err := train(small(), name, toys, io.Discard); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// errKilled stands for the end of a process while it saves.
var errKilled = errors.New("killed")

// TestGoesOn: a training that was killed after any of its checkpoints and started again
// gives the same bytes as one that was left alone, and so does another run of it.
func TestGoesOn(t *testing.T) {
	dir := t.TempDir()
	whole := trained(t, filepath.Join(dir, "whole"))
	if again := trained(t, filepath.Join(dir, "again")); !bytes.Equal(whole, again) {
		t.Fatal("the same settings gave other bytes")
	}
	corpus := gather(small(), toys, nil)
	for stop := 1; ; stop++ {
		name := filepath.Join(dir, "killed")
		saved := 0
		g := &grower{
			Settings: small(), corpus: corpus, tell: func(int, int, int) {},
			save: func(done []planted) error {
				if saved++; saved > stop {
					return errKilled
				}
				return keep(name+".checkpoint", small(), done)
			},
		}
		_, err := g.growAll(nil)
		if err == nil {
			if stop < 6 {
				t.Errorf("only %d checkpoints", stop)
			}
			break
		}
		if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if b := trained(t, name); !bytes.Equal(whole, b) {
			t.Fatalf("killed after checkpoint %d it gave other bytes", stop)
		}
		if _, err := os.Stat(name + ".checkpoint"); err == nil {
			t.Fatal("the checkpoint stays")
		}
	}
}

// TestLearns: on toys not trained on, the toys' joints are found.
func TestLearns(t *testing.T) {
	f, err := forest.Parse(trained(t, filepath.Join(t.TempDir(), "toys")))
	if err != nil {
		t.Fatal(err)
	}
	all := errorsOf(f, 40, 3, toys)
	for _, j := range []kinect.JointName{kinect.Head, kinect.LeftShoulder, kinect.RightShoulder, kinect.LeftHand, kinect.RightHand} {
		near := 0
		for _, mm := range all[j] {
			if mm < 80 {
				near++
			}
		}
		if len(all[j]) != 40 || near < 30 {
			t.Errorf("%v: %d of %d near", j, near, len(all[j]))
		}
	}
	var table strings.Builder
	report(&table, all)
	if !strings.Contains(table.String(), "left_hand") {
		t.Errorf("no table: %s", table.String())
	}
}

// TestResponseIsTheForests: the trees are grown by the questions that the forest asks.
func TestResponseIsTheForests(t *testing.T) {
	f := toys(5)[0]
	e := f.crop()
	var v forest.View
	e.view(&v)
	r := rand.New(rand.NewPCG(1, 1))
	var b bench
	b.ask(200, r)
	for k, z := range v.Z {
		if z == forest.Nothing || k%7 != 0 {
			continue
		}
		x, y := k%gridWidth, k/gridWidth
		for q := range b.questions {
			s := &b.questions[q]
			want, got := s.Response(&v, x, y, forest.Scale(z)), e.response(s, int32(x), int32(y), forest.Scale(z))
			if want != got {
				t.Fatalf("cell %d, question %+v: %d, and the forest says %d", k, s, got, want)
			}
		}
	}
}

// TestMirror: twice is not at all, and once changes sides.
func TestMirror(t *testing.T) {
	f := cutOut(mannequin.Still(7))
	if len(f) == 0 {
		t.Fatal("nobody")
	}
	before, g := *f[0], f[0]
	g.mirror()
	count := func(f *figure, p mannequin.Part) (n int) {
		for _, q := range f.part {
			if q == p {
				n++
			}
		}
		return n
	}
	for p := mannequin.LeftUpperTorso; int(p) < mannequin.PartCount; p++ {
		if count(&before, p) != count(g, opposite(p)) {
			t.Errorf("%v: %d cells became %d of %v", p, count(&before, p), count(g, opposite(p)), opposite(p))
		}
	}
	if before.joint[kinect.LeftHand][0] != -g.joint[kinect.RightHand][0] {
		t.Error("the left hand did not become the right one")
	}
	g.mirror()
	if *g != before {
		t.Error("mirrored twice it is another")
	}
}

// TestDisturb: whatever is done to a figure, its cells and their parts stay possible.
func TestDisturb(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for seed := range uint64(8) {
		for _, f := range cutOut(mannequin.Still(seed)) {
			for range 10 {
				g := *f
				g.disturb(r)
				e := g.crop()
				for k, z := range e.z {
					if z == 0 || z > forest.Nothing || int(e.class[k]) >= classCount {
						t.Fatalf("seed %d: cell %d is %d mm of %d", seed, k, z, e.class[k])
					}
				}
				for _, s := range e.pick(100, r) {
					if e.at(int32(s.x), int32(s.y)) == forest.Nothing {
						t.Fatalf("seed %d: a sample beside the body", seed)
					}
				}
			}
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	if err := usual().check(); err != nil {
		t.Error(err)
	}
	s := small()
	s.Trees = forest.MaxTrees + 1
	if err := train(s, filepath.Join(t.TempDir(), "x"), toys, io.Discard); err == nil || !strings.Contains(err.Error(), "--trees") {
		t.Errorf("%v", err)
	}
	name := filepath.Join(t.TempDir(), "x")
	if err := keep(name+".checkpoint", small(), nil); err != nil {
		t.Fatal(err)
	}
	s = small()
	s.Seed++
	if err := train(s, name, toys, io.Discard); !errors.Is(err, errOther) {
		t.Errorf("a checkpoint of another training: %v", err)
	}
}
