package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"time"

	"cutout/netvideo/codec"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/door"
	"cutout/netvideo/probe"
)

// bandwidth sends more and more through the room and listens for it.
func (c *checkup) bandwidth(ctx context.Context, pass door.Pass, span time.Duration) {
	var carried []step
	err := func() error {
		second, err := pass.Sibling(ctx)
		if err != nil {
			return err
		}
		joining, cancel := context.WithTimeout(ctx, 2*stepTime)
		defer cancel()
		show, err := probe.Join(joining, probe.Options{URL: pass.URL, Token: pass.Token})
		if err != nil {
			return err
		}
		defer show.Close()
		look, err := probe.Join(joining, probe.Options{URL: pass.URL, Token: second.Token, Listen: true})
		if err != nil {
			return err
		}
		defer look.Close()
		carried, err = carry(ctx, show, look, span)
		return err
	}()
	if err != nil {
		c.fail("bandwidth", "could not be measured: "+oneLine(err), "try again")
		return
	}
	c.judgeBandwidth(carried)
}

// rates are what is sent, in kbit/s, each for a quarter of the time: a bot's picture, a
// camera at its default, and more than anybody sends.
var rates = [...]int{250, 700, 1500, 3000}

// A step is what came of one rate.
type step struct {
	Sent    int     `json:"sent_kbps"`
	Arrived int     `json:"arrived_kbps"`
	Lost    float64 `json:"lost_percent"`
	Mean    float64 `json:"mean_ms"` // there and back
	Worst   float64 `json:"worst_ms"`
}

// carry sends the rates one after another.
func carry(ctx context.Context, show, look *probe.Client, span time.Duration) ([]step, error) {
	each := span / time.Duration(len(rates))
	clip, sent, err := risingClip(each)
	if err != nil {
		return nil, err
	}
	sending, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- show.Publish(sending, clip) }()
	var steps []step
	defer func() { stop(); <-ended }()
	waiting := time.NewTimer(stepTime)
	defer waiting.Stop()
	for look.Received().Frames == 0 {
		select {
		case err := <-ended:
			ended <- err
			return nil, err
		case <-waiting.C:
			return nil, errors.New("what is sent does not come back")
		case <-time.After(20 * time.Millisecond):
		}
	}
	for _, rate := range sent {
		begin := time.Now()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-ended:
			ended <- err
			return nil, err
		case <-time.After(each):
		}
		r := look.Received()
		s := step{Sent: rate, Arrived: int(float64(r.Bytes) * 8 / 1000 / time.Since(begin).Seconds())}
		if r.Packets+r.Lost > 0 {
			s.Lost = 100 * float64(r.Lost) / float64(r.Packets+r.Lost)
		}
		s.Mean, s.Worst = r.Mean.Seconds()*1000, r.Worst.Seconds()*1000
		steps = append(steps, s)
	}
	return steps, nil
}

// judgeBandwidth says what a game would make of it.
func (c *checkup) judgeBandwidth(steps []step) {
	best := step{}
	for _, s := range steps {
		if s.Lost < 2 && s.Arrived > s.Sent*6/10 && s.Mean < 400 {
			best = s
		}
	}
	says := fmt.Sprintf("%d kbit/s up and down at once, %.0f ms there and back, %.1f %% lost", best.Sent, best.Mean, best.Lost)
	switch {
	case best.Sent == 0:
		c.add(finding{Step: "bandwidth", Result: resultFailed, Facts: steps, Says: fmt.Sprintf("not even %d kbit/s get through", rates[0]), Advice: "use a cable, or stand nearer to the Wi-Fi; --share silhouette needs the least"})
	case best.Sent < 700:
		c.add(finding{Step: "bandwidth", Result: resultWarning, Facts: steps, Says: says, Advice: "enough for a small picture: use a cable or a better Wi-Fi for more"})
	default:
		c.ok("bandwidth", says, steps)
	}
}

// risingClip is noise as VP8 at each rate in turn, a piece of each, and what the pieces
// came to, in kbit/s.
func risingClip(each time.Duration) (clip probe.Clip, sent []int, err error) {
	const width, height, fps = 480, 360, 30
	clip = probe.Clip{FPS: fps, Width: width, Height: height}
	n := max(int(each.Seconds()*fps), 1)
	picture := noise(width, height)
	e, err := vp8.NewEncoder(vp8.EncoderOptions{Width: width, Height: height, Kbps: rates[0], FPS: fps})
	if err != nil {
		return clip, nil, fmt.Errorf("encode a clip: %w", err)
	}
	defer func() { _ = e.Close() }()
	for i, rate := range rates {
		err := e.SetBitRate(rate)
		bytes := 0
		for j := 0; j < n && err == nil; j++ {
			at := i*n + j
			if at%(2*fps) == 0 {
				e.ForceKeyFrame()
			}
			var p codec.Packet
			if p, err = e.Encode(picture(), time.Duration(at)*time.Second/fps); err == nil && len(p.Data) > 0 {
				clip.Frames = append(clip.Frames, p.Data)
				bytes += len(p.Data)
			}
		}
		if err != nil {
			return clip, nil, fmt.Errorf("encode a clip: %w", err)
		}
		sent = append(sent, bytes*8/1000*fps/n)
	}
	return clip, sent, nil
}

// noise gives pictures that are hard to compress, so that a rate is really sent.
func noise(width, height int) func() *image.YCbCr {
	r := rand.New(rand.NewPCG(1, 2))
	return func() *image.YCbCr {
		img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		for i := range img.Y {
			img.Y[i] = 64 + uint8(r.UintN(128))
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 128, 128
		}
		return img
	}
}
