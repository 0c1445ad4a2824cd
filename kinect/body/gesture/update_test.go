package gesture_test

import (
	"encoding/binary"
	"image"
	"math"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// proper holds an answer to what is promised of every one.
func proper(t *testing.T, p *kinect.Person) {
	t.Helper()
	for n, j := range p.Joints {
		name := kinect.JointName(n)
		if !(j.Confidence >= 0 && j.Confidence <= 1) {
			t.Fatalf("%v: confidence %v", name, j.Confidence)
		}
		if j.Confidence == 0 && j != (kinect.Joint{}) || j.Confidence > 0 && j.Sight == kinect.Unknown {
			t.Fatalf("%v: %+v", name, j)
		}
		if j.Confidence == 0 {
			continue
		}
		x, y, mm, ok := kinect.DefaultCalibration().Pixel(j.Place)
		if !ok || mm != j.Depth || math.Abs(x-float64(j.X)) > 0.51 || math.Abs(y-float64(j.Y)) > 0.51 {
			t.Fatalf("%v: %+v is not one place", name, j)
		}
		inside := uint(j.X) < kinect.Width && uint(j.Y) < kinect.Height
		if j.Sight == kinect.Seen && !inside {
			t.Fatalf("%v: seen out of the picture: %+v", name, j)
		}
	}
	c := p.Cursor
	for _, v := range []float32{c.X, c.Y, c.Push} {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("cursor %+v", c)
		}
	}
	if !c.Active && c != (kinect.Cursor{}) || c.Active && c.Hand != kinect.LeftHand && c.Hand != kinect.RightHand {
		t.Fatalf("cursor %+v", c)
	}
	if p.Gestures>>7 != 0 {
		t.Fatalf("gestures %b", p.Gestures)
	}
}

// FuzzUpdate feeds joints made of bytes: 28 bytes a joint (name, sight, place, pixel), of
// which some are no numbers, with clocks that jump and any direction for up.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte{}, uint32(2_002_155), 0.0, -1.0, 0.0)
	f.Add(make([]byte, 28*30), uint32(0), math.NaN(), math.Inf(1), 1e-320)
	frame := []byte{}
	for n := range kinect.JointCount {
		b := make([]byte, 28)
		b[0], b[1], b[2] = byte(n), 1, 200
		for i, v := range []float32{float32(n%2) - 0.5, float32(n)/10 - 0.8, 2.2} {
			binary.LittleEndian.PutUint32(b[4+4*i:], math.Float32bits(v))
		}
		frame = append(frame, b...)
	}
	f.Add(append(append(frame, frame...), frame...), uint32(2_002_155), 0.1, -0.9, 0.3)
	f.Add(append(frame, make([]byte, 28*14)...), uint32(math.MaxUint32), 0.0, 0.0, 0.0)
	huge := append([]byte{}, frame...)
	for i := 4; i < len(huge); i += 28 {
		binary.LittleEndian.PutUint32(huge[i:], math.Float32bits(math.MaxFloat32))
	}
	f.Add(append(huge, frame...), uint32(1<<31), 1e300, -1e300, 1e300)
	f.Fuzz(func(t *testing.T, data []byte, tick uint32, x, y, z float64) {
		var p gesture.Person
		for i := range 16 {
			var k kinect.Person
			for range kinect.JointCount {
				if len(data) < 28 {
					break
				}
				fuzzed(&k, data[:28])
				data = data[28:]
			}
			p.Update(&k, uint32(i)*tick, place{X: x, Y: y, Z: z})
			proper(t, &k)
		}
	})
}

// fuzzed sets one joint, the box and the height from bytes.
func fuzzed(k *kinect.Person, b []byte) {
	number := func(i int) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))) }
	j := &k.Joints[b[0]%kinect.JointCount]
	j.Sight, j.Confidence = kinect.Sight(b[1]), float32(b[2])/200
	if b[3]&1 != 0 {
		j.Confidence = float32(number(16))
	}
	j.Place = place{X: number(4), Y: number(8), Z: number(12)}
	if b[3]&2 != 0 {
		j.Place = place{}
	}
	j.X, j.Y = int(int16(binary.LittleEndian.Uint16(b[20:]))), int(int16(binary.LittleEndian.Uint16(b[22:])))
	j.Depth = kinect.Millimetres(binary.LittleEndian.Uint16(b[24:]))
	k.Box = image.Rect(0, int(b[26]), 640, 480)
	k.Silhouette = &kinect.Silhouette{Height: kinect.Millimetres(b[27]) << 8}
}

