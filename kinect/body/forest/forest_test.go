package forest

import (
	"bytes"
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"cutout/kinect"
)

// someTree is a tree of random questions and votes.
func someTree(r *rand.Rand, splits int) Tree {
	t := make(Tree, 1)
	for i := 0; i < len(t); i++ {
		if i < splits {
			s := &t[i].Split
			s.UX, s.UY, s.VX, s.VY = int8(r.Uint32()), int8(r.Uint32()), int8(r.Uint32()), int8(r.Uint32())
			s.Limit = int16(r.IntN(2001) - 1000)
			t[i].Next = uint32(len(t))
			t = append(t, Node{}, Node{})
			continue
		}
		t[i].Votes = make([]Vote, r.IntN(MaxVotes+1))
		for k := range t[i].Votes {
			t[i].Votes[k] = Vote{
				Joint: kinect.JointName(r.IntN(kinect.JointCount)), Weight: uint8(r.Uint32()),
				D: [3]int8{int8(r.Uint32()), int8(r.Uint32()), int8(r.Uint32())},
			}
		}
	}
	return t
}

// somebody is a body of sorts: a trunk with a head on it, at z mm.
func somebody(v *View, z int32) {
	v.Clear()
	part := func(x, y, rx, ry float64, z int32) {
		for cy := range height {
			for cx := range width {
				mmX, mmY := (float64(cx)-centreX)*float64(z)/focal, (float64(cy)-centreY)*float64(z)/focal
				dx, dy := (mmX-x)/rx, (mmY-y)/ry
				if d := dx*dx + dy*dy; d < 1 && v.Z[cy*width+cx] == Nothing {
					v.Put(cx, cy, z-int32(80*math.Sqrt(1-d)))
				}
			}
		}
	}
	part(0, -550, 85, 120, z)
	part(0, -100, 210, 360, z)
	part(-330, -250, 200, 50, z)
	part(330, -250, 200, 50, z)
	part(-100, 480, 80, 420, z)
	part(100, 480, 80, 420, z)
}

func TestEncodeIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 6 {
		trees := []Tree{someTree(r, n*n*20), someTree(r, n)}
		b := Encode(trees)
		back, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(trees, back) {
			t.Errorf("%d splits: other trees came back", n)
		}
		if !bytes.Equal(Encode(back), b) {
			t.Errorf("%d splits: other bytes", n)
		}
	}
}

// TestWalks: laid out for walking, a tree leads to the leaves it led to before.
func TestWalks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	tree := someTree(r, 2000)
	f, err := New([]Tree{tree})
	if err != nil {
		t.Fatal(err)
	}
	var v View
	somebody(&v, 2000)
	seen := map[int]bool{}
	for i, z := range v.Z {
		if z == Nothing {
			continue
		}
		k := tree.Leaf(&v, i%width, i/width)
		seen[k] = true
		n := leaf(f.trees[0], &v, i%width, i/width, Scale(z))
		first := n.next &^ leafBit
		want := tree[k].Votes
		got := f.votes[first : first+uint32(n.UX)]
		if len(want) != len(got) || len(want) > 0 && !reflect.DeepEqual(want, got) {
			t.Fatalf("cell %d: leaf %d has %v, found %v", i, k, want, got)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d leaves", len(seen))
	}
}

func TestDamagedFiles(t *testing.T) {
	good := Encode([]Tree{someTree(rand.New(rand.NewPCG(5, 6)), 50)})
	for n := range len(good) {
		if _, err := Parse(good[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%d of %d bytes: %v", n, len(good), err)
		}
		bad := bytes.Clone(good)
		bad[n] ^= 0x10
		if _, err := Parse(bad); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d changed: %v", n, err)
		}
	}
}

