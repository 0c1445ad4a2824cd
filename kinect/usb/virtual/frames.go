package virtual

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
)

const (
	modeRandom = iota
	modeLoop
	modeLive

	liveSlots = 8

	depthBytes = 640 * 480 * 11 / 8
	videoBytes = 640 * 480
)

// FrameBytes is the size of a stream's frame on the wire: packed 11-bit codes, or
// a byte a Bayer pixel.
func (s Stream) FrameBytes() int {
	if s == Depth {
		return depthBytes
	}
	return videoBytes
}

// Pack packs 640x480 codes as they travel: 11 bits each, highest bit first.
func Pack(codes []uint16) []byte {
	out := make([]byte, 0, len(codes)*11/8+1)
	var bits uint32
	n := 0
	for _, c := range codes {
		bits = bits<<11 | uint32(c&0x7ff)
		for n += 11; n >= 8; n -= 8 {
			out = append(out, byte(bits>>(n-8)))
		}
	}
	if n > 0 {
		out = append(out, byte(bits<<(8-n)))
	}
	return out
}

// Unpack undoes Pack, made without a look at the driver's.
func Unpack(packed []byte) []uint16 {
	out := make([]uint16, 0, len(packed)*8/11)
	var bits uint32
	n := 0
	for _, b := range packed {
		bits = bits<<8 | uint32(b)
		if n += 8; n >= 11 {
			n -= 11
			out = append(out, uint16(bits>>n)&0x7ff)
		}
	}
	return out
}

// Seed is what the random frames of this Kinect are made from.
func (k *Kinect) Seed() uint32 { return atomic.LoadUint32(&k.page.seed) }

// RandomFrame is frame number source of a stream of random frames, which is what a
// Kinect streams that was told nothing else. The log says which source a frame was.
func RandomFrame(seed uint32, s Stream, source uint32) []byte {
	out := make([]byte, s.FrameBytes())
	state := (uint64(seed)<<32 | uint64(source)) ^ uint64(s)<<31
	for i := 0; i < len(out); i += 8 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.NativeEndian.PutUint64(out[i:], z^z>>31)
	}
	return out
}

func (k *Kinect) framesPath(s Stream) string {
	return filepath.Join(k.bus.dir, fmt.Sprintf("%s-%d", s, k.index))
}

// Loop makes a stream send these frames (as they travel: see Pack) over and over,
// from the next frame on.
func (k *Kinect) Loop(s Stream, frames [][]byte) error {
	var all []byte
	for i, f := range frames {
		if len(f) != s.FrameBytes() {
			return fmt.Errorf("%s frame %d has %d bytes instead of %d", s, i, len(f), s.FrameBytes())
		}
		all = append(all, f...)
	}
	return k.replace(s, all, modeLoop)
}

// Live makes a stream send whatever was last fed to Feed; random frames before.
func (k *Kinect) Live(s Stream) error {
	if k.live[s] != nil {
		return nil
	}
	atomic.StoreUint32(&k.page.stream[s].published, 0)
	if err := k.replace(s, make([]byte, liveSlots*s.FrameBytes()), modeLive); err != nil {
		return err
	}
	f, err := os.OpenFile(k.framesPath(s), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	k.live[s], err = syscall.Mmap(int(f.Fd()), 0, liveSlots*s.FrameBytes(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	return err
}

// Feed makes frame the one which a live stream sends next. A Kinect sends its frames
// at its own pace: it repeats and skips.
func (k *Kinect) Feed(s Stream, frame []byte) error {
	if err := k.Live(s); err != nil {
		return err
	}
	if len(frame) != s.FrameBytes() {
		return fmt.Errorf("%s frame has %d bytes instead of %d", s, len(frame), s.FrameBytes())
	}
	n := atomic.LoadUint32(&k.page.stream[s].published)
	copy(k.live[s][int(n%liveSlots)*s.FrameBytes():], frame)
	atomic.AddUint32(&k.page.stream[s].published, 1)
	return nil
}

func (k *Kinect) closeLive() {
	for s, m := range k.live {
		if m != nil {
			_ = syscall.Munmap(m)
			k.live[s] = nil
		}
	}
}

// replace puts a new file of frames in place of the old one, which the library may
// still have mapped.
func (k *Kinect) replace(s Stream, frames []byte, mode uint32) error {
	path := k.framesPath(s)
	if err := os.WriteFile(path+".new", frames, 0o644); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	if m := k.live[s]; m != nil {
		_ = syscall.Munmap(m)
		k.live[s] = nil
	}
	atomic.AddUint32(&k.page.stream[s].edition, 1)
	atomic.StoreUint32(&k.page.stream[s].mode, mode)
	return nil
}
