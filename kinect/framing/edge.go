package framing

import (
	"encoding/binary"
	"image"
	"math/bits"

	"cutout/kinect"
)

// An edger decides about the pixels of two rows that lie in the band.
type edger struct {
	m      *matte
	y      int
	ready  bool
	patch  patch
	luma   [2][]uint8 // of the rows; nil without colour
	cb, cr []uint8
	last   [2][]uint8 // luma of the picture before, of this one when there is none
	before [2][]uint8 // the matte before
	out    [2][]uint8 // the matte
	lit    [2][]uint8 // the players' luma
	mix    mixture
	// coloured says that there is colour, steady that the matte before was made in the
	// same way: where nothing moves, it changes slowly.
	coloured, steady bool
}

// row prepares row r of the two.
func (e *edger) row(r int, colour *image.YCbCr) {
	m := e.m
	at := (e.y + r) * kinect.Width
	e.out[r] = m.alphas[m.now][at : at+kinect.Width]
	e.before[r] = m.alphas[1-m.now][at : at+kinect.Width]
	e.steady = m.steady && (m.before == nil) == (colour == nil)
	if e.coloured = colour != nil; !e.coloured {
		return
	}
	e.lit[r] = m.luma[at : at+kinect.Width]
	e.luma[r], e.cb, e.cr = rowsOf(colour, e.y+r)
	e.last[r] = e.luma[r]
	if m.before != nil {
		e.last[r], _, _ = rowsOf(m.before, e.y+r)
	}
}

func rowsOf(p *image.YCbCr, y int) (luma, cb, cr []uint8) {
	at, c := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y), p.COffset(p.Rect.Min.X, p.Rect.Min.Y+y)
	return p.Y[at : at+kinect.Width], p.Cb[c : c+halfWidth], p.Cr[c : c+halfWidth]
}

// word decides about band pixels of word k.
func (e *edger) word(band [2]uint64, k int) {
	if !e.ready {
		e.ready = true
		if e.coloured {
			e.mix.begin(&e.m.guide, e.y)
		}
	}
	e.patch.around(&e.m.seen, e.y, k)
	for both := band[0] | band[1]; both != 0; {
		s := bits.TrailingZeros64(both) &^ 3
		both &^= 0xf << s
		e.four(k*64+s, e.patch.window(s), uint8(band[0]>>s&0xf|band[1]>>s&0xf<<4))
	}
}

// four decides about four pixels of both rows, from column x on; those of the upper
// row are the lower four bits of band.
func (e *edger) four(x int, w window, band uint8) {
	f, coloured := 0, false
	if e.coloured {
		f, coloured = e.mix.at(x)
	}
	var fours [2]four
	for r := range fours {
		fours[r].read(e, r, x)
	}
	for i := range 4 {
		if band>>i&0x11 == 0 {
			continue
		}
		var one, slope, worth int
		if coloured {
			one, slope, worth = e.mix.along(f+2*i, e.cb[(x+i)>>1], e.cr[(x+i)>>1])
		}
		for r := range fours {
			if band>>(4*r+i)&1 == 0 {
				continue
			}
			q, shift := &fours[r], 8*i
			luma := int(q.luma >> shift & 0xff)
			a := (fullOpacity - worth) * shape[w.count(i, r)] >> shapeBits
			a += max(0, min(worth, one+slope*luma))
			a = (a + 1<<(fullBits-1)) >> fullBits
			if e.steady {
				before := int(q.before >> shift & 0xff)
				change := a - before
				share := byShapeAlone[uint8(max(change, -change))]
				if e.coloured {
					moved := luma - int(q.last>>shift&0xff)
					share = max(byLuma[uint8(max(moved, -moved))], byChange[uint8(max(change, -change))])
				}
				a = before + (change*share+128)>>8
			}
			q.out = q.out&^(0xff<<shift) | uint32(a)<<shift
			q.lit = q.lit&^(0xff<<shift) | uint32(times(uint8(luma), uint8(a)))<<shift
		}
	}
	for r := range fours {
		fours[r].write(e, r, x)
	}
}

// A four is four pixels of a row, a byte each.
type four struct{ luma, last, before, out, lit uint32 }

func (q *four) read(e *edger, r, x int) {
	q.before, q.out = binary.LittleEndian.Uint32(e.before[r][x:]), binary.LittleEndian.Uint32(e.out[r][x:])
	if e.coloured {
		q.luma, q.lit = binary.LittleEndian.Uint32(e.luma[r][x:]), binary.LittleEndian.Uint32(e.lit[r][x:])
		q.last = binary.LittleEndian.Uint32(e.last[r][x:])
	}
}

func (q *four) write(e *edger, r, x int) {
	binary.LittleEndian.PutUint32(e.out[r][x:], q.out)
	if e.coloured {
		binary.LittleEndian.PutUint32(e.lit[r][x:], q.lit)
	}
}

const shapeBits = 12

// shape is the opacity, of shapeBits, by how many of 25 pixels around are in the mask: a
// smooth outline half-way, with what is only two pixels wide still seen.
var shape = func() (t [26]int) {
	for n := range t {
		t[n] = int(1 << shapeBits * max(0, min(1, (float32(n)/25-0.5)*1.8+0.52)))
	}
	return t
}()

const (
	// A pixel stands still while its luma changes by less than still (twice a sensor's
	// noise), and has surely moved when it changes by moved.
	still, moved = 8, 28
	// slow is the share of a change that shows at once where the picture stands still,
	// and blind where there is no picture to tell. Changes of opacity by more than
	// sudden show more, those by sure at once: something moved that looks like what it
	// was before.
	slow, blind  = 0.25, 0.5
	sudden, sure = 0.4, 0.9
)

// A ramp is the share of a change that shows at once, in 1/256, by something from 0 to
// 255 that speaks for it.
type ramp [256]int

// rampOf goes from least to all between from and to. Changes too small to be seen
// flickering show at once where ofChange is set.
func rampOf(least, from, to float32, ofChange bool) (r ramp) {
	const small = 3
	for i := range r {
		r[i] = int(256 * max(least, min(1, (float32(i)-from)/(to-from))))
		if ofChange && i < small {
			r[i] = 256
		}
	}
	return r
}

var (
	byLuma       = rampOf(slow, still, moved, false)
	byChange     = rampOf(slow, 255*sudden, 255*sure, true)
	byShapeAlone = rampOf(blind, 255*0.5, 255, true)
)
