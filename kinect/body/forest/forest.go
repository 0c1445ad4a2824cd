// Package forest says where the joints of a body are, as far as single cells of its
// depth picture can tell: each cell goes down a few decision trees, whose questions
// compare the depth at two places near the cell (Shotton and others, "Real-time human
// pose recognition in parts from single depth images", CVPR 2011), and where it ends it
// votes for the joints around it (Girshick and others, "Efficient regression of
// general-activity human poses from depth images", ICCV 2011). Where many votes meet
// is a joint.
//
// Only the body's own cells are looked at: everything else is as far away as can be.
// So the room behind makes no difference. The trees come with the package; cmd/bodytrain
// grows them.
package forest

import (
	"fmt"

	"cutout/kinect"
)

const (
	width, height = kinect.GridWidth, kinect.GridHeight
	cells         = width * height
	// focal is kinect.FocalLength in cells of the grid.
	focal            = kinect.FocalLength * kinect.GridWidth / kinect.Width
	centreX, centreY = (width - 1) / 2.0, (height - 1) / 2.0

	// Nothing is the distance, mm, of a View's cells that are not the body.
	Nothing = 10_000
	// Nearest is the least distance, mm, that a cell of a View is taken for.
	Nearest = 300
)

// A View is one body on the grid of 4x4-pixel cells.
type View struct {
	// Z are distances in mm: Nothing where the body is not.
	Z [cells]uint16
	// The body lies between these columns and rows, the last included.
	Left, Top, Right, Down int
	// Cells of the body.
	Cells int

	gaps []gap // scratch of Close
}

// Clear makes the view empty.
func (v *View) Clear() {
	for i := range v.Z {
		v.Z[i] = Nothing
	}
	v.Left, v.Top, v.Right, v.Down, v.Cells = width, height, -1, -1, 0
}

// Put says that cell (x, y), which must lie in the grid and not have been put before,
// is body at z mm.
func (v *View) Put(x, y int, z int32) {
	v.Z[y*width+x] = uint16(max(Nearest, min(z, Nothing-1)))
	v.Left, v.Right = min(v.Left, x), max(v.Right, x)
	v.Top, v.Down = min(v.Top, y), max(v.Down, y)
	v.Cells++
}

const (
	// closeGap is how wide a gap is at most, mm, that is taken for body, and closeStep
	// by how much its two sides may differ in depth: dark cloth and hair that the sensor
	// does not see, not the air between an arm and the trunk.
	closeGap, closeStep = 220, 150
)

// Close takes for body what the sensor did not see of it: cells without a reading that
// lie in a row or a column between cells of the body. all is how far away, mm, each cell
// of the whole picture is, 0 without a reading.
func (v *View) Close(all *[cells]int32) {
	if !v.seenAround(all) {
		return
	}
	v.gaps = v.gaps[:0]
	for y := v.Top; y <= v.Down; y++ {
		v.close(all, y*width+v.Left, 1, v.Right-v.Left+1)
	}
	for x := v.Left; x <= v.Right; x++ {
		v.close(all, v.Top*width+x, width, v.Down-v.Top+1)
	}
	for _, g := range v.gaps {
		if v.Z[g.cell] == Nothing {
			v.Z[g.cell] = g.z
			v.Cells++
		}
	}
}

// seenAround reports whether most of what lies around the body has a reading: where the
// room is too far away to be seen, a cell without one is no more body than room.
func (v *View) seenAround(all *[cells]int32) bool {
	lost, seen := 0, 0
	for y := v.Top; y <= v.Down; y++ {
		for i := y*width + v.Left; i <= y*width+v.Right; i++ {
			switch {
			case v.Z[i] != Nothing:
			case all[i] == 0:
				lost++
			default:
				seen++
			}
		}
	}
	return lost < seen
}

// A gap is a cell that is to be closed.
type gap struct{ cell, z uint16 }

// close notes the gaps in n cells from first on, each step further than the one before.
func (v *View) close(all *[cells]int32, first, step, n int) {
	last := -1 // the cell of the body before, -1 when there is something else in between
	for k, i := 0, first; k < n; k, i = k+1, i+step {
		z := int32(v.Z[i])
		if z == Nothing {
			if all[i] != 0 {
				last = -1
			}
			continue
		}
		if last >= 0 && i-last > step {
			from, long := int32(v.Z[last]), int32((i-last)/step)
			if d := z - from; d < closeStep && d > -closeStep && (long-1)*z < closeGap*focal {
				for m := int32(1); m < long; m++ {
					v.gaps = append(v.gaps, gap{uint16(last + int(m)*step), uint16(from + d*m/long)})
				}
			}
		}
		last = i
	}
}

// A Split is the question a node asks of a cell: is the depth at U further than the
// depth at V by more than Limit mm? U and V are places beside the cell, Unit mm a step
// at the cell's own distance.
type Split struct {
	UX, UY, VX, VY int8
	Limit          int16
}

// Unit of a Split's places, mm.
const Unit = 8

