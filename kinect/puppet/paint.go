package puppet

import "math"

// A tint is a colour with components 0..1 as they are shown (not linear light).
type tint struct{ r, g, b float64 }

func (c Colour) tint() tint { return tint{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255} }

func (t tint) times(s float64) tint { return tint{t.r * s, t.g * s, t.b * s} }

// mix is t for share 0 and o for share 1.
func (t tint) mix(o tint, share float64) tint {
	return tint{t.r + (o.r-t.r)*share, t.g + (o.g-t.g)*share, t.b + (o.b-t.b)*share}
}

// ycc is a colour as BT.601 limited range has it: luma above 16 and chroma about
// 128, all without their offsets.
type ycc struct{ y, cb, cr float32 }

// ycc converts by BT.601: 219 steps of luma, 224 of chroma.
func (t tint) ycc() ycc {
	y := 0.299*t.r + 0.587*t.g + 0.114*t.b
	return ycc{float32(219 * y), float32(224 * (t.b - y) / 1.772), float32(224 * (t.r - y) / 1.402)}
}

func (c ycc) mix(o ycc, share float32) ycc {
	return ycc{c.y + (o.y-c.y)*share, c.cb + (o.cb-c.cb)*share, c.cr + (o.cr-c.cr)*share}
}

func (c ycc) times(s float32) ycc { return ycc{c.y * s, c.cb * s, c.cr * s} }

func luma(y float32) uint8   { return uint8(max(16, min(235, y+16.5))) }
func chroma(c float32) uint8 { return uint8(max(16, min(240, c+128.5))) }

// step rises smoothly from 0 at lo to 1 at hi.
func step(lo, hi, x float64) float64 {
	t := max(0, min(1, (x-lo)/(hi-lo)))
	return t * t * (3 - 2*t)
}

// step32 is step for the pixel loops.
func step32(lo, hi, x float32) float32 {
	t := max(0, min(1, (x-lo)/(hi-lo)))
	return t * t * (3 - 2*t)
}

// hash is a number 0..1 that looks random, for textures.
func hash(x, y int) float64 {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h) / (1 << 32)
}

// wobble is a number 0..1 that changes smoothly with x.
func wobble(x float64, row int) float64 {
	i := math.Floor(x)
	return hash(int(i), row) + (hash(int(i)+1, row)-hash(int(i), row))*step(0, 1, x-i)
}
