package room

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"sync"
	"time"

	"cutout/netvideo/door"
)

// PreflightTime is the most that Preflight takes.
const PreflightTime = 9 * time.Second

const (
	// deviceTime is what a camera has for its first picture, and a microphone for its
	// first sound: a Kinect takes two to three seconds to start.
	deviceTime = 5 * time.Second
	// loopTime is for how long the test picture is sent.
	loopTime = 1500 * time.Millisecond
	// hearTime is for how long a microphone is listened to.
	hearTime = time.Second
)

// PreflightOptions say what to check; what is left out is not checked.
type PreflightOptions struct {
	// Pass is for the session in which the network is tried. Two come for some seconds,
	// its holder and a sibling: better not among people.
	Pass door.Pass
	// Camera returns a picture, or why there is none.
	Camera func(ctx context.Context) (*image.YCbCr, error)
	// Microphone hears until ctx ends: sound.Microphone is one.
	Microphone func(ctx context.Context, hear func(pcm []float32)) error
	// JoinTimeout bounds each of the two joins. 0 means half of PreflightTime.
	JoinTimeout time.Duration
}

// A Check is what came of looking at one thing.
type Check struct {
	Done bool // it was looked at
	// Err is what is wrong; nil when nothing is.
	Err  error
	Took time.Duration
}

// OK: it was looked at and nothing is wrong.
func (c Check) OK() bool { return c.Done && c.Err == nil }

// A Report is what Preflight found.
type Report struct {
	Camera        Check
	Width, Height int // of the camera's picture

	Microphone Check
	Level      float32 // the loudest that was heard, 0 to 1

	Network Check
	// Join is how long both joins took; FirstPicture from publishing to the first
	// decoded picture.
	Join, FirstPicture time.Duration
	// Latency is the mean time of a picture from here through the server and back,
	// encoded and decoded; Worst the longest.
	Latency, Worst time.Duration
	// FPS of 25 came, SentKbps left and Kbps came back, kbit/s; Lost packets did not.
	FPS, SentKbps, Kbps float64
	Lost                uint64
	// Heard: the test tone came back too.
	Heard bool
}

// Errors of a Preflight's checks, beside those of Join and of the devices.
var (
	// ErrDark: the camera's picture is black.
	ErrDark = errors.New("the picture is dark: is the lens covered?")
	// ErrSilent: the microphone gives nothing but zeros.
	ErrSilent = errors.New("the microphone gives nothing but digital silence: is it switched off?")
	// ErrNoLoop: the room lets us in, and pictures do not come back.
	ErrNoLoop = errors.New("the room lets us in, and no picture comes back")
)

// Preflight checks camera, sound and network at the same time, before anybody waits in
// the lobby, in under PreflightTime. What is wrong stands in the report.
func Preflight(ctx context.Context, o PreflightOptions) Report {
	ctx, cancel := context.WithTimeout(ctx, PreflightTime)
	defer cancel()
	var r Report
	var wg sync.WaitGroup
	check := func(into *Check, look func(context.Context) error) {
		wg.Go(func() {
			begun := time.Now()
			err := look(ctx)
			*into = Check{Done: true, Err: err, Took: time.Since(begun)}
		})
	}
	if o.Camera != nil {
		check(&r.Camera, func(ctx context.Context) error { return r.look(ctx, o.Camera) })
	}
	if o.Microphone != nil {
		check(&r.Microphone, func(ctx context.Context) error { return r.hear(ctx, o.Microphone) })
	}
	if o.Pass.Token != "" {
		check(&r.Network, func(ctx context.Context) error { return r.loop(ctx, o) })
	}
	wg.Wait()
	return r
}

func (r *Report) look(ctx context.Context, camera func(context.Context) (*image.YCbCr, error)) error {
	ctx, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	img, err := camera(ctx)
	if err != nil {
		return fmt.Errorf("the camera: %w", err)
	}
	r.Width, r.Height = img.Rect.Dx(), img.Rect.Dy()
	if len(img.Y) == 0 || slices.Max(img.Y) < 32 { // 16 is black (BT.601, limited range)
		return ErrDark
	}
	return nil
}

