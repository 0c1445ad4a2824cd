package main

import (
	"errors"
	"fmt"
	"image"
	_ "image/gif" // formats that --background reads
	_ "image/jpeg"
	_ "image/png"
	"os"
	"strings"

	"cutout/kinect/framing"
)

// backgroundAdvice is what --background takes.
const backgroundAdvice = "--background takes corridor (made up), keep (your room), blur, replace:FILE (a PNG, JPEG or GIF) or key (plain green)"

// parseView reads --share and --background: what friends see.
func parseView(share, background string) (framing.Options, error) {
	var o framing.Options
	var err error
	if o.Share, err = parseShare(share); err != nil {
		return o, err
	}
	kind, file, named := strings.Cut(background, ":")
	if named && kind != "replace" {
		return o, usage(fmt.Errorf("there is no background called %q", background), backgroundAdvice)
	}
	switch kind {
	case "", "corridor":
		o.Background = framing.Corridor
	case "keep":
		o.Background = framing.Keep
	case "blur":
		o.Background = framing.Blur
	case "key":
		o.Background = framing.Key
	case "replace":
		o.Background = framing.Replace
		if file == "" {
			return o, usage(errors.New("replace the background by which picture?"), "for example --background replace:beach.jpg")
		}
	default:
		return o, usage(fmt.Errorf("there is no background called %q", background), backgroundAdvice)
	}
	switch room := o.Background == framing.Keep || o.Background == framing.Blur; {
	case background != "" && o.Share == framing.Camera:
		return o, usage(errors.New("--share camera shows the camera's picture as it is, and --background changes it"), "leave --background out, or --share")
	case room && o.Share == framing.Silhouette:
		return o, usage(fmt.Errorf("a silhouette shows nothing of the camera, and --background %s does", background), "leave --share silhouette out, or choose another background")
	}
	if file != "" {
		o.Picture, err = readPicture(file)
	}
	return o, err
}

const (
	// largestFile and largestPicture bound what a background may cost to read: 4 bytes a
	// pixel, a second or so.
	largestFile, largestPicture = 64 << 20, 50_000_000
	pictureAdvice               = "a background is a PNG, JPEG or GIF of at most 50 megapixels and 64 MB"
)

// readPicture reads a picture from a file.
func readPicture(path string) (image.Image, error) {
	fail := func(err error) (image.Image, error) {
		return nil, hint(fmt.Errorf("read the background %s: %w", path, err), pictureAdvice)
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, hint(fmt.Errorf("read the background: %w", err), pictureAdvice)
	case !info.Mode().IsRegular():
		return fail(errors.New("that is no file"))
	case info.Size() > largestFile:
		return fail(fmt.Errorf("%d MB are too many", info.Size()>>20))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, hint(fmt.Errorf("read the background: %w", err), pictureAdvice)
	}
	defer func() { _ = file.Close() }() // only read
	config, _, err := image.DecodeConfig(file)
	if err != nil {
		return fail(err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > largestPicture/config.Height {
		return fail(fmt.Errorf("%d x %d pixels are too many", config.Width, config.Height))
	}
	if _, err := file.Seek(0, 0); err != nil {
		return fail(err)
	}
	picture, _, err := image.Decode(file)
	if err != nil {
		return fail(err)
	}
	return picture, nil
}
