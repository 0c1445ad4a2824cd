package world

import "cutout/kinect"

// The rules in numbers. Fit and fill are in thousandths.
const (
	passFit  = 900 // as DESIGN has it: nine tenths of the body inside the hole
	passFill = 550 // and more than half of the hole filled: the pose was struck
	// seenShare is the share of the hole, in hundredths, that the sensor must see.
	seenShare = 60

	// judgeWindow is how many ticks before and after the impact the best instant is
	// looked for: 150 ms, the sensor's and the tracker's delay and a human's error.
	judgeWindow = 9

	countdownTicks = 3 * TicksPerSecond
	slowestTicks   = 5 * TicksPerSecond // approach of the first wall
	fastestTicks   = 2 * TicksPerSecond // and of the last
	impactTicks    = 108                // 1.8 s to see the verdict
	podiumTicks    = 8 * TicksPerSecond

	// holdTicks is how long hands must be up to mean it: 0.5 s.
	holdTicks = TicksPerSecond / 2
)

// Judge compares a body with a hole, both in the wall's plane, leaving out what is
// hidden from the sensor. Pending is never the answer.
func Judge(own, hidden, hole *kinect.Grid) (fit, fill int, outcome Outcome) {
	whole := hole.Count()
	open := hole.AndNot(hidden)
	body := own.AndNot(hidden)
	inside := body.And(&open)
	s, h, both := body.Count(), open.Count(), inside.Count()
	if s > 0 {
		fit = both * 1000 / s
	}
	if h > 0 {
		fill = both * 1000 / h
	}
	switch {
	case s == 0 || h == 0 || h*100 < whole*seenShare:
		return fit, fill, Unseen
	case passes(fit, fill):
		return fit, fill, Pass
	}
	return fit, fill, Fail
}

func passes(fit, fill int) bool { return fit >= passFit && fill >= passFill }

// Points are what a pass of wall (from 0, of walls) is worth: 500, up to 200 more
// for fit and 450 for fill; then up to half as much again for later, faster walls,
// and a tenth more for each pass in a row before it, up to five.
func Points(wall, walls, fit, fill, combo int) int {
	if !passes(fit, fill) {
		return 0
	}
	points := 500 + 2*(fit-passFit) + (fill - passFill)
	speed := 100
	if walls > 1 {
		speed += 50 * wall / (walls - 1)
	}
	chain := 100 + 10*max(0, min(combo-1, 5))
	return points * speed / 100 * chain / 100
}

// schedule says when each wall sets out and arrives. It follows from the first tick
// and the number of walls alone.
type schedule struct {
	start  int64
	depart []int64
	arrive []int64
}

func newSchedule(start int64, walls int) schedule {
	s := schedule{start: start, depart: make([]int64, walls), arrive: make([]int64, walls)}
	t := start
	for i := range walls {
		approach := slowestTicks
		if walls > 1 {
			approach -= (slowestTicks - fastestTicks) * i / (walls - 1)
		}
		s.depart[i], s.arrive[i] = t, t+int64(approach)
		t = s.arrive[i] + impactTicks
	}
	return s
}

// podium is the tick at which the podium begins.
func (s *schedule) podium() int64 { return s.arrive[len(s.arrive)-1] + impactTicks }

// at is where a match is at tick t.
func (s *schedule) at(t int64) (phase Phase, wall int, ticks, length int) {
	switch {
	case t < s.start-countdownTicks || t >= s.podium()+podiumTicks:
		return Lobby, 0, 0, 0
	case t < s.start:
		return Countdown, 0, int(t - s.start + countdownTicks), countdownTicks
	case t >= s.podium():
		return Podium, len(s.arrive) - 1, int(t - s.podium()), podiumTicks
	}
	for wall+1 < len(s.depart) && t >= s.depart[wall+1] {
		wall++
	}
	if t < s.arrive[wall] {
		return Approach, wall, int(t - s.depart[wall]), int(s.arrive[wall] - s.depart[wall])
	}
	return Impact, wall, int(t - s.arrive[wall]), impactTicks
}

// arrived is how many walls have arrived by tick t.
func (s *schedule) arrived(t int64) int {
	n := 0
	for n < len(s.arrive) && t >= s.arrive[n] {
		n++
	}
	return n
}
