package packets

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const ms = time.Millisecond

// a sim cuts frames of noise into packets as a Kinect does.
type sim struct {
	random *rand.Rand
	seq    [2]byte
	clock  uint32
	start  time.Time
}

func newSim() *sim {
	return &sim{random: rand.New(rand.NewPCG(7, 9)), clock: 1<<32 - 3_000_000, start: time.UnixMicro(1_700_000_000_123_456)}
}

// perRead is how many packets come at once: some 60 reads a frame at most, as a driver
// gets them.
const perRead = 16

// frame is a frame as reads, the last of which comes at the given time. sent are its
// packets, whose every drop-th is lost.
func (s *sim) frame(stream raw.Stream, depth kinect.DepthMode, video kinect.VideoMode, at time.Duration, lost ...int) []raw.Read {
	layout := raw.LayoutOfVideo(video)
	if stream == raw.DepthStream {
		layout = raw.LayoutOfDepth(depth)
	}
	s.clock += 1_000_000
	var reads []raw.Read
	read := raw.Read{Stream: stream, Depth: depth, Video: video}
	n := layout.Packets()
	for i := range n {
		p := make([]byte, layout.PacketLength(i))
		for k := range p {
			p[k] = byte(s.random.Uint32())
		}
		layout.PutHeader(p, i, s.seq[stream], s.clock)
		s.seq[stream]++
		if len(lost) > 0 && i == lost[0] {
			lost = lost[1:]
			read.Lengths = append(read.Lengths, -1)
		} else {
			read.Bytes = append(read.Bytes, p...)
			read.Lengths = append(read.Lengths, len(p), 0)
		}
		if (i+1)%perRead == 0 || i == n-1 {
			back := time.Duration((n-1-i)/perRead) * 2 * ms
			read.At = s.start.Add(at - back)
			reads = append(reads, read)
			read.Bytes, read.Lengths = nil, nil
		}
	}
	return reads
}

// glued forgets the packets' lengths.
func glued(reads []raw.Read) []raw.Read {
	for i := range reads {
		reads[i].Lengths = nil
	}
	return reads
}

// frames are the frames that a receiver makes of reads.
func frames(reads ...raw.Read) (images []kinect.Image) {
	receivers := map[key]*raw.Receiver{}
	for _, r := range reads {
		k := key{stream: r.Stream, depth: r.Depth, video: r.Video}
		if receivers[k] == nil {
			receivers[k] = newReceiver(k)
		}
		receivers[k].Add(r, func(img kinect.Image) { images = append(images, img) })
	}
	return images
}

// record writes reads into a file and checks that all of them were.
func record(t testing.TB, h Header, reads ...raw.Read) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), FileName)
	w, err := Create(name, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reads {
		w.Add(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if p := w.Progress(); p.Reads != uint64(len(reads)) || p.Lost != 0 || p.Waiting != 0 {
		t.Errorf("%d reads were written: %+v", len(reads), p)
	}
	return name
}

// same compares reads; times to the microsecond, and lengths as long as they tell the
// same.
func same(a, b raw.Read) bool {
	if (a.Lengths == nil) != (b.Lengths == nil) || len(a.Lengths) != len(b.Lengths) {
		return false
	}
	for i := range a.Lengths {
		if max(a.Lengths[i], -1) != max(b.Lengths[i], -1) {
			return false
		}
	}
	return a.Stream == b.Stream && a.Depth == b.Depth && a.Video == b.Video && a.Started == b.Started &&
		a.At.UnixMicro() == b.At.UnixMicro() && bytes.Equal(a.Bytes, b.Bytes)
}

func clone(r raw.Read) raw.Read {
	r.Bytes = bytes.Clone(r.Bytes)
	if r.Lengths != nil {
		r.Lengths = append([]int{}, r.Lengths...)
	}
	return r
}
