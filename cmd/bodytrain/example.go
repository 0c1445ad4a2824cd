package main

import (
	"cutout/kinect"
	"cutout/kinect/body/forest"
	"cutout/kinect/mannequin"
)

const (
	gridWidth, gridHeight = kinect.GridWidth, kinect.GridHeight
	cells                 = gridWidth * gridHeight
	cell                  = kinect.Width / gridWidth
	focal                 = kinect.FocalLength / cell
	// Columns and rows of the grid's middle, as the forest has it.
	centreX, centreY = (gridWidth - 1) / 2.0, (gridHeight - 1) / 2.0

	// surfaceStep is how far, mm, apart readings of one cell are on one surface at z mm:
	// slopes of 60 degrees and three codes of noise.
	surfaceStep, surfaceSlope = 25, 0.015
	// fewest cells of a person that is learnt from.
	fewest = 120
)

// A place is in mm from the sensor: to the picture's right, down, and away.
type place [3]float32

// A figure is one person of a shot, cut out on the forest's grid.
type figure struct {
	z     [cells]uint16 // 0 where the person is not
	part  [cells]mannequin.Part
	other [cells]uint16 // what else is in the picture: 0 for no reading
	joint [kinect.JointCount]place
	known [kinect.JointCount]bool
	seen  [kinect.JointCount]bool
}

// cutOut are the people of a shot of whom enough is seen.
func cutOut(s *mannequin.Shot) []*figure {
	var list []*figure
	for i := range s.People {
		if s.People[i].Mask.Count() < fewest*cell*cell {
			continue
		}
		f := &figure{}
		if f.fill(s, &s.People[i]) >= fewest {
			f.placeJoints(&s.People[i])
			list = append(list, f)
		}
	}
	return list
}

// fill takes over the cells, and says how many are the person's.
func (f *figure) fill(s *mannequin.Shot, t *mannequin.Truth) int {
	n := 0
	for y := range gridHeight {
		for x := range gridWidth {
			i := y*gridWidth + x
			f.z[i], f.part[i] = reduce(s, x, y, func(u, v int) bool { return t.Mask.At(u, v) })
			if f.z[i] != 0 {
				n++
				continue
			}
			f.other[i], _ = reduce(s, x, y, func(int, int) bool { return true })
			f.part[i] = partAt(s, t, x, y)
		}
	}
	return n
}

// partAt is the part that the middle of a cell is of, also where the sensor has no
// reading.
func partAt(s *mannequin.Shot, t *mannequin.Truth, x, y int) mannequin.Part {
	u, v := x*cell+cell/2, y*cell+cell/2
	if !t.Mask.At(u, v) {
		return mannequin.NoPart
	}
	return s.Parts[v*kinect.Width+u]
}

// close fills gaps as they are filled in bodies that are found.
func (f *figure) close() {
	var v forest.View
	var all [cells]int32
	v.Clear()
	for i, z := range f.z {
		all[i] = int32(max(z, f.other[i]))
		if z != 0 {
			v.Put(i%gridWidth, i/gridWidth, int32(z))
		}
	}
	v.Close(&all)
	for i, z := range v.Z {
		if z != forest.Nothing {
			f.z[i] = z
		}
	}
}

// reduce is the mean distance of the nearest surface that at least three of a cell's
// pixels show, of those that count, and the part most of them show.
func reduce(s *mannequin.Shot, x, y int, counts func(x, y int) bool) (uint16, mannequin.Part) {
	var zs [cell * cell]int
	var parts [cell * cell]mannequin.Part
	n, near := 0, 1<<20
	for v := y * cell; v < (y+1)*cell; v++ {
		for u := x * cell; u < (x+1)*cell; u++ {
			if z := int(s.Frame.Depth[v*kinect.Width+u]); z > 0 && counts(u, v) {
				zs[n], parts[n] = z, s.Parts[v*kinect.Width+u]
				near = min(near, z)
				n++
			}
		}
	}
	for range 2 {
		limit, sum, most, next := near+surfaceStep+int(surfaceSlope*float64(near)), 0, 0, 1<<20
		var votes [mannequin.PartCount]uint8
		for k, z := range zs[:n] {
			switch {
			case z < near:
			case z <= limit:
				sum += z
				most++
				votes[parts[k]]++
			default:
				next = min(next, z)
			}
		}
		if most >= 3 {
			best := mannequin.NoPart
			for p := range votes {
				if votes[p] > votes[best] {
					best = mannequin.Part(p)
				}
			}
			return uint16(min(sum/most, forest.Nothing-1)), best
		}
		near = next
	}
	return 0, mannequin.NoPart
}

