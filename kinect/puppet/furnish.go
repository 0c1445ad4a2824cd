package puppet

import "math"

// Where the walls are, in millimetres. The person has the middle of the room.
const (
	backWall  = 4250
	leftWall  = -2150
	rightWall = 2400
)

// A palette is the colours of one room.
type palette struct{ wall, panel, floor, sofa, cushion, rug, rugEdge, curtain Colour }

var palettes = [...]palette{
	{Colour{92, 138, 146}, Colour{222, 226, 220}, Colour{176, 128, 84}, Colour{208, 112, 72}, Colour{246, 206, 120}, Colour{226, 214, 194}, Colour{72, 110, 124}, Colour{244, 232, 206}},
	{Colour{206, 142, 112}, Colour{240, 226, 210}, Colour{150, 106, 72}, Colour{66, 104, 128}, Colour{240, 190, 92}, Colour{238, 226, 206}, Colour{178, 88, 66}, Colour{250, 240, 222}},
	{Colour{146, 164, 124}, Colour{234, 232, 214}, Colour{188, 146, 100}, Colour{232, 222, 204}, Colour{214, 124, 88}, Colour{206, 184, 150}, Colour{108, 128, 90}, Colour{250, 246, 234}},
	{Colour{142, 128, 178}, Colour{230, 226, 238}, Colour{160, 122, 96}, Colour{84, 74, 124}, Colour{244, 156, 150}, Colour{228, 216, 230}, Colour{112, 92, 156}, Colour{248, 230, 224}},
	{Colour{70, 92, 132}, Colour{210, 216, 228}, Colour{186, 142, 98}, Colour{222, 188, 92}, Colour{74, 130, 156}, Colour{232, 226, 212}, Colour{200, 96, 86}, Colour{240, 236, 226}},
}

// furnish sets up the room. Furniture stays low and along the walls, and leaves
// the middle to the person.
func furnish(p palette) []solid {
	solids := []solid{floorOf(p), wallOf(p)}
	side := func(vec) tint { return p.wall.tint().times(0.93) }
	solids = append(solids,
		plane(vec{leftWall, 0, 0}, vec{1, 0, 0}, side),
		plane(vec{rightWall, 0, 0}, vec{-1, 0, 0}, side))
	solids = append(solids, window(p)...)
	solids = append(solids, sofa(p)...)
	solids = append(solids, lampTable()...)
	solids = append(solids, plant()...)
	solids = append(solids, pictures(p)...)
	return append(solids, lights()...)
}

func floorOf(p palette) solid {
	wood, rug, edge := p.floor.tint(), p.rug.tint(), p.rugEdge.tint()
	return plane(vec{}, vec{0, 1, 0}, func(at vec) tint {
		// A round rug under the player's feet.
		far := math.Hypot(at.x/1350, (at.z-2750)/760)
		if far < 1 {
			if far > 0.9 || (far > 0.78 && far < 0.81) {
				return edge
			}
			return rug.times(0.96 + 0.06*wobble(at.x/9, int(at.z/12)))
		}
		plank := int(math.Floor(at.x / 140))
		shift := hash(plank, 7) * 1300
		board := int(math.Floor((at.z + shift) / 1300))
		c := wood.times(0.88 + 0.2*hash(plank, board) + 0.05*wobble(at.z/160, plank*31+board))
		gap := min(math.Abs(at.x-float64(plank)*140), math.Abs(at.z+shift-float64(board)*1300))
		c = c.times(0.62 + 0.38*step(1, 5, gap))
		return c.times(0.6 + 0.4*step(0.98, 1.1, far)) // the rug's own shadow
	})
}

