package viewer

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"cutout/kinect"
)

// bodyColours tell people apart, by their ID.
var bodyColours = []color.RGBA{
	{60, 226, 220, 255}, {255, 120, 190, 255}, {255, 205, 80, 255}, {150, 230, 100, 255}, {170, 140, 255, 255}, {255, 150, 90, 255},
}

func bodyColour(id int) color.RGBA { return bodyColours[max(0, id-1)%len(bodyColours)] }

// paintScene tints the people and lays a grid on the floor, in a picture of the size of
// depth. mm are the distances in it.
func paintScene(pixels []byte, s *kinect.Scene, mm []kinect.Millimetres, c kinect.Calibration) {
	paintFloor(pixels, s.Floor, mm, c)
	for i := range s.People {
		p := &s.People[i]
		if p.Mask == nil {
			continue
		}
		tint := bodyColour(p.ID)
		for y := max(0, p.Box.Min.Y); y < min(kinect.Height, p.Box.Max.Y); y++ {
			for x := max(0, p.Box.Min.X); x < min(kinect.Width, p.Box.Max.X); x++ {
				if !p.Mask.At(x, y) {
					continue
				}
				share := 105
				if !p.Mask.At(x-1, y) || !p.Mask.At(x+1, y) || !p.Mask.At(x, y-1) || !p.Mask.At(x, y+1) {
					share = 255 // the outline
				}
				blend(pixels[4*(y*kinect.Width+x):], tint, share)
			}
		}
	}
}

// blend mixes a share of 255 of a colour into a pixel.
func blend(pixel []byte, c color.RGBA, share int) {
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		pixel[i] = uint8((int(pixel[i])*(255-share) + int(v)*share) / 255)
	}
}

// The floor's grid: metres between lines, how far it goes to the sides and away, and how
// densely a line is drawn; what is nearer than the floor by hides, metres, covers it.
const (
	floorStep, floorSide, floorNear, floorFar = 0.5, 2.0, 0.5, 5.0
	floorDot, hides                           = 0.006, 0.08
)

// paintFloor draws the grid where nothing stands on it.
func paintFloor(pixels []byte, f kinect.Floor, mm []kinect.Millimetres, c kinect.Calibration) {
	if !f.Known {
		return
	}
	right, ahead := floorAxes(f.Up)
	dot := func(side, away float64) {
		p := kinect.Place{
			X: -f.Height*f.Up.X + side*right.X + away*ahead.X,
			Y: -f.Height*f.Up.Y + side*right.Y + away*ahead.Y,
			Z: -f.Height*f.Up.Z + side*right.Z + away*ahead.Z,
		}
		px, py, _, ok := c.Pixel(p)
		x, y := int(math.Floor(px)), int(math.Floor(py))
		if !ok || x < 0 || y < 0 || x >= kinect.Width || y >= kinect.Height {
			return
		}
		i := y*kinect.Width + x
		if there := mm[i]; there != kinect.NoReading && float64(there)/1000 < p.Z-hides {
			return
		}
		blend(pixels[4*i:], accent, 120)
	}
	for side := -floorSide; side <= floorSide; side += floorStep {
		for away := floorNear; away <= floorFar; away += floorDot {
			dot(side, away)
		}
	}
	for away := floorNear; away <= floorFar; away += floorStep {
		for side := -floorSide; side <= floorSide; side += floorDot / 2 {
			dot(side, away)
		}
	}
}

// floorAxes are the directions along the floor to the picture's right and away from the
// sensor.
func floorAxes(up kinect.Place) (right, ahead kinect.Place) {
	along := -up.Z // the part of (0, 0, 1) that rises is taken out
	ahead = kinect.Place{X: along * up.X, Y: along * up.Y, Z: 1 + along*up.Z}
	n := math.Sqrt(ahead.X*ahead.X + ahead.Y*ahead.Y + ahead.Z*ahead.Z)
	if n < 0.1 { // the sensor looks straight down
		return kinect.Place{X: 1}, kinect.Place{Y: 1}
	}
	ahead = kinect.Place{X: ahead.X / n, Y: ahead.Y / n, Z: ahead.Z / n}
	right = kinect.Place{ // ahead x up
		X: ahead.Y*up.Z - ahead.Z*up.Y, Y: ahead.Z*up.X - ahead.X*up.Z, Z: ahead.X*up.Y - ahead.Y*up.X,
	}
	return right, ahead
}

