package puppet

// A Room is what stands behind the person, drawn once, in depth and in colour. It
// never changes; any number of puppets may share it.
type Room struct{}

// NewRoom makes a room; the seed decides its colours.
func NewRoom(seed uint64) *Room { return &Room{} }