// TestImpossibleTrees: what has a good checksum and still is no forest.
func TestImpossibleTrees(t *testing.T) {
	deep := make(Tree, 2*MaxDepth+3)
	for i := 0; i+2 < len(deep); i += 2 {
		deep[i].Next = uint32(i + 1) // i is a leaf's sister, or the root
	}
	for name, trees := range map[string][]Tree{
		"none":           {},
		"too deep":       {deep},
		"empty":          {{}},
		"to itself":      {{{Next: 1}, {Next: 1}, {}}},
		"beyond its end": {{{Next: 2}, {}, {}}},
		"no such joint":  {{{Votes: []Vote{{Joint: kinect.JointCount}}}}},
		"too many":       make([]Tree, MaxTrees+1),
	} {
		if _, err := Parse(Encode(trees)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sealed makes a file of anything.
func sealed(b []byte) []byte {
	b = append([]byte(magic), b...)
	sum := crc32.ChecksumIEEE(b)
	return append(b, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

// FuzzParse: whatever is in a file with a good checksum gives an error or a forest that
// can be asked about any body.
func FuzzParse(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	f.Add([]byte{})
	f.Add([]byte{1, 1, 0, 0, 0, 0})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff})
	for _, n := range []int{1, 5, 60} {
		b := Encode([]Tree{someTree(r, n), someTree(r, n)})
		f.Add(b[len(magic) : len(b)-4])
	}
	var v View
	somebody(&v, 1500)
	var votes Votes
	f.Fuzz(func(t *testing.T, b []byte) {
		forest, err := Parse(sealed(b))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		forest.Vote(&v, 200, &votes)
		for j := range kinect.JointName(kinect.JointCount) {
			for _, m := range votes.Modes(j, 2, nil) {
				if s := m.X + m.Y + m.Z + m.Weight + m.Share; s != s || math.IsInf(float64(s), 0) {
					t.Fatalf("%v: %+v", j, m)
				}
			}
		}
	})
}

// TestLattice: about limit cells are asked, evenly.
func TestLattice(t *testing.T) {
	for _, n := range []int{0, 1, 500, 800, 801, 2000, 5000, cells} {
		every, shift := lattice(n, 800)
		if n > 0 && n/every > 1500 || n > 2400 && n/every < 300 {
			t.Errorf("%d cells: one in %d", n, every)
		}
		if every > 1 && shift == 0 {
			t.Errorf("one in %d lie in columns", every)
		}
	}
}

// TestMeet: votes meet where most of them are, not where their mean is.
func TestMeet(t *testing.T) {
	var votes Votes
	r := rand.New(rand.NewPCG(9, 9))
	for k := range 300 {
		at := Cast{X: -300, Y: 100, Z: 2000, Weight: 1}
		if k%3 == 0 {
			at = Cast{X: 400, Y: 100, Z: 1900, Weight: 1}
		}
		at.X, at.Y, at.Z = at.X+float32(r.NormFloat64()*25), at.Y+float32(r.NormFloat64()*25), at.Z+float32(r.NormFloat64()*25)
		votes.Cast[kinect.LeftHand] = append(votes.Cast[kinect.LeftHand], at)
	}
	m := votes.Modes(kinect.LeftHand, 3, nil)
	if len(m) != 2 || math.Abs(float64(m[0].X+300)) > 10 || math.Abs(float64(m[1].X-400)) > 15 || m[0].Weight < 1.5*m[1].Weight {
		t.Errorf("%+v", m)
	}
	if m := votes.Modes(kinect.Head, 3, nil); len(m) != 0 {
		t.Errorf("no votes meet at %+v", m)
	}
}

// TestGrown: the forest that comes with the package finds a crude body's head, and its
// left and right.
func TestGrown(t *testing.T) {
	for _, z := range []int32{1500, 2500, 3500} {
		var v View
		var votes Votes
		somebody(&v, z)
		Grown().Vote(&v, 600, &votes)
		place := func(j kinect.JointName) Mode {
			m := votes.Modes(j, 1, nil)
			if len(m) == 0 {
				t.Fatalf("%d mm: no %v", z, j)
			}
			return m[0]
		}
		if h := place(kinect.Head); math.Hypot(float64(h.X), float64(h.Y+550)) > 100 {
			t.Errorf("%d mm: the head is at %+v", z, h)
		}
		if l, r := place(kinect.LeftShoulder), place(kinect.RightShoulder); l.X < r.X+150 {
			t.Errorf("%d mm: shoulders at %+v and %+v", z, l, r)
		}
	}
}

func TestVoteAllocates(t *testing.T) {
	var v View
	var votes Votes
	somebody(&v, 2000)
	modes := make([]Mode, 0, 8)
	ask := func() {
		Grown().Vote(&v, 600, &votes)
		for j := range kinect.JointName(kinect.JointCount) {
			modes = votes.Modes(j, 3, modes[:0])
		}
	}
	ask()
	if n := testing.AllocsPerRun(5, ask); n > 0 {
		t.Errorf("%.0f allocations a body", n)
	}
}

// BenchmarkBody is one body's votes and all its joints; PCL's forest labels every 8th
// pixel of one in 1.5 ms.
func BenchmarkBody(b *testing.B) {
	var v View
	var votes Votes
	somebody(&v, 2000)
	modes := make([]Mode, 0, 8)
	Grown()
	b.ReportAllocs()
	for b.Loop() {
		Grown().Vote(&v, 600, &votes)
		for j := range kinect.JointName(kinect.JointCount) {
			modes = votes.Modes(j, 2, modes[:0])
		}
	}
	b.ReportMetric(float64(v.Cells), "cells")
}
