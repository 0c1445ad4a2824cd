//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// wireQueue bounds the packets under way in one direction of a Wire; what comes while it
// is full is lost, as in every queue.
const wireQueue = 4096

// wireMTU is the most bytes of a packet: Ethernet's.
const wireMTU = 1500

// A Wire is a Link that takes time: each direction has a delay and a jitter of its own.
// It carries IP only, and packets of one direction never overtake each other.
type Wire struct {
	*Link
	AtoB, BtoA *Lane
}

// A Lane is one direction of a Wire.
type Lane struct {
	pace Pace
}

// Wire lays a slow cable between two machines, as interfaces of these names. It is a
// pair of TUN interfaces with a relay between them that belongs to the test. Without a
// delay a packet takes some 0.1 ms.
func (l *Lab) Wire(a *Host, devA string, b *Host, devB string) *Wire {
	l.t.Helper()
	fa, fb := tun(l.t, a, devA), tun(l.t, b, devB)
	w := &Wire{Link: &Link{t: l.t, A: End{a, devA}, B: End{b, devB}}, AtoB: new(Lane), BtoA: new(Lane)}
	w.A.Up()
	w.B.Up()
	var wg sync.WaitGroup
	w.AtoB.start(&wg, fa, fb)
	w.BtoA.start(&wg, fb, fa)
	l.t.Cleanup(func() {
		_ = fa.Close()
		_ = fb.Close()
		wg.Wait()
	})
	return w
}

// Delay has each packet from now on take the delay, and up to the jitter more or less,
// all alike likely. What is under way already keeps its time.
func (l *Lane) Delay(delay, jitter time.Duration) { l.pace.Set(delay, jitter) }

// tun makes an interface whose packets are read from and written to the file.
func tun(t testing.TB, h *Host, dev string) *os.File {
	t.Helper()
	var f *os.File
	err := h.Do(func() (err error) { f, err = openTUN(dev); return err })
	if err != nil {
		t.Skipf("no TUN interfaces here: %v", err)
	}
	h.IP(fmt.Sprintf("link set %s mtu %d", dev, wireMTU))
	return f
}

// openTUN is what linux/if_tun.h wants: TUNSETIFF with a struct ifreq.
func openTUN(dev string) (*os.File, error) {
	const (
		tunSetIff = 0x400454ca
		iffTUN    = 0x0001 // IP packets
		iffNoPI   = 0x1000 // and nothing before them
	)
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open TUN: %w", err)
	}
	var req struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(req.name[:15], dev)
	req.flags = iffTUN | iffNoPI
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), tunSetIff, uintptr(unsafe.Pointer(&req))); no != 0 {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("make TUN %s: %w", dev, no)
	}
	return os.NewFile(uintptr(fd), dev), nil
}

// start relays from one file to the other until they are closed.
func (l *Lane) start(wg *sync.WaitGroup, from, to *os.File) {
	type packet struct {
		data []byte
		due  time.Time
	}
	queue := make(chan packet, wireQueue)
	wg.Go(func() {
		defer close(queue)
		b := make([]byte, wireMTU+100)
		for {
			n, err := from.Read(b)
			if errors.Is(err, os.ErrClosed) {
				return
			}
			if err != nil { // the interface is down
				time.Sleep(time.Millisecond)
				continue
			}
			select {
			case queue <- packet{append([]byte(nil), b[:n]...), l.pace.Due(time.Now())}:
			default:
			}
		}
	})
	wg.Go(func() {
		for p := range queue {
			time.Sleep(time.Until(p.due))
			_, _ = to.Write(p.data) // lost where the interface is down
		}
	})
}
