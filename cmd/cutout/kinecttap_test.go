package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/puppet"
	"cutout/kinect/raw"
)

// TestPacketTap: what a report says of packets, of glued reads and of separate ones.
func TestPacketTap(t *testing.T) {
	layout := raw.LayoutOfDepth(kinect.Depth11Bit)
	packet := func(i int, seq byte) []byte {
		b := make([]byte, layout.PacketLength(i))
		layout.PutHeader(b, i, seq, 0)
		return b
	}
	first, last := packet(0, 9), packet(layout.Packets()-1, 10)
	last[6] = 0xff // announces another length
	tap := newPacketTap()
	tap.Add(raw.Read{Stream: raw.DepthStream, Started: true, Bytes: append(slices.Clone(first), last...), Lengths: []int{len(first), 0, -1, len(last)}})
	tap.Add(raw.Read{Stream: raw.DepthStream, Bytes: append(packet(1, 11), packet(2, 12)...)}) // glued
	tap.Add(raw.Read{Stream: raw.DepthStream, Bytes: []byte("noise"), Lengths: []int{5}})
	tap.Add(raw.Read{Stream: raw.DepthStream})
	tap.Add(raw.Read{Stream: raw.DepthStream, Bytes: []byte("short"), Lengths: []int{900}}) // lengths that lie
	tap.Add(raw.Read{Stream: raw.VideoStream, Video: kinect.VideoUYVY})
	all := tap.all()
	if len(all) != 2 || all[1].Stream != "video" || all[1].Mode != "uyvy" || all[1].Packets != 0 {
		t.Fatalf("streams %+v", all)
	}
	d := all[0]
	if d.Packets != 4 || d.Empty != 1 || d.Failed != 1 || d.Starts != 1 || d.Reads != 5 || d.NoHeader != 1 ||
		d.Announced != 1 || d.FirstPackets != 1 || d.FirstTimeZero != 1 || d.Carried != 2 || len(d.Headers) != 4 {
		t.Errorf("depth is %+v", d)
	}
	if d.Lengths["1760"] != 1 || d.Lengths["1144"] != 1 || d.Lengths["5"] != 1 {
		t.Errorf("lengths %v", d.Lengths)
	}
	for n := range 3 * tappedValues {
		count(d.Lengths, string(rune('a'+n)))
	}
	if len(d.Lengths) > tappedValues+1 || d.Lengths["other"] == 0 {
		t.Errorf("%d different lengths are kept", len(d.Lengths))
	}
}

// TestMeasure measures a puppet, whose pace is known.
func TestMeasure(t *testing.T) {
	p := puppet.New(puppet.Options{Seed: 7})
	defer p.Close()
	m, err := measure(t.Context(), p, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if m.DepthFPS <= 0 || m.DepthFPS > 40 || m.TickDepth < kinect.ClockHz/31 || m.Readings < 50 || m.Nearest < 500 || m.Middle < m.Nearest {
		t.Errorf("a puppet is measured as %+v", m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := measure(ctx, p, time.Second); err == nil {
		t.Error("an interrupted measurement is none")
	}
}
