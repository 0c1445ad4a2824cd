package codec

import (
	"errors"
	"fmt"
	"image"
)

// The largest picture that is encoded or decoded.
const (
	MaxWidth  = 1920
	MaxHeight = 1920
)

// CheckSize says whether pictures of a size can be encoded.
func CheckSize(w, h int) error {
	if w <= 0 || h <= 0 || w%2 != 0 || h%2 != 0 || w > MaxWidth || h > MaxHeight {
		return fmt.Errorf("a picture of %dx%d: width and height have to be even, at most %dx%d",
			w, h, MaxWidth, MaxHeight)
	}
	return nil
}

// CheckPicture says whether an encoder can read img: 4:2:0, of a size that CheckSize
// takes, beginning at an even point, with planes that hold it.
func CheckPicture(img *image.YCbCr) error {
	r := img.Rect
	w, h := r.Dx(), r.Dy()
	if img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return fmt.Errorf("a picture with %v chroma: 4:2:0 is needed", img.SubsampleRatio)
	}
	if err := CheckSize(w, h); err != nil {
		return err
	}
	switch {
	case r.Min.X%2 != 0 || r.Min.Y%2 != 0:
		return fmt.Errorf("a picture that begins at the odd point %v", r.Min)
	case img.YStride < w || img.CStride < w/2:
		return errors.New("a picture whose rows overlap")
	}
	y, c := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	if y < 0 || c < 0 || y+(h-1)*img.YStride+w > len(img.Y) ||
		c+(h/2-1)*img.CStride+w/2 > min(len(img.Cb), len(img.Cr)) {
		return errors.New("a picture with planes shorter than its size")
	}
	return nil
}

// CheckRates says whether an encoder can be asked for a bit rate and a frame rate.
func CheckRates(kbps, fps int) error {
	switch {
	case kbps < 1 || kbps > 100_000:
		return fmt.Errorf("%d kbit/s: 1 to 100000 are possible", kbps)
	case fps < 1 || fps > 240:
		return fmt.Errorf("%d pictures a second: 1 to 240 are possible", fps)
	}
	return nil
}

// NewPicture is a fresh 4:2:0 picture of an even size, tightly packed: its planes lie
// one behind the other in one piece of memory.
func NewPicture(w, h int) *image.YCbCr {
	cw, ch := w/2, h/2
	buf := make([]byte, w*h+2*cw*ch)
	return &image.YCbCr{
		Y:       buf[: w*h : w*h],
		Cb:      buf[w*h : w*h+cw*ch : w*h+cw*ch],
		Cr:      buf[w*h+cw*ch:],
		YStride: w, CStride: cw,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rect(0, 0, w, h),
	}
}

// CopyPlane copies a plane of w by h whose rows are stride apart into a tight one.
func CopyPlane(dst []byte, w, h int, src []byte, stride int) {
	for y := range h {
		copy(dst[y*w:y*w+w], src[y*stride:])
	}
}
