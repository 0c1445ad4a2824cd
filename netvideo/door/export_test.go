package door

import "time"

// SetClock replaces the store's clock.
func (s *Store) SetClock(now func() time.Time) { s.now = now }

// AdminToken is what the holder of the keys shows.
func AdminToken(k Keys) (string, error) { return adminToken(k) }

// ParseWho reads the body of a redemption.
func ParseWho(body []byte) (Who, error) { return parseWho(body) }
