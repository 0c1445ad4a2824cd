package main

import (
	"image"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/usb/virtual"
	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// counterBits is how many binary digits of a picture's number are drawn into it, as
// blocks of 40 by 40 pixels in one row: large enough to survive the encoder.
const (
	counterBits  = 12
	counterBlock = 40
	counterTop   = 200
)

// drawCounter is a Bayer frame with the number in it, white for one.
func drawCounter(n int) []byte {
	frame := make([]byte, kinect.Width*kinect.Height)
	for i := range frame {
		frame[i] = 90
	}
	for bit := range counterBits {
		value := byte(20)
		if n>>bit&1 != 0 {
			value = 235
		}
		for y := counterTop; y < counterTop+counterBlock; y++ {
			for x := bit * counterBlock; x < (bit+1)*counterBlock; x++ {
				frame[y*kinect.Width+x] = value
			}
		}
	}
	return frame
}

// readCounter reads the number back from a decoded picture.
func readCounter(img *image.YCbCr) int {
	n := 0
	for bit := range counterBits {
		x, y := bit*counterBlock+counterBlock/2, counterTop+counterBlock/2
		if img.Y[img.YOffset(x, y)] > 125 {
			n |= 1 << bit
		}
	}
	return n
}

// TestSensorToFriend follows numbered pictures all the way: from a virtual Kinect
// through gousb, the driver, framing, VP8 and the server to a friend, who must see
// them in order, with the time they took.
func TestSensorToFriend(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("a room needs a network interface beside the loopback")
	}
	bus := startBus(t, 1)
	// A machine which is too slow for the race detector shall not look like a bad cable.
	bus.Kinects[0].SetPatience(patience)
	frames := make([][]byte, 120)
	for i := range frames {
		frames[i] = drawCounter(i)
	}
	if err := bus.Kinects[0].Loop(virtual.Bayer, frames); err != nil {
		t.Fatal(err)
	}
	host := start(t, t.TempDir(), bus.Env(), "play", "--offscreen", "--sensor", "kinect", "--share", "camera", "--listen", ":0",
		"--for", "120s", "--shots", ".", "--events", "events.jsonl", "--stats", "stats.jsonl")
	link, err := netvideo.ParseLink(host.waitNamed("invite")["link"].(string))
	if err != nil {
		t.Fatal(err)
	}
	pass, err := door.Redeem(t.Context(), link, door.Who{Name: "Friend", Native: true})
	if err != nil {
		t.Fatal(err)
	}
	friend, err := room.Join(t.Context(), room.Options{URL: pass.URL, Token: pass.Token})
	if err != nil {
		t.Fatal(err)
	}
	defer friend.Close()

	numbers, latency := watchNumbers(t, host, friend, 40)
	rising := 0
	for i := 1; i < len(numbers); i++ {
		if step := (numbers[i] - numbers[i-1] + len(frames)) % len(frames); step > 0 && step < len(frames)/2 {
			rising++
		} else {
			t.Errorf("picture %d shows number %d after %d", i, numbers[i], numbers[i-1])
		}
	}
	t.Logf("%d numbered pictures in order; sensor to friend's decoded tile: mean %v", rising+1, latency)
	if bus.Kinects[0].Misuse() != 0 {
		t.Error("libusb was misused; see the virtual Kinect's log")
	}
}

// watchNumbers collects the numbers of so many different pictures, and the mean time
// from the sensor to the decoded picture.
func watchNumbers(t *testing.T, host *program, friend *room.Room, want int) (numbers []int, latency time.Duration) {
	t.Helper()
	var seen uint64
	for end := time.Now().Add(patience); len(numbers) < want; time.Sleep(3 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the friend saw %d of %d pictures; the host said:\n%s", len(numbers), want, host.output())
		}
		for _, v := range friend.Streams() {
			p := v.Picture
			if p == nil || p.Seq == seen {
				continue
			}
			seen = p.Seq
			n := readCounter(p.Image)
			if len(numbers) > 0 && numbers[len(numbers)-1] == n {
				continue // two depth frames can share one colour picture
			}
			numbers = append(numbers, n)
			latency += p.Decoded.Sub(p.Captured)
		}
	}
	return numbers, latency / time.Duration(len(numbers))
}
