package puppet

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"cutout/kinect"
)

// A Room is what stands behind the person, drawn once, in depth and in colour. It
// never changes; any number of puppets may share it.
type Room struct {
	codes   []uint16 // disparity; with marginal set where readings come and go
	solid   []uint16 // disparity as if every surface gave a reading
	picture *image.YCbCr
	front   [kinect.Height]uint16 // the smallest of solid in each row
	frames  [roomFrames][]uint16  // codes with noise on them
	grain   []uint8
	shine   *shine
	table   *[nowhere + 1]uint16
}

// marginal marks a code whose reading comes and goes.
const marginal = 0x8000

// roomFrames is how many frames of the empty room are made beforehand. Mixed row by
// row, they give noise that hardly ever repeats, for the price of copying.
const roomFrames = 8

// shadowSlack is how far, in codes, a surface may lie behind the edge of a shadow
// before it counts as inside: sloping surfaces step by whole codes.
const shadowSlack = 6

// NewRoom makes a room; the seed decides its colours.
func NewRoom(seed uint64) *Room {
	random := rand.New(rand.NewPCG(seed, 0x726f6f6d))
	solids := furnish(palettes[seed%uint64(len(palettes))])
	const n = kinect.Width * kinect.Height
	scale := scaleOf(kinect.DefaultCalibration())
	r := &Room{
		codes: make([]uint16, n), solid: make([]uint16, n), grain: newNoise(random), table: scale.table(),
		shine:   newShine(),
		picture: image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420),
	}
	view := newStage(solids)
	hit := make([]uint8, n)
	shown := make([]ycc, n)
	for y := range kinect.Height {
		for x := range kinect.Width {
			i := y*kinect.Width + x
			s, z, c := view.look(float64(x), float64(y))
			hit[i], shown[i] = uint8(s), c.ycc()
			r.solid[i] = scale.code(z)
			r.codes[i] = r.solid[i]
			if dull := solids[s].dull; dull == 0 {
				r.codes[i] = kinect.NoDisparity
			} else if dull < 1 && hash(x/3, y/3) > dull {
				r.codes[i] |= marginal
			}
		}
	}
	view.refine(hit, shown)
	paint(r.picture, shown)
	r.wear()
	for y := range r.front {
		r.front[y] = slices.Min(r.solid[y*kinect.Width : (y+1)*kinect.Width])
	}
	for i := range r.frames {
		r.frames[i] = make([]uint16, n)
		develop(r.frames[i], r.codes, r.grain[random.IntN((noiseRows-kinect.Height)*kinect.Width):])
	}
	return r
}

// row is row y of the empty room in the frame of that seed. Seeds which follow each
// other give different rows.
func (r *Room) row(y int, seed uint64) []uint16 {
	pick := (seed + uint64(y)*5 + uint64(8*hash(int(seed/roomFrames), y))) % roomFrames
	return r.frames[pick][y*kinect.Width : (y+1)*kinect.Width]
}

// wear takes away the readings which a real sensor has not: along edges, in the
// projector's shadow, and in the blind columns.
func (r *Room) wear() {
	const w = kinect.Width
	for y := range kinect.Height {
		row, solid := r.codes[y*w:(y+1)*w], r.solid[y*w:(y+1)*w]
		for x := 1; x < w-1; x++ {
			up, down := solid[x], solid[x]
			if y > 0 {
				up = r.solid[(y-1)*w+x]
			}
			if y < kinect.Height-1 {
				down = r.solid[(y+1)*w+x]
			}
			// Four codes in a pixel are a step; floors and walls seen aslant have less.
			if apart(solid[x-1], solid[x+1]) > 8 || apart(up, down) > 14 {
				row[x] |= marginal
			}
		}
		shade(row)
		for x := w - blindColumns; x < w; x++ {
			row[x] = kinect.NoDisparity
		}
	}
}

// shade takes away what the projector, 75 mm to the picture's right of the camera,
// cannot reach. A code is an eighth of a pixel of shift between the two, so seen
// from the projector a pixel lies at 8x + code; going left, whatever does not go
// left in the projector's view too is behind something.
func shade(row []uint16) {
	front := 8*kinect.Width + kinect.NoDisparity
	for x := len(row) - 1; x >= 0; x-- {
		code := int(row[x] &^ marginal)
		if code == kinect.NoDisparity {
			continue
		}
		at := 8*x + code
		if at > front+shadowSlack {
			row[x] = kinect.NoDisparity
		}
		front = min(front, at)
	}
}

