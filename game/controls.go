package game

// Controls is what mouse, keyboard and gamepad ask of a puppet, in the puppet's own
// left and right; the screen, being a mirror, shows them on the same side.
type Controls struct {
	LeftHand, RightHand Aim
	// Lean -1..1, positive towards the person's left.
	Lean float64
	// Crouch 0..1.
	Crouch float64
	// Step -1..1 moves sideways, positive towards the person's left.
	Step float64
	// LeftLeg and RightLeg 0..1 spread the leg out to its side.
	LeftLeg, RightLeg float64
	// HandsUp raises both hands, whatever they aim at.
	HandsUp bool
}

// An Aim is where a hand shall go: X -1..1 towards the person's left, Y -1..1
// upwards, from between the shoulders; 1 is as far as a hand reaches. The hand
// hangs when On is false.
type Aim struct {
	X, Y float64
	On   bool
}
