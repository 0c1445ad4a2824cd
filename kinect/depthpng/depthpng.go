// Package depthpng reads depth pictures from PNG files: 640x480, 16-bit grey, in which a
// pixel is a distance in millimetres or a disparity code. The bytes may be anybody's.
package depthpng

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"cutout/kinect"
)

// MaxBytes is how long a file may be: a picture of this size has 614400 bytes before it
// is compressed, so there is room for any comment.
const MaxBytes = 4 << 20

// ErrKind is wrapped when the file is a picture, but not one of depth: another size,
// another number of bits, or colours.
var ErrKind = errors.New("a depth picture is 640x480, 16-bit grey")

// Decode reads a picture's values, row by row. What the file says of itself is
// checked before anything of that size is made.
func Decode(r io.Reader) ([]uint16, error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	switch {
	case len(file) == 0:
		return nil, errors.New("the file is empty")
	case len(file) > MaxBytes:
		return nil, fmt.Errorf("the file is larger than %d MiB, which no depth picture is", MaxBytes>>20)
	}
	head, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("no PNG: %w", err)
	}
	if head.Width != kinect.Width || head.Height != kinect.Height || head.ColorModel != color.Gray16Model {
		return nil, fmt.Errorf("it is %dx%d, %s: %w", head.Width, head.Height, describe(head.ColorModel), ErrKind)
	}
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("a damaged PNG: %w", err)
	}
	grey, ok := m.(*image.Gray16)
	if !ok {
		return nil, ErrKind
	}
	values := make([]uint16, kinect.Width*kinect.Height)
	for y := range kinect.Height {
		row := grey.Pix[y*grey.Stride:]
		for x := range kinect.Width {
			values[y*kinect.Width+x] = binary.BigEndian.Uint16(row[2*x:])
		}
	}
	return values, nil
}

// Millimetres reads a picture of distances.
func Millimetres(r io.Reader) ([]kinect.Millimetres, error) {
	values, err := Decode(r)
	if err != nil {
		return nil, err
	}
	mm := make([]kinect.Millimetres, len(values))
	for i, v := range values {
		mm[i] = kinect.Millimetres(v)
	}
	return mm, nil
}

// Codes reads a picture of 11-bit disparity codes; kinect.NoDisparity is no reading.
func Codes(r io.Reader) ([]uint16, error) {
	values, err := Decode(r)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if v > kinect.NoDisparity {
			return nil, fmt.Errorf("it has the value %d, and no 11-bit code is above %d", v, kinect.NoDisparity)
		}
	}
	return values, nil
}

func describe(m color.Model) string {
	switch m {
	case color.Gray16Model:
		return "16-bit grey"
	case color.GrayModel:
		return "8-bit grey"
	}
	return "in colours"
}
