// Package codectest has what tests and benchmarks of encoders and decoders share: made
// clips and how to compare pictures.
package codectest

import (
	"image"
	"math"
	"math/rand/v2"
)

// A Clip draws pictures of a size, 4:2:0, the same for the same arguments.
type Clip struct {
	Name string
	// At draws the nth picture, of 30 a second.
	At func(n int) *image.YCbCr
}

// Take is a clip's first n pictures.
func (c Clip) Take(n int) []*image.YCbCr {
	out := make([]*image.YCbCr, n)
	for i := range out {
		out[i] = c.At(i)
	}
	return out
}

// Clips are all there are: a person who moves in a noisy room, a noisy fractal that
// zooms, and the corridor of a game.
func Clips(w, h int) []Clip { return []Clip{Room(w, h), Fractal(w, h), Corridor(w, h)} }

// grain adds a sensor's noise to luma, of a standard deviation in steps of 8 bits.
// Noise is drawn from a table at a place that picture and row decide, which is much faster
// than drawing each anew.
type grain []int8

func newGrain(sigma float64) grain {
	rnd := rand.New(rand.NewPCG(1, 2))
	g := make(grain, 1<<16)
	for i := range g {
		g[i] = int8(max(-100, min(100, math.Round(rnd.NormFloat64()*sigma))))
	}
	return g
}

func (g grain) add(img *image.YCbCr, n int) {
	rnd := rand.New(rand.NewPCG(uint64(n), 3))
	w := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		row := img.Y[y*img.YStride:][:w]
		at := rnd.IntN(len(g) - w)
		for x, noise := range g[at : at+w] {
			row[x] = uint8(max(16, min(235, int(row[x])+int(noise))))
		}
	}
}

// colour is Y, Cb, Cr.
type colour [3]float64

func blank(w, h int) *image.YCbCr {
	return image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
}

func put(img *image.YCbCr, x, y int, c colour) {
	img.Y[y*img.YStride+x] = uint8(max(16, min(235, c[0])))
	if x%2 == 0 && y%2 == 0 {
		i := y/2*img.CStride + x/2
		img.Cb[i], img.Cr[i] = uint8(max(16, min(240, c[1]))), uint8(max(16, min(240, c[2])))
	}
}

// Room is what a camera on a shelf sees: a papered wall, a shelf, a window, a carpet,
// all still, and someone who sways, waves and walks a little. Noise of sigma 2 covers all.
func Room(w, h int) Clip {
	back := blank(w, h)
	for y := range h {
		for x := range w {
			put(back, x, y, wall(float64(x)/float64(w), float64(y)/float64(h)))
		}
	}
	noise := newGrain(2)
	return Clip{"room", func(n int) *image.YCbCr {
		img := blank(w, h)
		copy(img.Y, back.Y)
		copy(img.Cb, back.Cb)
		copy(img.Cr, back.Cr)
		person(img, float64(n)/30)
		noise.add(img, n)
		return img
	}}
}

// wall is the still room at a place, 0 to 1 in both directions.
func wall(x, y float64) colour {
	shade := 30 * (0.5 - math.Abs(x-0.4)) // a lamp
	switch {
	case y > 0.8: // carpet
		return colour{80 + shade + 12*math.Sin(90*x+40*y)*math.Sin(130*y), 122, 142}
	case x > 0.7 && y > 0.15 && y < 0.65: // shelf with books
		book := math.Floor(x * 60)
		return colour{60 + math.Mod(book*37, 110) + 10*math.Sin(y*200), 110 + math.Mod(book*13, 40), 110 + math.Mod(book*29, 40)}
	case x < 0.25 && y > 0.1 && y < 0.5: // window
		if math.Mod(x*8, 1) < 0.08 || math.Mod(y*5, 1) < 0.05 {
			return colour{70, 128, 128}
		}
		return colour{200 + 20*y, 138, 118}
	}
	return colour{140 + shade + 5*math.Sin(60*x)*math.Sin(45*y), 120, 134}
}

// person draws a body: legs, torso with a checked shirt, arms, head with a face. t is in
// seconds.
func person(img *image.YCbCr, t float64) {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	cx, sway := 0.48+0.12*math.Sin(t*0.7), 0.03*math.Sin(t*2.1)
	skin, trousers := colour{165, 112, 150}, colour{55, 140, 122}
	shirt := func(x, y float64) colour {
		if (int(math.Floor((x-cx)*40))+int(math.Floor(y*30)))%2 == 0 {
			return colour{130, 105, 165}
		}
		return colour{105, 110, 155}
	}
	limb(img, w, h, cx-0.05, 0.62, cx-0.07, 0.97, 0.035, func(_, _ float64) colour { return trousers })
	limb(img, w, h, cx+0.05, 0.62, cx+0.07, 0.97, 0.035, func(_, _ float64) colour { return trousers })
	limb(img, w, h, cx, 0.42, cx, 0.62, 0.085, shirt)
	for side := -1.0; side <= 1; side += 2 {
		up := 0.4 + 0.16*math.Sin(t*3.3+side)
		limb(img, w, h, cx+side*0.09, 0.38, cx+side*0.19, up, 0.026, shirt)
		limb(img, w, h, cx+side*0.19, up, cx+side*0.24+sway, up-0.13+0.05*math.Sin(t*5.1), 0.022, func(_, _ float64) colour { return skin })
	}
	limb(img, w, h, cx+sway, 0.21, cx+sway, 0.26, 0.05, func(x, y float64) colour {
		eye := math.Hypot(math.Abs(x-cx-sway)-0.018, (y-0.22)*h/w)
		if eye < 0.007 || math.Abs(y-0.285) < 0.006 && math.Abs(x-cx-sway) < 0.02 {
			return colour{50, 128, 135}
		}
		if y < 0.16 {
			return colour{45, 122, 136}
		}
		return skin
	})
}

