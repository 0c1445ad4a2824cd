package raw

import (
	"time"

	"cutout/kinect"
)

// A Receiver makes frames of one stream's reads. It unpacks pixels as packets arrive,
// so that little is left to do when the last one does. One goroutine may use it. It
// allocates nothing but the frames it delivers.
type Receiver struct {
	assembler     *Assembler
	layout        Layout
	stream        Stream
	depth         kinect.DepthMode
	video         kinect.VideoMode
	width, height int

	// Of a packed mode: the pixels of the assembler's frame number, of which unpacked
	// were. A frame takes them with it.
	values   []uint16
	unpacked int
	number   uint64
}

// NewDepthReceiver makes a Receiver for a depth mode other than DepthOff.
func NewDepthReceiver(m kinect.DepthMode) *Receiver {
	return newReceiver(Receiver{stream: DepthStream, depth: m, layout: LayoutOfDepth(m), width: kinect.Width, height: kinect.Height})
}

// NewVideoReceiver makes a Receiver for a video mode other than VideoOff.
func NewVideoReceiver(m kinect.VideoMode) *Receiver {
	width, height := m.Size()
	return newReceiver(Receiver{stream: VideoStream, video: m, layout: LayoutOfVideo(m), width: width, height: height})
}

func newReceiver(r Receiver) *Receiver {
	r.assembler = NewAssembler(r.layout)
	return &r
}

// Add takes a read of the stream (one of the other stream is ignored) and calls
// deliver for each frame that it finishes, before it returns. The frames are the
// caller's and never change; their At is the read's, their Clock that of the last
// packet that came, and their Quality says what was lost: lost depth has no reading,
// lost video was made up from the nearest rows of the same colour above and below.
func (r *Receiver) Add(read Read, deliver func(kinect.Image)) {
	if read.Stream != r.stream {
		return
	}
	if read.Started {
		r.Reset()
	}
	r.assembler.AddRead(read, func(a Assembled) { deliver(r.image(a, read.At)) })
	if r.packed() {
		r.unpack(r.assembler.underWay())
	}
}

// Reset forgets the frame under way and the place in the sequence, for when the
// stream was started anew. The counters stay.
func (r *Receiver) Reset() { r.assembler.Reset() }

// Counters are the counts so far.
func (r *Receiver) Counters() Counters { return r.assembler.Counters() }

// packed tells whether pixels must be unpacked; those of other modes are bytes, put
// together where the frame will have them.
func (r *Receiver) packed() bool { return r.layout.PixelBits%8 != 0 }

// unpack goes on with the pixels of a frame, of whose packed bytes so many are settled.
// Lost ones among them are put right when the frame is delivered.
func (r *Receiver) unpack(number uint64, packed []byte, settled int) {
	if number != r.number {
		r.number, r.unpacked = number, 0
	}
	if r.values == nil {
		r.values = make([]uint16, r.width*r.height)
	}
	bits := r.layout.PixelBits
	ready := settled * 8 / bits / group * group
	if ready > r.unpacked {
		unpackGroups(r.values[r.unpacked:ready], packed[r.unpacked*bits/8:ready*bits/8], bits)
		r.unpacked = ready
	}
}

// image makes a frame of the rest of it.
func (r *Receiver) image(a Assembled, at time.Time) kinect.Image {
	q := kinect.Quality{LostPackets: a.Lost, Lost: r.layout.Rows(a.Missing)}
	if r.packed() {
		r.unpack(a.number, a.Bytes, len(a.Bytes))
		values := r.values
		r.values = nil
		if r.stream == DepthStream {
			blank(values, a.Missing, r.layout.PixelBits)
			return kinect.Image{Depth: &kinect.DepthFrame{Mode: r.depth, Codes: values, Clock: a.Clock, At: at, Quality: q}}
		}
		repair(values, r.width, 1, pixelRanges(a.Missing, r.layout.PixelBits))
		return kinect.Image{Video: &kinect.VideoFrame{
			Format: kinect.Infrared, Width: r.width, Height: r.height, Intensity: values, Clock: a.Clock, At: at, Quality: q,
		}}
	}
	format := r.video.Format()
	repair(a.Bytes, r.layout.RowBytes, rowStep(format), a.Missing)
	r.assembler.give()
	return kinect.Image{Video: &kinect.VideoFrame{
		Format: format, Width: r.width, Height: r.height, Pixels: a.Bytes, Clock: a.Clock, At: at, Quality: q,
	}}
}

// rowStep is how far the next row of the same colours is.
func rowStep(f kinect.VideoFormat) int {
	if f == kinect.BayerGRBG {
		return 2
	}
	return 1
}

// pixelRanges are the pixels which have a bit in the bytes.
func pixelRanges(bytes []Range, bits int) []Range {
	var pixels []Range
	for _, r := range bytes {
		pixels = append(pixels, pixelRange(r, bits))
	}
	return pixels
}

func pixelRange(r Range, bits int) Range {
	return Range{From: r.From * 8 / bits, To: (r.To*8 + bits - 1) / bits}
}

// blank takes the reading from the pixels which have a bit in the bytes.
func blank(codes []uint16, missing []Range, bits int) {
	none := uint16(1)<<bits - 1 // kinect.NoDisparity or NoDisparity10
	for _, r := range missing {
		p := pixelRange(r, bits)
		for i := p.From; i < p.To; i++ {
			codes[i] = none
		}
	}
}
