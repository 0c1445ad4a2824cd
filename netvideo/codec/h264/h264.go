// Package h264 compresses and restores pictures as H.264 (ITU-T H.264) with openh264:
// for those who send or need it, as some phones and browsers do.
package h264

import (
	"fmt"

	"cutout/netvideo/codec"
)

var (
	_ codec.Encoder = (*Encoder)(nil)
	_ codec.Decoder = (*Decoder)(nil)
)

// Types of NAL units (H.264, table 7-1).
const (
	nalIDR       = 5
	nalSPS       = 7
	nalSubsetSPS = 15
)

// units calls do for every NAL unit of an access unit in Annex B form: what lies between
// start codes (H.264, B.1).
func units(data []byte, do func(nal []byte) error) error {
	from := -1
	for i := 0; i+2 < len(data); i++ {
		if data[i] != 0 || data[i+1] != 0 || data[i+2] != 1 {
			continue
		}
		if from >= 0 && i > from {
			if err := do(data[from:i]); err != nil {
				return err
			}
		}
		from = i + 3
		i += 2
	}
	if from < 0 {
		return fmt.Errorf("%w: no H.264 start code", codec.ErrCorrupt)
	}
	if from < len(data) {
		return do(data[from:])
	}
	return nil
}

// contents is what an access unit holds.
type contents struct{ idr, sps bool }

// inspect looks through an access unit and refuses pictures that are too large.
func inspect(data []byte) (c contents, err error) {
	err = units(data, func(nal []byte) error {
		switch nal[0] & 0x1f {
		case nalIDR:
			c.idr = true
		case nalSPS, nalSubsetSPS:
			c.sps = true
			_, _, err := spsSize(nal)
			return err
		}
		return nil
	})
	return c, err
}

// IsKey reports whether an access unit in Annex B form is a key frame: it has an IDR slice.
func IsKey(data []byte) bool {
	c, err := inspect(data)
	return err == nil && c.idr
}

// KeySize returns the size that the first sequence parameter set of an access unit
// declares, without what is cropped; an error when there is none, it is cut short, or it
// declares more than codec.MaxWidth by codec.MaxHeight.
func KeySize(data []byte) (width, height int, err error) {
	err = units(data, func(nal []byte) error {
		if nal[0]&0x1f != nalSPS || width != 0 {
			return nil
		}
		var err error
		width, height, err = spsSize(nal)
		return err
	})
	if err == nil && width == 0 {
		err = fmt.Errorf("%w: no sequence parameter set", codec.ErrCorrupt)
	}
	return width, height, err
}