// Scale is what turns steps of Unit into cells at z mm, times 65536.
func Scale(z uint16) int32 { return unitCells / max(Nearest, int32(z)) }

// unitCells is how many cells Unit mm at 1 mm would be, times 65536.
const unitCells = 75_471_258

// Response is how much further, mm, the view is at U than at V, seen from cell (x, y)
// with the Scale of its distance.
func (s *Split) Response(v *View, x, y int, scale int32) int32 {
	return v.probe(x, y, s.UX, s.UY, scale) - v.probe(x, y, s.VX, s.VY, scale)
}

func (v *View) probe(x, y int, dx, dy int8, scale int32) int32 {
	u := x + int((int32(dx)*scale+1<<15)>>16)
	w := y + int((int32(dy)*scale+1<<15)>>16)
	if uint(u) >= width || uint(w) >= height {
		return Nothing
	}
	return int32(v.Z[w*width+u])
}

// A Vote of a leaf is for one joint: that it is at the cell's place and D away.
type Vote struct {
	Joint kinect.JointName
	// Weight is how much the vote is worth, in 1/255.
	Weight uint8
	// D is in steps of Reach mm: to the picture's right, down, and away from the sensor.
	D [3]int8
}

// Reach of one step of a Vote, mm.
const Reach = 4

// A Node is a Split with two nodes below it, or a leaf with Votes.
type Node struct {
	Split
	// Next is the number of the node for the answer no, in the same tree; the one for
	// yes is the one after it. Both come later than the node. 0 in a leaf.
	Next  uint32
	Votes []Vote
}

// A Tree is its nodes, the root first.
type Tree []Node

// A Forest never changes; any number of goroutines may use it.
type Forest struct {
	trees [][]node
	votes []Vote
}

// A node is a Node laid out for walking: twelve bytes, the top of a tree in a few
// lines of cache.
type node struct {
	Split // of a leaf, UX is how many votes it has
	// next is Node's, or in a leaf leafBit and the number of its first vote.
	next uint32
}

const leafBit = 1 << 31

// Limits of a Forest.
const (
	MaxTrees = 8
	// MaxNodes of a tree.
	MaxNodes = 1 << 20
	// MaxVotes of a leaf.
	MaxVotes = 14
	// MaxDepth is how many questions a cell is asked at most.
	MaxDepth = 32
)

// New lays out trees for walking; they must satisfy what Node promises and the limits.
func New(trees []Tree) (*Forest, error) {
	f := &Forest{}
	if len(trees) == 0 || len(trees) > MaxTrees {
		return nil, fmt.Errorf("a forest of %d trees, not of 1 to %d", len(trees), MaxTrees)
	}
	for k, t := range trees {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("tree %d: %w", k, err)
		}
		laid := make([]node, len(t))
		for i := range t {
			n := &t[i]
			if n.Next != 0 {
				laid[i] = node{n.Split, n.Next}
				continue
			}
			laid[i] = node{Split{UX: int8(len(n.Votes))}, leafBit | uint32(len(f.votes))}
			f.votes = append(f.votes, n.Votes...)
		}
		f.trees = append(f.trees, laid)
	}
	return f, nil
}

// check holds a tree to what New asks.
func (t Tree) check() error {
	if len(t) == 0 || len(t) > MaxNodes {
		return fmt.Errorf("%d nodes, not 1 to %d", len(t), MaxNodes)
	}
	depth := make([]uint8, len(t))
	for i := range t {
		n := &t[i]
		switch {
		case n.Next == 0 && len(n.Votes) > MaxVotes:
			return fmt.Errorf("node %d has %d votes", i, len(n.Votes))
		case n.Next == 0:
			for _, v := range n.Votes {
				if v.Joint >= kinect.JointCount {
					return fmt.Errorf("node %d votes for joint %d", i, v.Joint)
				}
			}
		case int(n.Next) <= i || int(n.Next)+1 >= len(t):
			return fmt.Errorf("node %d of %d is followed by %d", i, len(t), n.Next)
		case depth[i] >= MaxDepth:
			return fmt.Errorf("node %d is %d deep", i, depth[i])
		default:
			for _, k := range [2]uint32{n.Next, n.Next + 1} {
				depth[k] = max(depth[k], depth[i]+1)
			}
		}
	}
	return nil
}

// Leaf is the number of the node at which cell (x, y) of the view, which must be body,
// ends in a tree.
func (t Tree) Leaf(v *View, x, y int) int {
	scale := Scale(v.Z[y*width+x])
	i := uint32(0)
	for t[i].Next != 0 {
		n := &t[i]
		i = n.Next
		if n.Response(v, x, y, scale) > int32(n.Limit) {
			i++
		}
	}
	return int(i)
}

// leaf is Leaf of a tree laid out for walking.
func leaf(t []node, v *View, x, y int, scale int32) *node {
	n := &t[0]
	for n.next < leafBit {
		i := n.next
		if n.Response(v, x, y, scale) > int32(n.Limit) {
			i++
		}
		n = &t[i]
	}
	return n
}
