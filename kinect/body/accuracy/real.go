package accuracy

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cutout/kinect"
	"cutout/kinect/depthpng"
	"cutout/kinect/raw"
)

// A Picture is a real depth picture, with what somebody who looked at it marked.
type Picture struct {
	// Set is the folder, Name the file in it.
	Set, Name string
	Frame     *kinect.Frame
	// People is how many there are; -1 when nobody counted.
	People int
	// Bodies are those that were marked.
	Bodies []Body
	// Mask is the first body's; nil when it was not drawn. It is true above row MaskEnd.
	Mask    *kinect.Mask
	MaskEnd int
}

// A Body is what is marked of a person. Points that are not are nil.
type Body struct {
	Head *image.Point
	// Left and Right are the hands, the person's own.
	Left, Right *image.Point
}

// bedEdge is the row below which a bed hides the man of kinect_rf_frames, where the drawn
// masks end.
const bedEdge = 389

// Load reads the sets that are there. A set of which a file is missing or wrong is an
// error; a set that is not there at all is none.
func Load(data fs.FS) ([]Picture, error) {
	l := &loader{data: data, developer: raw.NewDeveloper(kinect.DefaultCalibration())}
	for _, set := range []func() error{l.room, l.cut, l.five, l.near, l.empty} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	return l.pictures, nil
}

type loader struct {
	data      fs.FS
	developer *raw.Developer
	pictures  []Picture
}

// room reads kinect_rf_frames: one man, with codes, marks and a mask of each.
func (l *loader) room() error {
	const set = "kinect_rf_frames"
	return l.marked(set, func(name string) (Picture, error) {
		p := Picture{People: 1, MaskEnd: bedEdge}
		var err error
		if p.Frame, err = l.codes(path.Join(set, "raw11", name+".png")); err != nil {
			return p, err
		}
		p.Mask, err = l.mask(path.Join(set, "mask", name+".png"))
		return p, err
	})
}

// cut reads skeltrack_frames, whose background is cut away.
func (l *loader) cut() error {
	const set = "skeltrack_frames"
	return l.marked(set, func(name string) (Picture, error) {
		frame, err := l.millimetres(path.Join(set, "depth-"+name+".png"))
		return Picture{Frame: frame}, err
	})
}

// A mark is a body in annotations.json. There L is the hand at the picture's left: of
// somebody who faces the sensor, in a picture that is not mirrored, the right hand.
type mark struct {
	Head, L, R pixel
	Second     *mark `json:"second_person"`
}

// A pixel is [x, y], or null.
type pixel []float64

func (p pixel) point() (*image.Point, error) {
	if len(p) == 0 {
		return nil, nil
	}
	if len(p) < 2 || !(p[0] >= 0 && p[0] < kinect.Width && p[1] >= 0 && p[1] < kinect.Height) {
		return nil, fmt.Errorf("%v is no pixel", []float64(p))
	}
	return &image.Point{X: int(p[0]), Y: int(p[1])}, nil
}

func (m *mark) body() (b Body, err error) {
	var errs [3]error
	b.Head, errs[0] = m.Head.point()
	b.Left, errs[1] = m.R.point()
	b.Right, errs[2] = m.L.point()
	return b, errors.Join(errs[:]...)
}

// marked reads a set with annotations.json.
func (l *loader) marked(set string, load func(name string) (Picture, error)) error {
	var marks struct{ Frames map[string]mark }
	if there, err := l.truth(path.Join(set, "annotations.json"), &marks); !there {
		return err
	}
	var names []string
	for name := range marks.Frames {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p, err := load(name)
		if err != nil {
			return err
		}
		m := marks.Frames[name]
		for at := &m; at != nil; at = at.Second {
			b, err := at.body()
			if err != nil {
				return fmt.Errorf("%s: %s: %w", set, name, err)
			}
			p.Bodies = append(p.Bodies, b)
		}
		p.Set, p.Name, p.People = set, name, len(p.Bodies)
		l.pictures = append(l.pictures, p)
	}
	return nil
}

