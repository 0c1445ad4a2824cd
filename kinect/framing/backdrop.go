package framing

import (
	"image"
	"math"
)

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

// newBackdrop is what replaces the room: night above, a glow low in the middle.
func newBackdrop(size image.Point) *image.YCbCr {
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
