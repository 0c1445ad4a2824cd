package puppet

// Controls are how a player wants the body to stand, as mouse, keys or a gamepad
// say it. Out-of-range values are cut to their range. The zero value stands at
// ease.
type Controls struct {
	// LeftHand and RightHand are the person's own.
	LeftHand, RightHand Aim
	// Lean -1..1, positive towards the person's left (the picture's right).
	Lean float64
	// Crouch 0..1.
	Crouch float64
	// Step -1..1 moves the whole body sideways, positive towards the person's left.
	Step float64
	// LeftLeg and RightLeg 0..1 spread the leg out to its side.
	LeftLeg, RightLeg float64
	// HandsUp raises both hands, whatever they aim at.
	HandsUp bool
}

// An Aim is where a hand shall go: X -1..1 towards the person's left (the
// picture's right), Y -1..1 upwards, from between the shoulders; 1 is as far as a
// hand reaches. The hand hangs when On is false.
type Aim struct {
	X, Y float64
	On   bool
}
