package framing

import "image"

// A composer lays a layer, cropped and scaled, over a backdrop.
type composer struct {
	luma, chroma *scaler
	backdrop     *image.YCbCr
}

func newComposer(size image.Point, backdrop *image.YCbCr) *composer {
	return &composer{
		luma: newScaler(size.X, size.Y), chroma: newScaler(size.X/2, size.Y/2),
		backdrop: backdrop,
	}
}

// compose makes the picture of the view v.
func (c *composer) compose(l *layer, v view) *image.YCbCr {
	b := c.backdrop
	out := &image.YCbCr{
		Y: append([]uint8(nil), b.Y...), Cb: append([]uint8(nil), b.Cb...), Cr: append([]uint8(nil), b.Cr...),
		YStride: b.YStride, CStride: b.CStride, SubsampleRatio: b.SubsampleRatio, Rect: b.Rect,
	}
	if l == nil || l.box.Empty() {
		return out
	}
	x, y := v.x-v.width/2, v.y-v.height()/2
	c.luma.use(x, y, v.width, v.height(), 2*halfWidth, 2*halfHeight)
	c.chroma.use(x/2, y/2, v.width/2, v.height()/2, halfWidth, halfHeight)
	box := l.box
	c.luma.over(l.luma, 2*halfWidth, box, l.lumaSpan, func(y, from int, row []uint64) {
		to := out.Y[y*out.YStride+from:]
		to = to[:len(row)]
		for i, p := range row {
			switch a := p >> 16; a {
			case 0:
			case 255:
				to[i] = uint8(p)
			default:
				to[i] = mix(to[i], p&0xff, a)
			}
		}
	})
	half := image.Rect(box.Min.X/2, box.Min.Y/2, box.Max.X/2, box.Max.Y/2)
	c.chroma.over(l.chroma, halfWidth, half, l.chromaSpan, func(y, from int, row []uint64) {
		at := y*out.CStride + from
		cb, cr := out.Cb[at:at+len(row)], out.Cr[at:at+len(row)]
		for i, p := range row {
			if a := p >> 32; a != 0 {
				cb[i] = mix(cb[i], p>>16&0xff, a)
				cr[i] = mix(cr[i], p&0xff, a)
			}
		}
	})
	return out
}

// mix lays a premultiplied value over what is there.
func mix(under uint8, over, a uint64) uint8 {
	return uint8(min(255, over+(uint64(under)*(255-a)*257+32768)>>16))
}

// over scales the part of a plane in box, of which only spans are not clear, and calls
// put with the part of each row of the result that shows it.
func (s *scaler) over(plane []uint64, width int, box image.Rectangle, spans func(y int) span, put func(y, from int, row []uint64)) {
	first, end := touched(s.down, s.nDown, box.Min.Y, box.Max.Y)
	for y := first; y < end; y++ {
		t := &s.down[y]
		var wide span
		for k := range s.nDown {
			wide = wide.union(spans(int(t.first) + k))
		}
		if wide.to == 0 {
			continue
		}
		for k := range s.nDown {
			at := int(t.first) + k
			s.stretch(at, spans(at), plane[at*width:(at+1)*width])
		}
		wide = s.show(wide)
		put(y, wide.from, s.blend(t, wide.from, wide.to))
	}
}

// blend weighs the stretched rows of a tap.
func (s *scaler) blend(t *tap, from, to int) []uint64 {
	out := s.mixed[from:to]
	if s.nDown == 2 {
		a, b := s.row[t.first%maxTaps][from:to], s.row[(t.first+1)%maxTaps][from:to]
		v, w := uint64(t.weight[0]), uint64(t.weight[1])
		a, b = a[:len(out)], b[:len(out)]
		for i := range out {
			out[i] = (a[i]*v + b[i]*w + laneHalf) >> 8 & laneMask
		}
		return out
	}
	for i := range out {
		out[i] = laneHalf
	}
	for k := range s.nDown {
		w := uint64(t.weight[k])
		row := s.row[(int(t.first)+k)%maxTaps][from:to]
		for i, p := range row {
			out[i] += p * w
		}
	}
	for i := range out {
		out[i] = out[i] >> 8 & laneMask
	}
	return out
}
