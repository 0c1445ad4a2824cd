package forest

import (
	_ "embed" // the trees
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"cutout/kinect"
)

// ErrDamaged is what Parse answers to bytes that are not a whole file of trees.
var ErrDamaged = errors.New("damaged file of trees")

// magic begins a file; its last character is the version of the format.
const magic = "forest1\n"

// Encode writes trees as a file: magic, the number of trees, for each the number of
// nodes and the nodes, and the CRC-32 of all that. A node is one byte, the number of a
// leaf's votes or splitMark; then a split's Next (four bytes), Limit (two) and places
// (four), or five bytes a vote. Numbers have the lowest byte first.
func Encode(trees []Tree) []byte {
	b := append([]byte(magic), uint8(len(trees)))
	for _, t := range trees {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t)))
		for i := range t {
			b = t[i].append(b)
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

const splitMark = 0xff

func (n *Node) append(b []byte) []byte {
	if n.Next != 0 {
		b = binary.LittleEndian.AppendUint32(append(b, splitMark), n.Next)
		b = binary.LittleEndian.AppendUint16(b, uint16(n.Limit))
		return append(b, uint8(n.UX), uint8(n.UY), uint8(n.VX), uint8(n.VY))
	}
	b = append(b, uint8(len(n.Votes)))
	for _, v := range n.Votes {
		b = append(b, uint8(v.Joint), v.Weight, uint8(v.D[0]), uint8(v.D[1]), uint8(v.D[2]))
	}
	return b
}

// Decode reads what Encode wrote. Anything else gives an error that wraps ErrDamaged.
func Decode(b []byte) ([]Tree, error) {
	if len(b) < len(magic)+1+4 || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	r := reader{b: body[len(magic):]}
	var trees []Tree
	for range r.byte() {
		n := r.uint32()
		if uint64(n) > uint64(len(r.b)) { // a node is a byte at least
			r.short = true
			break
		}
		t := make(Tree, n)
		for i := range t {
			r.node(&t[i])
		}
		trees = append(trees, t)
	}
	if r.short || len(r.b) > 0 {
		return nil, fmt.Errorf("%w: it is too short or too long", ErrDamaged)
	}
	return trees, nil
}

// Parse is the Forest in a file.
func Parse(b []byte) (*Forest, error) {
	trees, err := Decode(b)
	if err != nil {
		return nil, err
	}
	f, err := New(trees)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f, nil
}

// A reader takes bytes from the front; beyond the end it gives zeros and is short.
type reader struct {
	b     []byte
	short bool
	spare []Vote // room for votes: one by one they would be a hundred thousand
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.short, r.b = true, nil
		return make([]byte, n)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() uint8    { return r.take(1)[0] }
func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) node(n *Node) {
	mark := r.byte()
	if mark == splitMark {
		b := r.take(10)
		n.Next = binary.LittleEndian.Uint32(b)
		n.Limit = int16(binary.LittleEndian.Uint16(b[4:]))
		n.UX, n.UY, n.VX, n.VY = int8(b[6]), int8(b[7]), int8(b[8]), int8(b[9])
		if n.Next == 0 {
			r.short = true
		}
		return
	}
	if mark > MaxVotes {
		r.short = true
		return
	}
	if r.spare == nil || int(mark) > len(r.spare) {
		r.spare = make([]Vote, 4096)
	}
	n.Votes, r.spare = r.spare[:mark:mark], r.spare[mark:]
	for i := range n.Votes {
		b := r.take(5)
		n.Votes[i] = Vote{Joint: kinect.JointName(b[0]), Weight: b[1], D: [3]int8{int8(b[2]), int8(b[3]), int8(b[4])}}
	}
}

//go:embed trees.bin
var grown []byte

// Grown is the forest that comes with the package.
func Grown() *Forest { return parseGrown() }

var parseGrown = sync.OnceValue(func() *Forest {
	f, err := Parse(grown)
	if err != nil {
		panic("kinect/body/forest: the file built into the program: " + err.Error())
	}
	return f
})
