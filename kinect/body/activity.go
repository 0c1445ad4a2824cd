package body

import (
	"math"
	"slices"

	"cutout/kinect"
)

const (
	// The playing field, mm: nearer than fieldNear no body fits into the picture,
	// beyond fieldFar depth is too coarse for hands.
	fieldNear, fieldFar = 800, 4000
	// facingEnough is how squarely somebody must face the sensor to begin to play.
	facingEnough = 0.35
	// walking is the speed across the floor, mm a frame, of somebody who goes past
	// (0.6 m/s), and settled at how many frames of standing about they are there to stay.
	walking, settled = 20, 20
	// A walk that takes somebody who stood further than this, mm, is one.
	walkAway = 900
	// beside is how much further back than the player, mm, a second one may stand.
	besidePlayer = 600
	// seated is at how many frames of sitting somebody sits: a squat is over before. A
	// seated head is under seatedTop over the floor (the 95th percentile of tall men,
	// seats of 450 mm: NASA-STD-3000, volume 1, figure 3.3.1.3-1), and the knees are lap
	// mm in front of the chest.
	seated, lap, seatedTop = 30, 150, 1430
)

// A stay is how somebody has been moving.
type stay struct {
	stood, walked int   // frames, of the last
	from          place // where they last stood
	sat           int   // frames of sitting, less those of not
	passing       bool
	sitting       bool
	facing        float32
}

// attend updates what the track's person is here for.
func (t *Tracker) attend(k *track) {
	s := &k.stay
	speed := float32(math.Hypot(float64(k.vx), float64(k.vz)))
	if k.frames == 1 {
		s.from = k.place
		s.facing = t.facing()
	}
	s.facing += (t.facing() - s.facing) / 4
	if speed > walking && k.frames > 3 {
		s.walked++
		s.stood = 0
	} else if s.stood++; s.stood > settled {
		s.walked, s.from, s.passing = 0, k.place, false
	}
	away := length(max(k.place.x-s.from.x, s.from.x-k.place.x), max(k.place.z-s.from.z, s.from.z-k.place.z))
	if s.walked > 8 && away > walkAway/3 && k.frames < 3*settled || s.walked > 12 && away > walkAway {
		s.passing = true
	}
	if t.sits() {
		s.sat = min(s.sat+1, 2*seated)
	} else {
		s.sat = max(s.sat-2, 0)
	}
	s.sitting = s.sat >= seated || s.sitting && s.sat > 0
}

// sits reports whether the figure looks like somebody on a chair: low, and the knees
// in front.
func (t *Tracker) sits() bool {
	if !t.survey.floorKnown {
		return false
	}
	f, g := &t.figure, &t.grid
	head := t.survey.overFloor(int(f.head.x), int(f.head.y), f.head.z) + headHalf
	if head > seatedTop || head < 600 {
		return false
	}
	band := func(from, to int32) (z int32, n int32) {
		r := cellsFor(280, f.head.z)
		var sum int64
		for y := int(f.head.y) + cellsFor(from, f.head.z); y <= min(gridHeight-1, int(f.head.y)+cellsFor(to, f.head.z)); y++ {
			for x := max(0, int(f.head.x)-r); x <= min(gridWidth-1, int(f.head.x)+r); x++ {
				if i := y*gridWidth + x; f.shape[i] != notBody {
					sum += int64(g.z[i])
					n++
				}
			}
		}
		return int32(sum / int64(max(1, n))), n
	}
	chest, n := band(260, 450)
	knees, m := band(620, 900)
	return n > 0 && m > n/3 && chest-knees > lap
}

