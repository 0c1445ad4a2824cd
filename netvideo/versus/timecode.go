package versus

import (
	"image"
	"time"
)

// The time code is one row of blocks along the top edge, 40 by 30 blocks being a whole
// picture: at 640x480 a block is 16 by 16 pixels, at 160x120 still 4 by 4.
const (
	codeCols = 40
	codeRows = 30

	syncBits  = 2 // one bright block and a dark one
	frameBits = 10
	timeBits  = 21
	checkBits = 7

	codeUnit  = 500 * time.Microsecond
	codeCycle = codeUnit << timeBits // 17 minutes, after which times repeat

	codeDark, codeBright = 48, 208
	codeLeast            = 30 // how far from the middle a block's mean must be
)

// MaxFrame is the highest frame number a picture can carry.
const MaxFrame = 1<<frameBits - 1

// bandHeight is how many rows of a picture of this height the time code takes, an even
// number.
func bandHeight(h int) int { return max(2, h/codeRows/2*2) }

// burn writes the frame's number, 0 to MaxFrame, and the time into the luma of a
// picture whose width divides by 40.
func burn(img *image.YCbCr, frame int, at time.Time) {
	burnLuma(img.Y, img.YStride, img.Rect.Dx(), img.Rect.Dy(), codeWord(frame, at))
}

func codeWord(frame int, at time.Time) uint64 {
	units := uint64(at.UnixNano()/int64(codeUnit)) & (1<<timeBits - 1)
	body := uint64(frame&MaxFrame)<<timeBits | units
	return 0b10<<(codeCols-syncBits) | body<<checkBits | uint64(check(body))
}

// check is CRC-7 of MMC cards, x^7 + x^3 + 1, over the 31 bits.
func check(body uint64) byte {
	crc := byte(0)
	for i := frameBits + timeBits - 1; i >= 0; i-- {
		feed := byte(body>>i)&1 ^ crc>>6&1
		crc = crc << 1 & 0x7f
		if feed == 1 {
			crc ^= 0x09
		}
	}
	return crc
}

func burnLuma(luma []byte, stride, w, h int, word uint64) {
	block := w / codeCols
	for col := range codeCols {
		level := byte(codeDark)
		if word>>(codeCols-1-col)&1 == 1 {
			level = codeBright
		}
		for y := range bandHeight(h) {
			row := luma[y*stride+col*block:][:block]
			for x := range row {
				row[x] = level
			}
		}
	}
}

// readCode reads a picture's time code: the luma of its first rows is enough. now tells
// which of the times meant, which repeat every 17 minutes. ok is false for a picture
// that carries none, or one that is damaged.
func readCode(luma []byte, stride, w, h int, now time.Time) (frame int, at time.Time, ok bool) {
	rows := bandHeight(h)
	if w < codeCols || h < codeRows || stride < w || len(luma) < (rows-1)*stride+w {
		return 0, time.Time{}, false
	}
	var word uint64
	for col := range codeCols {
		d := blockMean(luma, stride, w, rows, col) - (codeDark+codeBright)/2
		if d > -codeLeast && d < codeLeast {
			return 0, time.Time{}, false
		}
		word <<= 1
		if d > 0 {
			word |= 1
		}
	}
	body := word >> checkBits & (1<<(frameBits+timeBits) - 1)
	if word>>(codeCols-syncBits) != 0b10 || byte(word&(1<<checkBits-1)) != check(body) {
		return 0, time.Time{}, false
	}
	units := int64(body & (1<<timeBits - 1))
	ago := (now.UnixNano()/int64(codeUnit) - units) & (1<<timeBits - 1)
	if ago > 1<<(timeBits-1) { // clocks differ by less than the unit, rounded
		ago -= 1 << timeBits
	}
	return int(body >> timeBits), now.Truncate(codeUnit).Add(-time.Duration(ago) * codeUnit), true
}

// blockMean is the mean of the inner half of a block, which the codec's ringing and the
// scaler's blur reach last.
func blockMean(luma []byte, stride, w, rows, col int) int {
	x0, x1 := (4*col+1)*w/(4*codeCols), (4*col+3)*w/(4*codeCols)
	y0, y1 := rows/4, rows-rows/4
	x1, y1 = max(x1, x0+1), max(y1, y0+1)
	sum := 0
	for y := y0; y < y1; y++ {
		for _, v := range luma[y*stride+x0 : y*stride+x1] {
			sum += int(v)
		}
	}
	return sum / ((x1 - x0) * (y1 - y0))
}
