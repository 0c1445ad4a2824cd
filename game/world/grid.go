package world

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"cutout/kinect"
)

// A packed grid is the number of its runs and then their lengths, all as varints:
// row after row through the whole grid, of cells not set, of cells set, and so on in
// turn. The first may be empty. What comes after the last is not set.

const gridCells = kinect.GridWidth * kinect.GridHeight

// PackGrid appends g to b: a body takes 200 to 600 bytes.
func PackGrid(b []byte, g *kinect.Grid) []byte {
	runs, before := 0, uint64(0)
	for _, w := range g {
		runs += bits.OnesCount64(edges(w, &before))
	}
	b = binary.AppendUvarint(b, uint64(runs)+before)
	from := 0
	last := before // a run of set cells that ends with the grid
	before = 0
	for i, w := range g {
		for e := edges(w, &before); e != 0; e &= e - 1 {
			at := i<<6 + bits.TrailingZeros64(e)
			b = binary.AppendUvarint(b, uint64(at-from))
			from = at
		}
	}
	if last != 0 {
		b = binary.AppendUvarint(b, uint64(gridCells-from))
	}
	return b
}

// edges has a bit for each cell of w that differs from the one before it; before is
// the last cell of the word before, and becomes that of w.
func edges(w uint64, before *uint64) uint64 {
	e := w ^ (w<<1 | *before)
	*before = w >> 63
	return e
}

// UnpackGrid reads a grid that takes up all of b.
func UnpackGrid(b []byte) (*kinect.Grid, error) {
	r := byteReader(b)
	g := &kinect.Grid{}
	if err := readGrid(&r, g); err != nil {
		return nil, err
	}
	if len(r) > 0 {
		return nil, errors.New("a mask is followed by something else")
	}
	return g, nil
}

// readGrid sets the cells of g, which must be empty.
func readGrid(r io.ByteReader, g *kinect.Grid) error {
	runs, err := binary.ReadUvarint(r)
	if err != nil {
		return unexpected(err)
	}
	if runs > gridCells {
		return fmt.Errorf("a mask has %d runs", runs)
	}
	at := 0
	for i := range int(runs) {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			return unexpected(err)
		}
		if n > uint64(gridCells-at) || n == 0 && i > 0 {
			return fmt.Errorf("a mask has a run of %d cells", n)
		}
		if i%2 == 1 {
			for k := at; k < at+int(n); k++ {
				g[k>>6] |= 1 << (k & 63)
			}
		}
		at += int(n)
	}
	return nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

type byteReader []byte

func (r *byteReader) ReadByte() (byte, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	b := (*r)[0]
	*r = (*r)[1:]
	return b, nil
}
