package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cutout/kinect"
)

// A trial is a pair of modes, and the rates that are expected: what the registers
// ask for. The public sources disagree on the large pictures: the register says 15,
// libfreenect 10.
type trial struct {
	depth               kinect.DepthMode
	video               kinect.VideoMode
	depthLow, depthHigh float64
	videoLow, videoHigh float64
}

// usualTrial is how a game uses the Kinect. 29.97 and 30.04 are what real logs show.
func usualTrial() trial { return trial{kinect.Depth11Bit, kinect.VideoBayer, 29, 31, 29, 31} }

// otherTrials are all other modes.
func otherTrials() []trial {
	return []trial{
		{kinect.Depth10Bit, kinect.VideoBayer, 29, 31, 29, 31},
		{kinect.Depth11Bit, kinect.VideoUYVY, 29, 31, 13, 31},
		{kinect.Depth11Bit, kinect.VideoInfrared, 29, 31, 29, 31},
		{kinect.Depth11Bit, kinect.VideoBayerSXGA, 29, 31, 8, 16},
		{kinect.DepthOff, kinect.VideoInfraredSXGA, 0, 0, 8, 16},
		{kinect.Depth11Bit, kinect.VideoOff, 29, 31, 0, 0},
	}
}

// settling is what a stream may take to deliver its first frames; they are not
// measured.
const settling = 400 * time.Millisecond

// examineStreams watches both streams in the modes that games use.
func (d *doctor) examineStreams(ctx context.Context) {
	if _, err := measure(ctx, d.device, settling); err != nil {
		return // interrupted
	}
	m, err := d.measure(ctx, usualTrial(), d.flags.span)
	if err != nil {
		return
	}
	d.add(judgeRates("streams", usualTrial(), m))
	d.add(judgeLosses(m))
	d.add(judgeTime(m))
	d.add(judgeScene(m))
}

// measure measures a trial and keeps the numbers for the report.
func (d *doctor) measure(ctx context.Context, t trial, span time.Duration) (*streamMeter, error) {
	m, err := measure(ctx, d.device, span)
	if err != nil {
		return nil, err
	}
	m.Depth, m.Video = t.depth.String(), t.video.String()
	d.report.Modes = append(d.report.Modes, m)
	if d.flags.pictures {
		d.report.addPictures(t, m)
	}
	return m, nil
}

// judgeRates compares the rates with those expected.
func judgeRates(step string, t trial, m *streamMeter) finding {
	f := finding{Step: step, Result: resultOK, Facts: m}
	var says, wrong []string
	rate := func(name string, mode fmt.Stringer, fps float64, frames uint64, low, high float64) {
		if high == 0 {
			return
		}
		says = append(says, fmt.Sprintf("%s %v %.1f fps", name, mode, fps))
		switch {
		case frames == 0:
			wrong = append(wrong, "no frame of "+name+" came")
		case fps < low || fps > high:
			wrong = append(wrong, fmt.Sprintf("%s should have %.0f to %.0f", name, low, high))
		}
	}
	rate("depth", t.depth, m.DepthFPS, m.DepthFrames, t.depthLow, t.depthHigh)
	rate("video", t.video, m.VideoFPS, m.VideoFrames, t.videoLow, t.videoHigh)
	f.Says = strings.Join(says, ", ")
	if len(wrong) == 0 {
		return f
	}
	f.Says += "; " + strings.Join(wrong, ", ")
	f.Result, f.Advice = resultWarning, "close other programs; try another USB port, without a hub"
	if m.DepthFrames == 0 && t.depthHigh > 0 || m.VideoFrames == 0 && t.videoHigh > 0 {
		f.Result = resultFailed
		f.Advice = "another port, without a hub or a webcam beside it; `dmesg` with 'no space' means that the bus is full"
	}
	return f
}