// limb draws a capsule between two points in shares of the picture, r wide in shares of
// its width, with soft edges.
func limb(img *image.YCbCr, w, h, x0, y0, x1, y1, r float64, of func(x, y float64) colour) {
	aspect := h / w
	lo, hi := min(x0, x1)-r, max(x0, x1)+r
	top, bottom := min(y0, y1)-r/aspect, max(y0, y1)+r/aspect
	for py := max(0, int(top*h)); py < min(int(h), int(bottom*h)+1); py++ {
		for px := max(0, int(lo*w)); px < min(int(w), int(hi*w)+1); px++ {
			x, y := float64(px)/w, float64(py)/h
			dx, dy := x1-x0, (y1-y0)*aspect
			along := max(0, min(1, ((x-x0)*dx+(y-y0)*aspect*dy)/(dx*dx+dy*dy+1e-9)))
			d := math.Hypot(x-x0-along*dx, (y-y0)*aspect-along*dy) / r
			if d < 1 {
				c := of(x, y)
				c[0] *= 1 - 0.35*d*d // round
				put(img, px, py, c)
			}
		}
	}
}

// Fractal is a dive into the Mandelbrot set, with noise of sigma 3 over it: motion and detail
// everywhere, the hardest of the three.
func Fractal(w, h int) Clip {
	noise := newGrain(3)
	return Clip{"fractal", func(n int) *image.YCbCr {
		img := blank(w, h)
		zoom := 0.6 * math.Pow(0.985, float64(n%300)) / float64(h)
		for y := range h {
			for x := range w {
				put(img, x, y, mandelbrot(-0.743643887+float64(x-w/2)*zoom, 0.131825904+float64(y-h/2)*zoom))
			}
		}
		noise.add(img, n)
		return img
	}}
}

func mandelbrot(cr, ci float64) colour {
	var zr, zi float64
	const most = 200
	for i := range most {
		r2, i2 := zr*zr, zi*zi
		if r2+i2 > 16 {
			v := float64(i) + 1 - math.Log2(math.Log2(r2+i2)/2)
			return colour{125 + 60*math.Sin(v*0.15), 128 + 40*math.Sin(v*0.08), 128 + 40*math.Cos(v*0.11)}
		}
		zr, zi = r2-i2+cr, 2*zr*zi+ci
	}
	return colour{20, 128, 128}
}

// Corridor is a game's picture, clean: rings of light that come nearer in the dark, and a
// wall with a hole that comes every two seconds.
func Corridor(w, h int) Clip {
	return Clip{"corridor", func(n int) *image.YCbCr {
		img := blank(w, h)
		t := float64(n) / 30
		near := math.Mod(t, 2) / 2 // of the wall, 1 is here
		size := 0.06 + 0.9*near*near
		for y := range h {
			for x := range w {
				u, v := (float64(x)/float64(w)-0.5)*2, (float64(y)/float64(h)-0.5)*2
				put(img, x, y, neon(u, v, t, size))
			}
		}
		return img
	}}
}

// neon is the corridor at a place, -1 to 1 in both directions.
func neon(u, v, t, size float64) colour {
	if math.Abs(u) < size && math.Abs(v) < size { // the wall
		x, y := u/size, v/size
		body := min(math.Hypot(x, y+0.55)/0.16, math.Hypot(x/0.22, (y-0.05)/0.45), math.Hypot((math.Abs(x)-0.35)/0.3, (y+0.2)/0.08))
		if body < 1 {
			return colour{24, 132, 124}
		}
		rim := math.Exp(-8 * (body - 1))
		return colour{70 + 130*rim + 25*math.Floor(math.Mod(4+x*4, 2)), 150, 110 + 60*rim}
	}
	edge := max(math.Abs(u), math.Abs(v))
	depth := 1/max(edge, 0.02) + t*3
	ring := math.Exp(-40 * math.Pow(math.Mod(depth, 1)-0.5, 2))
	corner := math.Exp(-30 * math.Abs(math.Abs(u)-math.Abs(v)))
	glow := edge * (0.9*ring + 0.6*corner)
	return colour{18 + 190*min(1, glow), 128 + 60*glow*ring, 128 + 50*glow*corner}
}
