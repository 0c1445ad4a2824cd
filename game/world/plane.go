package world

import "cutout/kinect"

// The plane of a wall is a kinect.Grid in which every body has the same size, as
// the camera sees it, not mirrored.
const (
	// PlaneHeight is how many cells high a standing person is.
	PlaneHeight = 90
	// PlaneFloor is the row whose upper edge is the floor.
	PlaneFloor = 112
	// PlaneCentre is the column whose left edge lies on the sensor's optical axis.
	PlaneCentre = kinect.GridWidth / 2
)

// focalTenths is the focal length in tenths of a pixel, as an integer.
const focalTenths = 5758 // 10 * kinect.FocalLength

// A Calibration is the size of a player, found in the lobby and kept for the match,
// so that whoever jumps or crouches does so in the wall's plane too.
type Calibration struct {
	Height    kinect.Millimetres // standing
	FloorDrop int                // mm from the optical axis down to the floor
}

// What a calibration can be; anything else is a mistake of the tracker.
const (
	minHeight, maxHeight = 600, 2400   // mm
	minDrop, maxDrop     = -1000, 3000 // mm
)

func (c Calibration) plausible() bool {
	return c.Height >= minHeight && c.Height <= maxHeight && c.FloorDrop >= minDrop && c.FloorDrop <= maxDrop
}

// Normalise lays a silhouette into the plane of the walls: own is the body, hidden
// are the cells which the sensor can not see. Nobody (nil, or no distance) has no
// body, and nothing is hidden.
func Normalise(s *kinect.Silhouette, c Calibration) (own, hidden kinect.Grid) {
	if s == nil || s.Distance == 0 || !c.plausible() {
		return own, hidden
	}
	h, d := int(c.Height), int(s.Distance)
	// A cell's middle lies (2u+1-2*PlaneCentre)/2 cells of Height/PlaneHeight mm from
	// the axis; a cell of the picture is 4 pixels wide.
	var columns [kinect.GridWidth]int
	for u := range columns {
		columns[u] = kinect.GridWidth/2 + floorDiv((2*u+1-2*PlaneCentre)*h*focalTenths, 2*PlaneHeight*40*d)
	}
	for v := range kinect.GridHeight {
		below := 2*PlaneHeight*c.FloorDrop - (2*PlaneFloor-2*v-1)*h // of the axis, in mm/(2*PlaneHeight)
		y := kinect.GridHeight/2 + floorDiv(below*focalTenths, 2*PlaneHeight*40*d)
		for u, x := range columns {
			switch {
			case uint(x) >= kinect.GridWidth || uint(y) >= kinect.GridHeight || s.Unseen.At(x, y):
				hidden.Set(u, v)
			case s.Body.At(x, y):
				own.Set(u, v)
			}
		}
	}
	return own, hidden
}

// floorDiv is a/b rounded down; b is positive.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// BodyOf is what a pose covers in the plane: a body that stands exactly so.
func BodyOf(p kinect.Pose) kinect.Grid { return cut(p, [9]int{}) }

// HoleOf is the hole that a wall with this pose has: the body with a margin all
// around, so that people of all shapes can pass who strike the pose.
func HoleOf(p kinect.Pose) kinect.Grid { return cut(p, margins) }

// margins widen each part of the body, in units of kinect.Span (100 is 1 % of the
// standing height, 17 mm of a grown person): little at the
// torso, so that hanging arms stick out; most where a few degrees move a limb far.
// Chosen by search: each body passes the hole of its own pose when 15 % thicker or
// thinner, most when every joint is 8 degrees off, and a body that just stands fails.
var margins = [9]int{
	kinect.PartHead:     130,
	kinect.PartNeck:     300,
	kinect.PartTorso:    40,
	kinect.PartUpperArm: 130,
	kinect.PartForearm:  320,
	kinect.PartHand:     260,
	kinect.PartThigh:    150,
	kinect.PartShin:     250,
	kinect.PartFoot:     50,
}

// cut rasterises the limbs of a pose, each made thicker by its part's margin.
func cut(p kinect.Pose, margin [9]int) kinect.Grid {
	var g kinect.Grid
	s := p.Skeleton()
	for _, limb := range s.Limbs() {
		m := margin[limb.Part]
		capsule(&g, limb.From, limb.To, limb.FromRadius+m, limb.ToRadius+m)
	}
	return g
}

// cellUnits: a cell is Span/PlaneHeight wide; to stay with integers everything is
// counted in 1/(2*PlaneHeight) of a unit, of which half a cell has exactly Span.
const (
	cellUnits = 2 * PlaneHeight
	halfCell  = kinect.Span
	fraction  = 1 << 10 // of the way along a limb
)

// capsule sets the cells whose middles lie in a limb that is r0 thick at a and r1
// at b, growing evenly between.
func capsule(g *kinect.Grid, a, b kinect.Point, r0, r1 int) {
	ax, ay, bx, by := a.X*cellUnits, a.Y*cellUnits, b.X*cellUnits, b.Y*cellUnits
	r0, r1 = r0*cellUnits, r1*cellUnits
	r := max(r0, r1)
	left, right := column(min(ax, bx)-r), column(max(ax, bx)+r)
	top, bottom := row(max(ay, by)+r), row(min(ay, by)-r)
	dx, dy := bx-ax, by-ay
	long := dx*dx + dy*dy
	for v := max(0, top); v <= min(bottom, kinect.GridHeight-1); v++ {
		y := (2*(PlaneFloor-v) - 1) * halfCell
		for u := max(0, left); u <= min(right, kinect.GridWidth-1); u++ {
			x := (2*(u-PlaneCentre) + 1) * halfCell
			t := 0
			if long > 0 {
				t = max(0, min(fraction, ((x-ax)*dx+(y-ay)*dy)/(long/fraction+1)))
			}
			ex, ey := x-ax-dx*t/fraction, y-ay-dy*t/fraction
			thick := r0 + (r1-r0)*t/fraction
			if ex*ex+ey*ey <= thick*thick {
				g.Set(u, v)
			}
		}
	}
}

func column(x int) int { return floorDiv(x, 2*halfCell) + PlaneCentre }
func row(y int) int    { return PlaneFloor - 1 - floorDiv(y, 2*halfCell) }
