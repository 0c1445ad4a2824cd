package framing

import (
	"image"
	"math/bits"

	"cutout/kinect"
)

// A layer is a picture with transparency on the frame's grid, its channels already
// multiplied with how opaque they are. Only what lies in box is valid; around it the
// layer is clear.
type layer struct {
	luma   []uint64 // opacity << 16 | luma
	chroma []uint64 // opacity << 32 | cb << 16 | cr, of a quarter of the pixels
	box    image.Rectangle
	spans  [kinect.Height]span // of the luma, by row
}

// A span is which columns of a row may not be clear; none when to is 0.
type span struct{ from, to int }

func (s span) union(o span) span {
	switch {
	case s.to == 0:
		return o
	case o.to == 0:
		return s
	}
	return span{min(s.from, o.from), max(s.to, o.to)}
}

// lumaSpan and chromaSpan are for the rows of each plane.
func (l *layer) lumaSpan(y int) span { return l.spans[y] }

func (l *layer) chromaSpan(y int) span {
	s := l.spans[2*y].union(l.spans[2*y+1])
	return span{s.from / 2, (s.to + 1) / 2}
}

const (
	halfWidth, halfHeight = kinect.Width / 2, kinect.Height / 2
	words                 = kinect.Width / 64
)

func newLayer() *layer {
	return &layer{
		luma:   make([]uint64, kinect.Width*kinect.Height),
		chroma: make([]uint64, halfWidth*halfHeight),
	}
}

// clear makes the layer transparent, and gets it ready for box, which is widened to
// even coordinates.
func (l *layer) clear(box image.Rectangle) {
	for y := l.box.Min.Y; y < l.box.Max.Y; y++ {
		clear(l.luma[y*kinect.Width+l.box.Min.X : y*kinect.Width+l.box.Max.X])
	}
	for y := l.box.Min.Y / 2; y < l.box.Max.Y/2; y++ {
		clear(l.chroma[y*halfWidth+l.box.Min.X/2 : y*halfWidth+l.box.Max.X/2])
	}
	box = image.Rect(box.Min.X&^1, box.Min.Y&^1, (box.Max.X+1)&^1, (box.Max.Y+1)&^1)
	l.box = box.Intersect(image.Rect(0, 0, kinect.Width, kinect.Height))
	l.spans = [kinect.Height]span{}
}

// A matte says how opaque a mask's pixels are: soft at the edge, and never outside
// the mask, where other people may be.
type matte struct {
	ring [3][words]uint64 // of one row: in the mask, one pixel in, two pixels in
}

// opacity by how many pixels deep in the mask a pixel lies.
var opacity = [4]uint64{0, 96, 186, 255}

// row looks at row y of a mask.
func (t *matte) row(m *kinect.Mask, y int) {
	t.ring[0] = *maskRow(m, y)
	t.ring[1] = inner(m, y)
	up, here, low := inner(m, y-1), t.ring[1], inner(m, y+1)
	t.ring[2] = shrink(&up, &here, &low)
}

func maskRow(m *kinect.Mask, y int) *[words]uint64 {
	y = max(0, min(y, kinect.Height-1)) // bodies go on outside the picture
	return (*[words]uint64)(m[y*words : (y+1)*words])
}

func inner(m *kinect.Mask, y int) [words]uint64 {
	return shrink(maskRow(m, y-1), maskRow(m, y), maskRow(m, y+1))
}

// shrink keeps the pixels whose four neighbours are set.
func shrink(up, here, low *[words]uint64) (out [words]uint64) {
	for k, w := range here {
		right, left := w>>1|1<<63, w<<1|1
		if k+1 < words {
			right = w>>1 | here[k+1]<<63
		}
		if k > 0 {
			left = w<<1 | here[k-1]>>63
		}
		out[k] = w & right & left & up[k] & low[k]
	}
	return out
}

// at is how deep in the mask column x of the row is, 0 for outside to 3.
func (t *matte) at(x int) uint64 {
	k, s := x>>6, x&63
	return t.ring[0][k]>>s&1 + t.ring[1][k]>>s&1 + t.ring[2][k]>>s&1
}

// span is which columns of the row are in the mask.
func (t *matte) span() span {
	var s span
	for k, w := range t.ring[0] {
		if w == 0 {
			continue
		}
		if s.to == 0 {
			s.from = k*64 + bits.TrailingZeros64(w)
		}
		s.to = k*64 + bits.Len64(w)
	}
	return s
}

// cut lays the mask's pixels of a 640x480 picture into the layer. Of colour only
// those quarters are taken that lie wholly in the mask: the others hold some of what
// is beside it.
func (l *layer) cut(mask *kinect.Mask, box image.Rectangle, p *image.YCbCr) {
	l.clear(box)
	var upper, lower matte
	for y := l.box.Min.Y; y < l.box.Max.Y; y += 2 {
		upper.row(mask, y)
		lower.row(mask, y+1)
		l.cutRow(&upper, y, p)
		l.cutRow(&lower, y+1, p)
		c := p.COffset(p.Rect.Min.X, p.Rect.Min.Y+y)
		cb, cr := p.Cb[c:c+halfWidth], p.Cr[c:c+halfWidth]
		out := l.chroma[y/2*halfWidth : (y/2+1)*halfWidth]
		wide := l.chromaSpan(y / 2)
		for x := wide.from; x < wide.to; x++ {
			k, s := x>>5, x<<1&63
			if upper.ring[0][k]&lower.ring[0][k]>>s&3 != 3 {
				continue
			}
			a := (opacity[upper.at(2*x)] + opacity[upper.at(2*x+1)] + opacity[lower.at(2*x)] + opacity[lower.at(2*x+1)] + 2) / 4
			out[x] = a<<32 | times(cb[x], a)<<16 | times(cr[x], a)
		}
	}
}

func (l *layer) cutRow(m *matte, y int, p *image.YCbCr) {
	from := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y)
	luma := p.Y[from : from+kinect.Width]
	out := l.luma[y*kinect.Width : (y+1)*kinect.Width]
	s := m.span()
	s = span{max(s.from, l.box.Min.X), min(s.to, l.box.Max.X)}
	if s.from >= s.to {
		return
	}
	l.spans[y] = s
	for x := s.from; x < s.to; x++ {
		if k, s := x>>6, x&63; m.ring[2][k]>>s&1 != 0 {
			out[x] = 255<<16 | uint64(luma[x])
		} else if m.ring[0][k]>>s&1 != 0 {
			a := opacity[m.at(x)]
			out[x] = a<<16 | times(luma[x], a)
		}
	}
}

// times is v at an opacity of a in 1/255.
func times(v uint8, a uint64) uint64 { return (uint64(v)*a + 127) / 255 }