// facing is 1 for a trunk seen square, 0 for one seen from the side: from how the
// chest leans away to one side, and how wide it is for its height.
func (t *Tracker) facing() float32 {
	f, g := &t.figure, &t.grid
	if f.head.z <= 0 {
		return 0
	}
	r := cellsFor(230, f.distance)
	var n, sx, sz, sxx, sxz float32
	width, rows := 0, 0
	for y := max(0, int(f.head.y)+cellsFor(240, f.distance)); y < min(gridHeight, int(f.head.y)+cellsFor(480, f.distance)); y++ {
		rows++
		for x := max(0, int(f.axis.x)-r); x <= min(gridWidth-1, int(f.axis.x)+r); x++ {
			i := y*gridWidth + x
			d := g.z[i] - f.distance
			if f.shape[i] == notBody || d > 250 || d < -250 {
				continue
			}
			width++
			u := (float32(x) - f.axis.x) * float32(f.distance) / focal
			n, sx, sz, sxx, sxz = n+1, sx+u, sz+float32(d), sxx+u*u, sxz+u*float32(d)
		}
	}
	if n < 8 {
		return 0
	}
	// A chest is 230 to 280 mm deep and 300 to 400 wide.
	wide := float32(mmAt(width, f.distance)) / float32(rows)
	slope := (sxz - sx*sz/n) / max(1, sxx-sx*sx/n)
	square := 1 / float32(math.Sqrt(float64(1+slope*slope)))
	return max(0, min(1, (square-0.5)*2)) * max(0, min(1, (wide-200)/90))
}

// choosePlayer says who plays and puts them first, then everybody from near to far.
// The nearest in range who faces the sensor plays, unless somebody else has been the
// player and is not clearly further away; those who walk through do not, and while the
// player is hidden for a moment nobody does.
func (t *Tracker) choosePlayer(people []kinect.Person) []kinect.Person {
	slices.SortStableFunc(people, func(a, b kinect.Person) int { return int(a.Distance) - int(b.Distance) })
	at, first := -1, -1
	for i := range people {
		p := &people[i]
		s := &t.trackOf(p.ID).stay
		switch {
		case s.sitting:
			p.Activity = kinect.Sitting
		case s.passing:
			p.Activity = kinect.Passing
		}
		if p.ID == t.player {
			at = i
		} else if first < 0 && t.mayPlay(p, s) {
			first = i
		}
	}
	if at < 0 && t.tracked(t.player) {
		return people
	}
	if at >= 0 && first >= 0 && int(people[first].Distance)+ahead < int(people[at].Distance) {
		t.rivalry++
	} else {
		t.rivalry = 0
	}
	if at < 0 || t.rivalry >= passing {
		if at = first; at < 0 {
			return people
		}
		t.player, t.rivalry = people[at].ID, 0
	}
	player := people[at]
	copy(people[1:at+1], people[:at])
	people[0] = player
	people[0].Activity = kinect.Playing
	for i := range people[1:] { // two side by side play together
		p := &people[i+1]
		s := &t.trackOf(p.ID).stay
		if d := int(p.Distance) - int(player.Distance); d < besidePlayer && d > -besidePlayer && s.stood > settled && t.mayPlay(p, s) {
			p.Activity = kinect.Playing
		}
	}
	return people
}

// mayPlay reports whether somebody could be the player.
func (t *Tracker) mayPlay(p *kinect.Person, s *stay) bool {
	return !s.sitting && !s.passing && s.facing >= facingEnough && p.Distance <= newFurthest
}

// trackOf is the track of somebody who is followed.
func (t *Tracker) trackOf(id int) *track {
	for i := range t.tracks {
		if t.tracks[i].id == id {
			return &t.tracks[i]
		}
	}
	return &track{}
}

// reachAbove is how far raised hands reach above the head, as a share of the height,
// and halfBody half of a body's width, mm (Winter's segment tables, as in kinect.Pose).
const (
	reachAbove = 0.22
	halfBody   = 250
)

// roomOf is how far the figure may go.
func (t *Tracker) roomOf(distance, height int32) kinect.Room {
	f := &t.figure
	mm := float32(distance) / focal
	return kinect.Room{
		Near: int(distance) - fieldNear, Far: fieldFar - int(distance),
		Left:  int((f.axis.x+0.5)*mm) - halfBody,
		Right: int((gridWidth-0.5-f.axis.x)*mm) - halfBody,
		Top:   int((centreY+0.5)*mm) - int(t.headTop()) - int(reachAbove*float32(height)),
	}
}
