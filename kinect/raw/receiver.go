package raw

import "cutout/kinect"

// A Receiver makes frames of one stream's reads. It unpacks pixels as packets arrive,
// so that little is left to do when the last one does. One goroutine may use it. It
// allocates nothing but the frames it delivers.
type Receiver struct {
	assembler *Assembler
	layout    Layout
	depth     kinect.DepthMode
	video     kinect.VideoMode
	stream    Stream
}

// NewDepthReceiver makes a Receiver for a depth mode other than DepthOff.
func NewDepthReceiver(m kinect.DepthMode) *Receiver {
	return newReceiver(Receiver{stream: DepthStream, depth: m, layout: LayoutOfDepth(m)})
}

// NewVideoReceiver makes a Receiver for a video mode other than VideoOff.
func NewVideoReceiver(m kinect.VideoMode) *Receiver {
	return newReceiver(Receiver{stream: VideoStream, video: m, layout: LayoutOfVideo(m)})
}

func newReceiver(r Receiver) *Receiver {
	r.assembler = NewAssembler(r.layout)
	return &r
}

// Add takes a read of the stream (one of the other stream is ignored) and calls
// deliver for each frame that it finishes, before it returns. The frames are the
// caller's and never change; their At is the read's, their Quality says what was
// lost: lost depth has no reading, lost video was made up from the nearest rows above
// and below.
func (r *Receiver) Add(read Read, deliver func(kinect.Image)) {
	if read.Stream != r.stream {
		return
	}
	if read.Started {
		r.Reset()
	}
	r.assembler.AddRead(read, func(a Assembled) {
		if r.stream == DepthStream {
			deliver(kinect.Image{Depth: a.DepthFrame(read.At)})
			return
		}
		deliver(kinect.Image{Video: a.VideoFrame(read.At)})
	})
}

// Reset forgets the frame under way and the place in the sequence, for when the
// stream was started anew. The counters stay.
func (r *Receiver) Reset() { r.assembler.Reset() }

// Counters are the counts so far.
func (r *Receiver) Counters() Counters { return r.assembler.Counters() }
