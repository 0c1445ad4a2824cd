package usb

import "cutout/kinect/raw"

// A pacer chooses how many slots each transfer has. A transfer comes back when all of
// its slots have passed, so large ones wake us seldom and small ones bring the end of
// a frame early. But frames come at a steady pace, and slots are of 125 µs each: the
// pacer counts them, foresees in which slot frames will end, and cuts the transfers
// so that one ends right behind it. A frame is then in our hands some slots after its
// last packet was sent, though a transfer lasts 7 ms. Where the guess is wrong (at the
// start, after a loss, with a sensor whose pace is not steady) the frame waits for the
// transfer that it ends in, and nothing else happens.
type pacer struct {
	last byte // the flag of a frame's last packet
	// back counts the slots that have come back, sent those and the ones in flight.
	back, sent int
	end        int     // the slot behind the last packet of the last frame
	period     float64 // slots from one frame's end to the next; 0 when not known
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

func newPacer(l raw.Layout) *pacer {
	return &pacer{last: l.FlagBase + lastFlag, sent: transfers * transferSlots}
}

// next takes note of a transfer and returns the size of the one to be sent off now.
func (p *pacer) next(packets []byte, lengths []int) int {
	for i, n := range lengths {
		if n < raw.HeaderBytes {
			packets = packets[max(n, 0):]
			continue
		}
		if packets[3] == p.last {
			p.ended(p.back + i + 1)
		}
		packets = packets[n:]
	}
	p.back += len(lengths)
	size := p.size()
	p.sent += size
	return size
}

// ended notes that a frame ended before a slot.
func (p *pacer) ended(slot int) {
	d := float64(slot - p.end)
	p.end = slot
	if p.period > 0 && d > 1.5*p.period {
		return // frames are missing between
	}
	switch {
	case d < shortest || d > longest:
	case p.period == 0:
		p.period = d
	default:
		p.period += (d - p.period) * smoothing
	}
}

// size cuts the way to the next frame's end that nothing in flight reaches into equal
// pieces.
func (p *pacer) size() int {
	if p.period == 0 {
		return transferSlots
	}
	ahead := p.sent - p.end - slack // the slots that are spoken for, from the frame's end on
	frames := int(max(0, float64(ahead))/p.period) + 1
	way := int(float64(frames)*p.period+0.5) - ahead
	if way < slack { // the one before ends there already, or nearly
		way += int(p.period)
	}
	pieces := (way + transferSlots - 1) / transferSlots
	return (way + pieces - 1) / pieces
}
