package puppet

import (
	"context"
	"image"
	"sync"
	"time"

	"cutout/kinect"
	"cutout/kinect/internal/pace"
)

// Options is who a Puppet is, and where. The zero value is a grown person at a
// good distance in a pleasant room.
type Options struct {
	// Seed decides everything that is left to chance: noise, blinking, swaying, the
	// room when Room is nil, and the look when Look is its zero value.
	Seed uint64
	// Height of the person (0: 1700 mm), Distance from the sensor (0: 2900 mm, where
	// raised hands are still seen) and Side, millimetres to the picture's right.
	Height, Distance kinect.Millimetres
	Side             int
	Look             Look
	// Room is drawn behind the person; nil makes one from the Seed. Puppets may
	// share a Room, which saves a third of a second and 20 MB for each.
	Room *Room
	// FPS is the sensor's pace, 1 to 30 frames a second; 0 means 30.
	FPS int
	// ColourEvery n makes a colour picture with every n-th depth frame only; 0 and 1
	// mean with each.
	ColourEvery int
	// Paint, when set, may draw into each colour picture before it is handed on. It
	// is called by the goroutine that calls Next. seq is the number of the picture
	// since the start, from 1; those which a slow reader loses are never made.
	Paint func(seq uint64, picture *image.YCbCr)
}

const (
	// framePace is the time between frames: 30 a second, near the 29.97 and 30.04 of
	// a real sensor's two streams.
	framePace = time.Second / 30
	// lead is how long before its depth frame a colour picture is finished.
	lead      = 5 * time.Millisecond
	leadTicks = kinect.ClockHz / 200
	// backlog is how many frames wait for a slow reader.
	backlog = 2
)

// A Puppet is a kinect.Source of a made-up person. All its methods except Next
// may be called by any goroutine. It draws a frame when Next asks for it, as the
// person stood when the frame was due.
type Puppet struct {
	options Options
	figure  Figure
	start   time.Time
	closed  chan struct{}
	once    sync.Once

	// Used by the reader alone.
	renderer *renderer
	pace     time.Duration
	drawn    int64 // the frame that stands in the renderer

	mu     sync.Mutex
	mover  *mover
	driver driver
	depth  tally
	video  tally
	owed   bool // the next depth frame's picture was taken
}

// A tally counts what became of a stream's frames.
type tally struct {
	last    int64 // number of the last frame that was taken or lost, from 1
	dropped uint64
}

// New makes a puppet that stands at ease and whose sensor starts now.
func New(o Options) *Puppet {
	if o.Height == 0 {
		o.Height = 1700
	}
	if o.Distance == 0 {
		o.Distance = 2900
	}
	if o.Look == (Look{}) {
		o.Look = NewLook(o.Seed)
	}
	if o.Room == nil {
		o.Room = NewRoom(o.Seed)
	}
	o.ColourEvery = max(1, o.ColourEvery)
	every := framePace
	if o.FPS > 0 {
		every = time.Second / time.Duration(min(o.FPS, 30))
	}
	return &Puppet{
		options: o, pace: every, start: time.Now(), closed: make(chan struct{}),
		figure:   Figure{Height: o.Height, Distance: o.Distance, Side: o.Side, Look: o.Look},
		renderer: newRenderer(o.Room), mover: newMover(o.Seed),
	}
}

// order gives orders, whose times count from now.
func (p *Puppet) order(moves ...move) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Since(p.start)
	for i := range moves {
		moves[i].start += now
		moves[i].arrive += now
	}
	p.mover.order(now, moves...)
}

// SetPose puts the puppet into the pose at once, without swaying, until the next
// order.
func (p *Puppet) SetPose(pose kinect.Pose) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mover.freeze(time.Since(p.start), postureOf(pose))
}

// Perform moves smoothly to the pose, to be there after arrive, or later when no
// person is that quick; there the puppet holds still until the next order.
func (p *Puppet) Perform(goal kinect.Pose, arrive time.Duration) { p.order(perform(0, arrive, goal)) }

// HandsUp raises both hands, holds them up for that long, and lets them sink.
func (p *Puppet) HandsUp(hold time.Duration) {
	const raise = 700 * time.Millisecond
	p.order(move{arrive: raise, goal: handsUp, sway: 0.5, smile: 850}, relax(raise+max(0, hold)))
}

// Relax returns to standing at ease.
func (p *Puppet) Relax() { p.order(relax(0)) }

