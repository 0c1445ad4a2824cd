package usb

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cutout/kinect"
	"cutout/kinect/internal/imagequeue"
	"cutout/kinect/raw"
)

// A reader takes what one endpoint sends in one mode and makes frames of it, on a
// goroutine of its own that never waits for anybody but the device.
type reader struct {
	kind     raw.Stream
	endpoint int
	depth    kinect.DepthMode
	video    kinect.VideoMode
	receiver *raw.Receiver
	layout   raw.Layout
	state    *state
	queue    *imagequeue.Queue
	whole    bool           // only whole frames are wanted
	tap      func(raw.Read) // may be nil
	tapping  *sync.Mutex

	in   stream
	done chan error // told once why the stream ended

	// Of the goroutine that reads.
	pace    *pacer
	started bool
	before  raw.Counters

	// lastFrame, lastPacket and lastSlot are when the last frame was complete, the last
	// packet came, and the last slot did not fail, in Unix nanoseconds.
	lastFrame, lastPacket, lastSlot atomic.Int64

	rung   int       // how often it was started anew since its last frame
	rungAt time.Time // when it was last started, or the watch over it resumed
}

// newReader makes the reader of a stream; nil when its mode is off.
func (d *Device) newReader(kind raw.Stream) *reader {
	r := &reader{
		kind: kind, depth: d.want.depth, video: d.want.video,
		state: &d.state, queue: d.queue, whole: d.options.CompleteOnly, tap: d.options.Tap, tapping: &d.tapping,
	}
	switch {
	case kind == raw.DepthStream && r.depth != kinect.DepthOff:
		r.endpoint, r.layout, r.receiver = endpointDepth, raw.LayoutOfDepth(r.depth), raw.NewDepthReceiver(r.depth)
	case kind == raw.VideoStream && r.video != kinect.VideoOff:
		r.endpoint, r.layout, r.receiver = endpointVideo, raw.LayoutOfVideo(r.video), raw.NewVideoReceiver(r.video)
	default:
		return nil
	}
	return r
}

// submit has transfers wait for what the device is going to send, and reads them until
// close.
func (r *reader) submit(p port) error {
	in, err := p.stream(r.endpoint)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	r.in, r.done = in, done
	r.pace, r.started = newPacer(r.layout), true
	r.begin(time.Now())
	go func() { done <- r.read() }()
	return nil
}

// begin gives the stream time to bring its first frame.
func (r *reader) begin(now time.Time) {
	for _, last := range []*atomic.Int64{&r.lastFrame, &r.lastPacket, &r.lastSlot} {
		last.Store(now.UnixNano())
	}
	r.rungAt = now
}

// close takes back what waits for the device, and ends the goroutine.
func (r *reader) close() {
	if r.done == nil {
		return
	}
	r.in.stop()
	<-r.done
	r.done = nil
}

// read makes frames until the stream ends, and says why.
func (r *reader) read() error {
	for {
		first, packets, lengths, err := r.in.next()
		if err != nil {
			return err
		}
		r.take(packets, lengths)
		if r.pace.look(first, packets, lengths) {
			r.in.pace(r.pace.mark(), r.pace.period)
		}
	}
}

// take makes frames of the packets of a transfer.
func (r *reader) take(packets []byte, lengths []int) {
	now := time.Now()
	if slices.ContainsFunc(lengths, func(n int) bool { return n >= 0 }) {
		r.lastSlot.Store(now.UnixNano())
	}
	if len(packets) > 0 {
		r.lastPacket.Store(now.UnixNano())
	}
	read := raw.Read{
		Stream: r.kind, Depth: r.depth, Video: r.video, Started: r.started,
		At: now, Bytes: packets, Lengths: lengths,
	}
	r.started = false
	r.receiver.Add(read, r.deliver)
	c := r.receiver.Counters()
	r.state.came(r.kind, c.Packets-r.before.Packets, c.LostPackets-r.before.LostPackets)
	r.before = c
	if r.tap != nil {
		r.tapping.Lock()
		r.tap(read)
		r.tapping.Unlock()
	}
}

func (r *reader) deliver(img kinect.Image) {
	r.lastFrame.Store(time.Now().UnixNano())
	quality := qualityOf(img)
	dropped := r.whole && !quality.Whole()
	if !dropped {
		dropped = r.queue.Put(img)
	}
	r.state.finished(r.kind, quality, dropped)
}

func qualityOf(img kinect.Image) kinect.Quality {
	if img.Depth != nil {
		return img.Depth.Quality
	}
	return img.Video.Quality
}

// silence is how long ago something last happened, or the stream was started if that was
// later.
func (r *reader) silence(last *atomic.Int64, now time.Time) time.Duration {
	return min(now.Sub(time.Unix(0, last.Load())), now.Sub(r.rungAt))
}
