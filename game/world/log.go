package world

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"cutout/kinect"
)

// An input log is what reached a world, tick by tick, so that the match can be
// played again. After the line logMagic come the options, then records: a byte of
// flags, how many more ticks had the same input, and what the flags announce.
// Numbers are varints, texts have their length before them, grids are packed and
// silhouettes XORed with the one before, of which little is left.
const logMagic = "cutout input log 1\n"

// Flags of a record.
const (
	logBody    = 1 << iota // a new silhouette follows
	logNobody              // nobody is there any more
	logHands               // hands are up
	logKey                 // the key is held
	logCommand             // commands follow
	logFlags   = 1<<iota - 1
)

// Bounds of what a log may hold.
const (
	maxText     = 256
	maxCommands = 1 << 12
	maxRepeat   = 1 << 24
)

// A Recorder writes an input log. One goroutine may use it.
type Recorder struct {
	w        *bufio.Writer
	buf      []byte
	last     Input // of the record not yet written
	flags    byte
	repeat   uint64 // ticks after the first with the same input
	pending  bool
	previous kinect.Silhouette // the last one written
}

// NewRecorder begins a log of the world that New(o) makes.
func NewRecorder(w io.Writer, o Options) (*Recorder, error) {
	r := &Recorder{w: bufio.NewWriter(w)}
	b := append([]byte(nil), logMagic...)
	b = appendText(appendText(b, o.Self), o.Name)
	if _, err := r.w.Write(b); err != nil {
		return nil, fmt.Errorf("beginning an input log: %w", err)
	}
	return r, nil
}

// Add appends the input of one Step.
func (r *Recorder) Add(in Input) error {
	same := r.pending && len(in.Commands) == 0 && in.Body == r.last.Body &&
		in.HandsUp == r.last.HandsUp && in.ReadyKey == r.last.ReadyKey && r.repeat < maxRepeat
	if same {
		r.repeat++
		return nil
	}
	if err := r.write(); err != nil {
		return err
	}
	r.flags = 0
	if in.Body != r.last.Body {
		if r.flags = logBody; in.Body == nil {
			r.flags = logNobody
		}
	}
	if in.HandsUp {
		r.flags |= logHands
	}
	if in.ReadyKey {
		r.flags |= logKey
	}
	if len(in.Commands) > 0 {
		r.flags |= logCommand
	}
	r.last, r.repeat, r.pending = in, 0, true
	return nil
}

// write puts the pending record out.
func (r *Recorder) write() error {
	if !r.pending {
		return nil
	}
	r.pending = false
	b := append(r.buf[:0], r.flags)
	b = binary.AppendUvarint(b, r.repeat)
	if r.flags&logBody != 0 {
		b = appendSilhouette(b, &r.previous, r.last.Body)
		r.previous = *r.last.Body
	}
	if r.flags&logCommand != 0 {
		b = binary.AppendUvarint(b, uint64(len(r.last.Commands)))
		for _, c := range r.last.Commands {
			b = appendCommand(b, c)
		}
	}
	r.last.Commands = nil
	r.buf = b
	if _, err := r.w.Write(b); err != nil {
		return fmt.Errorf("writing the input log: %w", err)
	}
	return nil
}

// Close writes what is left. It does not close the writer underneath.
func (r *Recorder) Close() error {
	if err := r.write(); err != nil {
		return err
	}
	if err := r.w.Flush(); err != nil {
		return fmt.Errorf("ending the input log: %w", err)
	}
	return nil
}

func appendSilhouette(b []byte, before, s *kinect.Silhouette) []byte {
	b = PackGrid(b, xor(&before.Body, &s.Body))
	b = PackGrid(b, xor(&before.Unseen, &s.Unseen))
	b = binary.AppendUvarint(b, uint64(s.Distance))
	b = binary.AppendUvarint(b, uint64(s.Height))
	return binary.AppendVarint(b, int64(s.FloorDrop))
}

func xor(a, b *kinect.Grid) *kinect.Grid {
	var out kinect.Grid
	for i := range out {
		out[i] = a[i] ^ b[i]
	}
	return &out
}

// A LogReader gives back the inputs of a log. One goroutine may use it.
type LogReader struct {
	d        decoder
	options  Options
	in       Input
	repeat   uint64
	previous kinect.Silhouette
}

var errLogFormat = errors.New("this is not an input log of Cutout, or one of another version")

// NewLogReader reads the beginning of a log.
func NewLogReader(r io.Reader) (*LogReader, error) {
	l := &LogReader{d: decoder{r: bufio.NewReader(r)}}
	magic := make([]byte, len(logMagic))
	if _, err := io.ReadFull(l.d.r, magic); err != nil || string(magic) != logMagic {
		return nil, errLogFormat
	}
	l.options = Options{Self: l.d.text(), Name: l.d.text()}
	if l.d.err != nil {
		return nil, fmt.Errorf("reading the input log's beginning: %w", l.d.err)
	}
	return l, nil
}

// Options are those of the world that was recorded.
func (l *LogReader) Options() Options { return l.options }

// Next is the input of the next Step, io.EOF at the end of the log.
func (l *LogReader) Next() (Input, error) {
	if l.repeat > 0 {
		l.repeat--
		l.in.Commands = nil
		return l.in, nil
	}
	if _, err := l.d.r.Peek(1); errors.Is(err, io.EOF) {
		return Input{}, io.EOF
	}
	l.record()
	if l.d.err != nil {
		return Input{}, fmt.Errorf("reading the input log: %w", l.d.err)
	}
	return l.in, nil
}

func (l *LogReader) record() {
	d := &l.d
	flags := d.byte()
	if flags > logFlags || flags&logBody != 0 && flags&logNobody != 0 {
		d.fail("a record has unknown flags")
	}
	l.repeat = d.number(maxRepeat, "a repetition")
	l.in.HandsUp, l.in.ReadyKey, l.in.Commands = flags&logHands != 0, flags&logKey != 0, nil
	if flags&logNobody != 0 {
		l.in.Body = nil
	}
	if flags&logBody != 0 {
		l.in.Body = d.silhouette(&l.previous)
		l.previous = *l.in.Body
	}
	if flags&logCommand != 0 {
		for n := d.number(maxCommands, "the number of commands"); n > 0 && d.err == nil; n-- {
			if c := d.command(); c != nil {
				l.in.Commands = append(l.in.Commands, c)
			}
		}
	}
}

// A Summary is how a replay went.
type Summary struct {
	Ticks   int64
	Matches int      // that began
	Players []Player // at the last podium, or at the end when there was none
	// Hash is of all states, one after the other.
	Hash uint64
}

// Replay plays a log again. With the summary of what went well, it returns the
// error that ended it early.
func Replay(r io.Reader) (Summary, error) {
	l, err := NewLogReader(r)
	if err != nil {
		return Summary{}, err
	}
	w := New(l.Options())
	var sum Summarizer
	for {
		in, err := l.Next()
		if errors.Is(err, io.EOF) {
			return sum.Summary(), nil
		}
		if err != nil {
			return sum.Summary(), err
		}
		w.Step(in)
		sum.Add(w.State())
	}
}
