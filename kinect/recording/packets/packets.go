// Package packets records what a Kinect sent over USB, packet by packet with every
// loss, and plays it through the same assembler that a live sensor's packets go
// through. A fakenect directory (package recording) holds finished frames; this holds
// what they were made from, in any mode, in less space (22 MB a second).
//
// # The file
//
// All numbers are little endian. A file begins with eight bytes,
//
//	89 4b 50 4b 0d 0a 1a 0a		"\x89KPK\r\n\x1a\n"
//
// and goes on in blocks. Each has a head of 32 bytes and a body:
//
//	 0	4	"KPKB"
//	 4	1	kind: 1 header, 2 read, 3 loss, 4 attitude, 5 calibration
//	 5	1	stream: 0 depth, 1 video (kinds 2 and 3)
//	 6	1	mode of the stream: a kinect.DepthMode or a kinect.VideoMode (kind 2)
//	 7	1	flags of a read: 1 the stream was started before it, 2 lengths are known
//	 8	8	time in microseconds since 1970, UTC
//	16	4	count: how many lengths a read has, how many reads a loss
//	20	4	length of the body in bytes, at most 1 MiB
//	24	4	CRC-32C of the body
//	28	4	CRC-32C of bytes 0 to 27 of the head
//
// The first block is the header, whose body is a JSON object (see Header). Its key
// "version" is 1; a reader refuses other versions, and ignores keys that it does not
// know. Every other block of kind 2 is what one read of a stream gave (raw.Read): if
// flag 2 is set, count lengths of 16 bits each, in which 0xffff is a packet that failed
// and has no bytes, and then the packets' bytes. A block of kind 3 stands where reads
// are missing because the disk was too slow. Kind 4 is how the sensor stood: x, y and z
// of its accelerometer, 16 bits each, twice the degrees of its tilt and the state of its
// motor, 8 bits each (raw.MotorState). Kind 5 is the calibration from there on, as the
// header has it; it depends on the video's mode. Blocks of other kinds are skipped.
//
// Nothing has to follow the last block: a file that was cut plays up to the cut. A
// block whose body is damaged is left out, and after a damaged head the search for the
// next block goes on at the next "KPKB" with a good checksum.
//
// Nothing is compressed: DEFLATE at its fastest makes a third of packed depth, and takes
// half of a processor core for it (BenchmarkDeflate), while a sensor is being read.
// Compress the file afterwards.
package packets

import (
	"time"

	"cutout/kinect"
)

// FileName is what the file is called that lies in a directory beside other recordings
// of the same sensor; any other name is as good.
const FileName = "packets.kpk"

// Version is that of the files which Create writes.
const Version = 1

// A Header says where packets come from.
type Header struct {
	Version int `json:"version"` // filled in by Create
	// Serial and Model are the sensor's; either may be empty.
	Serial string `json:"serial,omitempty"`
	Model  string `json:"model,omitempty"`
	// Created is when the recording began; Create fills in a zero time.
	Created time.Time `json:"created"`
	// Calibration is the sensor's at first; nil when it is not known.
	Calibration *kinect.Calibration `json:"calibration,omitempty"`
}

// Progress is how far a recording has come.
type Progress struct {
	// Reads are saved; Lost ones were given to Add and are not.
	Reads, Lost uint64
	// Waiting is how many bytes wait for the disk.
	Waiting int
	// Bytes is the file's size.
	Bytes int64
	// Length is the time from the first to the last read that is saved.
	Length time.Duration
}
