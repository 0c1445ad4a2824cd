package raw

import "cutout/kinect"

// xScale is the fixed point in which columns are kept: 1/256 of a pixel
// (libfreenect registration.c, REG_X_VAL_SCALE).
const xScale = 256

// rowScale is a row in that fixed point.
const rowScale = kinect.Width * xScale

// A warp lays depth on the colour camera's grid in two steps: bending the grid,
// which is the same for every frame, and shifting along the row by parallax, which
// depends on the distance.
type warp struct {
	// bend has, for every pixel of depth, where in the colour picture it goes without
	// parallax: its place in row order times xScale, with the fraction of the column
	// in the lower bits, less offset. Or it is nowhere.
	bend [pixels]int32
	// parallax has, for every code, the shift times xScale in its upper half, signed,
	// and the distance less one in its lower, so that no reading is the farthest. It
	// has a place for every uint16, which needs no check.
	parallax [1 << 16]uint32
	// inner has, for every row of depth, the first and the last column (not
	// included) between which no parallax can leave the row of the target.
	inner [kinect.Height][2]int
	// offset is how far the padding moves all targets up, in pixels times xScale.
	offset int32
}

// nowhere marks a target outside the picture whatever the parallax.
const nowhere = -1 << 30

func newWarp(c kinect.Calibration, distances *[1 << 16]kinect.Millimetres) *warp {
	// That a line of padding counts 480 pixels is libfreenect's, registration.c.
	w := &warp{offset: xScale * min(pixels, kinect.Height*int32(c.Padding.StartLines))}
	least, most := int16(0), int16(0)
	for code, mm := range distances {
		shift := parallax(c.ZeroPlane, mm)
		least, most = min(least, shift), max(most, shift)
		w.parallax[code] = uint32(uint16(shift))<<16 | uint32(mm-1)
	}
	w.bendAll(&c.Register)
	for y := range w.inner {
		w.inner[y] = innerRow(w.bend[y*kinect.Width:][:kinect.Width], int32(least), int32(most))
	}
	for i, b := range w.bend {
		if b != nowhere {
			w.bend[i] = b - w.offset
		}
	}
	return w
}

// innerRow finds the first stretch of pixels which all parallax leaves in their row.
func innerRow(row []int32, least, most int32) [2]int {
	inside := func(target int32) bool {
		column := target % rowScale
		return target >= 0 && column+least >= 0 && column+most < rowScale
	}
	from := 0
	for from < len(row) && !inside(row[from]) {
		from++
	}
	to := from
	for to < len(row) && inside(row[to]) {
		to++
	}
	return [2]int{from, to}
}

// parallax is how far a pixel at a distance lies beside where the reference plane
// would put it, in 1/xScale pixels.
func parallax(z kinect.ZeroPlane, mm kinect.Millimetres) int16 {
	if mm == kinect.NoReading {
		return 0
	}
	const (
		perCentimetre = 10
		binning       = 2     // 640 pixels stand for 1280 of the chip
		offset        = 0.375 // libfreenect registration.c, S2D_CONST_OFFSET
	)
	pixel := 1 / float64(z.ReferencePixel*binning*perCentimetre) // in 32 bits, as libfreenect
	between := float64(z.ColourDistance) * pixel * perCentimetre
	reference := float64(z.ReferenceDistance) * pixel * perCentimetre
	here := float64(mm) * pixel
	shift := (between*(here-reference)/here + offset) * xScale
	return int16(max(-1<<15, min(1<<15-1, shift)))
}

// A surface is a polynomial of third order in column and row, stepped through by
// forward differences in the device's own fixed point: the value is in 1/2^17 pixel,
// each difference is named after the directions it was taken in.
type surface struct {
	value, x, y, xx, xy, yy int64
	xxx, yyy, xxy, xyy      int64
}

