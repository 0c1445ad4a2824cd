package world

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"cutout/kinect"
)

// decoder reads the pieces of a log; the first error stays, and all that is read
// after it is zero.
type decoder struct {
	r   *bufio.Reader
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = errors.New(what)
	}
}

func (d *decoder) check(err error) {
	if err != nil && d.err == nil {
		d.err = unexpected(err)
	}
}

func (d *decoder) byte() byte {
	if d.err != nil {
		return 0
	}
	b, err := d.r.ReadByte()
	d.check(err)
	return b
}

func (d *decoder) number(limit uint64, what string) uint64 {
	if d.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(d.r)
	d.check(err)
	if n > limit {
		d.fail(fmt.Sprintf("%s is %d, more than %d", what, n, limit))
		return 0
	}
	return n
}

func (d *decoder) signed() int64 {
	if d.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(d.r)
	d.check(err)
	return n
}

func (d *decoder) text() string {
	b := make([]byte, d.number(maxText, "the length of a text"))
	if d.err == nil {
		_, err := io.ReadFull(d.r, b)
		d.check(err)
	}
	return string(b)
}

func (d *decoder) grid(g *kinect.Grid) {
	if d.err == nil {
		d.check(readGrid(d.r, g))
	}
}

func (d *decoder) silhouette(before *kinect.Silhouette) *kinect.Silhouette {
	s := &kinect.Silhouette{}
	d.grid(&s.Body)
	d.grid(&s.Unseen)
	s.Body, s.Unseen = *xor(&s.Body, &before.Body), *xor(&s.Unseen, &before.Unseen)
	s.Distance = kinect.Millimetres(d.number(1<<16-1, "a distance"))
	s.Height = kinect.Millimetres(d.number(1<<16-1, "a height"))
	s.FloorDrop = int(d.signed())
	return s
}

// Kinds of command in a log.
const (
	logIdentify = iota + 1
	logJoined
	logLeft
	logRenamed
	logSetReady
	logStart
	logJudged
	logAbandon
)

func appendCommand(b []byte, command Command) []byte {
	switch c := command.(type) {
	case Identify:
		return appendBool(appendText(appendText(append(b, logIdentify), c.ID), c.Name), c.Plays)
	case Joined:
		return appendText(appendText(append(b, logJoined), c.ID), c.Name)
	case Left:
		return appendText(append(b, logLeft), c.ID)
	case Renamed:
		return appendText(appendText(append(b, logRenamed), c.ID), c.Name)
	case SetReady:
		return appendBool(appendText(append(b, logSetReady), c.ID), c.Ready)
	case Start:
		b = binary.AppendUvarint(append(b, logStart), c.Seed)
		b = binary.AppendVarint(b, c.Tick)
		b = binary.AppendUvarint(b, uint64(len(c.Walls)))
		for i := range c.Walls {
			b = appendWall(b, &c.Walls[i])
		}
		return b
	case Judged:
		b = appendText(append(b, logJudged), c.ID)
		v := &c.Verdict
		for _, n := range []int{v.Wall, int(v.Outcome), v.Fit, v.Fill} {
			b = binary.AppendVarint(b, int64(n))
		}
		b = appendBool(b, c.Body != nil)
		if c.Body != nil {
			b = PackGrid(b, c.Body)
		}
		return b
	case Abandon:
		return append(b, logAbandon)
	}
	return b
}

func (d *decoder) command() Command {
	switch kind := d.byte(); kind {
	case logIdentify:
		return Identify{ID: d.text(), Name: d.text(), Plays: d.bool()}
	case logJoined:
		return Joined{ID: d.text(), Name: d.text()}
	case logLeft:
		return Left{ID: d.text()}
	case logRenamed:
		return Renamed{ID: d.text(), Name: d.text()}
	case logSetReady:
		return SetReady{ID: d.text(), Ready: d.bool()}
	case logStart:
		c := Start{Seed: d.number(1<<64-1, "a seed"), Tick: d.signed()}
		for n := d.number(MaxWalls, "the number of walls"); n > 0 && d.err == nil; n-- {
			c.Walls = append(c.Walls, d.wall())
		}
		return c
	case logJudged:
		c := Judged{ID: d.text()}
		c.Verdict = Verdict{Wall: int(d.signed()), Outcome: Outcome(d.signed()), Fit: int(d.signed()), Fill: int(d.signed())}
		if d.bool() {
			c.Body = new(kinect.Grid)
			d.grid(c.Body)
		}
		return c
	case logAbandon:
		return Abandon{}
	default:
		d.fail(fmt.Sprintf("a command is of unknown kind %d", kind))
		return nil
	}
}

// angles are the numbers of a pose, in the order of a log.
func angles(p *kinect.Pose) [12]*int16 {
	return [12]*int16{
		&p.Lean, &p.Head, &p.LeftShoulder, &p.LeftElbow, &p.RightShoulder, &p.RightElbow,
		&p.LeftHip, &p.LeftKnee, &p.RightHip, &p.RightKnee, &p.Squat, &p.Shift,
	}
}

func appendWall(b []byte, w *Wall) []byte {
	b = binary.AppendVarint(appendText(b, w.Name), int64(w.Difficulty))
	for _, a := range angles(&w.Pose) {
		b = binary.AppendVarint(b, int64(*a))
	}
	return b
}

func (d *decoder) wall() Wall {
	w := Wall{Name: d.text(), Difficulty: int(d.signed())}
	for _, a := range angles(&w.Pose) {
		*a = int16(d.signed())
	}
	return w
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func (d *decoder) bool() bool { return d.number(1, "a yes or no") == 1 }

// appendText cuts texts that are too long to be read back.
func appendText(b []byte, s string) []byte {
	s = s[:min(len(s), maxText)]
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
