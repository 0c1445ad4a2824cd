package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"cutout/kinect"
	"cutout/kinect/raw"
)

const (
	pixels = kinect.Width * kinect.Height
	// maxHeader bounds the first line of a frame's file; fakenect-record's have 17
	// and 15 bytes.
	maxHeader = 64
)

// A format is what a frame's file begins with and how much follows.
type format struct {
	magic   string
	most    int // the largest value, in the header
	payload int
}

func depthFormat() format { return format{"P5", 65535, 2 * pixels} }
func videoFormat() format { return format{"P6", 255, 3 * pixels} }
func bayerFormat() format { return format{"P5", 255, pixels} }

// parseHeader reads the first line of a file of format f and returns its length.
func parseHeader(b []byte, f format) (int, error) {
	end := bytes.IndexByte(b[:min(len(b), maxHeader)], '\n')
	if end < 0 {
		return 0, errors.New("it has no header")
	}
	fields := bytes.Fields(b[:end])
	want := []string{f.magic, strconv.Itoa(kinect.Width), strconv.Itoa(kinect.Height), strconv.Itoa(f.most)}
	if len(fields) != len(want) {
		return 0, fmt.Errorf("its header is %q instead of \"%s %s %s %s\"", b[:end], want[0], want[1], want[2], want[3])
	}
	for i, w := range want {
		if string(fields[i]) != w {
			return 0, fmt.Errorf("its header is %q instead of \"%s %s %s %s\"", b[:end], want[0], want[1], want[2], want[3])
		}
	}
	return end + 1, nil
}

// parseFile returns what follows the header of a whole file.
func parseFile(b []byte, f format) ([]byte, error) {
	n, err := parseHeader(b, f)
	if err != nil {
		return nil, err
	}
	switch payload := b[n:]; {
	case len(payload) < f.payload:
		return nil, fmt.Errorf("it is cut short: %d of %d bytes", len(payload), f.payload)
	case len(payload) > f.payload:
		return nil, fmt.Errorf("it is longer than a frame of %d bytes", f.payload)
	default:
		return payload, nil
	}
}

// parseDepth reads codes, 16 bits little endian. A few that are no codes are pixels
// without reading; many mean that the file holds something else.
func parseDepth(payload []byte) ([]uint16, error) {
	const tolerated = pixels / 100
	codes := make([]uint16, pixels)
	wrong := 0
	for i := range codes {
		c := binary.LittleEndian.Uint16(payload[2*i:])
		if c > kinect.NoDisparity {
			c = kinect.NoDisparity
			wrong++
		}
		codes[i] = c
	}
	if wrong > tolerated {
		return nil, fmt.Errorf("%d of its values have more than 11 bits: it does not hold raw disparity, or not in little endian", wrong)
	}
	return codes, nil
}

// A loader reads frames' files into one buffer.
type loader struct {
	root   *os.Root
	losses map[string]kinect.Quality // by the frame's name
	buffer []byte
}

// load reads the frame of an entry, without its times. It reads no more than a frame
// has, from nothing but regular files in the directory.
func (l *loader) load(e entry) (kinect.Image, error) {
	img, err := l.parse(e)
	if err != nil {
		return kinect.Image{}, fmt.Errorf("%s: %w", e.name, err)
	}
	return img, nil
}

func (l *loader) parse(e entry) (kinect.Image, error) {
	if e.kind == videoFile {
		return l.video(e)
	}
	payload, err := l.payload(e.name, depthFormat())
	if err != nil {
		return kinect.Image{}, err
	}
	codes, err := parseDepth(payload)
	if err != nil {
		return kinect.Image{}, err
	}
	return kinect.Image{Depth: &kinect.DepthFrame{Codes: codes, Quality: l.losses[e.name]}}, nil
}

// video loads the mosaic that lies beside a colour picture, and the picture itself if
// there is none or it is damaged.
func (l *loader) video(e entry) (kinect.Image, error) {
	v := &kinect.VideoFrame{Format: kinect.BayerGRBG, Width: kinect.Width, Height: kinect.Height, Quality: l.losses[e.name]}
	payload, err := l.payload(bayerName(e.name), bayerFormat())
	if err != nil {
		v.Format = kinect.RGB
		if payload, err = l.payload(e.name, videoFormat()); err != nil {
			return kinect.Image{}, err
		}
	}
	v.Pixels = append(make([]byte, 0, len(payload)), payload...)
	return kinect.Image{Video: v}, nil
}

// payload is what follows the header of a file of format f, in a buffer that the next
// call reuses.
func (l *loader) payload(name string, f format) ([]byte, error) {
	b, err := l.read(name, maxHeader+f.payload)
	if err != nil {
		return nil, err
	}
	return parseFile(b, f)
}

// attitude loads how the sensor stood.
func (l *loader) attitude(e entry) (raw.MotorState, error) {
	b, err := l.read(e.name, attitudeBytes+1)
	if err != nil {
		return raw.MotorState{}, err
	}
	return parseAttitude(b)
}

// read returns up to most bytes of a file, in a buffer that the next call reuses.
func (l *loader) read(name string, most int) ([]byte, error) {
	file, err := openRegular(l.root, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if cap(l.buffer) < most {
		l.buffer = make([]byte, most)
	}
	n, err := io.ReadFull(file, l.buffer[:most])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading: %w", err)
	}
	return l.buffer[:n], nil
}

// openRegular opens a regular file; opening a pipe would wait for its other end.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("the file is missing")
	case err != nil:
		return nil, fmt.Errorf("looking for it: %w", err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	return file, nil
}
