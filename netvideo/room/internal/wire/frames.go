package wire

import (
	"bytes"
	"encoding/binary"
)

// Frames finds the messages in what a WebSocket's server sends (RFC 6455, 5.2): first
// the HTTP answer, then frames. It only listens: what it does not understand ends it,
// and nobody is the worse for it.
type Frames struct {
	upgraded bool
	deaf     bool
	buf      []byte
	message  []byte // of a message in several frames
	skip     uint64 // bytes of a payload that is too long to look at
}

const (
	maxAnswer = 16 << 10 // of the HTTP answer
	// maxMessage bounds what is looked at; what it is made for takes some hundred bytes.
	maxMessage = 64 << 10
)

// Push takes the next bytes and calls emit for each whole binary message of up to
// maxMessage bytes. The message is only good during the call.
func (f *Frames) Push(b []byte, emit func([]byte)) {
	if f.deaf {
		return
	}
	if f.skip > 0 {
		n := min(f.skip, uint64(len(b)))
		f.skip, b = f.skip-n, b[n:]
	}
	f.buf = append(f.buf, b...)
	if !f.upgraded {
		i := bytes.Index(f.buf, []byte("\r\n\r\n"))
		if i < 0 {
			f.deaf = len(f.buf) > maxAnswer
			return
		}
		f.upgraded, f.buf = true, f.buf[i+4:]
	}
	for f.next(emit) {
	}
	if f.deaf || len(f.buf) == 0 {
		f.buf = nil
	}
}

// next takes one frame; false when it is not whole yet.
func (f *Frames) next(emit func([]byte)) bool {
	b := f.buf
	if f.deaf || len(b) < 2 {
		return false
	}
	final, opcode, size, head := b[0]&0x80 != 0, b[0]&0x0f, uint64(b[1]&0x7f), 2
	if b[0]&0x70 != 0 || b[1]&0x80 != 0 { // extensions, or masked: no server of ours
		f.deaf = true
		return false
	}
	switch size {
	case 126:
		if head = 4; len(b) < head {
			return false
		}
		size = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if head = 10; len(b) < head {
			return false
		}
		size = binary.BigEndian.Uint64(b[2:])
	}
	if size > maxMessage || uint64(len(f.message))+size > maxMessage {
		f.message = nil
		if !final {
			f.deaf = true
			return false
		}
		have := uint64(len(b) - head)
		f.skip = size - min(size, have)
		f.buf = b[head+int(min(size, have)):]
		return f.skip == 0
	}
	if uint64(len(b)-head) < size {
		return false
	}
	payload := b[head : head+int(size)]
	f.buf = b[head+int(size):]
	const continued, binaryData = 0, 2
	switch {
	case opcode == binaryData && final:
		emit(payload)
	case opcode == binaryData:
		f.message = append([]byte(nil), payload...)
	case opcode == continued && f.message != nil:
		if f.message = append(f.message, payload...); final {
			emit(f.message)
			f.message = nil
		}
	}
	return true
}
