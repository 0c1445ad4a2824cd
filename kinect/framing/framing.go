// Package framing makes the picture that friends see out of a Scene: the player,
// cropped to head and body, over a background that gives nothing of the room away.
//
// A part of the frame is chosen that follows the player calmly (crop.go). What may be
// seen of the player is put into a layer with transparency on the frame's own grid
// (layer.go, relief.go, neon.go), and the layer is cropped, scaled and laid over the
// backdrop (scale.go, compose.go). Because the layer's channels are multiplied with
// their opacity before they are scaled, no pixel outside the player's mask ever has a
// say in the result.
//
// It computes on the processor alone and builds for the browser.
package framing

import (
	"image"

	"cutout/kinect"
)

// Share is how much of the camera's picture friends may see.
type Share uint8

// The ways to share.
const (
	// Cutout is the player's own pixels over a made-up background. People who do not
	// play are never in the picture. Where there is no colour, or it does not lie on
	// the depth's grid, the body is shown as a relief made of its depth.
	Cutout Share = iota
	// Silhouette is the player's outline, glowing; no pixel of the camera.
	Silhouette
	// Camera is the whole colour picture as it is, never cropped; a relief of the
	// whole depth picture where there is no colour.
	Camera
)

// Background is what is seen around the player in a Cutout, and around a Silhouette.
type Background uint8

// The backgrounds.
const (
	// Corridor is made up: the night of the game's neon corridor.
	Corridor Background = iota
	// Keep is the room as the camera sees it, with all in it, but cropped to those who
	// play.
	Keep
	// Blur is the room beyond recognition: nothing smaller than a sixth of the picture's
	// height is left, and people who do not play are part of it.
	Blur
	// Replace is Options.Picture.
	Replace
	// Key is KeyColour, for those who want to cut the player out again; see Unkey. Very
	// green clothes are paler in it than they are.
	Key
)

// Options say what a Framer makes.
type Options struct {
	Share Share
	// Background is not heeded with Camera. A Silhouette has Corridor instead of Keep
	// and Blur, and so has a relief instead of Blur: neither shows any of the camera.
	Background Background
	// Picture is the background of Replace; its middle part that has the shape of the
	// result is used. Without one Replace is Corridor.
	Picture image.Image
	// Width and Height of the picture in pixels, 0 meaning 640x480. Odd sizes are
	// rounded up to even ones, sizes outside 16..1920 brought into that range.
	Width, Height int
}

// A Framer turns Scenes into pictures. One goroutine may use it.
type Framer struct {
	share      Share
	background Background
	director   director
	composer   *composer
	matte      *matte
	past       history
	relief     *relief
	neon       *neon
	blur       *blur
}

// NewFramer returns a Framer which shows the whole view until it has seen somebody.
func NewFramer(o Options) *Framer {
	size := pictureSize(o.Width, o.Height)
	f := &Framer{
		share: o.Share, background: o.Background,
		director: newDirector(),
		composer: newComposer(size, newBackdrop(o, size)),
		matte:    newMatte(),
	}
	f.matte.tamed = o.Background == Key
	return f
}

// Render makes the picture of s: 4:2:0, BT.601 limited range, new with every call
// and never changed afterwards. It is to be called for every Scene, 30 times a second:
// the view moves by a little with each call. With nobody playing in s, and with a nil
// Scene, the background alone is shown, and no room for a nil Scene. A colour picture
// that is not 640x480, 4:2:0 and whole is as good as none, and so is depth of another
// size: what they would show is not shown.
func (f *Framer) Render(s *kinect.Scene) *image.YCbCr {
	if f.share == Camera {
		return f.camera(s)
	}
	if s == nil {
		f.director.follow(nil)
		return f.composer.behind()
	}
	v := f.director.follow(s.People)
	colour := colourOf(s.Frame)
	then := s
	if colour != nil {
		then = f.past.when(s) // the people as they were when the picture was taken
	}
	lies := colour != nil && then != nil && s.Frame.Registered
	switch {
	case f.share == Silhouette:
		return f.glow(s, v)
	case f.background == Keep:
		return f.keep(s, v, colour, lies)
	case lies:
		return f.cut(then, v, colour)
	case hasDepth(s.Frame):
		return f.emboss(s, v)
	}
	return f.glow(s, v)
}

// cut is the players' own pixels over the background.
func (f *Framer) cut(s *kinect.Scene, v view, colour *image.YCbCr) *image.YCbCr {
	somebody := f.matte.draw(s.People, s.Frame.Depth, colour)
	var out *image.YCbCr
	if f.background == Blur {
		if f.blur == nil {
			f.blur = new(blur)
		}
		out = f.composer.through(v, f.blur.picture(colour, f.matte, somebody))
	} else {
		out = f.composer.behind()
	}
	if somebody {
		f.composer.lay(out, v, f.matte)
	}
	return out
}

