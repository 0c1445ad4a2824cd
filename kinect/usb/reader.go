package usb

import (
	"sync/atomic"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// A reader takes what one endpoint sends in one mode and makes frames of it. It never
// waits for anybody: take runs on the goroutine that handles libusb's events.
type reader struct {
	kind     raw.Stream
	endpoint int
	depth    kinect.DepthMode
	video    kinect.VideoMode
	receiver *raw.Receiver
	layout   raw.Layout
	state    *state
	queue    *queue
	whole    bool           // only whole frames are wanted
	tap      func(raw.Read) // may be nil

	in stream // the watching goroutine's; nil when nothing was submitted yet

	// Of the goroutine that calls take.
	pace    *pacer
	started bool
	before  raw.Counters

	// lastFrame, lastPacket and lastSlot are when the last frame was complete, the last
	// packet came, and the last slot did not fail, in Unix nanoseconds.
	lastFrame, lastPacket, lastSlot atomic.Int64

	rung   int       // how often it was started anew since its last frame
	rungAt time.Time // when it was last started
}

// newReader makes the reader of a stream; nil when its mode is off.
func (d *Device) newReader(kind raw.Stream) *reader {
	r := &reader{
		kind: kind, depth: d.want.depth, video: d.want.video,
		state: &d.state, queue: d.queue, whole: d.options.CompleteOnly, tap: d.options.Tap,
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

// submit has transfers wait for what the device is going to send.
func (r *reader) submit(p port) error {
	r.pace, r.started = newPacer(r.layout), true
	r.begin(time.Now())
	var err error
	r.in, err = p.stream(r.endpoint, r.take)
	return err
}

// begin gives the stream time to bring its first frame.
func (r *reader) begin(now time.Time) {
	for _, last := range []*atomic.Int64{&r.lastFrame, &r.lastPacket, &r.lastSlot} {
		last.Store(now.UnixNano())
	}
	r.rungAt = now
}

// close takes back what waits for the device.
func (r *reader) close() {
	if r.in != nil {
		r.in.close()
		r.in = nil
	}
}

// take makes frames of the packets of a transfer.
func (r *reader) take(packets []byte, lengths []int) int {
	now := time.Now()
	for _, n := range lengths {
		if n >= 0 {
			r.lastSlot.Store(now.UnixNano())
			break
		}
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
		r.tap(read)
	}
	return r.pace.next(packets, lengths)
}

func (r *reader) deliver(img kinect.Image) {
	r.lastFrame.Store(time.Now().UnixNano())
	quality := qualityOf(img)
	dropped := r.whole && !quality.Whole()
	if !dropped {
		dropped = r.queue.put(img)
	}
	r.state.finished(r.kind, quality, dropped)
}

func qualityOf(img kinect.Image) kinect.Quality {
	if img.Depth != nil {
		return img.Depth.Quality
	}
	return img.Video.Quality
}

// silence is how long ago something last happened.
func silence(last *atomic.Int64, now time.Time) time.Duration {
	return now.Sub(time.Unix(0, last.Load()))
}
