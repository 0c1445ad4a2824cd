package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// A streamMeter measures what a source delivers for a while.
type streamMeter struct {
	Depth   string  `json:"depth"` // modes
	Video   string  `json:"video"`
	Seconds float64 `json:"seconds"`
	// FirstFrame is how long the first frame of each stream took to come, in ms; -1
	// when none came.
	FirstDepth float64 `json:"first_depth_ms"`
	FirstVideo float64 `json:"first_video_ms"`
	DepthFPS   float64 `json:"depth_fps"`
	VideoFPS   float64 `json:"video_fps"`
	// TickDepth and TickVideo are the mean distance of two frames on the sensor's
	// clock of 60 MHz.
	TickDepth float64 `json:"depth_ticks"`
	TickVideo float64 `json:"video_ticks"`
	// Counted since this measurement began.
	DepthFrames    uint64 `json:"depth_frames"`
	VideoFrames    uint64 `json:"video_frames"`
	LostDepth      uint64 `json:"lost_depth_packets"`
	LostVideo      uint64 `json:"lost_video_packets"`
	RepairedFrames uint64 `json:"repaired_frames"`
	DroppedFrames  uint64 `json:"dropped_frames"`
	Restarts       uint64 `json:"restarts"`
	// Latency is from the last packet in our hands to the frame in the reader's, in
	// ms: the median, of 95 % and the longest.
	Latency [3]float64 `json:"latency_ms"`
	// Jitter is how much later than the fastest one frames came by the sensor's
	// clock, in ms: the median, of 95 % and the longest.
	Jitter     [3]float64 `json:"jitter_ms"`
	CPUPercent float64    `json:"cpu_percent"`
	// Readings is the share of depth pixels that had one, in percent; Nearest and
	// Middle are their nearest hundredth and their median, in mm.
	Readings float64 `json:"readings_percent"`
	Nearest  int     `json:"nearest_mm"`
	Middle   int     `json:"median_mm"`
	// Brightness is the mean of the video picture, 0 to 255; -1 without one.
	Brightness float64 `json:"brightness"`

	depth *kinect.DepthFrame
	video *kinect.VideoFrame
}

// A pace follows one stream.
type pace struct {
	first, last time.Time
	clock       uint32
	ticks       uint64
	gaps        int
	frames      uint64
	offsets     []float64 // arrival minus the sensor's time, ms
	elapsed     uint64    // ticks since the first frame
}

func (p *pace) add(at time.Time, clock uint32) {
	if p.frames == 0 {
		p.first = at
	} else if step := clock - p.clock; step < kinect.ClockHz { // a restart is no step
		p.ticks += uint64(step)
		p.elapsed += uint64(step)
		p.gaps++
	}
	p.frames++
	p.last, p.clock = at, clock
	p.offsets = append(p.offsets, 1e3*(at.Sub(p.first).Seconds()-float64(p.elapsed)/kinect.ClockHz))
}

func (p *pace) fps() float64 {
	if span := p.last.Sub(p.first).Seconds(); p.frames > 1 && span > 0 {
		return round(float64(p.frames-1)/span, 2)
	}
	return 0
}

func (p *pace) step() float64 {
	if p.gaps == 0 {
		return 0
	}
	return round(float64(p.ticks)/float64(p.gaps), 1)
}

func (p *pace) firstAfter(start time.Time) float64 {
	if p.frames == 0 {
		return -1
	}
	return round(1e3*p.first.Sub(start).Seconds(), 1)
}

// measure takes frames for a while. ctx ends it early, with an error.
func measure(ctx context.Context, source kinect.Source, span time.Duration) (*streamMeter, error) {
	m := &streamMeter{}
	limited, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	var depth, video pace
	var latency []float64
	start, cpu, before := time.Now(), processCPU(), source.Status()
	for {
		img, err := source.Next(limited)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if limited.Err() == nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read the sensor: %w", err)
			}
			break
		}
		at := time.Time{}
		if img.Depth != nil {
			m.depth, at = img.Depth, img.Depth.At
			depth.add(at, img.Depth.Clock)
		} else {
			m.video, at = img.Video, img.Video.At
			video.add(at, img.Video.Clock)
		}
		latency = append(latency, 1e3*time.Since(at).Seconds())
	}
	took := time.Since(start)
	m.Seconds = round(took.Seconds(), 2)
	m.CPUPercent = round(100*(processCPU()-cpu).Seconds()/took.Seconds(), 1)
	m.DepthFPS, m.VideoFPS = depth.fps(), video.fps()
	m.TickDepth, m.TickVideo = depth.step(), video.step()
	m.FirstDepth, m.FirstVideo = depth.firstAfter(start), video.firstAfter(start)
	m.Latency = spread(latency, 0)
	if len(depth.offsets) > 0 {
		m.Jitter = spread(depth.offsets, slices.Min(depth.offsets))
	}
	m.counted(before, source.Status())
	m.look(source.Calibration())
	return m, nil
}

// spread is the median, the 95th percentile and the largest value, less an origin.
func spread(v []float64, origin float64) [3]float64 {
	if len(v) == 0 {
		return [3]float64{}
	}
	slices.Sort(v)
	at := func(q float64) float64 { return round(v[int(q*float64(len(v)-1))]-origin, 2) }
	return [3]float64{at(0.5), at(0.95), at(1)}
}

func (m *streamMeter) counted(before, after kinect.Status) {
	d, v, bd, bv := after.Depth, after.Video, before.Depth, before.Video
	m.DepthFrames, m.VideoFrames = d.Frames-bd.Frames, v.Frames-bv.Frames
	m.LostDepth, m.LostVideo = d.LostPackets-bd.LostPackets, v.LostPackets-bv.LostPackets
	m.RepairedFrames = d.RepairedFrames + v.RepairedFrames - bd.RepairedFrames - bv.RepairedFrames
	m.DroppedFrames = d.DroppedFrames + v.DroppedFrames - bd.DroppedFrames - bv.DroppedFrames
	m.Restarts = after.Restarts - before.Restarts
}

// look says what the last frames show, in numbers.
func (m *streamMeter) look(c kinect.Calibration) {
	m.Brightness = -1
	if m.depth != nil && m.depth.Mode == kinect.Depth11Bit {
		var distances []kinect.Millimetres
		for _, code := range m.depth.Codes {
			if mm := raw.Distance(c, code); mm != kinect.NoReading {
				distances = append(distances, mm)
			}
		}
		m.Readings = round(100*float64(len(distances))/float64(max(len(m.depth.Codes), 1)), 1)
		if n := len(distances); n > 0 {
			slices.Sort(distances)
			m.Nearest, m.Middle = int(distances[n/100]), int(distances[n/2])
		}
	}
	if m.video == nil {
		return
	}
	sum, n := 0.0, 0
	for i, v := range m.video.Pixels {
		if m.video.Format == kinect.UYVY && i%2 == 0 {
			continue // colour
		}
		sum, n = sum+float64(v), n+1
	}
	for _, v := range m.video.Intensity {
		sum, n = sum+float64(v)/4, n+1
	}
	if n > 0 {
		m.Brightness = math.Round(sum / float64(n))
	}
}
