package raw

// repair makes up the values in the ranges lost, which are in order, from those in the
// same column in the nearest whole places above and below, step rows apart, each by
// its nearness. Where there is neither, the values stay.
func repair[T byte | uint16](values []T, width, step int, lost []Range) {
	for _, r := range lost {
		for from := r.From; from < r.To; {
			to := min(r.To, (from/width+1)*width)
			repairStretch(values, width*step, Range{from, to}, lost)
			from = to
		}
	}
}

// repairStretch does a part of one row; apart is how far the rows to take from are.
func repairStretch[T byte | uint16](values []T, apart int, s Range, lost []Range) {
	above, below := 0, 0 // in rows; 0 is none
	for n := 1; s.From-n*apart >= 0; n++ {
		if !meets(lost, s.From-n*apart, s.To-n*apart) {
			above = n
			break
		}
	}
	for n := 1; s.To+n*apart <= len(values); n++ {
		if !meets(lost, s.From+n*apart, s.To+n*apart) {
			below = n
			break
		}
	}
	for i := s.From; i < s.To; i++ {
		switch {
		case above > 0 && below > 0:
			a, b := uint32(values[i-above*apart]), uint32(values[i+below*apart])
			sum := uint32(above + below)
			values[i] = T((a*uint32(below) + b*uint32(above) + sum/2) / sum)
		case above > 0:
			values[i] = values[i-above*apart]
		case below > 0:
			values[i] = values[i+below*apart]
		}
	}
}

// meets tells whether from..to has anything in common with the ranges.
func meets(ranges []Range, from, to int) bool {
	for _, r := range ranges {
		if r.From < to && from < r.To {
			return true
		}
	}
	return false
}