func wallOf(p palette) solid {
	wall, panel := p.wall.tint(), p.panel.tint()
	return plane(vec{0, 0, backWall}, vec{0, 0, -1}, func(at vec) tint {
		switch {
		case at.y < 110: // skirting board
			return panel.times(0.92)
		case at.y < 118:
			return panel.times(0.6)
		case at.y > 900 && at.y < 945: // rail
			return panel
		case at.y > 892 && at.y <= 900:
			return wall.times(0.62)
		case at.y < 900:
			x := math.Mod(at.x+5000, 420)
			groove := min(x, 420-x)
			return panel.mix(wall, 0.12).times(0.8 + 0.16*step(2, 8, groove))
		}
		return wall.times(0.98 + 0.03*wobble(at.x/60, int(at.y/50)))
	})
}

// window looks out on an evening sky. Glass gives no reading.
func window(p palette) []solid {
	const x0, x1, y0, y1 = 620, 1560, 1080, 2060
	frame := Colour{244, 240, 230}.tint()
	glass := box(vec{x0, y0, backWall - 22}, vec{x1, y1, backWall - 12}, func(at vec) tint {
		h := (at.y - y0) / (y1 - y0)
		sky := Colour{255, 196, 150}.tint().mix(Colour{116, 160, 222}.tint(), step(0.05, 0.85, h))
		hill := 0.16 + 0.09*wobble(at.x/170, 3) + 0.03*wobble(at.x/50, 4)
		return Colour{92, 110, 128}.tint().mix(sky, step(hill, hill+0.015, h))
	})
	glass.dull, glass.glow = 0, 0.75
	solids := []solid{glass}
	bar := func(ax, ay, bx, by float64) {
		solids = append(solids, box(vec{ax, ay, backWall - 45}, vec{bx, by, backWall}, plain(frame)))
	}
	bar(x0-40, y0-40, x1+40, y0)
	bar(x0-40, y1, x1+40, y1+40)
	bar(x0-40, y0, x0, y1)
	bar(x1, y0, x1+40, y1)
	bar((x0+x1)/2-14, y0, (x0+x1)/2+14, y1)
	cloth := p.curtain.tint()
	for _, x := range []float64{x0 - 230, x1 - 30} {
		solids = append(solids, box(vec{x, 760, backWall - 110}, vec{x + 260, 2180, backWall - 60}, func(at vec) tint {
			return cloth.times(0.84 + 0.16*math.Sin(at.x/17+0.6*wobble(at.y/300, 9)))
		}))
	}
	rod := Colour{120, 92, 66}.tint()
	return append(solids, box(vec{x0 - 280, 2170, backWall - 120}, vec{x1 + 280, 2195, backWall - 95}, plain(rod)))
}

func sofa(p palette) []solid {
	cloth := p.sofa.tint()
	weave := func(at vec) tint {
		return cloth.times(0.95 + 0.07*hash(int(at.x/7), int(at.y/7)))
	}
	seat := func(at vec) tint {
		seam := min(math.Abs(at.x+1180), math.Abs(at.y-300))
		return weave(at).times(0.72 + 0.28*step(3, 14, seam))
	}
	const x0, x1 = -2050, -420
	front := 3420.0
	return []solid{
		box(vec{x0, 90, front + 60}, vec{x1, 300, backWall - 40}, weave),
		box(vec{x0 + 150, 280, front}, vec{x1 - 150, 440, backWall - 40}, seat),
		box(vec{x0 + 140, 400, backWall - 290}, vec{x1 - 140, 830, backWall - 40}, seat),
		box(vec{x0, 90, front + 20}, vec{x0 + 170, 600, backWall - 60}, weave),
		box(vec{x1 - 170, 90, front + 20}, vec{x1, 600, backWall - 60}, weave),
		ball(vec{-1680, 600, 3860}, vec{200, 190, 95}, plain(p.cushion.tint())),
		ball(vec{-760, 590, 3870}, vec{190, 180, 95}, plain(p.panel.tint())),
	}
}