// standing is somebody at ease, or in a pose, seen without noise.
func standing(left, right reach) (k kinect.Person, truth [kinect.JointCount]place) {
	f := figure{height: 1.7, z: 2.5, hand: [2]reach{left, right}}
	truth = f.joints()
	for n, at := range truth {
		k.Joints[n] = joint(at)
	}
	return k, truth
}

// TestFirstSight: of a single picture a held gesture is told at once.
func TestFirstSight(t *testing.T) {
	for g, k := range map[kinect.Gestures][2]reach{
		0: {atEase, atEase}, kinect.HandsUp: {handsUp, handsUp}, kinect.TPose: {tPose, tPose},
		kinect.ArmsCrossed: {crossed, crossed}, kinect.HandOverMouth: {mouth, atEase},
	} {
		p, _ := standing(k[0], k[1])
		new(gesture.Person).Update(&p, 5, place{})
		if proper(t, &p); p.Gestures != g {
			t.Errorf("%v instead of %v", p.Gestures.Names(), g.Names())
		}
	}
}

// TestPixelsAlone: joints without Place, as pixel and depth, get one.
func TestPixelsAlone(t *testing.T) {
	k, truth := standing(atEase, pointed)
	for n := range k.Joints {
		k.Joints[n].Place = place{}
	}
	new(gesture.Person).Update(&k, 5, place{})
	proper(t, &k)
	for n := range truth {
		if d := length(minus(k.Joints[n].Place, truth[n])); d > 0.01 {
			t.Errorf("%v is %.0f mm off", kinect.JointName(n), 1000*d)
		}
	}
}

// run updates with frames that a function spoils, and returns the last answers.
func run(t *testing.T, frames int, spoil func(i int, k *kinect.Person)) (out []kinect.Person, truth [kinect.JointCount]place) {
	var p gesture.Person
	for i := range frames {
		var k kinect.Person
		k, truth = standing(reach{0.4, -0.4, 0.3}, reach{0.3, -0.2, 0.5})
		spoil(i, &k)
		p.Update(&k, clock(i), place{})
		proper(t, &k)
		out = append(out, k)
	}
	return out, truth
}

func TestJumpThatReturns(t *testing.T) {
	out, truth := run(t, 40, func(i int, k *kinect.Person) {
		if i == 30 {
			k.Joints[kinect.RightHand] = joint(plus(k.Joints[kinect.RightHand].Place, 0.2, place{X: 1}))
		}
	})
	for i := 29; i < 40; i++ {
		if d := length(minus(out[i].Joints[kinect.RightHand].Place, truth[kinect.RightHand])); d > 0.005 {
			t.Errorf("frame %d: the hand is pulled off by %.0f mm", i, 1000*d)
		}
	}
}

// TestJumpThatStays: what jumps and stays is believed with the second frame.
func TestJumpThatStays(t *testing.T) {
	out, truth := run(t, 34, func(i int, k *kinect.Person) {
		if i >= 30 {
			k.Joints[kinect.RightHand] = joint(plus(k.Joints[kinect.RightHand].Place, 0.5, place{Y: -1}))
		}
	})
	there := plus(truth[kinect.RightHand], 0.5, place{Y: -1})
	if length(minus(out[30].Joints[kinect.RightHand].Place, there)) < 0.4 {
		t.Error("one frame is enough")
	}
	if d := length(minus(out[31].Joints[kinect.RightHand].Place, there)); d > 0.02 {
		t.Errorf("still %.0f mm off", 1000*d)
	}
}

// TestGap: a joint that is missed is held with falling confidence, and then is unknown.
func TestGap(t *testing.T) {
	out, _ := run(t, 60, func(i int, k *kinect.Person) {
		if i >= 30 {
			k.Joints[kinect.LeftHand] = kinect.Joint{}
		}
	})
	before := out[29].Joints[kinect.LeftHand]
	for i := 30; i < 36; i++ {
		j := out[i].Joints[kinect.LeftHand]
		if j.Sight != kinect.Hidden || j.Confidence >= before.Confidence {
			t.Errorf("frame %d: %+v after %+v", i, j, before)
		}
		before = j
	}
	if j := out[40].Joints[kinect.LeftHand]; j != (kinect.Joint{}) {
		t.Errorf("still held after a third of a second: %+v", j)
	}
}

