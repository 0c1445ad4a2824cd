package mannequin

import "math"

// randomPosture is any posture of a body at a place.
func randomPosture(d dice, b *build, at vec, heading float64) posture {
	p := posture{root: at, heading: heading}
	p.pelvis = vec{d.around(0.03, 0.08), d.around(0, 0.05), d.around(0, 0.06)}
	p.chest = vec{d.around(0.06, 0.12), d.around(0, 0.1), d.around(0, 0.15)}
	p.head = vec{d.around(0.05, 0.2), d.around(0, 0.12), d.around(0, 0.35)}
	for s := range 2 {
		p.arms[s] = randomArm(d)
		p.legs[s] = legPosture{ankle: vec{d.between(0.06, 0.22), 0, d.around(0, 0.08)}, knee: d.between(0, 0.3), toe: d.between(0, 0.5)}
	}
	p.hips = vec{y: -d.between(0, 0.05)}
	return p
}

// randomArm points an arm anywhere it can go.
func randomArm(d dice) armPosture {
	a := armPosture{swivel: d.around(0.2, 0.5), roll: d.around(0, 0.8), bend: d.around(0, 0.3), tilt: d.around(0, 0.2)}
	a.curl, a.index, a.spread = d.between(0, 0.4), d.between(0, 0.3), d.Float64()
	// The upper arm's direction, and a bend of the elbow, as the wrist's place.
	up, out := d.between(-90, 80)*degree, d.between(-40, 110)*degree
	r := math.Sqrt(d.between(0.15, 1))
	a.wrist = vec{math.Cos(up) * math.Sin(out), math.Sin(up), math.Cos(up) * math.Cos(out)}.times(r)
	return a
}
