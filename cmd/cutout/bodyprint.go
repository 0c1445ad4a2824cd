package main

import (
	"fmt"
	"io"
	"strings"

	"cutout/kinect"
)

// A bodyLine is what `body --json` prints for each picture.
type bodyLine struct {
	File string `json:"file"`
	// Frame counts those of a recording or a sensor from 1, T is in seconds.
	Frame  uint64       `json:"frame,omitempty"`
	T      *float64     `json:"t,omitempty"`
	People []bodyPerson `json:"people"`
	Floor  *bodyFloor   `json:"floor,omitempty"`
	Mask   string       `json:"mask,omitempty"`
}

// A bodyPerson is somebody in a bodyLine.
type bodyPerson struct {
	ID         int                  `json:"id"`
	Activity   string               `json:"activity"`
	Box        [4]int               `json:"box"` // x, y, width, height
	Joints     map[string]bodyJoint `json:"joints"`
	Gestures   []string             `json:"gestures"`
	DistanceMM int                  `json:"distance_mm"`
	HeightMM   int                  `json:"height_mm,omitempty"`
	Facing     float64              `json:"facing"`
	Pixels     int                  `json:"pixels"`
	Cursor     *bodyCursor          `json:"cursor,omitempty"`
	Room       kinect.Room          `json:"room_mm"`
}

// A bodyJoint is a joint: a pixel, its distance, and the place in metres.
type bodyJoint struct {
	X          int        `json:"x"`
	Y          int        `json:"y"`
	MM         int        `json:"mm"`
	Confidence float64    `json:"confidence"`
	Sight      string     `json:"sight"`
	Metres     [3]float64 `json:"metres"`
}

type bodyCursor struct {
	Hand string  `json:"hand"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Push float64 `json:"push"`
}

type bodyFloor struct {
	HeightMM int        `json:"sensor_height_mm"`
	Up       [3]float64 `json:"up"`
}

func bodyLineOf(at sighted, scene *kinect.Scene) *bodyLine {
	l := &bodyLine{File: at.file, Frame: at.frame, People: []bodyPerson{}}
	if at.frame > 0 {
		t := round(at.t.Seconds(), 3)
		l.T = &t
	}
	for i := range scene.People {
		l.People = append(l.People, bodyPersonOf(&scene.People[i]))
	}
	if f := scene.Floor; f.Known {
		l.Floor = &bodyFloor{int(f.Height*1000 + 0.5), places(f.Up)}
	}
	return l
}

func places(p kinect.Place) [3]float64 {
	return [3]float64{round(p.X, 3), round(p.Y, 3), round(p.Z, 3)}
}

func bodyPersonOf(p *kinect.Person) bodyPerson {
	b := bodyPerson{
		ID: p.ID, Activity: p.Activity.String(), Box: [4]int{p.Box.Min.X, p.Box.Min.Y, p.Box.Dx(), p.Box.Dy()},
		Joints: map[string]bodyJoint{}, Gestures: p.Gestures.Names(), DistanceMM: int(p.Distance), Facing: round(float64(p.Facing), 2), Room: p.Room,
	}
	if p.Mask != nil {
		b.Pixels = p.Mask.Count()
	}
	if p.Silhouette != nil {
		b.HeightMM = int(p.Silhouette.Height)
	}
	for n, j := range p.Joints {
		if j.Confidence > 0 {
			b.Joints[kinect.JointName(n).String()] = bodyJoint{
				X: j.X, Y: j.Y, MM: int(j.Depth), Confidence: round(float64(j.Confidence), 3), Sight: j.Sight.String(), Metres: places(j.Place),
			}
		}
	}
	if c := p.Cursor; c.Active {
		b.Cursor = &bodyCursor{c.Hand.String(), round(float64(c.X), 3), round(float64(c.Y), 3), round(float64(c.Push), 3)}
	}
	return b
}

// print writes the line for people to read.
func (l *bodyLine) print(out io.Writer) error {
	w := &lines{out: out}
	w.printf("%s", l.File)
	if l.T != nil {
		w.printf(", frame %d, %.2f s", l.Frame, *l.T)
	}
	switch n := len(l.People); n {
	case 0:
		w.printf(": nobody")
	case 1:
		w.printf(": 1 person")
	default:
		w.printf(": %d people", n)
	}
	if l.Floor != nil {
		w.printf(", the floor %.2f m below the sensor", float64(l.Floor.HeightMM)/1000)
	}
	w.printf("\n")
	for i := range l.People {
		l.People[i].print(w)
	}
	return w.err
}

func (p *bodyPerson) print(w *lines) {
	w.printf("  %d  %s, %.2f m away", p.ID, p.Activity, float64(p.DistanceMM)/1000)
	if p.HeightMM > 0 {
		w.printf(", %.2f m tall", float64(p.HeightMM)/1000)
	}
	w.printf(", facing %.0f %%, box %d,%d %dx%d", 100*p.Facing, p.Box[0], p.Box[1], p.Box[2], p.Box[3])
	if len(p.Gestures) > 0 {
		w.printf(", %s", strings.ReplaceAll(strings.Join(p.Gestures, ", "), "_", " "))
	}
	if c := p.Cursor; c != nil {
		w.printf(", points with the %s at %.2f,%.2f", strings.ReplaceAll(c.Hand, "_", " "), c.X, c.Y)
	}
	w.printf("\n")
	for n := range kinect.JointName(kinect.JointCount) {
		j, known := p.Joints[n.String()]
		if !known {
			continue
		}
		sight := ""
		if j.Sight == kinect.Hidden.String() || j.Sight == kinect.OutOfView.String() {
			sight = "  " + strings.ReplaceAll(j.Sight, "_", " ")
		}
		name := strings.ReplaceAll(n.String(), "_", " ")
		place := fmt.Sprintf("(%+.2f, %+.2f, %.2f) m", j.Metres[0], j.Metres[1], j.Metres[2])
		w.printf("     %-15s x %4d  y %4d  %5d mm  %3.0f %%  %s%s\n", name, j.X, j.Y, j.MM, 100*j.Confidence, place, sight)
	}
}
