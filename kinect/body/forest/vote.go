package forest

import "cutout/kinect"

// A Cast is a Vote cast: a place in mm from the sensor (X to the picture's right, Y
// down, Z away from it), and what it is worth in mm² of body.
type Cast struct{ X, Y, Z, Weight float32 }

// Votes are what the cells of one body say, by joint. The zero value is ready; used
// again, it allocates nothing once it has grown.
type Votes struct {
	Cast  [kinect.JointCount][]Cast
	table [boxes]box
	used  []uint16 // numbers of boxes, as they were first used
	near  []Cast   // scratch of shift
}

// Vote asks about limit of the view's cells, evenly spread, or all if there are fewer,
// and replaces what was in votes.
func (f *Forest) Vote(v *View, limit int, votes *Votes) {
	for j := range votes.Cast {
		votes.Cast[j] = votes.Cast[j][:0]
	}
	every, shift := lattice(v.Cells, limit)
	for y := v.Top; y <= v.Down; y++ {
		for x := v.Left + (every-(v.Left+shift*y)%every)%every; x <= v.Right; x += every {
			if v.Z[y*width+x] != Nothing {
				f.ask(v, x, y, float32(every), votes)
			}
		}
	}
}

// lattice is how to take about limit of n cells, evenly: those of which x + shift*y is
// a multiple of every.
func lattice(n, limit int) (every, shift int) {
	for _, l := range [...][2]int{{1, 0}, {2, 1}, {3, 1}, {4, 2}, {5, 2}, {8, 3}} {
		if n <= limit*l[0] {
			return l[0], l[1]
		}
	}
	return 13, 5
}

// ask takes one cell's votes; it stands for every cells.
func (f *Forest) ask(v *View, x, y int, every float32, votes *Votes) {
	mm := v.Z[y*width+x]
	scale, z := Scale(mm), float32(mm)
	across := z / focal
	px, py := (float32(x)-centreX)*across, (float32(y)-centreY)*across
	worth := every * across * across / (255 * float32(len(f.trees)))
	for _, t := range f.trees {
		n := leaf(t, v, x, y, scale)
		first := n.next &^ leafBit
		for _, vote := range f.votes[first : first+uint32(n.UX)] {
			c := &votes.Cast[vote.Joint]
			*c = append(*c, Cast{
				px + Reach*float32(vote.D[0]), py + Reach*float32(vote.D[1]), z + Reach*float32(vote.D[2]),
				worth * float32(vote.Weight),
			})
		}
	}
}