func lampTable() []solid {
	wood := Colour{132, 92, 60}.tint()
	shade := cone(vec{330, 930, 3920}, 250, 185, 120, plain(Colour{255, 226, 166}.tint()))
	shade.glow = 0.8
	return []solid{
		box(vec{100, 520, 3700}, vec{560, 560, 4140}, plain(wood)),
		box(vec{120, 0, 3720}, vec{165, 520, 3765}, plain(wood.times(0.85))),
		box(vec{495, 0, 3720}, vec{540, 520, 3765}, plain(wood.times(0.85))),
		box(vec{110, 230, 3730}, vec{550, 255, 4130}, plain(wood.times(0.9))),
		box(vec{170, 255, 3790}, vec{400, 300, 4000}, plain(Colour{196, 84, 78}.tint())),
		box(vec{190, 300, 3800}, vec{380, 335, 4000}, plain(Colour{84, 132, 156}.tint())),
		ball(vec{330, 660, 3920}, vec{75, 100, 75}, plain(Colour{86, 146, 150}.tint())),
		cone(vec{330, 740, 3920}, 195, 14, 12, plain(Colour{190, 160, 110}.tint())),
		shade,
	}
}

func plant() []solid {
	leaf := Colour{84, 140, 84}.tint()
	solids := []solid{
		cone(vec{1880, 0, 3850}, 380, 130, 180, plain(Colour{214, 206, 192}.tint())),
		ball(vec{1880, 380, 3850}, vec{165, 20, 165}, plain(Colour{92, 70, 54}.tint())),
	}
	for i := range 15 {
		a := float64(i) * 2.4
		r := 60 + 190*hash(i, 1)
		at := vec{1880 + r*math.Cos(a), 520 + 480*hash(i, 2), 3850 + 0.7*r*math.Sin(a)}
		shape := vec{85 + 40*hash(i, 3), 130 + 60*hash(i, 4), 60}
		solids = append(solids, ball(at, shape, plain(leaf.times(0.75+0.4*hash(i, 5)))))
	}
	return solids
}

func pictures(p palette) []solid {
	var solids []solid
	frame := func(x, y, w, h float64, art func(u, v float64) tint) {
		solids = append(solids,
			box(vec{x - 26, y - 26, backWall - 26}, vec{x + w + 26, y + h + 26, backWall}, plain(Colour{60, 50, 46}.tint())),
			box(vec{x, y, backWall - 30}, vec{x + w, y + h, backWall - 20}, func(at vec) tint {
				return art((at.x-x)/w, (at.y-y)/h)
			}))
		solids[len(solids)-1].dull = 0.75
	}
	paper := Colour{246, 240, 228}.tint()
	frame(-1720, 1260, 420, 560, func(u, v float64) tint { // sun over hills
		sun := math.Hypot((u-0.5)*0.75, v-0.62)
		c := paper.mix(p.cushion.tint(), 1-step(0.19, 0.2, sun))
		hill := 0.34 + 0.1*math.Sin(u*5+1)
		c = c.mix(p.sofa.tint(), 1-step(hill, hill+0.012, v))
		hill = 0.2 + 0.07*math.Sin(u*7)
		return c.mix(p.rugEdge.tint(), 1-step(hill, hill+0.012, v))
	})
	frame(-1130, 1330, 360, 360, func(u, v float64) tint { // rings
		r := math.Hypot(u-0.5, v-0.5)
		ring := step(0.3, 0.6, math.Abs(math.Sin(r*19)))
		return p.wall.tint().mix(paper, ring)
	})
	return solids
}

// lights is a string of warm bulbs below the ceiling.
func lights() []solid {
	var solids []solid
	warm := [...]Colour{{255, 214, 140}, {255, 176, 132}, {250, 226, 170}, {176, 224, 232}}
	for i := range 13 {
		x := -2000 + float64(i)*335
		sag := 110 * math.Abs(math.Sin(float64(i)*math.Pi/4))
		bulb := ball(vec{x, 2340 - sag, backWall - 60}, vec{26, 32, 26}, plain(warm[i%len(warm)].tint()))
		bulb.glow, bulb.dull = 1, 0
		solids = append(solids, bulb)
	}
	return solids
}
