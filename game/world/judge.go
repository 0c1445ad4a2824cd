package world

import "cutout/kinect"

// attempt is the own player's best instant at a wall so far.
type attempt struct {
	any     bool
	verdict Verdict
	body    kinect.Grid
	seen    bool // body holds one
}

// better reports whether b beats a: a pass beats a fail beats nothing seen, then
// the sum of fit and fill decides. The earlier of equals stays.
func (a *attempt) better(b Verdict) bool {
	if !a.any {
		return true
	}
	if r, s := rank(b.Outcome), rank(a.verdict.Outcome); r != s {
		return r > s
	}
	return b.Fit+b.Fill > a.verdict.Fit+a.verdict.Fill
}

func rank(o Outcome) int {
	switch o {
	case Pass:
		return 3
	case Fail:
		return 2
	case Unseen:
		return 1
	}
	return 0
}

// judge looks at the own body while the window of a wall is open, and gives the
// verdict when it closes.
func (w *World) judge() {
	m := w.match
	if m.judged == len(m.walls) || w.tick < m.arrive[m.judged]-judgeWindow {
		return
	}
	p := w.me()
	if p != nil {
		v := Verdict{Wall: m.judged}
		v.Fit, v.Fill, v.Outcome = Judge(&w.own, &w.hidden, m.open(m.judged))
		if m.best.better(v) {
			m.best = attempt{any: true, verdict: v, body: w.own, seen: w.body != nil}
		}
	}
	if w.tick < m.arrive[m.judged]+judgeWindow {
		return
	}
	if p != nil {
		var body *kinect.Grid
		if m.best.seen {
			b := m.best.body
			body = &b
		}
		w.settle(p, m.best.verdict, body)
	}
	m.best = attempt{}
	m.judged++
}

// settle writes a verdict down, unless there is one.
func (w *World) settle(p *player, v Verdict, body *kinect.Grid) {
	if w.match == nil || v.Wall < 0 || v.Wall >= len(w.match.walls) || v.Fit < 0 || v.Fit > 1000 || v.Fill < 0 || v.Fill > 1000 {
		return
	}
	for len(p.marks) < len(w.match.walls) {
		p.marks = append(p.marks, mark{})
	}
	mk := &p.marks[v.Wall]
	if mk.outcome != Pending || v.Outcome == Pending || v.Outcome > Unseen {
		return
	}
	*mk = mark{outcome: v.Outcome, fit: v.Fit, fill: v.Fill}
	if v.Outcome != Unseen { // the same rules in every home
		mk.outcome = Fail
		if passes(v.Fit, v.Fill) {
			mk.outcome = Pass
		}
	}
	if body != nil && v.Wall >= p.bodyOf {
		p.body, p.bodyOf = body, v.Wall
	}
	w.scoreChanged = true
}
