package packets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// ErrCut is wrapped by Reader.Next where a file ends in the middle of a block.
var ErrCut = errors.New("the file was cut here")

// Counts say what of a file could not be used.
type Counts struct {
	// Damaged counts stretches of the file that were left out.
	Damaged uint64
	// Missing counts the reads that the recorder could not save.
	Missing uint64
}

// A Reader takes a file apart. One goroutine may use it. It never holds more than one
// block, and believes nothing without its checksum.
type Reader struct {
	in      *bufio.Reader
	header  Header
	body    []byte
	lengths []int
	counts  Counts

	calibration *kinect.Calibration // the newest; nil when there is none
	attitude    raw.MotorState
	stood       bool // attitude was read
}

// NewReader reads the header.
func NewReader(r io.Reader) (*Reader, error) {
	p := &Reader{in: bufio.NewReaderSize(r, 64<<10)}
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(p.in, start); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("reading: %w", err)
	}
	if string(start) != magic {
		return nil, errors.New("it holds no packets of a Kinect")
	}
	h, err := p.block()
	if err != nil || h.kind != kindHeader || p.counts.Damaged > 0 || len(p.body) > maxHeader {
		return nil, errors.Join(errors.New("its header is damaged"), err)
	}
	if p.header, err = parseHeader(p.body); err != nil {
		return nil, err
	}
	p.calibration = p.header.Calibration
	return p, nil
}

func parseHeader(b []byte) (Header, error) {
	var h Header
	if err := json.Unmarshal(b, &h); err != nil {
		return Header{}, fmt.Errorf("its header is no JSON object as it should be: %w", err)
	}
	if h.Version != Version {
		return Header{}, fmt.Errorf("its version is %d; this program reads version %d", h.Version, Version)
	}
	if h.Calibration == nil {
		return h, nil
	}
	return h, check(h.Calibration)
}

// check makes a calibration that was read a known one, if it can be.
func check(c *kinect.Calibration) error {
	c.Known = true
	if err := raw.CheckZeroPlane(c.ZeroPlane); err != nil {
		return fmt.Errorf("its calibration is none: %w", err)
	}
	if c.ConstShift < 0 || c.ConstShift > 0xffff {
		return fmt.Errorf("its calibration is none: the constant shift is %d", c.ConstShift)
	}
	return nil
}

// Header is the file's.
func (r *Reader) Header() Header { return r.header }

// Counts are the counts so far.
func (r *Reader) Counts() Counts { return r.counts }

// Calibration is the sensor's at the read that came last; the default before anything
// was said about it.
func (r *Reader) Calibration() kinect.Calibration {
	if r.calibration == nil {
		return kinect.DefaultCalibration()
	}
	return *r.calibration
}

// Attitude is how the sensor stood at the read that came last; false before anything
// was said about it.
func (r *Reader) Attitude() (raw.MotorState, bool) { return r.attitude, r.stood }

// Next is the next read, whose memory the next call uses again. At the end it is
// io.EOF, or wraps ErrCut when something of a block is missing; other errors are those
// of reading.
func (r *Reader) Next() (raw.Read, error) {
	for {
		h, err := r.block()
		if err != nil {
			return raw.Read{}, err
		}
		switch h.kind {
		case kindRead:
			read, err := parseRead(h, r.body, r.lengths)
			if err != nil {
				r.counts.Damaged++
				continue
			}
			if read.Lengths != nil {
				r.lengths = read.Lengths
			}
			return read, nil
		case kindLoss:
			r.counts.Missing += uint64(h.count)
		case kindCalibration:
			c := new(kinect.Calibration)
			if err := json.Unmarshal(r.body, c); err != nil || check(c) != nil {
				r.counts.Damaged++
				continue
			}
			r.calibration = c
		case kindAttitude:
			if s, err := parseAttitude(r.body); err == nil {
				r.attitude, r.stood = s, true
			}
		}
	}
}

// block reads the next whole block, with its body in r.body.
func (r *Reader) block() (head, error) {
	for {
		h, err := r.head()
		if err != nil {
			return head{}, err
		}
		if cap(r.body) < int(h.body) {
			r.body = make([]byte, h.body)
		}
		r.body = r.body[:h.body]
		if _, err := io.ReadFull(r.in, r.body); err != nil {
			return head{}, ended(err)
		}
		if castagnoli(r.body) == h.sum {
			return h, nil
		}
		r.counts.Damaged++
	}
}

// head reads the next head and goes over what makes no sense before it.
func (r *Reader) head() (head, error) {
	lost := false
	for {
		b, err := r.in.Peek(headBytes)
		if len(b) == 0 && err != nil && errors.Is(err, io.EOF) {
			return head{}, io.EOF
		}
		if err != nil {
			return head{}, ended(err)
		}
		h, ok := parseHead((*[headBytes]byte)(b))
		if ok {
			_, err = r.in.Discard(headBytes)
			return h, err
		}
		if !lost {
			lost = true
			r.counts.Damaged++
		}
		if err := r.search(); err != nil {
			return head{}, err
		}
	}
}

// search goes forward by at least a byte, to what may be the next marker.
func (r *Reader) search() error {
	if _, err := r.in.Discard(1); err != nil {
		return ended(err)
	}
	b, err := r.in.Peek(max(headBytes, r.in.Buffered()))
	if i := bytes.Index(b, []byte(marker)); i >= 0 {
		_, err = r.in.Discard(i)
		return err
	}
	if err != nil {
		return ended(err)
	}
	_, err = r.in.Discard(len(b) - len(marker) + 1)
	return err
}

// ended says how a file ends in the middle of something.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: its last block is not whole", ErrCut)
	}
	return fmt.Errorf("reading: %w", err)
}