// keep is the cropped camera. Where depth does not lie on the picture nobody can tell
// where in it the players are, and it stays whole.
func (f *Framer) keep(s *kinect.Scene, v view, colour *image.YCbCr, lies bool) *image.YCbCr {
	if !lies || v == whole {
		return f.camera(s)
	}
	return f.composer.through(v, planesOf(colour))
}

// emboss is a relief of the players.
func (f *Framer) emboss(s *kinect.Scene, v view) *image.YCbCr {
	out := f.composer.behind()
	if f.matte.draw(s.People, s.Frame.Depth, nil) {
		f.composer.emboss(out, v, f.matte, f.reliefOf(s.Frame, &f.matte.seen, f.matte.used))
	}
	return out
}

func (f *Framer) reliefOf(frame *kinect.Frame, mask *kinect.Mask, used region) [3]plane {
	if f.relief == nil {
		f.relief = new(relief)
	}
	return f.relief.picture(frame.Depth, mask, used)
}

// glow is the players' glowing shape.
func (f *Framer) glow(s *kinect.Scene, v view) *image.YCbCr {
	out := f.composer.behind()
	if f.neon == nil {
		f.neon = newNeon()
	}
	var depth []kinect.Millimetres
	if s.Frame != nil {
		depth = s.Frame.Depth
	}
	if f.matte.draw(s.People, depth, nil) {
		f.neon.shine(f.composer, out, v, f.matte)
	}
	return out
}

// camera is the whole picture.
func (f *Framer) camera(s *kinect.Scene) *image.YCbCr {
	if s == nil {
		return f.composer.behind()
	}
	colour := colourOf(s.Frame)
	switch {
	case colour != nil && f.composer.size == image.Pt(kinect.Width, kinect.Height):
		return duplicate(colour)
	case colour != nil:
		return f.composer.through(whole, planesOf(colour))
	case hasDepth(s.Frame):
		all := region{bottom: kinect.Height, right: words}
		return f.composer.through(whole, f.reliefOf(s.Frame, everything(), all))
	}
	return f.composer.behind()
}

// everything is a mask of the whole picture.
func everything() *kinect.Mask {
	m := new(kinect.Mask)
	for i := range m {
		m[i] = ^uint64(0)
	}
	return m
}

// colourOf is the frame's picture if it has one in the promised shape.
func colourOf(f *kinect.Frame) *image.YCbCr {
	if f == nil || f.Colour == nil {
		return nil
	}
	c := f.Colour
	if c.Rect.Dx() != kinect.Width || c.Rect.Dy() != kinect.Height || c.SubsampleRatio != image.YCbCrSubsampleRatio420 ||
		c.Rect.Min.X&1 != 0 || c.Rect.Min.Y&1 != 0 || c.YStride < kinect.Width || c.CStride < halfWidth {
		return nil
	}
	y := c.YOffset(c.Rect.Max.X-1, c.Rect.Max.Y-1)
	if i := c.COffset(c.Rect.Max.X-1, c.Rect.Max.Y-1); y >= len(c.Y) || i >= len(c.Cb) || i >= len(c.Cr) {
		return nil
	}
	return c
}

func hasDepth(f *kinect.Frame) bool {
	return f != nil && len(f.Depth) == kinect.Width*kinect.Height
}

// duplicate copies a picture, with its corner at the origin.
func duplicate(p *image.YCbCr) *image.YCbCr {
	size := p.Rect.Size()
	out := image.NewYCbCr(image.Rectangle{Max: size}, p.SubsampleRatio)
	for y := range size.Y {
		from := p.YOffset(p.Rect.Min.X, p.Rect.Min.Y+y)
		copy(out.Y[y*out.YStride:(y+1)*out.YStride], p.Y[from:from+size.X])
	}
	for y := range size.Y / 2 {
		from := p.COffset(p.Rect.Min.X, p.Rect.Min.Y+2*y)
		copy(out.Cb[y*out.CStride:(y+1)*out.CStride], p.Cb[from:from+size.X/2])
		copy(out.Cr[y*out.CStride:(y+1)*out.CStride], p.Cr[from:from+size.X/2])
	}
	return out
}

// pictureSize applies the promises of Options.
func pictureSize(w, h int) image.Point {
	if w == 0 && h == 0 {
		w, h = kinect.Width, kinect.Height
	}
	even := func(n int) int { return (max(16, min(n, 1920)) + 1) &^ 1 }
	return image.Pt(even(w), even(h))
}
