package room

import "time"

// Whoever sees nothing asks for a key frame, through its server, again and again. When
// that happens straitsPleas times within straitsSpan while our own way is well, the way
// to somebody's home is too thin for the size it gets. A smaller size is then sent too,
// for the server to choose, until straitsFor after the last time.
const (
	straitsPleas = 2
	straitsSpan  = 8 * time.Second
	straitsFor   = time.Minute
)

// A straits notices that a way beyond the server is too thin.
type straits struct {
	heard uint64 // requests for key frames so far
	times [straitsPleas]time.Time
	until time.Time
}

// notice takes how many key frames were asked for so far. It reports whether a smaller
// size is needed. well says that our own way bears what is sent.
func (s *straits) notice(now time.Time, pleas uint64, well bool) bool {
	for ; s.heard < pleas; s.heard++ {
		if !well {
			continue
		}
		copy(s.times[:], s.times[1:])
		s.times[straitsPleas-1] = now
		if now.Before(s.until) || now.Sub(s.times[0]) < straitsSpan {
			s.until = now.Add(straitsFor)
		}
	}
	return now.Before(s.until)
}