func (r *Report) hear(ctx context.Context, microphone func(context.Context, func([]float32)) error) error {
	ctx, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	heard := 0
	err := microphone(ctx, func(pcm []float32) {
		for _, v := range pcm {
			r.Level = max(r.Level, v, -v)
		}
		if heard += len(pcm); heard >= int(hearTime.Seconds()*48000) {
			cancel()
		}
	})
	switch {
	case err != nil:
		return err
	case heard == 0:
		return errors.New("the microphone says nothing")
	case r.Level == 0:
		return ErrSilent
	}
	r.Level = min(r.Level, 1)
	return nil
}

// loop shows a test picture by one pass and looks at it by another.
func (r *Report) loop(ctx context.Context, o PreflightOptions) error {
	begun := time.Now()
	sibling, err := o.Pass.Sibling(ctx)
	if err != nil {
		return err
	}
	wait := o.JoinTimeout
	if wait <= 0 {
		wait = PreflightTime / 2
	}
	enter := func(p door.Pass) (*Room, error) {
		return Join(ctx, Options{URL: p.URL, Token: p.Token, JoinTimeout: wait})
	}
	there, err := enter(sibling)
	if err != nil {
		return err
	}
	defer there.Close()
	here, err := enter(o.Pass)
	if err != nil {
		return err
	}
	defer here.Close()
	r.Join = time.Since(begun)
	p, err := here.Publish(ctx, PublishOptions{Name: "preflight", Audio: true})
	if err != nil {
		return err
	}
	return r.watch(ctx, p, there)
}

// watch plays the test picture and tone, and measures what comes back.
func (r *Report) watch(ctx context.Context, p *Publisher, there *Room) error {
	begun := time.Now()
	tick := time.NewTicker(time.Second / 50)
	defer tick.Stop()
	var sum time.Duration
	var seen, count uint64
	var until time.Time
	out := make([]float32, 2*960)
	for n := 0; until.IsZero() || time.Now().Before(until); n++ {
		select {
		case <-ctx.Done():
			return ErrNoLoop
		case now := <-tick.C:
			p.Say(testTone(n))
			if n%2 == 0 {
				p.Show(testPicture(n), now)
			}
		}
		there.ReadVoices(out)
		for _, v := range there.Streams() {
			if v.Stream.ID != p.Stream().ID || v.Picture == nil || v.Picture.Seq == seen {
				continue
			}
			if until.IsZero() {
				r.FirstPicture, until = time.Since(begun), time.Now().Add(loopTime)
			}
			seen = v.Picture.Seq
			count++
			late := v.Picture.Decoded.Sub(v.Picture.Captured)
			sum += late
			r.Worst, r.Latency = max(r.Worst, late), sum/time.Duration(count)
			r.FPS, r.Kbps, r.Lost = v.Stats.FPS, v.Stats.Kbps+v.Stats.AudioKbps, v.Stats.LostPackets
			r.Heard = r.Heard || v.Level > 0.05
		}
	}
	st := p.Stats()
	r.SentKbps = st.Kbps + st.AudioKbps
	return nil
}

// testTone is the nth piece of a tone of 440 Hz.
func testTone(n int) []float32 {
	pcm := make([]float32, 960)
	for i := range pcm {
		pcm[i] = float32(0.2 * math.Sin(2*math.Pi*440*float64(n*960+i)/48000))
	}
	return pcm
}

// testPicture is the nth of some pictures that move as much as people do: a pattern
// that slides.
func testPicture(n int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
	for y := range 480 {
		row := img.Y[y*img.YStride:][:640]
		for x := range row {
			row[x] = uint8(40 + ((x+3*n)^y)&0x7f)
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	return img
}
