package framing

import "image"

// KeyColour is the flat colour around the player of a picture framed over Key: pure
// green, sRGB #00FF00, which as BT.601 limited range is luma 145, Cb 54, Cr 34. It is
// what chroma keys elsewhere are preset to, and the strongest colour that the chroma
// planes can say on the other side of grey from skin.
func KeyColour() (y, cb, cr uint8) { return tint{0, 255, 0}.ycc() }

// How green a colour is: its chroma (Cb-128, Cr-128) along the axis from grey to
// KeyColour, less half of what it is beside that axis, so that yellow and cyan count
// for little. Grey is 0, KeyColour is greenest.
const (
	keyCb, keyCr = 54 - 128, 34 - 128
	greenest     = keyCb*keyCb + keyCr*keyCr
	// Pixels of a player are made no greener than tamest before they are encoded. What
	// is greener than alien gives way to the game, wholly from pure on. The codec may
	// thus be off by a tenth of the way (12 levels of chroma) on the player's side, and
	// by a fifth (24) on the key's, before a pixel well inside changes sides.
	tamest = greenest * 20 / 100
	alien  = greenest * 30 / 100
	pure   = greenest * 80 / 100
)

func green(cb, cr uint8) int {
	b, r := int(cb)-128, int(cr)-128
	beside := keyCr*b - keyCb*r
	return keyCb*b + keyCr*r - max(beside, -beside)/2
}

// tameRow tames a row of chroma.
func tameRow(cb, cr []uint8) {
	cr = cr[:len(cb)]
	for x, b := range cb {
		// Most are so far from green that their share beside the axis does not matter.
		if keyCb*(int(b)-128)+keyCr*(int(cr[x])-128) > tamest {
			cb[x], cr[x] = tame(b, cr[x])
		}
	}
}

// tame takes colour out of chroma that is so green that Unkey would let the game show
// through it.
func tame(cb, cr uint8) (uint8, uint8) {
	g := green(cb, cr)
	if g <= tamest {
		return cb, cr
	}
	less := func(v uint8) uint8 { return uint8(128 + (int(v)-128)*tamest/g) }
	return less(cb), less(cr)
}

// Unkey cuts the player out of a picture that was framed over Key, even after a
// codec: A of the result is 255 on the player, 0 around, and between at the edges,
// where the key's colour is taken out of the others. Chroma decides alone: with
// b = Cb-128 and r = Cr-128 a pixel's share of green is
//
//	g = (-74 b - 94 r - |94 b - 74 r| / 2) / 14312
//
// (1 is KeyColour, 0 grey) and its opacity (0.8-g)/0.5, cut to 0..1. The result is as
// large as p, which must be 4:2:0 with its corner at even coordinates, and shares
// nothing with it; other pictures come back opaque. Any goroutine.
func Unkey(p *image.YCbCr) *image.NYCbCrA {
	out := image.NewNYCbCrA(image.Rectangle{Max: p.Rect.Size()}, p.SubsampleRatio)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	for y := range h {
		from := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y)
		copy(out.Y[y*out.YStride:y*out.YStride+w], p.Y[from:from+w])
	}
	if p.SubsampleRatio != image.YCbCrSubsampleRatio420 || (p.Rect.Min.X|p.Rect.Min.Y)&1 != 0 {
		opaque(out, p)
		return out
	}
	u := unkeyer{width: (w + 1) / 2}
	for i := range u.rows {
		u.rows[i] = make([]uint16, u.width+2)
	}
	half := (h + 1) / 2
	u.read(out, p, 0)
	copy(u.rows[0], u.rows[1])
	for y := range half {
		if y+1 < half {
			u.read(out, p, y+1)
		} else {
			copy(u.rows[2], u.rows[1])
		}
		u.write(out, 2*y, 0)
		if 2*y+1 < h {
			u.write(out, 2*y+1, 2)
		}
		u.rows[0], u.rows[1], u.rows[2] = u.rows[1], u.rows[2], u.rows[0]
	}
	return out
}

// An unkeyer works through a picture's chroma, row by row.
type unkeyer struct {
	width int
	rows  [3][]uint16 // opacity above, here and below, the outermost twice
}

// read judges a row of chroma, and takes the key's colour out of it.
func (u *unkeyer) read(out *image.NYCbCrA, p *image.YCbCr, y int) {
	row := u.rows[2]
	if y == 0 {
		row = u.rows[1]
	}
	c := p.COffset(p.Rect.Min.X, p.Rect.Min.Y+2*y)
	cb, cr := p.Cb[c:c+u.width], p.Cr[c:c+u.width]
	toB, toR := out.Cb[y*out.CStride:][:u.width], out.Cr[y*out.CStride:][:u.width]
	for x := range cb {
		a := max(0, min(255, 255*(pure-green(cb[x], cr[x]))/(pure-alien)))
		row[x+1] = uint16(a)
		toB[x], toR[x] = cb[x], cr[x]
		if a > 0 && a < 255 {
			toB[x], toR[x] = without(cb[x], keyCb, a), without(cr[x], keyCr, a)
		}
	}
	row[0], row[u.width+1] = row[1], row[u.width]
}

// without is chroma v of a pixel of which a/255 are the player's, less the key's.
func without(v uint8, key, a int) uint8 {
	own := (255*(int(v)-128) - (255-a)*key) / max(a, 64)
	return uint8(max(0, min(255, 128+own)))
}

// write lays a row of opacity between the rows of chroma, a quarter of the way to
// the row other; luma at the edges loses the key's share.
func (u *unkeyer) write(out *image.NYCbCrA, y, other int) {
	key, _, _ := KeyColour()
	here, near := u.rows[1], u.rows[other]
	luma := out.Y[y*out.YStride:][:out.Rect.Dx()]
	alpha := out.A[y*out.AStride:][:len(luma)]
	for x := range alpha {
		c := x/2 + 1
		side := c - 1 + x&1*2
		a := (3*(3*int(here[c])+int(here[side])) + 3*int(near[c]) + int(near[side]) + 8) >> 4
		alpha[x] = uint8(a)
		if a > 0 && a < 255 {
			own := (255*int(luma[x]) - (255-a)*int(key)) / max(a, 64)
			luma[x] = uint8(max(16, min(235, own)))
		}
	}
}

// opaque is for pictures that cannot have been framed over Key.
func opaque(out *image.NYCbCrA, p *image.YCbCr) {
	for i := range out.A {
		out.A[i] = 255
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			to, from := out.COffset(x, y), p.COffset(p.Rect.Min.X+x, p.Rect.Min.Y+y)
			out.Cb[to], out.Cr[to] = p.Cb[from], p.Cr[from]
		}
	}
}
