package accuracy

// An Amount is how many made-up sequences of each kind are gone through.
type Amount struct{ Dances, Crossings, Parties, Still, Gestures int }