func apart(a, b uint16) int {
	if a > b {
		return int(a - b)
	}
	return int(b - a)
}

// A stage finds what each pixel of a room shows.
type stage struct {
	solids []solid
	boxes  []image.Rectangle
}

// newStage measures on a coarse grid where each solid can be seen, so that not
// every pixel asks every solid.
func newStage(solids []solid) *stage {
	const grid = 4
	s := &stage{solids: solids, boxes: make([]image.Rectangle, len(solids))}
	for v := 0; v <= kinect.Height; v += grid {
		for u := 0; u <= kinect.Width; u += grid {
			d := ray(float64(u), float64(v))
			for i := range solids {
				if _, _, ok := solids[i].meet(d); ok {
					s.boxes[i] = s.boxes[i].Union(image.Rect(u-grid, v-grid, u+grid+1, v+grid+1))
				}
			}
		}
	}
	return s
}

// look is the solid at a place of the picture, its distance, and its lit colour.
func (s *stage) look(u, v float64) (index int, z float64, c tint) {
	d := ray(u, v)
	at := image.Pt(int(u+0.5), int(v+0.5))
	z = math.Inf(1)
	var normal vec
	for i := range s.solids {
		if !at.In(s.boxes[i]) {
			continue
		}
		if t, n, ok := s.solids[i].meet(d); ok && t < z {
			index, z, normal = i, t, n
		}
	}
	p := eye.plus(d.times(z))
	it := &s.solids[index]
	c = it.colour(p)
	lit := light(p, normal)
	return index, z, tint{c.r * lit.r, c.g * lit.g, c.b * lit.b}.mix(c, it.glow)
}

// light falls from a ceiling lamp near the sensor, from the window and from the
// lamp on the table, and less of it into corners.
func light(p, n vec) tint {
	from := func(l vec) float64 { return max(0, unit(l.minus(p)).dot(n)) }
	day := 0.45 + 0.42*from(vec{-900, 3200, 1200}) + 0.12*from(vec{1500, 2600, 0})
	lamp := vec{330, 1010, 3900}
	far := lamp.minus(p)
	glow := 0.5 / (1 + far.dot(far)/(520*520))
	corner := 0.72 + 0.28*step(0, 420, min(backWall-p.z+40, p.y+60))
	if n.y > 0.5 { // the floor: darker towards the sides
		corner *= 1 - 0.25*step(900, 2200, math.Abs(p.x))
	}
	day *= corner
	return tint{day + glow, day + glow*0.8, day*1.02 + glow*0.45}
}

// refine looks again, nine times, at pixels beside an edge.
func (s *stage) refine(hit []uint8, shown []ycc) {
	const w = kinect.Width
	for y := 1; y < kinect.Height-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			h := hit[i]
			edge := hit[i-1] != h || hit[i+1] != h || hit[i-w] != h || hit[i+w] != h
			if !edge && diff(shown[i], shown[i-1]) < 10 && diff(shown[i], shown[i+1]) < 10 &&
				diff(shown[i], shown[i-w]) < 10 && diff(shown[i], shown[i+w]) < 10 {
				continue
			}
			var sum tint
			for k := range 9 {
				_, _, c := s.look(float64(x)+float64(k%3-1)/3, float64(y)+float64(k/3-1)/3)
				sum = tint{sum.r + c.r/9, sum.g + c.g/9, sum.b + c.b/9}
			}
			shown[i] = sum.ycc()
		}
	}
}

func diff(a, b ycc) float32 { return max(a.y-b.y, b.y-a.y) }

// paint fills a picture.
func paint(to *image.YCbCr, from []ycc) {
	const w = kinect.Width
	for i, c := range from {
		to.Y[i] = luma(c.y)
	}
	for y := 0; y < kinect.Height; y += 2 {
		for x := 0; x < w; x += 2 {
			i := y*w + x
			a, b, c, d := from[i], from[i+1], from[i+w], from[i+w+1]
			to.Cb[y/2*w/2+x/2] = chroma((a.cb + b.cb + c.cb + d.cb) / 4)
			to.Cr[y/2*w/2+x/2] = chroma((a.cr + b.cr + c.cr + d.cr) / 4)
		}
	}
}