// Steer has the body follow the controls until the next order of another kind.
func (p *Puppet) Steer(c Controls) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mover.follow(time.Since(p.start), p.driver.posture(c), 650)
}

// Pose is how the puppet stands now, rounded to whole degrees.
func (p *Puppet) Pose() kinect.Pose {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, _ := p.mover.at(time.Since(p.start))
	return now.pose()
}

// due is when frame n and its picture are finished, after the start.
func (p *Puppet) due(n int64) time.Duration { return time.Duration(n) * p.pace }

// coloured says whether a picture comes with frame n, and which it is.
func (p *Puppet) coloured(n int64) (picture int64, ok bool) {
	every := int64(p.options.ColourEvery)
	return (n-1)/every + 1, (n-1)%every == 0
}

// Next implements kinect.Source. A picture comes a little before the depth frame
// that shows the same moment.
func (p *Puppet) Next(ctx context.Context) (kinect.Image, error) {
	for {
		n, colour := p.upcoming()
		when := p.due(n)
		if colour {
			when -= lead
		}
		if err := pace.Wait(ctx, p.start.Add(when), p.closed); err != nil {
			return kinect.Image{}, err
		}
		if next, _ := p.upcoming(); next != n {
			continue // the wait was so long that the frame is lost
		}
		return p.draw(n, colour, when), nil
	}
}

// upcoming is the frame to deliver next, and whether its picture comes first. It
// gives up those that have waited too long, but never the depth of a picture that
// was taken: the slowest of readers gets both.
func (p *Puppet) upcoming() (n int64, colour bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owed {
		return p.depth.last + 1, false
	}
	finished := int64(time.Since(p.start) / p.pace)
	p.depth.skip(finished - backlog)
	n = p.depth.last + 1
	first, _ := p.coloured(n + int64(p.options.ColourEvery) - 1) // the first picture from frame n on
	p.video.skip(first - 1)
	picture, ok := p.coloured(n)
	return n, ok && p.video.last < picture
}

// skip loses the frames up to number n.
func (t *tally) skip(n int64) {
	if n > t.last {
		t.dropped += uint64(n - t.last)
		t.last = n
	}
}

// draw makes frame n or its picture.
func (p *Puppet) draw(n int64, colour bool, when time.Duration) kinect.Image {
	if p.drawn != n {
		p.mu.Lock()
		stands, face := p.mover.at(p.due(n) - lead)
		p.mu.Unlock()
		p.figure.Face = face
		p.renderer.stand(&p.figure, stands)
		p.drawn = n
	}
	clock := uint32(n * kinect.ClockHz / int64(time.Second/p.pace))
	if !colour {
		codes := p.renderer.depth(p.options.Seed + uint64(n))
		p.took(&p.depth, n, false)
		return kinect.Image{Depth: &kinect.DepthFrame{
			Codes: codes, Clock: clock, At: p.start.Add(when), Registered: true,
		}}
	}
	picture := p.renderer.colour()
	number, _ := p.coloured(n)
	if p.options.Paint != nil {
		p.options.Paint(uint64(number), picture)
	}
	p.took(&p.video, number, true)
	return kinect.Image{Video: &kinect.VideoFrame{
		Format: kinect.YCbCr, Width: kinect.Width, Height: kinect.Height, Picture: picture, Clock: clock - leadTicks, At: p.start.Add(when),
	}}
}

func (p *Puppet) took(t *tally, n int64, owed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.last, p.owed = n, owed
}

// Calibration implements kinect.Source: the constants that sensors agree on.
func (p *Puppet) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }

// Status implements kinect.Source.
func (p *Puppet) Status() kinect.Status {
	s := kinect.Status{Kind: kinect.KindPuppet, Serial: "puppet", Live: true}
	select {
	case <-p.closed:
		s.Live = false
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := time.Since(p.start)
	s.Depth = p.depth.status(int64(elapsed / p.pace))
	pictures := int64(0)
	if n := int64((elapsed + lead) / p.pace); n > 0 {
		pictures, _ = p.coloured(n)
	}
	s.Video = p.video.status(pictures)
	return s
}

// status is a stream's counts when so many frames are finished. Those that only
// wait for the reader are not lost yet.
func (t *tally) status(finished int64) kinect.StreamStatus {
	finished = max(finished, t.last)
	return kinect.StreamStatus{
		Frames:        uint64(finished),
		DroppedFrames: t.dropped + uint64(max(0, finished-t.last-backlog)),
	}
}

// Close implements kinect.Source.
func (p *Puppet) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