// TestExchangedHands: hands taken for each other for a moment stay where they are, with
// and without elbows; if they stay exchanged they are believed in the end.
func TestExchangedHands(t *testing.T) {
	for _, few := range []bool{false, true} {
		exchange := func(from, to int) func(i int, k *kinect.Person) {
			return func(i int, k *kinect.Person) {
				if few {
					k.Joints[kinect.LeftElbow], k.Joints[kinect.RightElbow] = kinect.Joint{}, kinect.Joint{}
				}
				if i >= from && i < to {
					j := &k.Joints
					j[kinect.LeftHand], j[kinect.RightHand] = j[kinect.RightHand], j[kinect.LeftHand]
				}
			}
		}
		out, truth := run(t, 60, exchange(40, 46))
		for i := 39; i < 60; i++ {
			for _, n := range []kinect.JointName{kinect.LeftHand, kinect.RightHand} {
				if d := length(minus(out[i].Joints[n].Place, truth[n])); d > 0.01 {
					t.Errorf("few %v, frame %d: %v is %.0f mm off", few, i, n, 1000*d)
				}
			}
		}
		out, truth = run(t, 80, exchange(40, 80))
		if d := length(minus(out[79].Joints[kinect.LeftHand].Place, truth[kinect.RightHand])); few && d > 0.01 {
			t.Errorf("exchanged for good, but not believed: %.0f mm off", 1000*d)
		}
	}
}

// TestClocks: wrong clocks, lost frames and long pauses do no harm.
func TestClocks(t *testing.T) {
	var p gesture.Person
	now := uint32(0xfff00000)
	for i, tick := range []uint32{0, 2_002_155, 2_002_155, 0, ^uint32(5_000_000), 1, 60_000_000, 1 << 31, 6_006_465, 3_000_000_000, 2_002_155} {
		now += tick
		k, truth := standing(atEase, pointed)
		p.Update(&k, now, place{})
		proper(t, &k)
		if d := length(minus(k.Joints[kinect.RightHand].Place, truth[kinect.RightHand])); d > 0.01 {
			t.Errorf("tick %d: %.0f mm off", i, 1000*d)
		}
	}
}

// TestBones: noise on the elbows is taken away with the length of the bones.
func TestBones(t *testing.T) {
	w := newWatcher(3, false)
	w.noise = 0.03
	f := figure{height: 1.6, z: 2.5, hand: [2]reach{{0.4, -0.2, 0.4}, {0.5, 0.5, 0.2}}}
	var p gesture.Person
	var raw, steadied []float64
	for i := range 900 {
		truth := f.joints()
		k := w.see(&truth, 1.6)
		upper := func(k *kinect.Person) (float64, bool) {
			s, e := k.Joints[kinect.LeftShoulder], k.Joints[kinect.LeftElbow]
			return 1000 * length(minus(s.Place, e.Place)), s.Confidence > 0 && e.Confidence > 0
		}
		if v, ok := upper(&k); ok {
			raw = append(raw, v)
		}
		p.Update(&k, clock(i), place{})
		if v, ok := upper(&k); ok && i > 60 {
			steadied = append(steadied, v)
		}
	}
	a, b := deviation(raw), deviation(steadied)
	t.Logf("the upper arm's length varies by %.1f mm as found, %.1f mm steadied", a, b)
	if b > a/3 {
		t.Error("bones are not steadied")
	}
}

func TestAllocations(t *testing.T) {
	k, _ := standing(atEase, pointed)
	var p gesture.Person
	i := 0
	if n := testing.AllocsPerRun(100, func() { i++; p.Update(&k, clock(i), place{}) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkUpdate(b *testing.B) {
	d, w := newDancer(1), newWatcher(1, false)
	people := make([]kinect.Person, 300)
	for i := range people {
		d.step(seconds(i))
		truth := d.joints()
		people[i] = w.see(&truth, d.height)
	}
	var p gesture.Person
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := people[i%len(people)]
		p.Update(&k, clock(i), place{})
	}
}
