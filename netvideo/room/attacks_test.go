package room

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"cutout/netvideo/codec/h264"
	"cutout/netvideo/codec/opus"
)

// spoilt is data with a few bytes changed and its end cut off.
func spoilt(data []byte, rnd *rand.Rand) []byte {
	d := bytes.Clone(data)
	for range 1 + rnd.IntN(8) {
		d[rnd.IntN(len(d))] = byte(rnd.Int())
	}
	return d[:1+rnd.IntN(len(d))]
}

// attacksH264 are what a hostile publisher of H.264 may send.
func attacksH264(t *testing.T) map[string]func(f *feed, rnd *rand.Rand) {
	enc, err := h264.NewEncoder(h264.EncoderOptions{Width: 64, Height: 64})
	must(t, err)
	defer enc.Close()
	key, err := enc.Encode(flat(64, 64, 99), time.Second)
	must(t, err)
	inter, err := enc.Encode(flat(64, 64, 120), 2*time.Second)
	must(t, err)
	return map[string]func(f *feed, rnd *rand.Rand){
		"a thousand pictures a second": func(f *feed, rnd *rand.Rand) {
			f.frame(key.Data)
			for range 50 {
				f.frame(inter.Data)
			}
			time.Sleep(50 * time.Millisecond)
		},
		"noise": func(f *feed, rnd *rand.Rand) {
			f.packet(append([]byte{byte(rnd.IntN(32))}, noise(rnd, 1+rnd.IntN(1000))...), rnd.IntN(3) == 0)
			f.stamp += uint32(rnd.IntN(5000))
			time.Sleep(time.Millisecond)
		},
		"broken pictures": func(f *feed, rnd *rand.Rand) {
			f.frame(key.Data)
			f.frame(spoilt(inter.Data, rnd))
			f.frame(spoilt(key.Data, rnd))
			time.Sleep(5 * time.Millisecond)
		},
		"a picture without an end": func(f *feed, rnd *rand.Rand) {
			f.packet(append([]byte{0x7c, 0x85}, noise(rnd, 1000)...), false)
			for range 100 {
				f.packet(append([]byte{0x7c, 0x05}, noise(rnd, 1000)...), false)
			}
			time.Sleep(20 * time.Millisecond)
		},
	}
}

// attacksOpus are what a hostile publisher of sound may send.
func attacksOpus(t *testing.T) map[string]func(f *feed, rnd *rand.Rand) {
	enc, err := opus.NewEncoder(opus.EncoderOptions{})
	must(t, err)
	defer enc.Close()
	piece, err := enc.Encode(make([]float32, opus.FrameSamples))
	must(t, err)
	return map[string]func(f *feed, rnd *rand.Rand){
		"a thousand pieces a second": func(f *feed, rnd *rand.Rand) {
			for range 50 {
				f.packet(piece, false)
				f.stamp += opus.FrameSamples
			}
			time.Sleep(50 * time.Millisecond)
		},
		"noise": func(f *feed, rnd *rand.Rand) {
			f.packet(noise(rnd, 1+rnd.IntN(1000)), rnd.IntN(2) == 0)
			f.stamp += uint32(rnd.IntN(5000))
			time.Sleep(time.Millisecond)
		},
		"numbers that jump": func(f *feed, rnd *rand.Rand) {
			f.seq, f.stamp = f.seq+uint16(rnd.Int()), f.stamp+uint32(rnd.Int())
			f.packet(spoilt(append([]byte{0x78}, piece...), rnd), false)
			time.Sleep(5 * time.Millisecond)
		},
	}
}
