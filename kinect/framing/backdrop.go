package framing

import (
	"image"
	"image/draw"
	"math"
)

// newBackdrop is what lies behind the player where the room does not show.
func newBackdrop(o Options, size image.Point) *image.YCbCr {
	switch {
	case o.Background == Key:
		return flatBackdrop(size)
	case o.Background == Replace && o.Picture != nil && !o.Picture.Bounds().Empty():
		return pictureBackdrop(o.Picture, size)
	}
	return corridor(size)
}

func flatBackdrop(size image.Point) *image.YCbCr {
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	y, cb, cr := KeyColour()
	for i := range p.Y {
		p.Y[i] = y
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = cb, cr
	}
	return p
}

// pictureBackdrop is the middle of a picture that fills size; each pixel is the mean
// of those it covers.
func pictureBackdrop(from image.Image, size image.Point) *image.YCbCr {
	b := from.Bounds()
	rgba := image.NewRGBA(image.Rectangle{Max: b.Size()})
	draw.Draw(rgba, rgba.Rect, image.Black, image.Point{}, draw.Src)
	draw.Draw(rgba, rgba.Rect, from, b.Min, draw.Over)
	scale := min(float64(b.Dx())/float64(size.X), float64(b.Dy())/float64(size.Y))
	left := (float64(b.Dx()) - scale*float64(size.X)) / 2
	top := (float64(b.Dy()) - scale*float64(size.Y)) / 2
	span := func(start float64, i, limit int) (int, int) {
		lo := max(0, min(limit-1, int(start+float64(i)*scale)))
		return lo, max(lo+1, min(limit, int(start+float64(i+1)*scale)))
	}
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	for y := range size.Y {
		y0, y1 := span(top, y, b.Dy())
		for x := range size.X {
			x0, x1 := span(left, x, b.Dx())
			l, cb, cr := mean(rgba, x0, y0, x1, y1).ycc()
			p.Y[y*p.YStride+x] = l
			if (x|y)&1 == 0 {
				i := y/2*p.CStride + x/2
				p.Cb[i], p.Cr[i] = cb, cr
			}
		}
	}
	return p
}

// mean is the mean tint of a rectangle that is not empty.
func mean(p *image.RGBA, x0, y0, x1, y1 int) tint {
	var r, g, b int
	for y := y0; y < y1; y++ {
		row := p.Pix[y*p.Stride+4*x0 : y*p.Stride+4*x1]
		for i := 0; i < len(row); i += 4 {
			r, g, b = r+int(row[i]), g+int(row[i+1]), b+int(row[i+2])
		}
	}
	n := float32((x1 - x0) * (y1 - y0))
	return tint{float32(r) / n, float32(g) / n, float32(b) / n}
}

// A tint is red, green and blue from 0 to 255.
type tint struct{ r, g, b float32 }

func (t tint) times(f float32) tint { return tint{t.r * f, t.g * f, t.b * f} }
func (t tint) plus(o tint) tint     { return tint{t.r + o.r, t.g + o.g, t.b + o.b} }

// mix goes from t to o as f goes from 0 to 1.
func (t tint) mix(o tint, f float32) tint { return t.times(1 - f).plus(o.times(f)) }

// ycc is the tint in BT.601 limited range (ITU-R BT.601-7, section 2.5.3).
func (t tint) ycc() (y, cb, cr uint8) {
	cut := func(v float32) float32 { return max(0, min(255, v)) }
	r, g, b := cut(t.r), cut(t.g), cut(t.b)
	y = uint8(16.5 + 0.25679*r + 0.50413*g + 0.09791*b)
	cb = uint8(128.5 - 0.14822*r - 0.29099*g + 0.43922*b)
	cr = uint8(128.5 + 0.43922*r - 0.36779*g - 0.07143*b)
	return y, cb, cr
}

// The colours of the neon corridor.
var (
	night   = tint{9, 7, 28}
	indigo  = tint{26, 16, 78}
	violet  = tint{92, 30, 140}
	magenta = tint{255, 64, 214}
	cyan    = tint{64, 236, 255}
)

// corridor is made up: night above, a glow low in the middle.
func corridor(size image.Point) *image.YCbCr {
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	for y := range size.Y {
		for x := range size.X {
			u := 2*float32(x)/float32(size.X) - 1
			v := float32(y) / float32(size.Y)
			l, cb, cr := backdropAt(u, v).ycc()
			p.Y[y*p.YStride+x] = l
			if x&1 == 0 && y&1 == 0 {
				i := y/2*p.CStride + x/2
				p.Cb[i], p.Cr[i] = cb, cr
			}
		}
	}
	return p
}

// backdropAt is the tint at u, -1 to 1 across, and v, 0 to 1 down.
func backdropAt(u, v float32) tint {
	bell := func(d2 float32) float32 { return float32(math.Exp(float64(-d2))) }
	c := night.mix(indigo, v)
	c = c.plus(violet.times(0.6 * bell(u*u*1.1+(v-0.95)*(v-0.95)*6)))
	c = c.plus(cyan.times(0.10 * bell((u+1.1)*(u+1.1)*4+(v-0.35)*(v-0.35)*5)))
	return c.plus(magenta.times(0.10 * bell((u-1.1)*(u-1.1)*4+(v-0.35)*(v-0.35)*5)))
}
