// Licensed under the Apache License, Version 2.0 (see LICENSE).
// This file is not part of upstream gousb; README.md says what it is for.

package gousb

import (
	"errors"
	"fmt"
	"runtime/cgo"
	"sync"
	"unsafe"
)

/*
#include <libusb.h>
#include <stdint.h>

struct libusb_transfer *gousb_iso_alloc(libusb_device_handle *dev, unsigned char endpoint, int packets, int size, uintptr_t id);
struct libusb_iso_packet_descriptor *gousb_iso_packets(struct libusb_transfer *xfer);
void gousb_iso_free(struct libusb_transfer *xfer);
*/
import "C"

// An IsoStream keeps transfers in flight on an isochronous IN endpoint. Unlike a
// ReadStream it goes on when a packet fails, tells the packets apart, and hands them
// out on the goroutine that handles libusb's events, without waking another one.
type IsoStream struct {
	handle func(*IsoTransfer) int
	done   chan struct{}

	mu        sync.Mutex
	transfers []*IsoTransfer
	inFlight  int
	closed    bool
	err       error
}

// An IsoTransfer is a finished transfer, for as long as the function it is given to
// runs.
type IsoTransfer struct {
	stream  *IsoStream
	xfer    *C.struct_libusb_transfer
	packets []C.struct_libusb_iso_packet_descriptor // as many as it has room for
	id      cgo.Handle
	flying  bool
}

// NewIsoStream submits count transfers of the given number of packet slots each, of
// MaxPacketSize, and calls handle for every transfer that has come back: one call at
// a time, in order, on whichever goroutine handles libusb's events. handle must be
// quick, must not call the stream or the device, and returns how many slots the
// transfer is to have when it is submitted again, at most packets; with 0 or less it
// is not.
//
// The stream ends when nothing is in flight any more: after Close, when the device is
// gone, when no transfer could be submitted again. Close must be called in any case,
// before the interface is closed.
func (e *InEndpoint) NewIsoStream(packets, count int, handle func(*IsoTransfer) int) (*IsoStream, error) {
	size := e.Desc.MaxPacketSize
	if e.Desc.TransferType != TransferTypeIsochronous || packets < 1 || count < 1 || size < 1 {
		return nil, fmt.Errorf("no isochronous stream of %d transfers of %d packets on %s", count, packets, e)
	}
	s := &IsoStream{handle: handle, done: make(chan struct{})}
	for i := 0; i < count; i++ {
		t := &IsoTransfer{stream: s}
		t.id = cgo.NewHandle(t)
		t.xfer = C.gousb_iso_alloc((*C.libusb_device_handle)(e.h), C.uchar(e.Desc.Address), C.int(packets), C.int(size), C.uintptr_t(t.id))
		if t.xfer == nil {
			t.id.Delete()
			s.free()
			return nil, errors.New("no memory for isochronous transfers")
		}
		t.packets = unsafe.Slice(C.gousb_iso_packets(t.xfer), packets)
		for i := range t.packets {
			t.packets[i].length = C.uint(size)
		}
		s.transfers = append(s.transfers, t)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.transfers {
		if s.err == nil {
			t.submit(packets)
		}
	}
	if s.err != nil {
		s.cancel()
	}
	s.ended()
	return s, nil
}

// Done is closed when the stream has ended.
func (s *IsoStream) Done() <-chan struct{} { return s.done }

// Err is why the stream ended by itself: TransferNoDevice, or the Error of a
// submission. It is nil after Close, and until Done is closed.
func (s *IsoStream) Err() error {
	select {
	case <-s.done:
	default:
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close cancels what is in flight, waits until libusb has let go of it, and frees
// it. It must be called once, and not by handle.
func (s *IsoStream) Close() {
	s.mu.Lock()
	s.closed = true
	s.cancel()
	s.ended()
	s.mu.Unlock()
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free()
}

func (s *IsoStream) cancel() {
	for _, t := range s.transfers {
		if t.flying {
			C.libusb_cancel_transfer(t.xfer) // one that was just finished comes back all the same
		}
	}
}

// ended closes done when nothing is in flight.
func (s *IsoStream) ended() {
	select {
	case <-s.done:
	default:
		if s.inFlight == 0 {
			close(s.done)
		}
	}
}

func (s *IsoStream) free() {
	for _, t := range s.transfers {
		C.gousb_iso_free(t.xfer)
		t.id.Delete()
	}
	s.transfers = nil
}

// submit sends the transfer off with so many slots, which have nothing in them.
func (t *IsoTransfer) submit(packets int) {
	if packets > len(t.packets) {
		packets = len(t.packets)
	}
	for i := range t.packets[:packets] {
		t.packets[i].actual_length, t.packets[i].status = 0, 0
	}
	t.xfer.num_iso_packets = C.int(packets)
	t.xfer.length = C.int(packets) * C.int(t.packets[0].length)
	if err := fromErrNo(C.libusb_submit_transfer(t.xfer)); err != nil {
		if t.stream.err == nil {
			t.stream.err = err
		}
		return
	}
	t.flying = true
	t.stream.inFlight++
}

//export gousbIsoDone
func gousbIsoDone(xfer *C.struct_libusb_transfer) {
	id := *(*uintptr)(unsafe.Pointer(&xfer.user_data)) // a number, which Go must not take for a pointer
	t := cgo.Handle(id).Value().(*IsoTransfer)
	s := t.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	t.flying = false
	s.inFlight--
	if TransferStatus(xfer.status) == TransferNoDevice && s.err == nil {
		s.err = TransferNoDevice
	}
	if !s.closed && s.err == nil {
		if next := s.handle(t); next > 0 {
			t.submit(next)
		}
	}
	s.ended()
}

// Packets is the number of slots.
func (t *IsoTransfer) Packets() int { return int(t.xfer.num_iso_packets) }

// Compact moves the packets together and returns them with their lengths, appended to
// lengths: 0 for a slot to which nothing came, -1 for a packet that failed and has no
// bytes. Call it once.
func (t *IsoTransfer) Compact(lengths []int) ([]byte, []int) {
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(t.xfer.buffer)), int(t.xfer.length))
	end, from := 0, 0
	for _, p := range t.packets[:t.Packets()] {
		n := int(p.actual_length)
		if TransferStatus(p.status) != TransferCompleted {
			n = -1
		} else if n > 0 {
			if end != from {
				copy(buffer[end:], buffer[from:from+n])
			}
			end += n
		}
		lengths = append(lengths, n)
		from += int(p.length)
	}
	return buffer[:end], lengths
}
