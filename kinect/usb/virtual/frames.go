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
	sourceRandom = iota
	sourceLoop
	sourceLive

	liveSlots = 8
)

// Seed is what the random frames of this Kinect are made from.
func (k *Kinect) Seed() uint32 { return atomic.LoadUint32(&k.page.seed) }

// RandomFrame is frame number source of a mode's random frames, which is what a
// Kinect streams that was told nothing else. The log says which source a frame was.
func RandomFrame(seed uint32, m Mode, source uint32) []byte {
	out := make([]byte, m.FrameBytes())
	state := (uint64(seed)<<32 | uint64(source)) ^ uint64(m)<<28
	for i := 0; i < len(out); i += 8 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.NativeEndian.PutUint64(out[i:], z^z>>31)
	}
	return out
}

func (k *Kinect) framesPath(m Mode) string {
	return filepath.Join(k.bus.dir, fmt.Sprintf("frames-%d-%s", k.index, m))
}

func (m Mode) check(frame []byte) error {
	if len(frame) != m.FrameBytes() {
		return fmt.Errorf("a frame of %s has %d bytes instead of %d", m, len(frame), m.FrameBytes())
	}
	return nil
}

// Loop makes a mode send these frames (as they travel: see Mode.Pack) over and
// over, from the next frame on.
func (k *Kinect) Loop(m Mode, frames [][]byte) error {
	var all []byte
	for i, f := range frames {
		if err := m.check(f); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		all = append(all, f...)
	}
	return k.replace(m, all, sourceLoop)
}

// Live makes a mode send whatever was last fed to Feed; random frames before.
func (k *Kinect) Live(m Mode) error {
	if k.live[m] != nil {
		return nil
	}
	atomic.StoreUint32(&k.page.modes[m].published, 0)
	if err := k.replace(m, make([]byte, liveSlots*m.FrameBytes()), sourceLive); err != nil {
		return err
	}
	f, err := os.OpenFile(k.framesPath(m), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	k.live[m], err = syscall.Mmap(int(f.Fd()), 0, liveSlots*m.FrameBytes(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	return err
}

// Feed makes frame the one which a live mode sends next. A Kinect sends its frames
// at its own pace: it repeats and skips.
func (k *Kinect) Feed(m Mode, frame []byte) error {
	if err := m.check(frame); err != nil {
		return err
	}
	if err := k.Live(m); err != nil {
		return err
	}
	n := atomic.LoadUint32(&k.page.modes[m].published)
	copy(k.live[m][int(n%liveSlots)*m.FrameBytes():], frame)
	atomic.AddUint32(&k.page.modes[m].published, 1)
	return nil
}

func (k *Kinect) closeLive() {
	for m := range k.live {
		k.unmapLive(Mode(m))
	}
}

func (k *Kinect) unmapLive(m Mode) {
	if k.live[m] != nil {
		_ = syscall.Munmap(k.live[m])
		k.live[m] = nil
	}
}

// replace puts a new file of frames in place of the old one, which the library may
// still have mapped.
func (k *Kinect) replace(m Mode, frames []byte, source uint32) error {
	path := k.framesPath(m)
	if err := os.WriteFile(path+".new", frames, 0o644); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	k.unmapLive(m)
	atomic.AddUint32(&k.page.modes[m].edition, 1)
	atomic.StoreUint32(&k.page.modes[m].source, source)
	return nil
}
