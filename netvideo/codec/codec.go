// Package codec says what encoders and decoders of pictures and of sound are here;
// the packages below it bind real ones.
package codec

import (
	"errors"
	"image"
	"time"
)

// A Packet is one compressed picture.
type Packet struct {
	// Data is fresh for every packet. It is empty when the encoder chose to spend
	// no bits on the picture, or was not asked for it; nothing is to be sent then.
	Data []byte
	// Key is set when the packet can be decoded without any before it.
	Key bool
	// Width and Height of the picture.
	Width, Height int
	// TemporalLayers is how many temporal layers the stream has, 1 at least.
	TemporalLayers uint8
	// TID is the temporal layer the picture belongs to, 0 the base: no picture leans on
	// one of a higher layer, so whoever forwards may leave out all above any layer.
	TID uint8
	// Sync is set when a picture above the base leans on the base alone: from it on,
	// who got only the base may take this layer too (RFC 7741, 4.2, bit Y).
	Sync bool
	// TL0PicIdx counts the pictures of the base, and PictureID all that were given,
	// modulo 1<<8 and 1<<15 (RFC 7741, 4.2). They go on when the size changes and after Rest.
	TL0PicIdx uint8
	PictureID uint16
}

// An Encoder compresses pictures, one by one. One goroutine calls Encode, Rest and
// Close; ForceKeyFrame, SetBitRate and SetFrameRate may be called from any.
type Encoder interface {
	// Encode compresses img (4:2:0, even width, height and origin). at is
	// the picture's time since an epoch of the caller's choice; it must grow from
	// call to call, and rate control follows it. A picture of another size than the
	// one before is a key frame. img is not kept.
	Encode(img *image.YCbCr, at time.Duration) (Packet, error)
	// ForceKeyFrame makes the next encoded picture a key frame.
	ForceKeyFrame()
	// SetBitRate changes the target from the next picture on, without a key frame.
	SetBitRate(kbps int) error
	// SetFrameRate changes how many pictures a second are expected, from the next
	// picture on, without a key frame.
	SetFrameRate(fps int) error
	// Rest frees what the encoder holds until the next picture, which will be a key
	// frame.
	Rest()
	// Close frees the encoder. Closing twice does nothing.
	Close() error
}

// A Decoder turns packets back into pictures. One goroutine at a time uses it.
type Decoder interface {
	// Decode takes one packet and returns its picture: 4:2:0, tightly packed with
	// origin (0,0), fresh and never written again; nil when the packet holds
	// nothing to show. After an error the decoder goes on with the next packet;
	// what it gives before the next key frame may be damaged.
	Decode(data []byte) (*image.YCbCr, error)
	// Close frees the decoder. Closing twice does nothing.
	Close() error
}

// Errors of every encoder and decoder.
var (
	// ErrClosed: the encoder or decoder was closed.
	ErrClosed = errors.New("the codec is closed")
	// ErrCorrupt: the packet does not hold what can be decoded.
	ErrCorrupt = errors.New("the packet cannot be decoded")
)

// A SoundEncoder compresses sound, one frame after another. One goroutine calls
// Encode and Close; SetBitRate may be called from any.
type SoundEncoder interface {
	// Encode compresses one frame of samples, channels in turn, -1..1, of the length
	// the encoder was made for. The packet is fresh.
	Encode(pcm []float32) ([]byte, error)
	// SetBitRate changes the target from the next frame on.
	SetBitRate(kbps int) error
	// Close frees the encoder. Closing twice does nothing.
	Close() error
}

// A SoundDecoder turns packets back into sound. One goroutine at a time uses it.
type SoundDecoder interface {
	// Decode writes a packet's samples, channels in turn, -1..1, to the front of pcm
	// and returns how many there are for each channel. Without a packet it makes up
	// what fills pcm, from what came before.
	Decode(data []byte, pcm []float32) (samples int, err error)
	// Close frees the decoder. Closing twice does nothing.
	Close() error
}
