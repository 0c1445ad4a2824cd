package packets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// seedFile is a file in memory.
func seedFile(header string, reads ...raw.Read) []byte {
	b := appendBlock([]byte(magic), head{kind: kindHeader}, func(b []byte) []byte { return append(b, header...) })
	for _, r := range reads {
		b = appendRead(b, r)
	}
	return b
}

// FuzzReader reads anything: it ends, and what it takes for reads can be fed to
// receivers.
func FuzzReader(f *testing.F) {
	whole := seedFile(`{"version":1}`, small()[:5]...) // large ones are slow to minimize
	whole = appendLoss(whole, raw.VideoStream, time.Unix(1, 0), 3)
	whole = appendAttitude(whole, time.Unix(2, 0), raw.MotorState{Y: 819})
	f.Add(whole)
	f.Add(whole[:len(whole)-40])
	f.Add(seedFile(`{"version":1}`, raw.Read{Stream: raw.VideoStream, At: time.Unix(3, 0), Bytes: []byte("RB\x00\x81\x00\x05\x07\x80abcd"), Lengths: []int{12}}))
	f.Add([]byte(magic))
	f.Add(append([]byte(magic), bytes.Repeat([]byte(marker), 40)...))
	f.Add(seedFile(`{"version":1,"calibration":{"ConstShift":200,"ZeroPlane":{"EmitterDistance":7.5,"ColourDistance":2.4,"ReferenceDistance":120,"ReferencePixel":0.1042}}}`))
	f.Add(seedFile(`{"version":1,"created":"x"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, b := range [][]byte{file, repaired(file)} {
			takeApart(t, b)
		}
	})
}

// repaired makes the checksums good wherever a block seems to be, so that what lies
// behind them is tried as well.
func repaired(file []byte) []byte {
	b := bytes.Clone(file)
	copy(b, magic)
	for at := len(magic); at+headBytes <= len(b); {
		copy(b[at:], marker)
		body := min(int(binary.LittleEndian.Uint32(b[at+20:])), len(b)-at-headBytes, maxBody)
		binary.LittleEndian.PutUint32(b[at+20:], uint32(body))
		binary.LittleEndian.PutUint32(b[at+24:], castagnoli(b[at+headBytes:][:body]))
		binary.LittleEndian.PutUint32(b[at+28:], castagnoli(b[at:][:28]))
		at += headBytes + body
	}
	return b
}

func takeApart(t *testing.T, file []byte) {
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		if err.Error() == "" {
			t.Fatal("an empty error")
		}
		return
	}
	if c := r.Header().Calibration; c != nil && (!c.Known || c.ConstShift < 0 || !(c.ZeroPlane.ReferencePixel > 0)) {
		t.Fatalf("calibration %+v", c)
	}
	var receivers [2]*raw.Receiver // made late: they are large
	total := 0
	for {
		read, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, ErrCut) {
			return
		}
		if err != nil {
			t.Fatalf("reading from memory: %v", err)
		}
		sum := 0
		for _, n := range read.Lengths {
			sum += max(0, n)
		}
		if read.Lengths != nil && sum != len(read.Bytes) {
			t.Fatalf("lengths %v of %d bytes", read.Lengths, len(read.Bytes))
		}
		if total += len(read.Bytes); total > len(file) || read.Stream > raw.VideoStream {
			t.Fatalf("%d bytes are read from %d, stream %v", total, len(file), read.Stream)
		}
		if !bytes.Contains(read.Bytes, []byte("RB")) {
			continue // no packet begins in it
		}
		if receivers[read.Stream] == nil {
			receivers[read.Stream] = newReceiver(key{stream: read.Stream})
		}
		receivers[read.Stream].Add(read, func(kinect.Image) {})
	}
}

// FuzzRead writes a read and reads it back.
func FuzzRead(f *testing.F) {
	f.Add(byte(0), byte(0), true, int64(1), []byte("abc"), []byte{1, 2})
	f.Add(byte(1), byte(3), false, int64(-1), []byte{}, []byte{0, 255})
	f.Fuzz(func(t *testing.T, stream, mode byte, started bool, at int64, data, lengths []byte) {
		r := raw.Read{Stream: raw.Stream(stream % 2), Started: started, At: time.UnixMicro(at), Bytes: data}
		if r.Stream == raw.DepthStream {
			r.Depth = kinect.DepthMode(mode) % kinect.DepthOff
		} else {
			r.Video = kinect.VideoMode(mode) % kinect.VideoOff
		}
		left := len(data)
		for _, n := range lengths {
			if n == 255 {
				r.Lengths = append(r.Lengths, -1)
				continue
			}
			k := min(left, int(n))
			r.Lengths = append(r.Lengths, k)
			left -= k
		}
		if r.Lengths != nil {
			r.Bytes = data[:len(data)-left]
		}
		in, err := NewReader(bytes.NewReader(seedFile(`{"version":1}`, r)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := in.Next()
		if err != nil || !same(got, r) {
			t.Fatalf("%+v came back as %+v, %v", r, got, err)
		}
		if _, err := in.Next(); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
}
