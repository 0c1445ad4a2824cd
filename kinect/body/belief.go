package body

import (
	"cutout/kinect"
	"cutout/kinect/body/forest"
)

// enoughBelief is from which belief on a figure whose head is no clear one (a hand beside
// it, hair that gives no reading) is somebody. Of furniture alone, made up and real, that
// passed for head and shoulders at a glance none had more than 0.6, of bodies with pieces of
// others or of furniture some had 1.2, and of most whole people it is 2 and more.
const enoughBelief = 1.5

// isNew reports whether the figure is sure enough to be somebody new: by its head, or by what
// the forest makes of it. kin is the track that it was, of which the forest is not asked.
func (t *Tracker) isNew(kin int8) bool {
	f := &t.figure
	if f.head.score < keptScore || f.distance > newFurthest || !t.headIsFree() {
		return false
	}
	return f.head.score >= newScore || kin < 0 && t.belief() >= enoughBelief
}

// belief is how much the forest takes the figure for a body, 0 to 4: for the head, the neck
// and the shoulders, how far the votes agree, less where they are few. Of what is no body
// cells vote for places all over it.
func (t *Tracker) belief() (sum float32) {
	t.ask()
	l := &t.limbs
	for _, j := range [...]kinect.JointName{kinect.Head, kinect.Neck, kinect.LeftShoulder, kinect.RightShoulder} {
		l.modes[j] = l.votes.Modes(j, 1, l.modes[j][:0])
		if len(l.modes[j]) > 0 {
			m := &l.modes[j][0]
			sum += m.Share * min(1, m.Weight/enough[j])
		}
	}
	return sum
}

// headVotes is the share of enough votes from which a place of several bodies is somebody's
// head: the heads of made-up people who touch had 0.33 and more, hands and elbows held up
// beside somebody's head 0.25 and less.
const headVotes = 0.28

// looksLikeHead reports whether the forest, asked about a figure that may be several bodies,
// takes a place for a head.
func (t *Tracker) looksLikeHead(s spot) bool {
	const inside = 60 // mm, from the skin to the head's middle
	mm := float32(s.z) / focal
	at := forest.Mode{X: (s.x - centreX) * mm, Y: (s.y - centreY) * mm, Z: float32(s.z) + inside}
	return t.limbs.votes.Weight(kinect.Head, &at) >= headVotes*enough[kinect.Head]
}

// ask has the forest vote on the figure.
func (t *Tracker) ask() {
	l := &t.limbs
	if l.forest == nil {
		l.forest = forest.Grown()
	}
	l.look(&t.figure, &t.grid)
	l.forest.Vote(&l.view, asked, &l.votes)
}
