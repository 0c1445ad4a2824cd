package usb

import (
	"math"

	"cutout/kinect/raw"
)

// A pacer foresees where frames end. A transfer comes back when all of its slots have
// passed, so large ones wake us seldom and small ones bring the end of a frame early.
// But frames come at a steady pace, and slots are of 125 µs each: the pacer counts them,
// and has the transfers cut so that one ends right behind each frame. A frame is then in
// our hands some slots after its last packet was sent, though a transfer lasts 15 ms.
// Where the guess is wrong (at the start, after a loss, with a sensor whose pace is not
// steady) the frame waits for the transfer that it ends in, and nothing else happens.
type pacer struct {
	last   byte    // the flag of a frame's last packet
	end    int64   // the slot behind the last packet of the last frame
	period float64 // slots from one frame's end to the next; 0 when not known
	seen   float64 // how many periods it is the mean of
	before float64 // the last one, like it or not
}

const (
	// lastFlag marks a frame's last packet, counted from raw.Layout.FlagBase.
	lastFlag = 5
	// slack is how many slots later than foreseen a frame may end.
	slack = 3
	// A frame's period that is believed, in slots: 60 to 7 frames a second.
	shortest, longest = 130, 1150
	// memory is how many periods are remembered: a frame's end is foreseen five frames
	// ahead, and known to a slot or so.
	memory = 64
	// alike are two periods that differ by no more than a slot or two.
	alike = 2.5
)

func newPacer(l raw.Layout) *pacer { return &pacer{last: l.FlagBase + lastFlag} }

// look takes note of a transfer, and says whether a frame ended in it: mark and period
// are what to tell the stream then.
func (p *pacer) look(first int64, packets []byte, lengths []int) bool {
	found := false
	for i, n := range lengths {
		if n >= raw.HeaderBytes && packets[3] == p.last {
			p.ended(first + int64(i) + 1)
			found = p.period > 0
		}
		packets = packets[max(n, 0):]
	}
	return found
}

// ended notes that a frame ended before a slot. A period counts when it is like the one
// before: others are of frames that were lost, or began in the middle.
func (p *pacer) ended(slot int64) {
	d := float64(slot - p.end)
	like := math.Abs(d-p.before) < alike
	p.end, p.before = slot, d
	if !like || d < shortest || d > longest {
		return
	}
	if math.Abs(d-p.period) > alike {
		p.seen = 0 // there is a new pace
	}
	p.seen = min(p.seen+1, memory)
	p.period += (d - p.period) / p.seen
}

// mark is the slot before which a transfer should end.
func (p *pacer) mark() int64 { return p.end + slack }
