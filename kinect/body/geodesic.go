package body

// A queued cell may be queued again with a shorter distance; the older entry is then
// passed over.
type queued struct{ cell, dist, next int32 }

// far is further than anything.
const far = 1 << 30

// length is about the hypotenuse, at most 4 % off (the larger plus 0.4 of the smaller,
// or 1/16 less of it where the two are alike).
func length(a, b int32) int32 {
	if a < b {
		a, b = b, a
	}
	if b*2 < a {
		return max(1, a+b/4)
	}
	return a*7/8 + b/2
}
