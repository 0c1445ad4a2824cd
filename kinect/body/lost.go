package body

import "cutout/kinect"

// mostLost is how many rows of cells without a reading are bridged: a sensor's packets that
// were lost together are less than that, and nothing is known of what is under more.
const mostLost = 10

// mend gives cells in rows that were lost the distance between those above and below, where
// these are one surface. They still count as missing.
func (g *grid) mend(lost []kinect.Rows) {
	g.lost = g.lost[:0]
	for _, r := range lost {
		if from, to := max(0, r.From), min(kinect.Height, r.To); from > 0 && to < kinect.Height && to > from && to-from <= mostLost*cell {
			g.lost = append(g.lost, kinect.Rows{From: from, To: to})
		}
		from, to := max(0, r.From)/cell-1, (min(kinect.Height, r.To)+cell-1)/cell
		if from < 0 || to >= gridHeight || to-from-1 > mostLost || to <= from {
			continue
		}
		n := int32(to - from)
		for x := range gridWidth {
			a, b := g.z[from*gridWidth+x], g.z[to*gridWidth+x]
			if d := a - b; a == 0 || b == 0 || d > step(a)*n || d < -step(a)*n {
				continue
			}
			for y := from + 1; y < to; y++ {
				i := y*gridWidth + x
				if g.z[i] == 0 {
					g.z[i] = a + (b-a)*int32(y-from)/n
					g.w[i] = 1 / float32(g.z[i])
					g.missing[i] = true
					g.readings++
				}
			}
		}
	}
}

// bridge gives a mask's rows that were lost what the nearest row has which was not.
func bridge(mask, gaps *kinect.Mask, lost []kinect.Rows) {
	for _, r := range lost {
		for y := r.From; y < r.To; y++ {
			near := r.From - 1
			if r.To-y < y-near {
				near = r.To
			}
			for k := range across {
				mask[y*across+k] |= mask[near*across+k] & gaps[y*across+k]
			}
		}
	}
}
