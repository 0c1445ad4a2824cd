package view

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/kinect"
	"cutout/netvideo"
)

func imageRect(w, h int) image.Rectangle { return image.Rect(0, 0, w, h) }

// A holeTexture is the distance field of the wall's hole on the GPU.
type holeTexture struct {
	image  *ebiten.Image
	field  field
	grid   kinect.Grid
	filled bool
	pixels []byte
	// edge are some of the texels on the hole's edge, for sparks.
	edge [][2]float32
	// bounds has the hole and its outline's glow in it, in cells.
	bounds rect
}

// update brings the texture up to date; the hole changes once a wall.
func (h *holeTexture) update(g *kinect.Grid) {
	if h.filled && h.grid == *g {
		return
	}
	h.grid, h.filled = *g, true
	dist := h.field.distances(g)
	if h.pixels == nil {
		h.pixels = make([]byte, 4*len(dist))
	}
	encode(dist, h.pixels)
	fit(&h.image, fieldWidth, fieldHeight).WritePixels(h.pixels)
	h.edge = h.edge[:0]
	x0, y0, x1, y1 := kinect.GridWidth, kinect.GridHeight, 0, 0
	for i, d := range dist {
		if d > -1 && d < 1 {
			x, y := i%fieldWidth, i/fieldWidth
			h.edge = append(h.edge, [2]float32{float32(x) / 2, float32(y) / 2})
			x0, y0, x1, y1 = min(x0, x/2), min(y0, y/2), max(x1, x/2+1), max(y1, y/2+1)
		}
	}
	const glow = 12
	x0, y0, x1, y1 = max(x0-glow, 0), max(y0-glow, 0), min(x1+glow, kinect.GridWidth), min(y1+glow, kinect.GridHeight)
	h.bounds = rect{float64(x0), float64(y0), float64(max(x1-x0, 0)), float64(max(y1-y0, 0))}
}

// A reliefTexture is the player's shape on the GPU.
type reliefTexture struct {
	image  *ebiten.Image
	relief relief
	scene  *kinect.Scene
}

// update brings the texture up to date and reports whether there is a body.
func (r *reliefTexture) update(s *kinect.Scene) bool {
	p := s.Player()
	if p == nil || p.Silhouette == nil || p.Mask == nil || s.Frame == nil {
		return false
	}
	if r.scene != s {
		r.scene = s
		r.relief.make(s.Frame, p)
		fit(&r.image, reliefWidth, reliefHeight).WritePixels(r.relief.Pixels)
	}
	return !r.relief.Box.Empty()
}

// A tileTexture is a friend's picture on the GPU.
type tileTexture struct {
	image   *ebiten.Image
	packing packing
	seq     uint64
	seen    *image.YCbCr
	buffer  []byte
	used    bool // in this frame
}

// update uploads the picture unless it is there already, and reports whether there
// is anything to show.
func (t *tileTexture) update(p *netvideo.Picture) bool {
	if p == nil || p.Image == nil {
		return false
	}
	if t.seen == p.Image && t.seq == p.Seq {
		return t.image != nil
	}
	t.seen, t.seq = p.Image, p.Seq
	var err error
	if t.buffer, t.packing, err = pack(p.Image, t.buffer); err != nil {
		drop(&t.image)
		return false
	}
	w, h := t.packing.texture()
	fit(&t.image, w, h).WritePixels(t.buffer)
	return true
}
