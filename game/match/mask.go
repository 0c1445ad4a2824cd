package match

import (
	"errors"
	"fmt"

	"cutout/game/world"
	"cutout/kinect"
)

// A mask on the wire is one byte that says how, and then either a packed grid,
// which is exact, or, where that would be too long, one bit for every two by two
// cells.
const (
	maskExact = 0
	maskHalf  = 1

	halfWidth, halfHeight = kinect.GridWidth / 2, kinect.GridHeight / 2
	halfBytes             = halfWidth * halfHeight / 8

	// maxMask is the most a mask may take: with its message it fits a packet.
	maxMask = 1200
	// maxBody is the same for bodies sent lossily, alone in their packet.
	maxBody = 1000
)

// encodeMask writes g in up to limit bytes, which must be at least 601. It is exact
// where that fits; else a cell counts where two or more of its four are set.
func encodeMask(g *kinect.Grid, limit int) []byte {
	b := world.PackGrid([]byte{maskExact}, g)
	if len(b) <= limit {
		return b
	}
	b = make([]byte, 1+halfBytes)
	b[0] = maskHalf
	for i := range halfWidth * halfHeight {
		x, y := i%halfWidth*2, i/halfWidth*2
		n := 0
		for _, set := range []bool{g.At(x, y), g.At(x+1, y), g.At(x, y+1), g.At(x+1, y+1)} {
			if set {
				n++
			}
		}
		if n >= 2 {
			b[1+i/8] |= 1 << (i % 8)
		}
	}
	return b
}

// decodeMask reads what encodeMask wrote.
func decodeMask(b []byte) (*kinect.Grid, error) {
	switch {
	case len(b) == 0:
		return nil, errors.New("a mask is empty")
	case len(b) > maxMask:
		return nil, fmt.Errorf("a mask has %d bytes, more than %d", len(b), maxMask)
	case b[0] == maskExact:
		return world.UnpackGrid(b[1:])
	case b[0] != maskHalf || len(b) != 1+halfBytes:
		return nil, fmt.Errorf("a mask of kind %d has %d bytes", b[0], len(b))
	}
	g := &kinect.Grid{}
	for i := range halfWidth * halfHeight {
		if b[1+i/8]>>(i%8)&1 != 0 {
			x, y := i%halfWidth*2, i/halfWidth*2
			g.Set(x, y)
			g.Set(x+1, y)
			g.Set(x, y+1)
			g.Set(x+1, y+1)
		}
	}
	return g, nil
}
