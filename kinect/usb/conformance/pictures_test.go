package conformance_test

import (
	"image"
	"math"
	"math/rand/v2"

	"cutout/kinect"
)

// A picture is a known colour picture: red, green and blue of each pixel, 0..255.
type picture [kinect.Height][kinect.Width][3]float64

// paint fills a picture; x and y count pixels from the top left.
func paint(colour func(x, y float64) [3]float64) *picture {
	p := new(picture)
	for y := range p {
		for x := range p[y] {
			c := colour(float64(x), float64(y))
			for i := range c {
				p[y][x][i] = min(max(c[i], 0), 255)
			}
		}
	}
	return p
}

// pictures are what the mosaic is tried on, hard and easy.
func pictures() map[string]*picture {
	return map[string]*picture{"Stripes": stripes(), "Nature": nature(), "ZonePlate": zonePlate(), "Faces": faces()}
}

// mix blends two colours.
func mix(a, b [3]float64, t float64) [3]float64 {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// stripes are forty-eight patches of stripes, 2.5 to 9 pixels wide, in eight
// directions, each in two colours.
func stripes() *picture {
	r := rand.New(rand.NewPCG(5, 6))
	var tones [48][2][3]float64
	for i := range tones {
		for j := range tones[i] {
			grey := 40 + 175*r.Float64()
			for c := range tones[i][j] {
				tones[i][j][c] = grey + 80*(r.Float64()-0.5)
			}
		}
	}
	return paint(func(x, y float64) [3]float64 {
		column, row := int(x)/80, int(y)/80
		patch := row*8 + column
		angle := float64(column) * math.Pi / 8
		period := 2 * (2.5 + 6.5*float64(row)/5)
		wave := math.Sin(2 * math.Pi * (x*math.Cos(angle) + y*math.Sin(angle)) / period)
		return mix(tones[patch][0], tones[patch][1], 0.5+0.5*math.Max(-1, math.Min(1, 2*wave)))
	})
}

// zonePlate is rings that get finer outwards, to a period of 2.7 pixels in the
// corners, in warm grey.
func zonePlate() *picture {
	return paint(func(x, y float64) [3]float64 {
		dx, dy := x-kinect.Width/2, y-kinect.Height/2
		wave := 0.5 + 0.5*math.Cos(math.Pi*(dx*dx+dy*dy)/(2*400*1.35))
		v := 30 + 190*wave
		return [3]float64{v * 1.1, v, v * 0.85}
	})
}

// nature is noise of all sizes, the larger the stronger, as in photographs of
// landscapes, light more than colour, with discs in front that have sharp edges.
func nature() *picture {
	r := rand.New(rand.NewPCG(7, 8))
	light, warm := octaves(r), octaves(r)
	type disc struct {
		x, y, radius float64
		colour       [3]float64
	}
	discs := make([]disc, 100)
	for i := range discs {
		discs[i] = disc{640 * r.Float64(), 480 * r.Float64(), 4 + 40*r.Float64(), [3]float64{255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()}}
	}
	return paint(func(x, y float64) [3]float64 {
		l, w := 128+90*light(x, y), 45*warm(x, y)
		c := [3]float64{l + w, l, l - w}
		for _, d := range discs {
			inside := d.radius - math.Hypot(x-d.x, y-d.y) + 0.5
			shade := 0.7 + 0.3*(x-d.x)/d.radius
			c = mix(c, [3]float64{d.colour[0] * shade, d.colour[1] * shade, d.colour[2] * shade}, min(max(inside, 0), 1))
		}
		return c
	})
}

// octaves is smooth noise about -1..1 whose grains are 128 to 2 pixels, each about
// two thirds as strong as those of twice its size.
func octaves(r *rand.Rand) func(x, y float64) float64 {
	const side = 512
	var lattice [side * side]float64
	for i := range lattice {
		lattice[i] = 2*r.Float64() - 1
	}
	at := func(x, y int) float64 { return lattice[(y&(side-1))*side+x&(side-1)] }
	smooth := func(t float64) float64 { return t * t * (3 - 2*t) }
	return func(x, y float64) float64 {
		sum, strength := 0.0, 1.0
		for grain := 128.0; grain >= 2; grain /= 2 {
			fx, fy := math.Floor(x/grain), math.Floor(y/grain)
			ix, iy := int(fx)+int(grain)*31, int(fy)+int(grain)*17
			tx, ty := smooth(x/grain-fx), smooth(y/grain-fy)
			top := at(ix, iy)*(1-tx) + at(ix+1, iy)*tx
			bottom := at(ix, iy+1)*(1-tx) + at(ix+1, iy+1)*tx
			sum += strength * (top*(1-ty) + bottom*ty)
			strength *= 0.65
		}
		return sum / 1.6
	}
}

// faces are what the game shows: skin, hair, clothes with a fine weave and a bright
// print, before a plain wall.
func faces() *picture {
	return paint(func(x, y float64) [3]float64 {
		c := [3]float64{150 + x/16, 160 + x/20, 140 + y/10} // the wall
		cx := math.Mod(x, 213) - 106
		person := math.Floor(x / 213)
		edge := func(d float64) float64 { return min(max(d+0.5, 0), 1) }
		weave := 18 * math.Sin(2*math.Pi*(x+y*(0.4+person*0.3))/(3+person))
		shirt := [3]float64{60 + 70*person + weave, 110 - 30*person + weave, 150 - 50*person + weave}
		c = mix(c, shirt, edge(95-math.Abs(cx)-(480-y)/8)*edge(y-260))
		print := math.Sin(cx/4) * math.Sin(y/5)
		c = mix(c, [3]float64{250, 235, 60}, edge(3*print)*edge(50-math.Abs(cx))*edge(60-math.Abs(y-380)))
		skin := [3]float64{225 - 45*person, 180 - 50*person, 155 - 50*person}
		face := 60 - math.Hypot(cx, (y-190)*0.8)
		c = mix(c, mix(skin, [3]float64{120, 70, 60}, math.Abs(cx)/110), edge(face))
		hair := 25 * math.Sin(cx*1.3+y/7)
		c = mix(c, [3]float64{60 + 40*person + hair, 40 + 30*person + hair, 30 + hair}, edge(face+12)*edge(150-y+hair/3))
		return mix(c, [3]float64{20, 25, 30}, edge(6-math.Hypot(math.Abs(cx)-22, y-180)))
	})
}

// bayer is the picture through the sensor's mosaic, GRBG.
func (p *picture) bayer() []byte {
	out := make([]byte, 0, kinect.Width*kinect.Height)
	for y := range p {
		for x := range p[y] {
			channel := [2][2]int{{1, 0}, {2, 1}}[y%2][x%2]
			out = append(out, byte(math.Round(p[y][x][channel])))
		}
	}
	return out
}

// yCbCr is the picture in BT.601 limited range, 4:2:0, chroma of the mean of each
// square of four: what a perfect demosaic would give.
func (p *picture) yCbCr() *image.YCbCr {
	out := image.NewYCbCr(image.Rect(0, 0, kinect.Width, kinect.Height), image.YCbCrSubsampleRatio420)
	for y := range p {
		for x, c := range p[y] {
			out.Y[y*out.YStride+x] = byte(math.Round(16 + (65.738*c[0]+129.057*c[1]+25.064*c[2])/256))
		}
	}
	for y := 0; y < kinect.Height; y += 2 {
		for x := 0; x < kinect.Width; x += 2 {
			var c [3]float64
			for i := range c {
				c[i] = (p[y][x][i] + p[y][x+1][i] + p[y+1][x][i] + p[y+1][x+1][i]) / 4
			}
			i := y/2*out.CStride + x/2
			out.Cb[i] = byte(math.Round(128 + (112.439*c[2]-37.945*c[0]-74.494*c[1])/256))
			out.Cr[i] = byte(math.Round(128 + (112.439*c[0]-94.154*c[1]-18.285*c[2])/256))
		}
	}
	return out
}

// fromRGB is a picture from three bytes a pixel.
func fromRGB(rgb []byte) *picture {
	p := new(picture)
	for y := range p {
		for x := range p[y] {
			for i := range p[y][x] {
				p[y][x][i] = float64(rgb[(y*kinect.Width+x)*3+i])
			}
		}
	}
	return p
}

// psnr is how like two pictures are, in dB over all samples of luma and chroma.
func psnr(a, b *image.YCbCr) float64 {
	sum, n := 0.0, 0
	for _, planes := range [][2][]byte{{a.Y, b.Y}, {a.Cb, b.Cb}, {a.Cr, b.Cr}} {
		for i, v := range planes[0] {
			d := float64(v) - float64(planes[1][i])
			sum += d * d
		}
		n += len(planes[0])
	}
	return 10 * math.Log10(255*255*float64(n)/sum)
}
