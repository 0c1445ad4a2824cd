package packets

import (
	"context"
	"errors"
	"io"
	"time"

	"cutout/kinect"
	"cutout/kinect/internal/pace"
	"cutout/kinect/raw"
)

const (
	// maxGap is the longest pause between two reads that is kept. A longer one, or one
	// backwards, is a host's clock that was set during the recording; it becomes
	// usualGap.
	maxGap   = time.Minute
	usualGap = time.Second / 60
	// overtaken is how far backwards may be a read of the one stream that was overtaken
	// by one of the other on its way to the recorder.
	overtaken = 100 * time.Millisecond
	// roundGap lies between the last read and the first when a recording loops, and
	// clockGap between the clocks of their frames at least.
	roundGap = time.Millisecond
	clockGap = time.Second / 30
	// late is how far playing may fall behind before it gives up catching up.
	late = time.Second
)

// A sensor is what run keeps of the Kinect that the file stands for.
type sensor struct {
	player    *Player
	receivers map[key]*raw.Receiver
	current   [2]*raw.Receiver // of each stream
	counted   map[*raw.Receiver]raw.Counters

	start    time.Time     // when this round's first read is due
	at       time.Duration // of the newest read in this round
	last     time.Time     // its time in the file
	begun    bool          // this round had a read
	useful   bool          // this round had a frame
	ticks    uint32        // added to the clock in this round
	clocks   [2]clockSpan  // of each stream in this round
	restarts [2]bool       // the stream was started before
}

// A key tells receivers apart: a stream and its mode.
type key struct {
	stream raw.Stream
	depth  kinect.DepthMode
	video  kinect.VideoMode
}

// A clockSpan is how far a stream's clock has run.
type clockSpan struct {
	last uint32
	seen bool
	span int64
}

func (c *clockSpan) note(clock uint32) {
	if c.seen {
		c.span += int64(max(0, int32(clock-c.last)))
	}
	c.last, c.seen = clock, true
}

// run plays until ctx ends or the file does.
func (p *Player) run(ctx context.Context) {
	defer close(p.stopped)
	defer p.queue.End()
	select {
	case <-p.begin:
	case <-ctx.Done():
		return
	}
	s := &sensor{player: p, receivers: map[key]*raw.Receiver{}, counted: map[*raw.Receiver]raw.Counters{}, start: time.Now()}
	for {
		err := s.round(ctx)
		if ctx.Err() != nil {
			return
		}
		ended := errors.Is(err, io.EOF)
		if ended && p.options.Loop && s.useful {
			s.again()
			continue
		}
		p.mu.Lock()
		p.status.Live = false
		if !ended {
			p.status.Trouble = err
		}
		p.mu.Unlock()
		return
	}
}

// again makes ready for another round.
func (s *sensor) again() {
	length := s.at + roundGap
	ticks := toTicks(length)
	for _, c := range s.clocks {
		ticks = max(ticks, c.span+toTicks(clockGap))
	}
	s.ticks += uint32(ticks)
	s.start = s.start.Add(s.scale(length))
	s.clocks = [2]clockSpan{}
	s.at, s.begun, s.useful = 0, false, false
	for _, r := range s.receivers {
		r.Reset()
	}
}

func toTicks(d time.Duration) int64 { return int64(d/time.Microsecond) * (kinect.ClockHz / 1_000_000) }

func (s *sensor) scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.player.options.Speed)
}

// round plays the file once. The error is never nil: io.EOF at the end, which a cut is
// too, after it was noted.
func (s *sensor) round(ctx context.Context) error {
	p := s.player
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := NewReader(p.file)
	if err != nil {
		return err
	}
	var before Counts
	for {
		read, err := r.Next()
		if err == nil {
			read.At, err = s.wait(ctx, read.At)
		}
		s.note(r, &before)
		if errors.Is(err, ErrCut) {
			p.mu.Lock()
			p.status.Trouble = err
			p.mu.Unlock()
			return io.EOF
		}
		if err != nil {
			return err
		}
		s.feed(read)
	}
}

// note tells the player what the reader found beside reads.
func (s *sensor) note(r *Reader, before *Counts) {
	p, now := s.player, r.Counts()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Damaged += now.Damaged - before.Damaged
	p.counts.Missing += now.Missing - before.Missing
	*before = now
	p.calibration = r.Calibration()
	if a, ok := r.Attitude(); ok {
		p.attitude, p.stood = a, true
	}
}

// wait waits until a read of time t in the file is due, or wanted, and says when it is due.
func (s *sensor) wait(ctx context.Context, t time.Time) (time.Time, error) {
	if s.begun {
		gap := t.Sub(s.last)
		if gap > maxGap || gap < -overtaken {
			gap = usualGap
		}
		s.at = max(0, s.at+gap)
	}
	s.begun, s.last = true, t
	due := s.start.Add(s.scale(s.at))
	if s.player.options.Patient {
		return due, s.player.queue.Drained(ctx) // one read finishes one frame at most
	}
	if behind := time.Since(due); behind > late {
		s.start, due = s.start.Add(behind), due.Add(behind)
	}
	return due, pace.Wait(ctx, due, nil)
}

// feed gives a read to its stream's receiver.
func (s *sensor) feed(read raw.Read) {
	k := key{stream: read.Stream, depth: read.Depth, video: read.Video}
	r := s.receivers[k]
	if r == nil {
		r = newReceiver(k)
		s.receivers[k] = r
	}
	if before := s.current[read.Stream]; before != r {
		r.Reset()
		s.current[read.Stream] = r
	}
	r.Add(read, s.deliver)
	s.count(read, r)
}

func newReceiver(k key) *raw.Receiver {
	if k.stream == raw.DepthStream {
		return raw.NewDepthReceiver(k.depth)
	}
	return raw.NewVideoReceiver(k.video)
}

// deliver hands a frame on, with the clock of this round.
func (s *sensor) deliver(img kinect.Image) {
	p := s.player
	s.useful = true
	stream, quality := &p.status.Depth, kinect.Quality{}
	if d := img.Depth; d != nil {
		s.clocks[raw.DepthStream].note(d.Clock)
		d.Clock += s.ticks
		quality = d.Quality
	} else {
		s.clocks[raw.VideoStream].note(img.Video.Clock)
		img.Video.Clock += s.ticks
		stream, quality = &p.status.Video, img.Video.Quality
	}
	p.mu.Lock()
	stream.Frames++
	if !quality.Whole() {
		stream.RepairedFrames++
	}
	p.mu.Unlock()
	if p.queue.Put(img) {
		p.mu.Lock()
		stream.DroppedFrames++
		p.mu.Unlock()
	}
}

// count notes what the receiver has lost since it was last asked.
func (s *sensor) count(read raw.Read, r *raw.Receiver) {
	now, before := r.Counters(), s.counted[r]
	s.counted[r] = now
	p := s.player
	p.mu.Lock()
	defer p.mu.Unlock()
	stream := &p.status.Depth
	if read.Stream == raw.VideoStream {
		stream = &p.status.Video
	}
	stream.LostPackets += now.LostPackets - before.LostPackets
	if read.Started {
		if s.restarts[read.Stream] {
			p.status.Restarts++
		}
		s.restarts[read.Stream] = true
	}
}