func (f *figure) placeJoints(t *mannequin.Truth) {
	for j := range t.Joints {
		k := &t.Joints[j]
		f.known[j], f.seen[j] = k.Sight != kinect.Unknown, k.Sight == kinect.Seen
		f.joint[j] = place{float32(k.Place.X * 1000), float32(k.Place.Y * 1000), float32(k.Place.Z * 1000)}
	}
}

// An example is a figure as the trees are shown it, cropped to its cells.
type example struct {
	left, top, width, height int
	z                        []uint16 // forest.Nothing where the body is not
	class                    []class
	joint                    [kinect.JointCount]place
	known                    [kinect.JointCount]bool
}

// A class is what a cell is of: a part of the body, long ones in two halves so that
// elbows and knees lie on a border.
type class uint8

const classCount = 2 * mannequin.PartCount

// halves are the parts that are cut in two, with the joints at their ends.
var halves = map[mannequin.Part][2]kinect.JointName{
	mannequin.LeftUpperArm:  {kinect.LeftShoulder, kinect.LeftElbow},
	mannequin.RightUpperArm: {kinect.RightShoulder, kinect.RightElbow},
	mannequin.LeftForearm:   {kinect.LeftElbow, kinect.LeftHand},
	mannequin.RightForearm:  {kinect.RightElbow, kinect.RightHand},
	mannequin.LeftThigh:     {kinect.LeftHip, kinect.LeftKnee},
	mannequin.RightThigh:    {kinect.RightHip, kinect.RightKnee},
	mannequin.LeftShin:      {kinect.LeftKnee, kinect.LeftFoot},
	mannequin.RightShin:     {kinect.RightKnee, kinect.RightFoot},
}

// classOf is the class of a cell of a part at z mm.
func (f *figure) classOf(i int, p mannequin.Part, z uint16) class {
	ends, cut := halves[p]
	if !cut {
		return class(p)
	}
	at := placeOf(i%gridWidth, i/gridWidth, z)
	if at.square(f.joint[ends[1]]) < at.square(f.joint[ends[0]]) {
		return class(p) + mannequin.PartCount
	}
	return class(p)
}

// placeOf is where cell (x, y) at z mm lies.
func placeOf(x, y int, z uint16) place {
	across := float32(z) / focal
	return place{(float32(x) - centreX) * across, (float32(y) - centreY) * across, float32(z)}
}

// square of the distance between two places.
func (p place) square(q place) float32 {
	x, y, z := p[0]-q[0], p[1]-q[1], p[2]-q[2]
	return x*x + y*y + z*z
}

// crop makes an example of the figure.
func (f *figure) crop() *example {
	left, top, right, down := gridWidth, gridHeight, -1, -1
	for i, z := range f.z {
		if z != 0 {
			left, right = min(left, i%gridWidth), max(right, i%gridWidth)
			top, down = min(top, i/gridWidth), max(down, i/gridWidth)
		}
	}
	e := &example{left: left, top: top, width: max(0, right-left+1), height: max(0, down-top+1), joint: f.joint, known: f.known}
	e.z, e.class = make([]uint16, e.width*e.height), make([]class, e.width*e.height)
	for y := range e.height {
		for x := range e.width {
			i, k := (y+top)*gridWidth+x+left, y*e.width+x
			if e.z[k] = f.z[i]; f.z[i] == 0 {
				e.z[k] = forest.Nothing
			} else {
				e.class[k] = f.classOf(i, f.part[i], f.z[i])
			}
		}
	}
	return e
}

// view is the example as the forest takes it.
func (e *example) view(v *forest.View) {
	v.Clear()
	for k, z := range e.z {
		if z != forest.Nothing {
			v.Put(e.left+k%e.width, e.top+k/e.width, int32(z))
		}
	}
}
