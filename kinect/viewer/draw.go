package viewer

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/kinect"
)

// The colours of the screen around the picture.
var (
	backdrop = color.RGBA{9, 8, 20, 255}
	side     = color.RGBA{20, 17, 42, 255}
	rim      = color.RGBA{58, 48, 110, 255}
	words    = color.RGBA{236, 236, 255, 255}
	quiet    = color.RGBA{150, 148, 190, 255}
	accent   = color.RGBA{60, 226, 220, 255}
	alarm    = color.RGBA{255, 96, 120, 255}
	veil     = color.RGBA{8, 7, 18, 215}
)

const sideWidth = 300 // units

// A layout is where things are, in units.
type layout struct {
	width, height  float64
	x, y, w, h     float64 // of the picture
	pictureW, picH float64 // its size in its own pixels
}

func (w *window) layout(screen *ebiten.Image) layout {
	b := screen.Bounds()
	w.pen.unit = min(float64(b.Dy())/720, float64(b.Dx())/1000)
	l := layout{width: float64(b.Dx()) / w.pen.unit, height: float64(b.Dy()) / w.pen.unit, pictureW: kinect.Width, picH: kinect.Height}
	if p := w.shown; p != nil {
		l.pictureW, l.picH = float64(p.width), float64(p.height)
	}
	scale := min((l.width-sideWidth)/l.pictureW, l.height/l.picH)
	l.w, l.h = l.pictureW*scale, l.picH*scale
	l.x, l.y = (l.width-sideWidth-l.w)/2, (l.height-l.h)/2
	return l
}

// draw draws everything.
func (w *window) draw(screen *ebiten.Image) {
	w.pen.dst = screen
	screen.Fill(backdrop)
	l := w.layout(screen)
	showing := w.shown != nil && w.shown.view == w.view
	if showing {
		w.drawPicture(screen, l)
		w.drawBodies(l)
		w.drawPointer(l)
	}
	w.drawState(l, showing)
	w.drawSide(l)
}

func (w *window) drawPicture(screen *ebiten.Image, l layout) {
	var o ebiten.DrawImageOptions
	if w.mirror {
		o.GeoM.Scale(-1, 1)
		o.GeoM.Translate(l.pictureW, 0)
	}
	scale := l.w / l.pictureW * w.pen.unit
	o.GeoM.Scale(scale, scale)
	o.GeoM.Translate(l.x*w.pen.unit, l.y*w.pen.unit)
	if w.view != Depth { // depth has hard edges: between near and far lies nothing
		o.Filter = ebiten.FilterLinear
	}
	screen.DrawImage(w.screen, &o)
}

// pointer is the picture's pixel under the mouse; during a tour, its middle, unless people are shown.
func (w *window) pointer(l layout) (x, y int, inside bool) {
	if w.tour != nil && !w.tour.over() {
		if w.feed.bodies.Load() {
			return 0, 0, false // people stand in the middle
		}
		return int(l.pictureW) / 2, int(l.picH) / 2, true
	}
	cx, cy := ebiten.CursorPosition()
	px := (float64(cx)/w.pen.unit - l.x) / l.w * l.pictureW
	py := (float64(cy)/w.pen.unit - l.y) / l.h * l.picH
	if px < 0 || py < 0 || px >= l.pictureW || py >= l.picH {
		return 0, 0, false
	}
	x, y = int(px), int(py)
	if w.mirror {
		x = int(l.pictureW) - 1 - x
	}
	return x, y, true
}

