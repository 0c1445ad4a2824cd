package raw

import "bytes"

// AddRead takes what one read gave; its Stream is not looked at. It calls deliver for
// each frame it finishes, before it returns. An empty read is fine.
func (a *Assembler) AddRead(r Read, deliver func(Assembled)) {
	if r.Lengths == nil {
		a.addGlued(r.Bytes, deliver)
		return
	}
	rest := r.Bytes
	for _, n := range r.Lengths {
		switch {
		case n < 0:
			a.counter.BadPackets++
		case n > len(rest):
			a.counter.BadPackets++ // the lengths lie: no border is known any more
			return
		default:
			if done, ok := a.Add(rest[:n]); ok {
				deliver(done)
			}
			rest = rest[n:]
		}
	}
}

// addGlued takes whole packets and pieces of packets glued together without their
// lengths.
//
// A read begins at a packet's border, and a header's flag gives the packet's length,
// so the borders follow one from the other. When they do not, half a packet was lost
// or a header damaged: the search goes on at the next thing that looks like a header
// and continues the sequence, within this read only, and a packet is believed only
// when nothing inside it looks like the header of a later one. A packet which is
// followed by a gap in the sequence is in doubt, because the first half of one packet
// and the second half of the next are just as long: its bytes are in Missing, but
// it does not count as lost.
//
// A picture made of nothing but headers could still deceive it, if two halves that
// make a whole were lost in one read.
func (a *Assembler) addGlued(read []byte, deliver func(Assembled)) {
	r := reader{layout: a.layout, read: read}
	r.clean = r.isClean(a.seq)
	for r.next() {
		if done, ok := a.place(r.packet, r.header, r.certain); ok {
			deliver(done)
		}
	}
	a.counter.BadPackets += r.bad
}

// maxAhead is how far the sequence may be ahead behind a damaged place for what
// looks like a header to be believed.
const maxAhead = 63

// A reader finds the packets in a read.
type reader struct {
	layout Layout
	read   []byte
	clean  bool // every border follows from the one before, and no packet is missing
	at     int

	counting bool
	seq      byte // of the last packet that was in line
	lost     bool // the border at at does not follow from the packet before
	bad      uint64

	packet  []byte
	header  header
	certain bool
}

// isClean walks over the borders; seq is what the first packet should have.
func (r *reader) isClean(seq byte) bool {
	for at := 0; at < len(r.read); {
		h, ok := r.layout.header(r.read[at:])
		if !ok || h.seq != seq {
			return false
		}
		seq++
		at += r.layout.length(h)
		if at > len(r.read) {
			return false
		}
	}
	return true
}

// next finds the next whole packet.
func (r *reader) next() bool {
	for r.at < len(r.read) {
		h, ok := r.layout.header(r.read[r.at:])
		if ok && r.lost && r.counting && !ahead(r.seq, h.seq) {
			ok = false
		}
		if ok {
			ok = r.whole(h)
		}
		if ok {
			r.take(h)
			return true
		}
		if !r.lost {
			r.bad++
			r.lost = true
		}
		r.at = r.search(r.at + 1)
	}
	return false
}

// whole reports whether a packet with header h lies whole at the place. Pictures may
// hold bytes that look like headers; in doubt it is not.
func (r *reader) whole(h header) bool {
	end := r.at + r.layout.length(h)
	if end > len(r.read) {
		return false
	}
	if r.clean {
		return true
	}
	seq := h.seq
	if r.counting {
		seq = r.seq + 1 // h.seq may be damaged
	}
	for i := r.search(r.at + 1); i < end; i = r.search(i + 1) {
		if inner, ok := r.layout.header(r.read[i:]); ok && (r.lost || ahead(seq, inner.seq)) {
			return false
		}
	}
	if end == len(r.read) {
		return true
	}
	behind, ok := r.layout.header(r.read[end:])
	if h.flag == flagLast {
		return ok && behind.seq == h.seq+1 // no gap will cast doubt on it later
	}
	return ok || h.length == r.layout.length(h)
}

// take makes the packet at the place the current one and goes behind it.
func (r *reader) take(h header) {
	end := r.at + r.layout.length(h)
	r.packet, r.header = r.read[r.at:end], h
	behind, ok := r.layout.header(r.read[end:])
	r.certain = ok && behind.seq == h.seq+1
	if d := h.seq - r.seq; !r.counting || d >= 1 && (d <= maxGap+1 || r.lost) {
		r.seq = h.seq
	} else {
		r.seq++ // out of line: its place in the read says more than its header
	}
	r.counting, r.lost, r.at = true, false, end
}

// search is the next place from which something like a header begins, else the end.
func (r *reader) search(from int) int {
	if i := bytes.Index(r.read[from:], []byte{'R', 'B', 0}); i >= 0 {
		return from + i
	}
	return len(r.read)
}

// ahead reports whether a packet with sequence byte next may follow one with seq,
// with a gap or without.
func ahead(seq, next byte) bool {
	d := next - seq
	return d >= 1 && d <= maxAhead
}