func judgeLosses(m *streamMeter) finding {
	lost := m.LostDepth + m.LostVideo
	const packetsPerFrame = 200 // 242 of depth, 162 of video
	frames := m.DepthFrames + m.VideoFrames
	f := finding{Step: "losses", Result: resultOK}
	f.Says = fmt.Sprintf("%d lost packets, %d repaired and %d dropped frames of %d, %d restarts", lost, m.RepairedFrames, m.DroppedFrames, frames, m.Restarts)
	switch share := float64(lost) / float64(max(frames, 1)*packetsPerFrame); {
	case share > 0.001:
		f.Result, f.Advice = resultFailed, "another port of another controller, a shorter cable, no hub, no virtual machine; a weak power supply does it, too"
	case lost > 0 || m.Restarts > 0:
		f.Result, f.Advice = resultWarning, "a few losses cost rows of single frames; another port may have none"
	case m.DroppedFrames > 0:
		f.Result, f.Advice = resultWarning, "this machine was too busy to take every frame: close other programs"
	}
	return f
}

func judgeTime(m *streamMeter) finding {
	f := finding{Step: "latency", Result: resultOK}
	f.Says = fmt.Sprintf("last packet to frame %.1f ms (95%% %.1f, worst %.1f); frames came up to %.1f ms late; %.0f%% of a core", m.Latency[0], m.Latency[1], m.Latency[2], m.Jitter[2], m.CPUPercent)
	switch {
	case m.Latency[1] > 10 || m.Jitter[1] > 33:
		f.Result, f.Advice = resultWarning, "this machine is busy: close other programs, choose the performance profile"
	case m.CPUPercent > 60:
		f.Result, f.Advice = resultWarning, "a slow processor: the game will choose a plainer picture"
	}
	return f
}

// judgeScene looks whether the sensor sees anything.
func judgeScene(m *streamMeter) finding {
	f := finding{Step: "scene", Result: resultOK}
	f.Says = fmt.Sprintf("%.0f%% of depth has a reading, from %d mm, half of it nearer than %d mm; brightness %.0f of 255", m.Readings, m.Nearest, m.Middle, m.Brightness)
	switch {
	case m.Readings < 10:
		f.Result, f.Advice = resultWarning, "hardly any distance: is something in front of the lenses, or nearer than half a metre? Does sunlight fall on what it sees?"
	case m.Brightness >= 0 && m.Brightness < 6:
		f.Result, f.Advice = resultWarning, "the colour picture is black: more light, or is the lens covered?"
	}
	return f
}

// examineModes tries every other mode the camera has, and goes back.
func (d *doctor) examineModes(ctx context.Context) {
	span := min(max(d.flags.span/4, time.Second/2), 3*time.Second)
	for _, t := range otherTrials() {
		if ctx.Err() != nil {
			return
		}
		d.tryMode(ctx, t, span)
	}
	usual := usualTrial()
	start := time.Now()
	if err := d.device.SetModes(ctx, usual.depth, usual.video); err != nil {
		d.fail("modes", fmt.Errorf("go back to the usual modes: %w", err), "unplug the Kinect and plug it in again")
		return
	}
	m, err := measure(ctx, d.device, max(settling, span/2))
	if err != nil {
		return
	}
	m.Depth, m.Video = usual.depth.String(), usual.video.String()
	f := judgeRates("modes", usual, m)
	f.Says = fmt.Sprintf("and back after %d ms: %s", time.Since(start).Milliseconds(), f.Says)
	d.add(f)
}

// tryMode switches, lets the streams settle, and measures.
func (d *doctor) tryMode(ctx context.Context, t trial, span time.Duration) {
	name := fmt.Sprintf("depth %v with video %v", t.depth, t.video)
	start := time.Now()
	if err := d.device.SetModes(ctx, t.depth, t.video); err != nil {
		if ctx.Err() == nil {
			d.fail("modes", fmt.Errorf("%s: %w", name, err), "send us a report; the usual modes are not affected")
		}
		return
	}
	switched := time.Since(start)
	first, err := measure(ctx, d.device, settling)
	if err != nil {
		return
	}
	m, err := d.measure(ctx, t, span)
	if err != nil {
		return
	}
	m.FirstDepth, m.FirstVideo = first.FirstDepth, first.FirstVideo // counted from the switch
	f := judgeRates("modes", t, m)
	f.Says += fmt.Sprintf(", %d lost packets, switched in %d ms", m.LostDepth+m.LostVideo, switched.Milliseconds())
	d.add(f)
}
