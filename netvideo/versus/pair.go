package versus

import "fmt"

// A Pair is who publishes and who subscribes.
type Pair struct{ From, To Kind }

// Pairs are the four there are.
func Pairs() []Pair {
	return []Pair{{Us, Us}, {Chromium, Chromium}, {Us, Chromium}, {Chromium, Us}}
}

// String is like "us → chromium".
func (p Pair) String() string { return fmt.Sprintf("%s → %s", p.From, p.To) }
