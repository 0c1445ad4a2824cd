package mannequin

import "cutout/kinect"

// A Play is a sequence of shots, 30 a second. Shots may be asked for in any order and
// by any number of goroutines.
type Play interface {
	// Len is how many shots there are.
	Len() int
	// Shot is shot i, 0 <= i < Len. The same i gives the same shot.
	Shot(i int) *Shot
}

// Kind is what happens in a Play.
type Kind uint8

// The kinds of play.
const (
	// Dance is one player at lively game poses, at human speeds.
	Dance Kind = iota
	// Cross is two people who pass each other with a gap between them, the one behind
	// vanishing behind the one in front.
	Cross
	// CrossTouching is the same, brushing against each other.
	CrossTouching
	// Stillness is one person who stands still, a hand held out.
	Stillness
	// Party is three to six people.
	Party
	// Sofa is a player, and somebody who sits behind.
	Sofa
	// Walkby is a player, and somebody who walks through the picture.
	Walkby
	// PlayHandsUp and the following have one person make one gesture several times,
	// with other poses between.
	PlayHandsUp
	PlayTPose
	PlayArmsCrossed
	PlayHandOverMouth
	PlayWave
	PlaySwipeLeft
	PlaySwipeRight
	// KindCount is how many kinds there are.
	KindCount = iota
)

var kindNames = [KindCount]string{
	"dance", "cross", "cross_touching", "stillness", "party", "sofa", "walkby",
	"hands_up", "t_pose", "arms_crossed", "hand_over_mouth", "wave", "swipe_left", "swipe_right",
}

// String is the kind's name, such as "cross_touching".
func (k Kind) String() string {
	if int(k) >= KindCount {
		return "unknown"
	}
	return kindNames[k]
}

// Gesture is the gesture that a play of this kind is about; 0 for the others.
func (k Kind) Gesture() kinect.Gestures {
	if k < PlayHandsUp || k > PlaySwipeRight {
		return 0
	}
	return 1 << (k - PlayHandsUp)
}

// NewPlay makes up a sequence; the same kind and seed make the same one. A Kind that
// there is not is a Dance.
func NewPlay(kind Kind, seed uint64) Play {
	return shots{Still(seed)}
}

type shots []*Shot

func (s shots) Len() int         { return len(s) }
func (s shots) Shot(i int) *Shot { return s[i] }
