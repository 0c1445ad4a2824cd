package h264

import (
	"fmt"

	"cutout/netvideo/codec"
)

// bits reads a NAL unit's payload bit by bit, leaving out emulation prevention (H.264,
// 7.4.1): a 3 behind two zeros. Beyond the end it reads zeros and notes it.
type bits struct {
	data  []byte
	zeros int
	cur   byte
	left  int
	over  bool
}

func (b *bits) one() uint {
	if b.left == 0 {
		if len(b.data) > 1 && b.zeros >= 2 && b.data[0] == 3 {
			b.data, b.zeros = b.data[1:], 0
		}
		if len(b.data) == 0 {
			b.over = true
			return 0
		}
		b.cur, b.data, b.left = b.data[0], b.data[1:], 8
		if b.cur == 0 {
			b.zeros++
		} else {
			b.zeros = 0
		}
	}
	b.left--
	return uint(b.cur>>b.left) & 1
}

func (b *bits) read(n int) (v uint) {
	for range n {
		v = v<<1 | b.one()
	}
	return v
}

// ue reads an unsigned Exp-Golomb code (H.264, 9.1), of up to 32 bits.
func (b *bits) ue() uint {
	n := 0
	for b.one() == 0 {
		if n++; n > 31 || b.over {
			b.over = true
			return 0
		}
	}
	return 1<<n - 1 + b.read(n)
}

// spsSize reads the size from a sequence parameter set (H.264, 7.3.2.1.1).
func spsSize(nal []byte) (w, h int, err error) {
	b := &bits{data: nal[1:]}
	profile := b.read(8)
	b.read(16)        // constraints, level
	b.ue()            // id
	chroma := uint(1) // 4:2:0
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		chroma = b.skipHigh()
	}
	b.ue() // frame number
	b.skipOrder()
	b.ue() // reference frames
	b.one()
	cols, rows := b.ue()+1, b.ue()+1
	frames := b.one()
	if frames == 0 {
		b.one()
	}
	b.one()
	var crop [4]uint // left, right, top, bottom
	if b.one() == 1 {
		for i := range crop {
			crop[i] = b.ue()
		}
	}
	if b.over {
		return 0, 0, fmt.Errorf("%w: a parameter set is cut short", codec.ErrCorrupt)
	}
	if chroma != 1 {
		return 0, 0, fmt.Errorf("%w: its chroma is not 4:2:0", codec.ErrCorrupt)
	}
	most := uint(codec.MaxWidth / 16)
	if rows *= 2 - frames; cols > most || rows > most {
		return 0, 0, fmt.Errorf("%w: it declares %dx%d, more than %dx%d",
			codec.ErrCorrupt, cols*16, rows*16, codec.MaxWidth, codec.MaxHeight)
	}
	return cropped(cols, rows, frames, crop)
}

// cropped takes off what is not shown: in pairs of pixels, and of rows of both fields.
func cropped(cols, rows, frames uint, crop [4]uint) (w, h int, err error) {
	w, h = int(cols*16), int(rows*16)
	for _, c := range crop {
		if c > codec.MaxWidth {
			return 0, 0, fmt.Errorf("%w: it shows nothing", codec.ErrCorrupt)
		}
	}
	w -= 2 * int(crop[0]+crop[1])
	h -= 2 * int(2-frames) * int(crop[2]+crop[3])
	if w <= 0 || h <= 0 {
		return 0, 0, fmt.Errorf("%w: it shows nothing", codec.ErrCorrupt)
	}
	return w, h, nil
}

// skipHigh passes over what the high profiles add and returns the chroma format.
func (b *bits) skipHigh() (chroma uint) {
	if chroma = b.ue(); chroma == 3 {
		b.one()
	}
	b.ue()
	b.ue()
	b.one()
	if b.one() == 0 {
		return chroma
	}
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if b.one() == 1 {
			b.skipScaling(16 + 48*(i/6))
		}
	}
	return chroma
}

// skipScaling passes over a scaling list (H.264, 7.3.2.1.1.1).
func (b *bits) skipScaling(size int) {
	if size > 64 {
		size = 64
	}
	last, next := 8, 8
	for range size {
		if next != 0 {
			v := b.ue() // signed: 0, 1, -1, 2, -2, ...
			delta := int(v+1) / 2
			if v%2 == 0 {
				delta = -delta
			}
			next = (last + delta) & 0xff
		}
		if next != 0 {
			last = next
		}
		if b.over {
			return
		}
	}
}

// skipOrder passes over the picture order count.
func (b *bits) skipOrder() {
	switch b.ue() {
	case 0:
		b.ue()
	case 1:
		b.one()
		b.ue()
		b.ue()
		n := b.ue()
		if n > 255 {
			b.over = true
			return
		}
		for range n {
			b.ue()
		}
	}
}
