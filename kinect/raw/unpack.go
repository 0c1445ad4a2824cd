package raw

import "encoding/binary"

// group is how many packed pixels are unpacked at a time, a whole number of bytes.
const group = 8

// unpackGroups unpacks whole groups of pixels of 10 or 11 bits, most significant bit
// first and without padding (libfreenect cameras.c), as many as both have.
func unpackGroups(dst []uint16, packed []byte, bits int) {
	if bits == 10 {
		for p, d := 0, 0; p <= len(packed)-10 && d <= len(dst)-group; p, d = p+10, d+group {
			in, out := (*[10]byte)(packed[p:p+10]), (*[group]uint16)(dst[d:d+group])
			put4((*[4]uint16)(out[:4]), lanes10(binary.BigEndian.Uint64(in[:8])>>24))
			put4((*[4]uint16)(out[4:]), lanes10(binary.BigEndian.Uint64(in[2:])))
		}
		return
	}
	for p, d := 0, 0; p <= len(packed)-11 && d <= len(dst)-group; p, d = p+11, d+group {
		in, out := (*[11]byte)(packed[p:p+11]), (*[group]uint16)(dst[d:d+group])
		put4((*[4]uint16)(out[:4]), lanes11(binary.BigEndian.Uint64(in[:8])>>20))
		put4((*[4]uint16)(out[4:]), lanes11(binary.BigEndian.Uint64(in[3:])))
	}
}

// lanes11 moves the four numbers of 11 bits at the lower end of v into lanes of 16
// bits, the first into the lowest.
func lanes11(v uint64) uint64 {
	const lanes = 0x000007ff000007ff
	v = v>>22&0x3fffff | v<<32
	return v>>11&lanes | v&lanes<<16
}

// lanes10 does the same with numbers of 10 bits.
func lanes10(v uint64) uint64 {
	const lanes = 0x000003ff000003ff
	v = v>>20&0xfffff | v<<32
	return v>>10&lanes | v&lanes<<16
}

// put4 stores four lanes; the compiler makes one store of it.
func put4(d *[4]uint16, v uint64) {
	d[0] = uint16(v)
	d[1] = uint16(v >> 16)
	d[2] = uint16(v >> 32)
	d[3] = uint16(v >> 48)
}

// UnpackDepth unpacks 11-bit codes and returns how many: as many as dst holds and
// packed has whole. UnpackDepth10 does the same with 10-bit codes, or infrared.
func UnpackDepth(dst []uint16, packed []byte) int { return unpack(dst, packed, 11) }

// UnpackDepth10 unpacks numbers of 10 bits: see UnpackDepth.
func UnpackDepth10(dst []uint16, packed []byte) int { return unpack(dst, packed, 10) }

func unpack(dst []uint16, packed []byte, bits int) int {
	n := min(len(dst), len(packed)*8/bits)
	unpackGroups(dst[:n], packed, bits)
	for i := n / group * group; i < n; i++ {
		dst[i] = unpackOne(packed, i, bits)
	}
	return n
}

// unpackOne reads number i, which must lie whole in packed.
func unpackOne(packed []byte, i, bits int) uint16 {
	var v uint16
	for bit := i * bits; bit < (i+1)*bits; bit++ {
		v = v<<1 | uint16(packed[bit/8]>>(7-bit%8)&1)
	}
	return v
}
