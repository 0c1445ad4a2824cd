package accuracy

import "cutout/kinect/mannequin"

// An Amount is how many made-up sequences of each mannequin.Kind are gone through.
type Amount [mannequin.KindCount]int

// Full is what the targets speak of: a hundred crossings of each kind.
func Full() Amount { return amount(20, 100, 8, 6) }

// Quick takes about a minute on two cores that have nothing else to do.
func Quick() Amount { return amount(1, 2, 1, 1) }

// amount is so many dances, crossings of each kind, plays of each other kind, and plays
// of each gesture.
func amount(dances, crossings, others, gestures int) Amount {
	var a Amount
	for k := range a {
		switch kind := mannequin.Kind(k); {
		case kind == mannequin.Dance:
			a[k] = dances
		case kind == mannequin.Cross, kind == mannequin.CrossTouching:
			a[k] = crossings
		case kind.Gesture() != 0:
			a[k] = gestures
		default:
			a[k] = others
		}
	}
	return a
}

// Of leaves the kinds that are named; each as often as before.
func (a Amount) Of(kinds ...mannequin.Kind) Amount {
	var some Amount
	for _, k := range kinds {
		some[k] = a[k]
	}
	return some
}
