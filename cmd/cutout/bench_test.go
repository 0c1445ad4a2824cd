package main

import (
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/body"
	"cutout/kinect/framing"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
	"cutout/netvideo/codec/vp8"
)

// BenchmarkWholePath is all the work between a sensor's frame and a friend's decoded
// picture, on one core and without the network: millimetres, colour, the tracker,
// framing, encoding, decoding. The limit is the sensor's pace: its share of the time
// between two frames is reported as percent of a frame's 33.37 ms.
func BenchmarkWholePath(b *testing.B) {
	images := puppetImages(b, 60)
	encoder, err := vp8.NewEncoder(vp8.EncoderOptions{Width: kinect.Width, Height: kinect.Height, FPS: 30, Kbps: 700})
	if err != nil {
		b.Fatal(err)
	}
	defer encoder.Close()
	decoder, err := vp8.NewDecoder(vp8.DecoderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer decoder.Close()
	developer := raw.NewDeveloper(kinect.DefaultCalibration())
	tracker, framer := body.NewTracker(), framing.NewFramer(framing.Options{})

	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		pair := images[i%len(images)]
		frame := &kinect.Frame{Seq: uint64(i), Colour: developer.Colour(pair.Video)}
		frame.Depth, frame.Registered = developer.Depth(pair.Depth)
		packet, err := encoder.Encode(framer.Render(tracker.Update(frame)), time.Duration(i)*time.Second/30)
		if err != nil {
			b.Fatal(err)
		}
		if len(packet.Data) == 0 {
			continue
		}
		if _, err := decoder.Decode(packet.Data); err != nil {
			b.Fatal(err)
		}
	}
	const framePeriod = 33.37e6 // ns, of the depth stream at 29.968 frames a second
	b.ReportMetric(100*float64(b.Elapsed().Nanoseconds())/float64(b.N)/framePeriod, "%frame")
}

// puppetImages are so many frames of a moving puppet, depth and colour together.
func puppetImages(b *testing.B, n int) []kinect.Image {
	b.Helper()
	p := puppet.New(puppet.Options{Seed: 1})
	defer p.Close()
	p.Perform(kinect.Pose{LeftShoulder: 150, RightShoulder: 90}, 2*time.Second)
	var images []kinect.Image
	var video *kinect.VideoFrame
	for len(images) < n {
		img, err := p.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		switch {
		case img.Video != nil:
			video = img.Video
		case video != nil:
			images = append(images, kinect.Image{Depth: img.Depth, Video: video})
		}
	}
	return images
}