// five reads pcl_five_people.
func (l *loader) five() error {
	const set = "pcl_five_people"
	var truth struct {
		Persons int
		Heads   []pixel `json:"heads_xy"`
	}
	if there, err := l.truth(path.Join(set, "truth.json"), &truth); !there {
		return err
	}
	frame, err := l.millimetres(path.Join(set, "five_people_depth_mm.png"))
	if err != nil {
		return err
	}
	p := Picture{Set: set, Name: "five_people", Frame: frame, People: truth.Persons}
	for _, h := range truth.Heads {
		at, err := h.point()
		if err != nil {
			return fmt.Errorf("%s: %w", set, err)
		}
		p.Bodies = append(p.Bodies, Body{Head: at})
	}
	l.pictures = append(l.pictures, p)
	return nil
}

// near reads candescent_hands: people so near that little but their hands is seen, and
// nobody. Which hand it is, the sets do not say; what is at the picture's right is taken
// to be the left one.
func (l *loader) near() error {
	const set = "candescent_hands"
	var truth struct {
		Two []struct{ Palm pixel } `json:"two_hands"`
		One struct {
			Head pixel `json:"head_xy"`
			Palm pixel `json:"palm_xy"`
		} `json:"valid_hand"`
	}
	if there, err := l.truth(path.Join(set, "truth.json"), &truth); !there {
		return err
	}
	one := mark{Head: truth.One.Head, R: truth.One.Palm}
	var two mark
	if len(truth.Two) == 2 {
		two = mark{L: truth.Two[0].Palm, R: truth.Two[1].Palm}
	}
	for _, c := range []struct {
		name string
		mark *mark
	}{{"no_hand", nil}, {"two_hands", &two}, {"valid_hand", &one}} {
		frame, err := l.millimetres(path.Join(set, c.name+"_depth_mm.png"))
		if err != nil {
			return err
		}
		p := Picture{Set: set, Name: c.name, Frame: frame}
		if c.mark != nil {
			b, err := c.mark.body()
			if err != nil {
				return fmt.Errorf("%s: %s: %w", set, c.name, err)
			}
			p.People, p.Bodies = 1, []Body{b}
		}
		l.pictures = append(l.pictures, p)
	}
	return nil
}

// empty reads pcl_empty_scenes.
func (l *loader) empty() error {
	const set = "pcl_empty_scenes"
	files, err := fs.Glob(l.data, set+"/*.png")
	if err != nil {
		return err
	}
	for _, file := range files {
		frame, err := l.millimetres(file)
		if err != nil {
			return err
		}
		l.pictures = append(l.pictures, Picture{Set: set, Name: strings.TrimSuffix(path.Base(file), "_depth_mm.png"), Frame: frame})
	}
	return nil
}

// truth reads a JSON file; there is false without an error when there is none.
func (l *loader) truth(name string, into any) (there bool, err error) {
	b, err := fs.ReadFile(l.data, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

// read opens a file for a decoder.
func read[T any](l *loader, name string, decode func(io.Reader) (T, error)) (v T, err error) {
	f, err := l.data.Open(name)
	if err != nil {
		return v, err
	}
	defer f.Close()
	if v, err = decode(f); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

func (l *loader) millimetres(name string) (*kinect.Frame, error) {
	mm, err := read(l, name, depthpng.Millimetres)
	return &kinect.Frame{Depth: mm}, err
}

func (l *loader) codes(name string) (*kinect.Frame, error) {
	codes, err := read(l, name, depthpng.Codes)
	if err != nil {
		return nil, err
	}
	mm := make([]kinect.Millimetres, len(codes))
	l.developer.Millimetres(mm, codes)
	return &kinect.Frame{Depth: mm}, nil
}

// mask reads a picture that is not black where the body is.
func (l *loader) mask(name string) (*kinect.Mask, error) {
	m, err := read(l, name, png.Decode)
	if err != nil {
		return nil, err
	}
	grey, ok := m.(*image.Gray)
	if !ok || m.Bounds() != image.Rect(0, 0, kinect.Width, kinect.Height) {
		return nil, fmt.Errorf("%s is no mask of 640x480", name)
	}
	mask := &kinect.Mask{}
	for i, v := range grey.Pix {
		if v != 0 {
			mask.Set(i%kinect.Width, i/kinect.Width)
		}
	}
	return mask, nil
}
