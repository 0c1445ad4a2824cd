package packets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
	"cutout/kinect/sourcetest"
)

func TestWhatTheHeaderSays(t *testing.T) {
	reads := session(newSim())
	c := kinect.DefaultCalibration()
	c.Known, c.ConstShift = true, 222
	p := mustOpen(t, record(t, Header{Serial: "S", Calibration: &c}, reads...), Options{})
	if p.Calibration() != c || p.Header().Serial != "S" {
		t.Errorf("%+v", p.Header())
	}
	p = mustOpen(t, record(t, Header{}, reads...), Options{})
	if p.Calibration() != kinect.DefaultCalibration() {
		t.Errorf("%+v", p.Calibration())
	}
}

// TestCalibrationChanges: each frame comes with the calibration of its time, in every
// round.
func TestCalibrationChanges(t *testing.T) {
	s := newSim()
	first, second := kinect.DefaultCalibration(), kinect.DefaultCalibration()
	first.Known, second.Known, second.Register.AX = true, true, 42
	name := filepath.Join(t.TempDir(), FileName)
	w, err := Create(name, Header{Calibration: &first})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		reads := s.frame(raw.DepthStream, 0, 0, time.Duration(i)*33*ms)
		if i == 1 {
			w.AddCalibration(reads[0].At, second)
			w.AddCalibration(reads[0].At, kinect.Calibration{}) // none
		}
		for _, r := range reads {
			w.Add(r)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{Loop: true})
		for i := range 6 {
			_, err := p.Next(context.Background())
			if want := []kinect.Calibration{first, second}[i%2]; err != nil || p.Calibration() != want {
				t.Errorf("frame %d: %+v, %v", i, p.Calibration(), err)
			}
		}
		if c := p.Counts(); c.Damaged < 3 {
			t.Errorf("%+v", c)
		}
	})
}

func TestAttitude(t *testing.T) {
	name := filepath.Join(t.TempDir(), FileName)
	w, err := Create(name, Header{})
	if err != nil {
		t.Fatal(err)
	}
	states := []raw.MotorState{{X: -3, Y: 800, Z: 5, HalfDegrees: -20, Status: raw.MotorAtLimit}, {Y: 819}}
	s := newSim()
	for i, state := range states {
		reads := s.frame(raw.DepthStream, 0, 0, time.Duration(i)*33*ms)
		if i == 0 {
			reads[0].Started = true
		}
		w.AddAttitude(reads[0].At, state)
		for _, r := range reads {
			w.Add(r)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := mustOpen(t, name, Options{})
		if a, ok := p.Attitude(); ok {
			t.Errorf("before anything was read it stands %+v", a)
		}
		for i, want := range states {
			if _, err := p.Next(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got, ok := p.Attitude(); !ok || got != want {
				t.Errorf("at frame %d it stands %+v, %v; want %+v", i, got, ok, want)
			}
		}
	})
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := record(t, Header{}, raw.Read{At: time.Now()})
	whole := record(t, Header{}, session(newSim())...)
	for what, c := range map[string]struct {
		name string
		o    Options
	}{
		"no such file":         {name: filepath.Join(dir, "nowhere")},
		"not a file":           {name: dir},
		"no packets of a":      {name: text},
		"header and no packet": {name: empty},
		"speed -1":             {name: whole, o: Options{Speed: -1}},
		"speed 1000":           {name: whole, o: Options{Speed: 1000}},
	} {
		p, err := Open(c.name, c.o)
		if err == nil {
			p.Close()
		}
		if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("want an error with %q, got %v", what, err)
		}
	}
}

func TestConformance(t *testing.T) {
	name := record(t, Header{}, session(newSim())...)
	for what, o := range map[string]Options{"once": {}, "looped": {Loop: true}, "fast": {Loop: true, Speed: 5}, "furious": {Loop: true, Speed: 100}} {
		t.Run(what, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) kinect.Source {
				p, err := Open(name, o)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "packets")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, FileName)

	// Record: with a real sensor, Add is given to usb.Options as its Tap.
	w, err := Create(name, Header{Serial: "A00366902026050A"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, read := range newSim().frame(raw.DepthStream, kinect.Depth11Bit, 0, 0, 40, 41) {
		w.Add(read)
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}

	// Play: the frames are put together anew, and lack what the sensor's lacked.
	p, err := Open(name, Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	img, err := p.Next(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("sensor %s, a frame of %d codes that lacks %d packets\n", p.Header().Serial, len(img.Depth.Codes), img.Depth.LostPackets)
	// Output: sensor A00366902026050A, a frame of 307200 codes that lacks 2 packets
}
