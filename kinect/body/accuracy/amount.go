package accuracy

import "cutout/kinect/mannequin"

// An Amount is how many made-up sequences of each kind are gone through.
type Amount struct{ Dances, Crossings, Parties, Still, Others, Gestures int }

// Full is what the targets speak of: a hundred crossings of each kind.
func Full() Amount {
	return Amount{Dances: 20, Crossings: 100, Parties: 8, Still: 8, Others: 8, Gestures: 6}
}

// Quick takes about a minute on two cores that have nothing else to do.
func Quick() Amount {
	return Amount{Dances: 1, Crossings: 2, Parties: 1, Still: 1, Others: 1, Gestures: 1}
}

// of is how many sequences there are of a kind.
func (a Amount) of(k mannequin.Kind) int {
	switch k {
	case mannequin.Dance:
		return a.Dances
	case mannequin.Cross, mannequin.CrossTouching:
		return a.Crossings
	case mannequin.Party:
		return a.Parties
	case mannequin.Stillness:
		return a.Still
	case mannequin.Sofa, mannequin.Walkby:
		return a.Others
	}
	return a.Gestures
}
