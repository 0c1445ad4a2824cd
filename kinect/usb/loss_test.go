package usb_test

import (
	"context"
	"strconv"
	"testing"

	"cutout/kinect/usb"
	"cutout/kinect/usb/virtual"
)

// BenchmarkPacketErrors shows what is left of both streams when a share of their
// packets fails, without end: how many frames of a hundred that the device sent
// arrived whole, and how many whole or repaired. An iteration is a second.
func BenchmarkPacketErrors(b *testing.B) {
	bus, err := virtual.Attach()
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	for _, rate := range []float64{0.0001, 0.001, 0.01} {
		b.Run(strconv.FormatFloat(100*rate, 'g', -1, 64)+"%", func(b *testing.B) { benchmarkErrors(b, bus, rate) })
	}
}

func benchmarkErrors(b *testing.B, bus *virtual.Bus, rate float64) {
	bus.Reset()
	k := bus.Kinects[0]
	d, err := usb.Open(b.Context(), usb.Options{Queue: 100})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	k.FaultRate(virtual.Depth, virtual.PacketError, rate)
	k.FaultRate(virtual.Video, virtual.PacketError, rate)

	sent := sentFrames(b, k)
	before, whole, repaired := d.Status(), 0, 0
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go func() { // by the device's count: what does not arrive must not make it longer
		defer cancel()
		_, _ = k.Wait(ctx, func(virtual.Event) bool { return sentFrames(b, k)-sent >= 2*secondOfDepth*b.N })
	}()
	for {
		img, err := d.Next(ctx)
		if err != nil {
			break
		}
		if img.Depth != nil && img.Depth.Whole() || img.Video != nil && img.Video.Whole() {
			whole++
		} else {
			repaired++
		}
	}
	sent = sentFrames(b, k) - sent
	after := d.Status()
	b.ReportMetric(100*float64(whole)/float64(sent), "%whole")
	b.ReportMetric(100*float64(whole+repaired)/float64(sent), "%good")
	b.ReportMetric(float64(after.Depth.LostPackets+after.Video.LostPackets-before.Depth.LostPackets-before.Video.LostPackets)/float64(b.N), "lost-packets/s")
	b.ReportMetric(float64(after.Restarts-before.Restarts)/float64(b.N), "restarts/s")
	b.ReportMetric(0, "ns/op")
}

// sentFrames is how many whole frames the device has sent on both streams.
func sentFrames(b *testing.B, k *virtual.Kinect) int {
	events, err := k.Log()
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.Event == "frame" && e.Part == "whole" {
			n++
		}
	}
	return n
}
