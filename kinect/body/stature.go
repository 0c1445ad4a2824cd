package body

// A tally keeps how often a length was measured, in bins, and forgets slowly. Its
// answer is the largest length that was seen again and again.
type tally struct {
	count, sum [tallyBins]int32
	total      int32
}

const (
	tallyBin  = 25 // mm
	tallyBins = 120
	// tallyLimit is when all counts are halved: 20 s at 30 frames a second.
	tallyLimit = 600
)

func (t *tally) add(mm int32) {
	if mm < 0 || mm >= tallyBin*tallyBins {
		return
	}
	t.count[mm/tallyBin]++
	t.sum[mm/tallyBin] += mm
	if t.total++; t.total < tallyLimit {
		return
	}
	t.total = 0
	for i := range t.count {
		t.count[i] /= 2
		t.sum[i] /= 2
		t.total += t.count[i]
	}
}

// largest is the mean of the highest two bins side by side that hold at least a
// twelfth of what was measured and at least need.
func (t *tally) largest(need int32) (mm int32, ok bool) {
	need = max(need, t.total/12)
	for i := tallyBins - 1; i > 0; i-- {
		if n := t.count[i] + t.count[i-1]; n >= need {
			return (t.sum[i] + t.sum[i-1]) / n, true
		}
	}
	return 0, false
}

const (
	// assumedHeight of a person whose feet were not seen yet, mm.
	assumedHeight = 1700
	// People are between a small child and a very tall man.
	shortest, tallest = 850, 2200
	// headHalf is half the height of a head, and headMost as much of it as is looked
	// at: what sticks out further is a hand.
	headHalf, headMost = 120, 155
	// solesLost is how far above the floor the lowest body can lie with the feet on
	// it still: the floor's slack and a foot seen from above.
	solesLost = 140
	// topOffset keeps tops below the axis positive in a tally.
	topOffset = 1000
)

// A stature is what is known about how tall somebody is and where he stands.
type stature struct {
	heights tally // measured between the floor and the top of the head
	tops    tally // of the head above the optical axis, plus topOffset
}

// measure learns from the figure and answers for it: the standing height, and how
// far the floor at the feet lies below the optical axis.
func (s *stature) measure(t *Tracker) (height int32, floorDrop int) {
	f := &t.figure
	top := t.headTop()
	drop, known := t.floorDrop(top)
	if known && t.onItsFeet() {
		s.heights.add(drop + top)
	}
	s.tops.add(top + topOffset)
	height, ok := s.heights.largest(5)
	if !ok {
		height = assumedHeight
	}
	if known {
		return height, int(drop)
	}
	// Legs hidden, no floor in sight: below the head's usual place by the height.
	if usual, ok := s.tops.largest(5); ok {
		top = max(usual-topOffset, min(top, f.distance))
	}
	return height, int(height - top)
}

// headTop is how many mm the top of the head lies above the optical axis.
func (t *Tracker) headTop() int32 {
	f := &t.figure
	h := f.head
	x, y := int(h.x+0.5), int(h.y+0.5)
	top := y - cellsFor(headHalf, h.z)
	for limit := max(0, y-cellsFor(headMost, h.z)); top > limit && f.shape[(top-1)*gridWidth+x] != notBody; {
		top--
	}
	for top < y && (top < 0 || f.shape[top*gridWidth+x] == notBody) {
		top++
	}
	return int32((centreY + 0.5 - float32(top)) * float32(h.z) / focal)
}

// floorDrop is where the floor is at the body's distance, if it is known and a person
// of possible height could stand on it.
func (t *Tracker) floorDrop(top int32) (int32, bool) {
	if !t.survey.floorKnown {
		return 0, false
	}
	drop := t.survey.floor.drop(float32(t.figure.distance))
	lowest := (float32(t.figure.box.down) - centreY) * float32(t.figure.distance) / focal
	if drop < lowest-150 || int32(drop)+top > tallest || int32(drop)+top < 500 {
		return 0, false
	}
	return int32(drop), true
}

// onItsFeet reports whether the lowest part of the figure is just above the floor,
// and its height that of a person.
func (t *Tracker) onItsFeet() bool {
	f := &t.figure
	if f.box.down >= gridHeight-2 {
		return false
	}
	for x := f.box.left; x <= f.box.right; x++ {
		i := f.box.down*gridWidth + x
		if f.shape[i] != notBody {
			return t.survey.overFloor(x, f.box.down, t.grid.z[i]) < solesLost
		}
	}
	return false
}
