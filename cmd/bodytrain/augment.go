package main

import (
	"math"
	"math/rand/v2"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// disturb does to a figure what sensors, rooms and the finding of bodies in them do:
// it is larger or smaller than a person should be, cut off by furniture, has holes and
// ragged edges, pieces of the room stick to it and its feet are taken for floor. Half
// of all figures are mirrored.
func (f *figure) disturb(r *rand.Rand) {
	if r.IntN(2) == 0 {
		f.mirror()
	}
	f.resize(0.9 + 0.2*r.Float32())
	if r.Float32() < 0.2 {
		f.stick(r)
	}
	if r.Float32() < 0.15 {
		f.loseFeet(20 + 130*r.Float32())
	}
	if r.Float32() < 0.25 {
		f.cutOff(r)
	}
	if r.Float32() < 0.3 {
		for range 1 + r.IntN(5) {
			f.hole(r)
		}
	}
	switch r.IntN(4) {
	case 0:
		f.fray(0.5*r.Float32(), r)
	case 1:
		f.spread(0.5*r.Float32(), r)
	}
	f.close()
}

// mirror makes left right: also the names of parts and joints.
func (f *figure) mirror() {
	for y := range gridHeight {
		for x := range gridWidth / 2 {
			i, k := y*gridWidth+x, y*gridWidth+gridWidth-1-x
			f.z[i], f.z[k] = f.z[k], f.z[i]
			f.part[i], f.part[k] = f.part[k], f.part[i]
			f.other[i], f.other[k] = f.other[k], f.other[i]
		}
	}
	for i, p := range f.part {
		f.part[i] = opposite(p)
	}
	for j := range f.joint {
		f.joint[j][0] = -f.joint[j][0]
	}
	for j := int(kinect.LeftShoulder); j < kinect.JointCount; j += 2 {
		f.joint[j], f.joint[j+1] = f.joint[j+1], f.joint[j]
		f.known[j], f.known[j+1] = f.known[j+1], f.known[j]
		f.seen[j], f.seen[j+1] = f.seen[j+1], f.seen[j]
	}
}

// opposite is the same part of the other side. The left one always comes before.
func opposite(p mannequin.Part) mannequin.Part {
	if p < mannequin.LeftUpperTorso {
		return p
	}
	return (p - mannequin.LeftUpperTorso) ^ 1 + mannequin.LeftUpperTorso
}

// resize makes everything larger and further away by the same factor: in the picture
// it looks alike.
func (f *figure) resize(by float32) {
	for i := range f.z {
		f.z[i] = uint16(min(float32(f.z[i])*by, 9000))
		f.other[i] = uint16(min(float32(f.other[i])*by, 9000))
	}
	for j := range f.joint {
		for k := range f.joint[j] {
			f.joint[j][k] *= by
		}
	}
}

// randomCell is a cell of the body, -1 if there is none.
func (f *figure) randomCell(r *rand.Rand) int {
	for range 400 {
		if i := r.IntN(cells); f.z[i] != 0 {
			return i
		}
	}
	return -1
}

// beside are the cells next to i.
func beside(i int, do func(k int)) {
	if i%gridWidth > 0 {
		do(i - 1)
	}
	if i%gridWidth < gridWidth-1 {
		do(i + 1)
	}
	if i >= gridWidth {
		do(i - gridWidth)
	}
	if i < cells-gridWidth {
		do(i + gridWidth)
	}
}

// stick takes in a piece of the room that touches the body.
func (f *figure) stick(r *rand.Rand) {
	most := 10 + r.IntN(200)
	var queue []int
	for range 100 {
		i := f.randomCell(r)
		if i < 0 {
			return
		}
		beside(i, func(k int) {
			if f.z[k] == 0 && f.alike(k, f.z[i]) {
				queue = append(queue, k)
				f.z[k], f.part[k] = f.other[k], mannequin.NoPart
			}
		})
		if len(queue) > 0 {
			break
		}
	}
	for n := 0; n < len(queue) && n < most; n++ {
		at := queue[n]
		beside(at, func(k int) {
			if f.z[k] == 0 && f.alike(k, f.z[at]) && len(queue) < most {
				queue = append(queue, k)
				f.z[k], f.part[k] = f.other[k], mannequin.NoPart
			}
		})
	}
}

// alike: what else is seen in cell k is about as far away as z.
func (f *figure) alike(k int, z uint16) bool {
	d := int(f.other[k]) - int(z)
	return f.other[k] != 0 && d < 90 && d > -90
}

// lowest is the height, mm down from the axis, of the figure's lowest cell.
func (f *figure) lowest() float32 {
	low := float32(math.Inf(-1))
	for i, z := range f.z {
		if z != 0 {
			low = max(low, placeOf(0, i/gridWidth, z)[1])
		}
	}
	return low
}

// loseFeet takes away what is less than mm above the lowest cell.
func (f *figure) loseFeet(mm float32) {
	low := f.lowest()
	for i, z := range f.z {
		if z != 0 && placeOf(0, i/gridWidth, z)[1] > low-mm {
			f.z[i] = 0
		}
	}
}

// cutOff takes away what is below or beside a line, as furniture and the picture's
// edges do.
func (f *figure) cutOff(r *rand.Rand) {
	left, right, top, down := gridWidth, 0, gridHeight, 0
	for i, z := range f.z {
		if z != 0 {
			left, right = min(left, i%gridWidth), max(right, i%gridWidth)
			top, down = min(top, i/gridWidth), max(down, i/gridWidth)
		}
	}
	switch r.IntN(6) {
	case 0:
		left += r.IntN(max(1, (right-left)/3))
	case 1:
		right -= r.IntN(max(1, (right-left)/3))
	case 2:
		top += r.IntN(max(1, (down-top)/8))
	default:
		down -= r.IntN(max(1, (down-top)*6/10))
	}
	for i := range f.z {
		if x, y := i%gridWidth, i/gridWidth; x < left || x > right || y < top || y > down {
			f.z[i] = 0
		}
	}
}

// hole takes away a round spot, more often than not at an edge.
func (f *figure) hole(r *rand.Rand) {
	at := f.randomCell(r)
	if at < 0 {
		return
	}
	mm := 20 + 60*r.Float32()
	radius := int(mm*focal/float32(f.z[at]) + 0.5)
	for y := max(0, at/gridWidth-radius); y <= min(gridHeight-1, at/gridWidth+radius); y++ {
		for x := max(0, at%gridWidth-radius); x <= min(gridWidth-1, at%gridWidth+radius); x++ {
			dx, dy := x-at%gridWidth, y-at/gridWidth
			if dx*dx+dy*dy <= radius*radius {
				f.z[y*gridWidth+x] = 0
			}
		}
	}
}

// fray takes away a share of the cells at the edge.
func (f *figure) fray(share float32, r *rand.Rand) {
	before := f.z
	for i, z := range before {
		edge := false
		beside(i, func(k int) { edge = edge || before[k] == 0 })
		if z != 0 && edge && r.Float32() < share {
			f.z[i] = 0
		}
	}
}

// spread adds a share of the cells beside the edge: at the body's distance, or, where
// that is not far behind, at what is there.
func (f *figure) spread(share float32, r *rand.Rand) {
	before := f.z
	for i, z := range before {
		if z != 0 {
			continue
		}
		from := -1
		beside(i, func(k int) {
			if before[k] != 0 {
				from = k
			}
		})
		if from < 0 || r.Float32() >= share {
			continue
		}
		f.z[i], f.part[i] = before[from], f.part[from]
		if o := f.other[i]; o > before[from] && o < before[from]+300 {
			f.z[i] = o
		}
	}
}
