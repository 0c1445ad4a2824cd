package accuracy

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"cutout/kinect"
)

// worst keeps the worst frames of each kind of mistake.
type worst struct {
	limit int
	kept  map[string][]keptFrame
}

type keptFrame struct {
	name string
	bad  float64
	made *image.RGBA
}

// add keeps a frame if it is among the worst of its kind; each name once. Only then is
// it drawn.
func (w *worst) add(kind, name string, bad float64, draw func() *image.RGBA) {
	if w.limit == 0 || bad == 0 {
		return
	}
	if w.kept == nil {
		w.kept = map[string][]keptFrame{}
	}
	list := w.kept[kind]
	if i := slices.IndexFunc(list, func(k keptFrame) bool { return k.name == name }); i >= 0 {
		list[i].bad = max(list[i].bad, bad)
	} else {
		if len(list) == w.limit && list[len(list)-1].bad >= bad {
			return
		}
		list = append(list, keptFrame{name, bad, draw()})
	}
	slices.SortStableFunc(list, func(a, b keptFrame) int {
		return cmp.Or(cmp.Compare(b.bad, a.bad), cmp.Compare(a.name, b.name))
	})
	w.kept[kind] = list[:min(len(list), w.limit)]
}

// merge takes over what another kept.
func (w *worst) merge(o *worst) {
	for kind, list := range o.kept {
		for _, k := range list {
			w.add(kind, k.name, k.bad, func() *image.RGBA { return k.made })
		}
	}
}

func (w *worst) pictures() []Worst {
	var all []Worst
	for kind, list := range w.kept {
		for i, k := range list {
			all = append(all, Worst{Name: fmt.Sprintf("%s-%d-%s", kind, i+1, k.name), Picture: k.made})
		}
	}
	slices.SortFunc(all, func(a, b Worst) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

var (
	trueColour  = color.RGBA{60, 255, 120, 255}
	foundColour = color.RGBA{255, 70, 70, 255}
	boneColour  = color.RGBA{255, 190, 60, 255}
)

// A sheet is a picture that is drawn on.
type sheet struct{ *image.RGBA }

// newSheet paints depth in grey, near being bright.
func newSheet(f *kinect.Frame) sheet {
	s := sheet{image.NewRGBA(image.Rect(0, 0, kinect.Width, kinect.Height))}
	for i, mm := range f.Depth {
		v := uint8(0)
		if mm != kinect.NoReading {
			v = uint8(40 + 170*min(1, 500/float64(max(mm, 500))))
		}
		copy(s.Pix[4*i:], []byte{v, v, v, 255})
	}
	return s
}

// outline draws where a mask ends.
func (s sheet) outline(m *kinect.Mask, c color.RGBA) {
	if m == nil {
		return
	}
	for _, at := range outline(m, kinect.Height) {
		s.SetRGBA(at.X, at.Y, c)
	}
}

func (s sheet) line(x0, y0, x1, y1 int, c color.RGBA) {
	n := max(1, int(math.Hypot(float64(x1-x0), float64(y1-y0))))
	for i := range min(n, 2000) + 1 {
		x, y := x0+(x1-x0)*i/n, y0+(y1-y0)*i/n
		if (image.Point{x, y}).In(s.Rect) {
			s.SetRGBA(x, y, c)
		}
	}
}

// ring marks a true place, cross a found one.
func (s sheet) ring(x, y int, c color.RGBA) {
	const sides = 24
	at := func(i int) (int, int) {
		a := 2 * math.Pi * float64(i) / sides
		return x + int(math.Round(8*math.Cos(a))), y + int(math.Round(8*math.Sin(a)))
	}
	for i := range sides {
		x0, y0 := at(i)
		x1, y1 := at(i + 1)
		s.line(x0, y0, x1, y1, c)
	}
}

func (s sheet) cross(x, y int, c color.RGBA) {
	for d := -1; d <= 1; d++ {
		s.line(x-6+d, y-6, x+6+d, y+6, c)
		s.line(x-6+d, y+6, x+6+d, y-6, c)
	}
}

// people draws what was found. The left hand has a line under it.
func (s sheet) people(scene *kinect.Scene) {
	for i := range scene.People {
		p := &scene.People[i]
		s.outline(p.Mask, foundColour)
		known := func(n kinect.JointName) bool { return p.Joints[n].Confidence > 0 }
		for _, b := range kinect.Bones() {
			if known(b[0]) && known(b[1]) {
				s.line(p.Joints[b[0]].X, p.Joints[b[0]].Y, p.Joints[b[1]].X, p.Joints[b[1]].Y, boneColour)
			}
		}
		for n := range kinect.JointName(kinect.JointCount) {
			if known(n) {
				s.cross(p.Joints[n].X, p.Joints[n].Y, foundColour)
			}
		}
		if l := p.Joints[kinect.LeftHand]; known(kinect.LeftHand) {
			s.underline(l.X, l.Y, foundColour)
		}
	}
}

func (s sheet) underline(x, y int, c color.RGBA) {
	s.line(x-8, y+11, x+8, y+11, c)
	s.line(x-8, y+12, x+8, y+12, c)
}

// drawReal draws a real frame: marks in green, what was found in red.
func drawReal(p Picture, scene *kinect.Scene) *image.RGBA {
	s := newSheet(p.Frame)
	s.outline(p.Mask, trueColour)
	s.people(scene)
	for _, b := range p.Bodies {
		for _, at := range []*image.Point{b.Head, b.Left, b.Right} {
			if at != nil {
				s.ring(at.X, at.Y, trueColour)
			}
		}
		if b.Left != nil {
			s.underline(b.Left.X, b.Left.Y, trueColour)
		}
	}
	return s.RGBA
}