// drawPointer shows the distance under the mouse, and the point there.
func (w *window) drawPointer(l layout) {
	x, y, inside := w.pointer(l)
	if !inside {
		return
	}
	p := w.shown
	at := x
	if w.mirror {
		at = p.width - 1 - x
	}
	sx, sy := l.x+(float64(at)+0.5)/l.pictureW*l.w, l.y+(float64(y)+0.5)/l.picH*l.h
	for _, d := range [][2]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		w.pen.line(sx+5*d[0], sy+5*d[1], sx+14*d[0], sy+14*d[1], words)
	}
	title, detail := pointText(p, w.source(), x, y)
	width := max(w.pen.width(title, bold, 17), w.pen.width(detail, plain, 14)) + 24
	bx, by := sx+18, sy+18
	if bx+width > l.x+l.w {
		bx = sx - 18 - width
	}
	if by+58 > l.y+l.h {
		by = sy - 18 - 58
	}
	w.pen.fill(bx, by, width, 58, veil)
	w.pen.frame(bx, by, width, 58, rim)
	w.pen.write(title, bx+12, by+20, bold, 17, words)
	w.pen.write(detail, bx+12, by+42, plain, 14, quiet)
}

func (w *window) source() kinect.Source { return w.options.Source }

// pointText says what a pixel of a picture is: its distance, and its point in metres
// as kinect.Place has it.
func pointText(p *picture, source kinect.Source, x, y int) (title, detail string) {
	place := fmt.Sprintf("pixel %d, %d", x, y)
	gx, gy := x, y
	if p.width != kinect.Width { // a larger colour picture over the grid of depth
		gx, gy = x*kinect.Width/p.width, y*kinect.Height/p.height
	}
	if p.mm == nil || gy >= kinect.Height {
		return "no distance here", place
	}
	mm := p.mm[gy*kinect.Width+gx]
	if mm == kinect.NoReading {
		return "no reading", place + ": too near, too far, too shiny, or in shadow"
	}
	at := source.Calibration().Place(float64(gx), float64(gy), mm)
	return fmt.Sprintf("%d mm", mm), fmt.Sprintf("x %+.2f  y %+.2f  z %.2f m   %s", at.X, at.Y, at.Z, place)
}

// drawState says why there is no picture, and what was done last.
func (w *window) drawState(l layout, showing bool) {
	s := w.options.Source.Status()
	y := l.y + l.h
	if s.Trouble != nil {
		text := s.Trouble.Error()
		if w.options.Advice != nil {
			if advice := w.options.Advice(s.Trouble); advice != "" {
				text += ": " + advice
			}
		}
		y -= w.drawBanner(l, y, text, alarm)
	}
	if n := w.noticeNow(); n != "" {
		w.drawBanner(l, y, n, words)
	}
	if showing || s.Trouble != nil && !s.Live {
		return
	}
	text := "Waiting for the first picture…"
	switch {
	case w.view == Infrared && w.options.SetVideo == nil:
		text = "This sensor has no infrared picture."
	case w.view == Colour && w.feed.has[Depth].Load():
		text = "Waiting for a colour picture…"
	case w.view == Overlay && !w.feed.has[Colour].Load() && w.feed.has[Depth].Load():
		text = "Waiting for a colour picture to lay depth over…"
	case w.view == Infrared:
		text = "Switching the camera to infrared…"
	}
	w.pen.write(text, l.x+(l.w-w.pen.width(text, plain, 20))/2, l.y+l.h/2, plain, 20, quiet)
}

// drawBanner writes a strip that ends at y and returns its height.
func (w *window) drawBanner(l layout, y float64, text string, c color.Color) float64 {
	wrapped := w.pen.wrap(text, plain, 17, l.w-48)
	height := 20 + 24*float64(len(wrapped))
	w.pen.fill(l.x, y-height, l.w, height, veil)
	for i, s := range wrapped {
		w.pen.write(s, l.x+24, y-height+22+24*float64(i), plain, 17, c)
	}
	return height
}