// widen scales the coefficients as the device's arithmetic does: the shifts happen in
// 32 bits (libfreenect registration.c, freenect_create_dxdy_tables).
func widen(value, x, y, xx, xy, yy, xxx, yyy, xxy, xyy int32) surface {
	first := func(v int32) int64 { return int64(v << 11 >> 3) }
	second := func(v int32) int64 { return int64(v << 5 << 3) }
	return surface{
		value: int64(value << 13 >> 4),
		x:     first(x), y: first(y),
		xx: second(xx), xy: second(xy), yy: second(yy),
		xxx: int64(xxx), yyy: int64(yyy), xxy: int64(xxy), xyy: int64(xyy),
	}
}

// down steps to the next row.
func (s *surface) down() {
	s.xx += s.xxy
	s.x += s.xy >> 8
	s.xy += s.xyy
	s.value += s.y >> 6
	s.y += s.yy >> 8
	s.yy += s.yyy
}

// right steps to the next column.
func (s *surface) right() {
	s.value += s.x >> 6
	s.x += s.xx >> 8
	s.xx += s.xxx
}

// bendAll fills the table of targets.
func (w *warp) bendAll(r *kinect.Registration) {
	const fraction = 17
	dx := widen(r.DXStart, r.DXDXStart, r.DYDXStart, r.DXDXDXStart, r.DYDXDXStart, r.DYDYDXStart, r.AX, r.BX, r.CX, r.DX)
	dy := widen(r.DYStart, r.DXDYStart, r.DYDYStart, r.DXDXDYStart, r.DYDXDYStart, r.DYDYDYStart, r.AY, r.BY, r.CY, r.DY)
	for y := range int64(kinect.Height) {
		dx.down()
		dy.down()
		rowX, rowY := dx, dy
		for x := range int64(kinect.Width) {
			tx := (x+1)<<fraction + rowX.value
			ty := (y+1)<<fraction + rowY.value
			target := int32(nowhere)
			if tx >= 0 && tx < kinect.Width<<fraction && ty >= 0 && ty < kinect.Height<<fraction {
				target = int32(ty>>fraction)*rowScale + int32(tx*xScale>>fraction)
			}
			w.bend[y*kinect.Width+x] = target
			rowX.right()
			rowY.right()
		}
	}
}

// register lays codes on the colour grid. Where two pixels fall on one, the nearer
// is kept, as it hides the other; where none falls there is no reading.
func (w *warp) register(dst *[pixels]kinect.Millimetres, codes *[pixels]uint16) {
	for y, inner := range w.inner {
		row := y * kinect.Width
		w.edge(dst, codes, row, row+inner[0])
		w.middle(dst, codes[row+inner[0]:row+inner[1]], w.bend[row+inner[0]:row+inner[1]])
		w.edge(dst, codes, row+inner[1], row+kinect.Width)
	}
}

// middle does pixels that stay in their row.
func (w *warp) middle(dst *[pixels]kinect.Millimetres, codes []uint16, bend []int32) {
	bend = bend[:len(codes)]
	for i, c := range codes {
		p := w.parallax[c]
		at := uint32(bend[i]+int32(p)>>16) / xScale
		if at < pixels { // not so when padding moved it off the top
			nearer(&dst[at], p)
		}
	}
}

// edge does pixels from..to, which may leave their row.
func (w *warp) edge(dst *[pixels]kinect.Millimetres, codes *[pixels]uint16, from, to int) {
	for i := from; i < to; i++ {
		if w.bend[i] == nowhere {
			continue
		}
		p, b := w.parallax[codes[i]], w.bend[i]+w.offset
		// A little to the left of the picture is in it, as libfreenect truncates
		// towards zero.
		column := b%rowScale + int32(p)>>16
		if column <= -xScale || column >= rowScale {
			continue
		}
		at := uint32(b/rowScale*kinect.Width + column/xScale - w.offset/xScale)
		if at < pixels {
			nearer(&dst[at], p)
		}
	}
}

// nearer keeps the nearer of a distance (0 is none) and that in p (less one).
func nearer(dst *kinect.Millimetres, p uint32) {
	*dst = min(*dst-1, kinect.Millimetres(p)) + 1
}
