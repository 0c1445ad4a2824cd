package wire

// NAL unit types (H.264, table 7-1; RFC 6184, 5.2).
const (
	nalIDR  = 5
	nalSPS  = 7
	nalSTAP = 24
	nalFU   = 28
)

var startCode = []byte{0, 0, 0, 1}

// appendNALs appends what an RTP payload of H.264 (RFC 6184, packetization modes 0 and
// 1) holds to data, with a start code before each NAL unit. key: one of them belongs to
// a picture that leans on none before. ok is false for what is no such payload, or
// goes on with what never began.
func appendNALs(data, payload []byte, begun bool) (out []byte, key, ok bool) {
	if len(payload) < 2 {
		return data, false, false
	}
	switch t := payload[0] & 0x1f; {
	case t >= 1 && t < nalSTAP:
		return append(append(data, startCode...), payload...), t == nalIDR, true
	case t == nalSTAP:
		return appendAggregate(data, payload[1:])
	case t == nalFU:
		return appendFragment(data, payload, begun)
	}
	return data, false, false
}

func appendAggregate(data, rest []byte) (out []byte, key, ok bool) {
	for len(rest) > 2 {
		n := int(rest[0])<<8 | int(rest[1])
		if rest = rest[2:]; n == 0 || n > len(rest) {
			return data, false, false
		}
		key = key || rest[0]&0x1f == nalIDR
		data = append(append(data, startCode...), rest[:n]...)
		rest, ok = rest[n:], true
	}
	return data, key, ok && len(rest) == 0
}

func appendFragment(data, payload []byte, begun bool) (out []byte, key, ok bool) {
	if len(payload) < 3 {
		return data, false, false
	}
	head, fu := payload[0], payload[1]
	if fu&0x80 != 0 {
		data = append(append(data, startCode...), head&0xe0|fu&0x1f)
	} else if !begun {
		return data, false, false
	}
	return append(data, payload[2:]...), fu&0x1f == nalIDR, true
}