// drawSide writes the panel at the right.
func (w *window) drawSide(l layout) {
	x, right := l.width-sideWidth+24, l.width-24
	w.pen.fill(l.width-sideWidth, 0, sideWidth, l.height, side)
	w.pen.line(l.width-sideWidth, 0, l.width-sideWidth, l.height, rim)
	w.pen.write("CUTOUT", x, 40, bold, 22, words)
	w.pen.write(w.pen.fitting(w.options.Title, plain, 14, right-x), x, 64, plain, 14, quiet)
	y := 100.0
	for v := range numViews {
		if v == w.view {
			w.pen.fill(x-10, y-15, right-x+20, 30, rim)
		}
		w.pen.write(strconv.Itoa(int(v)+1), x, y, bold, 14, accent)
		w.pen.write(strings.ToUpper(v.String()[:1])+v.String()[1:], x+28, y, plain, 18, map[bool]color.Color{true: words, false: quiet}[v == w.view])
		y += 34
	}
	y = w.drawCounters(x, right, y+22)
	if w.view == Depth || w.view == Overlay {
		w.drawLegend(x, right, y+26)
	}
	y = l.height - 150
	for _, k := range [][2]string{
		{"Space", "next view"}, {"B", "people"}, {"M", "mirror"}, {"Up Down", "tilt"}, {"S", "save a picture"}, {"F  Esc", "full screen, leave"},
	} {
		w.pen.write(k[0], x, y, plain, 14, accent)
		w.pen.write(k[1], x+72, y, plain, 14, quiet)
		y += 22
	}
}

// drawCounters writes what the sensor's numbers are, and returns where they end.
func (w *window) drawCounters(x, right, y float64) float64 {
	depth, video := w.feed.rates(time.Now())
	s := w.options.Source.Status()
	w.pen.write(fmt.Sprintf("%.1f", depth), x, y, bold, 26, words)
	w.pen.write(fmt.Sprintf("%.1f", video), x+128, y, bold, 26, words)
	w.pen.write("depth frames/s", x, y+24, plain, 13, quiet)
	w.pen.write("video frames/s", x+128, y+24, plain, 13, quiet)
	y += 58
	latency := "–"
	if w.latency > 0 {
		latency = fmt.Sprintf("%.1f ms", float64(w.latency)/float64(time.Millisecond))
	}
	between := "–"
	if p := w.shown; p != nil && p.view == Overlay {
		between = fmt.Sprintf("%+.0f ms", math.Round(float64(p.between)/float64(time.Millisecond)))
	}
	for _, row := range []struct {
		name, value string
		bad         bool
	}{
		{"last packet to screen", latency, false},
		{"depth after colour", between, false},
		{"lost packets", fmt.Sprint(s.Depth.LostPackets + s.Video.LostPackets), s.Depth.LostPackets+s.Video.LostPackets > 0},
		{"repaired frames", fmt.Sprint(s.Depth.RepairedFrames + s.Video.RepairedFrames), false},
		{"restarts", fmt.Sprint(s.Restarts), s.Restarts > 0},
	} {
		c := words
		if row.bad {
			c = alarm
		}
		w.pen.write(row.name, x, y, plain, 15, quiet)
		w.pen.writeRight(row.value, right, y, plain, 15, c)
		y += 24
	}
	return y
}

// drawLegend shows which colour is how far.
func (w *window) drawLegend(x, right, y float64) {
	const bars = 256
	if w.legend == nil {
		pixels := make([]byte, 4*bars)
		for i := range bars {
			t := float64(i) / (bars - 1)
			c := w.feed.palette.at(kinect.Millimetres(nearest * math.Pow(furthest/nearest, t)))
			copy(pixels[4*i:], []byte{c[0], c[1], c[2], 255})
		}
		w.legend = ebiten.NewImage(bars, 1)
		w.legend.WritePixels(pixels)
	}
	var o ebiten.DrawImageOptions
	o.GeoM.Scale((right-x)/bars*w.pen.unit, 12*w.pen.unit)
	o.GeoM.Translate(x*w.pen.unit, y*w.pen.unit)
	w.pen.dst.DrawImage(w.legend, &o)
	for _, m := range []float64{0.5, 1, 2, 4, 8} {
		at := x + (right-x)*math.Log(m*1000/nearest)/math.Log(furthest/nearest)
		label := fmt.Sprintf("%g", m)
		if m == 8 {
			label = "8 m"
		}
		at = min(max(at-w.pen.width(label, plain, 13)/2, x), right-w.pen.width(label, plain, 13))
		w.pen.write(label, at, y+26, plain, 13, quiet)
	}
}
