// Licensed under the Apache License, Version 2.0 (see LICENSE).
// This file is not part of upstream gousb; README.md says what it is for.

//go:build unix

package gousb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// #include "isostream.h"
import "C"

// An IsoStream keeps transfers in flight on an isochronous IN endpoint. Unlike a
// ReadStream it goes on when a packet fails, tells packets apart, and submits transfers
// anew without waiting for its reader, who may be late by the time that the spare
// buffers last.
type IsoStream struct {
	iso   *C.struct_gousb_iso
	ready *os.File // has a byte when there may be something to take
	write *os.File
	wait  syscall.RawConn
	sign  [16]byte
	// pin holds the buffers still, which lie in Go's memory: there they count when the
	// collector decides how often to run.
	pin   runtime.Pinner
	batch IsoBatch
	mu    sync.Mutex // keeps iso from being freed
}

// An IsoBatch is what one transfer has brought.
type IsoBatch struct {
	// First is the number of the first of its slots, counted from the stream's start.
	First int64
	// Packets are the packets one behind the other, and Lengths their lengths: 0 for a
	// slot in which nothing came, -1 for a packet that failed and has no bytes.
	Packets []byte
	Lengths []int
}

// NewIsoStream submits count transfers of the given number of slots each, one slot for
// one packet of MaxPacketSize, with so many spare buffers; while there are none, it
// does not submit. Those transfers that end where Pace wants it have tail slots at most.
// Next must be called, by one goroutine, until it fails: before that the interface may
// not be closed.
func (e *InEndpoint) NewIsoStream(slots, count, spare, tail int) (*IsoStream, error) {
	size := e.Desc.MaxPacketSize
	if e.Desc.TransferType != TransferTypeIsochronous || slots < 1 || count < 1 || spare < 1 || size < 1 {
		return nil, fmt.Errorf("no isochronous stream of %d transfers of %d packets on %s", count, slots, e)
	}
	s := &IsoStream{}
	var err error
	if s.ready, s.write, err = os.Pipe(); err != nil {
		return nil, err
	}
	if s.wait, err = s.ready.SyscallConn(); err == nil {
		err = s.open(e, size, slots, count, spare)
		if err == nil {
			s.iso.tail = C.int(tail)
		}
	}
	if err != nil {
		s.ready.Close()
		s.write.Close()
		return nil, err
	}
	if C.gousb_iso_start(s.iso) != 0 {
		for err == nil {
			_, err = s.Next()
		}
		return nil, err
	}
	return s, nil
}

func (s *IsoStream) open(e *InEndpoint, size, slots, count, spare int) error {
	conn, err := s.write.SyscallConn()
	if err != nil {
		return err
	}
	buffer := make([]byte, (count+spare)*slots*size)
	s.pin.Pin(&buffer[0])
	err = conn.Control(func(fd uintptr) {
		s.iso = C.gousb_iso_new((*C.libusb_device_handle)(e.h), C.uchar(e.Desc.Address), (*C.uchar)(&buffer[0]),
			C.int(size), C.int(slots), C.int(count), C.int(spare), C.int(fd))
	})
	if err == nil && s.iso == nil {
		err = errors.New("no memory for isochronous transfers")
	}
	if err != nil {
		s.pin.Unpin()
	}
	return err
}

// Next waits for the next transfer that has come back; what it returns is valid until it
// is called again. When nothing is in flight any more it fails, with io.EOF after Stop,
// with an Error when a transfer could not be submitted or the device has gone, and the
// stream is freed: it may not be used any more.
func (s *IsoStream) Next() (*IsoBatch, error) {
	if s.batch.Lengths != nil { // the one before goes back
		atomic.AddUint32((*uint32)(&s.iso.taken), 1)
		if atomic.LoadUint32((*uint32)(&s.iso.late)) != 0 {
			C.gousb_iso_go_on(s.iso)
		}
		s.batch.Lengths = s.batch.Lengths[:0]
	}
	taken := uint32(s.iso.taken)
	for atomic.LoadUint32((*uint32)(&s.iso.made)) == taken {
		// over is looked at before made is looked at once more: nothing follows it.
		if atomic.LoadUint32((*uint32)(&s.iso.over)) != 0 && atomic.LoadUint32((*uint32)(&s.iso.made)) == taken {
			return nil, s.end()
		}
		if err := s.sleep(); err != nil {
			return nil, err // impossible: the pipe is ours
		}
	}
	ring := unsafe.Slice(s.iso.ring, s.iso.room)
	s.compact(ring[taken%uint32(s.iso.room)])
	return &s.batch, nil
}

// sleep waits for a sign. It makes no system call that the scheduler hears of: those
// would keep its monitor thread awake, at ten times the cost of everything else here.
func (s *IsoStream) sleep() error {
	err := s.wait.Read(func(fd uintptr) bool {
		_, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&s.sign)), unsafe.Sizeof(s.sign))
		return errno != syscall.EAGAIN
	})
	atomic.StoreUint32((*uint32)(&s.iso.signalled), 0)
	return err
}

// compact moves the packets of a batch together.
func (s *IsoStream) compact(b *C.struct_gousb_iso_batch) {
	slots := int(b.slots)
	lengths := unsafe.Slice((*int32)(unsafe.Add(unsafe.Pointer(b), unsafe.Offsetof(b.slots)+unsafe.Sizeof(b.slots))), slots)
	size := int(s.iso.size)
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(b.buffer)), slots*size)
	end := 0
	for i, l := range lengths {
		n := int(l)
		if n > 0 {
			if end != i*size {
				copy(buffer[end:], buffer[i*size:i*size+n])
			}
			end += n
		}
		s.batch.Lengths = append(s.batch.Lengths, n)
	}
	s.batch.First, s.batch.Packets = int64(b.first), buffer[:end]
}

func (s *IsoStream) end() error {
	var err error = io.EOF
	if e := s.iso.error; e != 0 && s.iso.stopping == 0 {
		err = Error(e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	C.gousb_iso_free(s.iso)
	s.iso = nil
	s.pin.Unpin()
	s.ready.Close()
	s.write.Close()
	return err
}

// Pace has transfers end before the slot mark, and every so many slots from there on, so
// that what ends with them need not wait for a transfer to fill. Only the goroutine
// that calls Next may call it.
func (s *IsoStream) Pace(mark int64, every float64) {
	atomic.StoreInt64((*int64)(&s.iso.mark), mark<<8)
	atomic.StoreInt64((*int64)(&s.iso.every), int64(every*256))
}

// Stop cancels what is in flight. Any goroutine.
func (s *IsoStream) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.iso != nil {
		C.gousb_iso_stop(s.iso)
	}
}
