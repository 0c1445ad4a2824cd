package view

import (
	"image"
	"math"

	"cutout/kinect"
)

const reliefWidth, reliefHeight = kinect.Width / 2, kinect.Height / 2

// A relief makes the shape of a body from depth and mask at half size: surface
// normals, height and cover, packed into RGBA texels. The zero value is ready.
type relief struct {
	cover, height, scratch []float32
	round                  []float32
	Pixels                 []byte          // reliefWidth*reliefHeight*4
	Box                    image.Rectangle // of what may be non-zero in Pixels
}

// reliefMargin is how far, in texels, cover and smoothing reach beyond the mask.
const reliefMargin = 6

func (r *relief) init() {
	if r.cover != nil {
		return
	}
	n := reliefWidth * reliefHeight
	r.cover, r.height, r.scratch = make([]float32, n), make([]float32, n), make([]float32, n)
	r.round = make([]float32, n)
	r.Pixels = make([]byte, 4*n)
}

// make computes the relief of a person in a frame.
func (r *relief) make(f *kinect.Frame, p *kinect.Person) {
	r.init()
	for y := r.Box.Min.Y; y < r.Box.Max.Y; y++ {
		clear(r.Pixels[4*(y*reliefWidth+r.Box.Min.X) : 4*(y*reliefWidth+r.Box.Max.X)])
	}
	b := p.Box
	r.Box = image.Rect(b.Min.X/2, b.Min.Y/2, (b.Max.X+1)/2, (b.Max.Y+1)/2).Inset(-reliefMargin).
		Intersect(image.Rect(0, 0, reliefWidth, reliefHeight))
	if r.Box.Empty() || p.Mask == nil || len(f.Depth) < kinect.Width*kinect.Height {
		r.Box = image.Rectangle{}
		return
	}
	r.sample(f.Depth, p)
	r.bulge()
	r.smooth(r.height, 3)
	r.smooth(r.height, 2)
	r.smooth(r.cover, 1)
	r.smooth(r.cover, 1)
	r.shade()
}

// sample reads cover (0..1) and height above the body's middle, in texels.
func (r *relief) sample(depth []kinect.Millimetres, p *kinect.Person) {
	middle := float32(p.Distance)
	if middle == 0 {
		middle = 2500
	}
	perTexel := 2 * middle / kinect.FocalLength // millimetres
	const deepest = 40                          // texels; bounds what a stray reading does
	for y := r.Box.Min.Y; y < r.Box.Max.Y; y++ {
		for x := r.Box.Min.X; x < r.Box.Max.X; x++ {
			n, seen, sum := 0, 0, 0
			for k := range 4 {
				px, py := 2*x+k&1, 2*y+k>>1
				if !p.Mask.At(px, py) {
					continue
				}
				n++
				if d := depth[py*kinect.Width+px]; d != kinect.NoReading {
					seen++
					sum += int(d)
				}
			}
			i := y*reliefWidth + x
			r.cover[i] = float32(n) / 4
			r.height[i] = 0
			if seen > 0 {
				h := (middle - float32(sum)/float32(seen)) / perTexel
				r.height[i] = max(-deepest, min(deepest, h))
			}
		}
	}
}

// bulge adds to the measured height what a body that is round everywhere would
// have: it lends shape to limbs whose depth is too coarse to show any.
func (r *relief) bulge() {
	b := r.Box
	const diagonal = math.Sqrt2
	inside := func(i int) bool { return r.cover[i] >= 0.5 }
	at := func(x, y int) float32 {
		if x < b.Min.X || y < b.Min.Y || x >= b.Max.X || y >= b.Max.Y {
			return 0
		}
		return r.round[y*reliefWidth+x]
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			i := y*reliefWidth + x
			r.round[i] = 0
			if inside(i) {
				r.round[i] = min(at(x-1, y)+1, at(x, y-1)+1, at(x-1, y-1)+diagonal, at(x+1, y-1)+diagonal)
			}
		}
	}
	reach := float32(max(b.Dy(), 40)) * 0.055 // about half an upper arm
	for y := b.Max.Y - 1; y >= b.Min.Y; y-- {
		for x := b.Max.X - 1; x >= b.Min.X; x-- {
			i := y*reliefWidth + x
			if inside(i) {
				r.round[i] = min(r.round[i], at(x+1, y)+1, at(x, y+1)+1, at(x+1, y+1)+diagonal, at(x-1, y+1)+diagonal)
			}
		}
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for i := y*reliefWidth + b.Min.X; i < y*reliefWidth+b.Max.X; i++ {
			if r.cover[i] == 0 {
				r.height[i] = 0
				continue
			}
			t := 1 - min(r.round[i]/reach, 1)
			r.height[i] = 0.55*r.height[i] + 0.75*reach*float32(math.Sqrt(float64(1-t*t)))
		}
	}
}

// smooth is a box blur of the given radius within Box; what lies outside is 0 for
// cover, and the edge repeats for height.
func (r *relief) smooth(p []float32, radius int) {
	b := r.Box
	norm := 1 / float32(2*radius+1)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row, out := p[y*reliefWidth+b.Min.X:y*reliefWidth+b.Max.X], r.scratch[y*reliefWidth+b.Min.X:]
		last := len(row) - 1
		sum := float32(0)
		for k := -radius; k <= radius; k++ {
			sum += row[max(0, min(last, k))]
		}
		for x := range row {
			out[x] = sum * norm
			sum += row[min(last, x+radius+1)] - row[max(0, x-radius)]
		}
	}
	w := b.Dx()
	sums := r.round[:w] // no longer needed once bulge has run
	clear(sums)
	rowAt := func(y int) []float32 {
		y = max(b.Min.Y, min(b.Max.Y-1, y))
		return r.scratch[y*reliefWidth+b.Min.X : y*reliefWidth+b.Max.X]
	}
	for k := -radius; k <= radius; k++ {
		for x, v := range rowAt(b.Min.Y + k) {
			sums[x] += v
		}
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		out := p[y*reliefWidth+b.Min.X : y*reliefWidth+b.Max.X]
		add, sub := rowAt(y+radius+1), rowAt(y-radius)
		for x := range out {
			out[x] = sums[x] * norm
			sums[x] += add[x] - sub[x]
		}
	}
}

// shade packs normal x and y (0.5 is straight ahead), height and cover.
func (r *relief) shade() {
	b := r.Box
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for i := y*reliefWidth + b.Min.X; i < y*reliefWidth+b.Max.X; i++ {
			if r.cover[i] > 0.5 {
				low, high = min(low, r.height[i]), max(high, r.height[i])
			}
		}
	}
	span := max(high-low, 1)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		up, down := max(y-1, b.Min.Y)*reliefWidth, min(y+1, b.Max.Y-1)*reliefWidth
		for x := b.Min.X; x < b.Max.X; x++ {
			i := y*reliefWidth + x
			if r.cover[i] <= 0 {
				continue
			}
			left, right := max(x-1, b.Min.X), min(x+1, b.Max.X-1)
			gx := (r.height[y*reliefWidth+right] - r.height[y*reliefWidth+left]) * 0.5
			gy := (r.height[down+x] - r.height[up+x]) * 0.5
			n := 127 / float32(math.Sqrt(float64(gx*gx+gy*gy+1)))
			q := r.Pixels[4*i : 4*i+4]
			q[0] = byte(128 - gx*n)
			q[1] = byte(128 - gy*n)
			q[2] = byte(255 * max(0, min(1, (r.height[i]-low)/span)))
			q[3] = byte(255*r.cover[i] + 0.5)
		}
	}
}
