package recording_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cutout/kinect"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
	"cutout/kinect/recording"
)

// Record a source for ten frames of depth, and play what was recorded.
func Example() {
	dir, err := os.MkdirTemp("", "recording")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "kitchen")
	if err := record(puppet.New(puppet.Options{}), dir); err != nil {
		fmt.Println(err)
		return
	}

	r, err := recording.Open(dir, recording.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	frames := kinect.NewFrames(r, raw.NewDeveloper(r.Calibration()))
	n := 0
	for {
		_, err := frames.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		n++
	}
	fmt.Println(n + int(r.Status().Depth.DroppedFrames))
	// Output: 10
}

func record(source kinect.Source, dir string) error {
	defer source.Close()
	w, err := recording.Create(dir, recording.WriteOptions{Bayer: true, Calibration: source.Calibration()})
	if err != nil {
		return err
	}
	for n := 0; n < 10; {
		img, err := source.Next(context.Background())
		if err != nil {
			return errors.Join(err, w.Close())
		}
		if err := w.Add(img); err != nil {
			return errors.Join(err, w.Close())
		}
		if img.Depth != nil {
			n++
		}
	}
	return w.Close() // says so if anything is missing
}
