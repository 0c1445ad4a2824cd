package raw

// An Assembler puts the packets of one stream together into frames. One goroutine
// may use it. It allocates nothing after NewAssembler.
type Assembler struct {
	layout   Layout
	counters Counters
}

// NewAssembler makes an Assembler for frames of the layout, which must have at
// least two packets.
func NewAssembler(l Layout) *Assembler { return &Assembler{layout: l} }

// Add takes one packet with known borders and returns the frame it finished, if
// any: its own, or the one before when the end of that was lost.
func (a *Assembler) Add(packet []byte) (Assembled, bool) { return Assembled{}, false }

// AddRead takes what one read of an isochronous stream gave: packets glued together
// without their lengths. It calls deliver for each frame it finishes, before it
// returns. An empty read is fine.
func (a *Assembler) AddRead(read []byte, deliver func(Assembled)) {}

// Reset forgets the frame under way and the place in the sequence, after a stream
// was started anew on a device that was started anew. The counters stay.
func (a *Assembler) Reset() {}

// Counters are the counts so far.
func (a *Assembler) Counters() Counters { return a.counters }