// drawBodies draws bones, joints and names over the picture.
func (w *window) drawBodies(l layout) {
	p := w.shown
	if p == nil || p.scene == nil {
		return
	}
	for i := range p.scene.People {
		w.drawBody(l, &p.scene.People[i])
	}
	if len(p.scene.People) == 0 {
		w.pen.write("nobody", l.x+20, l.y+26, plain, 17, quiet)
	}
}

// onScreen is where a pixel of the depth's grid is, in units, and whether the picture
// shows it.
func (w *window) onScreen(l layout, x, y int) (sx, sy float64, inside bool) {
	fx := (float64(x) + 0.5) / kinect.Width
	if w.mirror {
		fx = 1 - fx
	}
	// A picture with more rows than depth (infrared has 488) shows depth at its top.
	rows := kinect.Height * l.pictureW / kinect.Width
	fy := (float64(y) + 0.5) / kinect.Height * rows / l.picH
	return l.x + fx*l.w, l.y + fy*l.h, fx >= 0 && fx <= 1 && fy >= 0 && fy <= 1
}

// sure is from which confidence on a joint is drawn.
const sure = 0.1

func (w *window) drawBody(l layout, p *kinect.Person) {
	c := bodyColour(p.ID)
	shown := func(n kinect.JointName) bool {
		j := p.Joints[n]
		return j.Confidence >= sure && j.Sight != kinect.OutOfView
	}
	for _, bone := range kinect.Bones() {
		a, b := bone[0], bone[1]
		if !shown(a) || !shown(b) {
			continue
		}
		ax, ay, in := w.onScreen(l, p.Joints[a].X, p.Joints[a].Y)
		bx, by, inB := w.onScreen(l, p.Joints[b].X, p.Joints[b].Y)
		if in && inB {
			w.pen.stroke(ax, ay, bx, by, 5, veil)
			w.pen.stroke(ax, ay, bx, by, 2.5, words)
		}
	}
	for n := range kinect.JointName(kinect.JointCount) {
		x, y, in := w.onScreen(l, p.Joints[n].X, p.Joints[n].Y)
		if !shown(n) || !in {
			continue
		}
		radius := 5.0
		if n == kinect.LeftHand || n == kinect.RightHand || n == kinect.Head {
			radius = 8
		}
		w.pen.disc(x, y, radius+2, veil)
		if p.Joints[n].Sight == kinect.Hidden {
			w.pen.ring(x, y, radius, 2, c)
		} else {
			w.pen.disc(x, y, radius, c)
		}
	}
	w.drawCursor(l, p, c)
	w.drawName(l, p, c)
}

// drawCursor marks the hand that points: the ring closes as the hand is pushed forward.
func (w *window) drawCursor(l layout, p *kinect.Person, c color.RGBA) {
	if !p.Cursor.Active {
		return
	}
	j := p.Joints[p.Cursor.Hand]
	x, y, in := w.onScreen(l, j.X, j.Y)
	if !in || j.Confidence <= 0 {
		return
	}
	w.pen.ring(x, y, 34-20*float64(p.Cursor.Push), 3, words)
	text := fmt.Sprintf("%.2f %.2f", p.Cursor.X, p.Cursor.Y)
	width := w.pen.width(text, plain, 13)
	w.pen.fill(x-width/2-6, y+37, width+12, 18, veil)
	w.pen.write(text, x-width/2, y+46, plain, 13, c)
}

// drawName says who this is and what they do, above their head.
func (w *window) drawName(l layout, p *kinect.Person, c color.RGBA) {
	title := fmt.Sprintf("%d  %v  %.1f m", p.ID, p.Activity, float64(p.Distance)/1000)
	if p.Silhouette != nil && p.Silhouette.Height > 0 {
		title += fmt.Sprintf("  %.2f tall", float64(p.Silhouette.Height)/1000)
	}
	gestures := strings.ReplaceAll(strings.Join(p.Gestures.Names(), "  "), "_", " ")
	width, height := max(w.pen.width(title, plain, 15), w.pen.width(gestures, bold, 15))+20, 28.0
	if gestures != "" {
		height = 50
	}
	x, y, _ := w.onScreen(l, (p.Box.Min.X+p.Box.Max.X)/2, p.Box.Min.Y)
	x = min(max(x-width/2, l.x), l.x+l.w-width)
	y = min(max(y-height-8, l.y), l.y+l.h-height)
	w.pen.fill(x, y, width, height, veil)
	w.pen.fill(x, y, 4, height, c)
	w.pen.write(title, x+12, y+14, plain, 15, words)
	w.pen.write(gestures, x+12, y+36, bold, 15, c)
}
