package usb

import "cutout/kinect/raw"

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
}

const (
	// lastFlag marks a frame's last packet, counted from raw.Layout.FlagBase.
	lastFlag = 5
	// slack is how many slots later than foreseen a frame may end.
	slack = 3
	// A frame's period that is believed, in slots: 60 to 7 frames a second.
	shortest, longest = 130, 1150
	// smoothing weighs the newest period against those before.
	smoothing = 1. / 8
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

// ended notes that a frame ended before a slot.
func (p *pacer) ended(slot int64) {
	d := float64(slot - p.end)
	p.end = slot
	switch {
	case d < shortest || d > longest:
	case p.period == 0:
		p.period = d
	case d < 1.5*p.period: // else frames are missing between
		p.period += (d - p.period) * smoothing
	}
}

// mark is the slot before which a transfer should end.
func (p *pacer) mark() int64 { return p.end + slack }
