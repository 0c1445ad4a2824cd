package gesture_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"cutout/kinect"
	"cutout/kinect/body/gesture"
)

// A way is where a hand is at a time, in a level sensor's axes.
type way func(t float64) place

// follow steadies a right hand that goes a way, with a head that stands still, and gives
// what comes out. Noise is in metres, on each axis; all is the head and hands alone.
func follow(w way, noise float64, frames int, seed uint64) (out []kinect.Person) {
	random := rand.New(rand.NewPCG(seed, 3))
	shake := func(at place, by float64) place {
		return plus(at, by, place{X: random.NormFloat64(), Y: random.NormFloat64(), Z: random.NormFloat64()})
	}
	var p gesture.Person
	for i := range frames {
		var k kinect.Person
		k.Silhouette = &kinect.Silhouette{Height: 1750}
		k.Joints[kinect.Head] = joint(shake(place{X: 0.05, Y: -0.5, Z: 2.2}, noise/2))
		k.Joints[kinect.RightHand] = joint(shake(w(seconds(i)), noise))
		p.Update(&k, clock(i), place{})
		out = append(out, k)
	}
	return out
}

func joint(at place) kinect.Joint {
	x, y, mm, _ := kinect.DefaultCalibration().Pixel(at)
	return kinect.Joint{X: int(x + 0.5), Y: int(y + 0.5), Depth: mm, Place: at, Confidence: 0.8, Sight: kinect.Seen}
}

// deviation is the standard deviation of numbers.
func deviation(v []float64) float64 {
	sum, square := 0.0, 0.0
	for _, x := range v {
		sum, square = sum+x, square+x*x
	}
	n := float64(len(v))
	return math.Sqrt(max(0, square/n-sum/n*sum/n))
}

// TestStillHand: a hand that is held still at 2 m stays still, and its cursor too.
func TestStillHand(t *testing.T) {
	for _, noise := range []float64{0.005, 0.010, 0.015, 0.020, 0.030} {
		people := follow(func(float64) place { return place{X: -0.25, Y: -0.25, Z: 1.75} }, noise, 3000, 1)
		var x, y, z, u, v, push []float64
		for _, p := range people[60:] {
			at := p.Joints[kinect.RightHand].Place
			x, y, z = append(x, 1000*at.X), append(y, 1000*at.Y), append(z, 1000*at.Z)
			if !p.Cursor.Active || p.Cursor.Hand != kinect.RightHand {
				t.Fatal("no cursor")
			}
			u, v = append(u, 100*float64(p.Cursor.X)), append(v, 100*float64(p.Cursor.Y))
			push = append(push, float64(p.Cursor.Push))
		}
		worst := max(deviation(x), deviation(y), deviation(z))
		t.Logf("noise %2.0f mm: joint %.1f mm, cursor %.2f %% of the field's width, %.2f %% of its height, push %.3f",
			1000*noise, worst, deviation(u), deviation(v), deviation(push))
		if noise <= 0.015 && (worst > 5 || deviation(u) > 0.3 || deviation(v) > 0.3) {
			t.Errorf("unsteady at %.0f mm", 1000*noise)
		}
	}
}

// euro is the One-Euro filter (Casiez, Roussel and Vogel, CHI 2012), the peer.
type euro struct {
	least, beta, cutoff float64
	at, speed, last     place
	on                  bool
}

func (e *euro) step(m place) place {
	const dt = 1001.0 / 30000
	gain := func(hz float64) float64 { r := 2 * math.Pi * hz * dt; return r / (1 + r) }
	if !e.on {
		*e = euro{least: e.least, beta: e.beta, cutoff: e.cutoff, at: m, last: m, on: true}
		return m
	}
	v := plus(place{}, 1/dt, minus(m, e.last))
	e.last = m
	e.speed = plus(e.speed, gain(e.cutoff), minus(v, e.speed))
	e.at = plus(e.at, gain(e.least+e.beta*length(e.speed)), minus(m, e.at))
	return e.at
}

// lag is by how many milliseconds out is behind a sine on X, by the phase at its frequency.
func lag(x []float64, hz float64) float64 {
	sine, cosine := 0.0, 0.0
	for i := 60; i < len(x); i++ {
		s, c := math.Sincos(2 * math.Pi * hz * seconds(i))
		sine, cosine = sine+s*x[i], cosine+c*x[i]
	}
	return 1000 * math.Atan2(-cosine, sine) / (2 * math.Pi * hz)
}

// TestLag measures how far behind a moving hand the steadied one is, and a One-Euro filter
// that keeps a still hand as still.
func TestLag(t *testing.T) {
	const noise = 0.015
	for _, c := range []struct{ speed, hz, most float64 }{
		{0.3, 0.5, 80}, {1, 0.5, 30}, {1, 1, 30}, {2, 1, 30}, {2, 2, 30}, {3, 1.5, 30},
	} {
		wide := c.speed / (2 * math.Pi * c.hz)
		hand := func(at float64) place {
			return place{X: -0.2 + wide*math.Sin(2*math.Pi*c.hz*at), Y: -0.2, Z: 1.8}
		}
		var ours, theirs []float64
		filter := euro{least: 0.5, beta: 3.5, cutoff: 1.2}
		random := rand.New(rand.NewPCG(2, 2))
		errors, peers := 0.0, 0.0
		const frames = 1800
		for i, p := range follow(hand, noise, frames, 2) {
			at, truth := p.Joints[kinect.RightHand].Place, hand(seconds(i))
			peer := filter.step(plus(truth, noise, place{X: random.NormFloat64(), Y: random.NormFloat64(), Z: random.NormFloat64()}))
			ours, theirs = append(ours, at.X+0.2), append(theirs, peer.X+0.2)
			errors += math.Pow(length(minus(at, truth)), 2)
			peers += math.Pow(length(minus(peer, truth)), 2)
		}
		a, b := lag(ours, c.hz), lag(theirs, c.hz)
		t.Logf("%.1f m/s at %.1f Hz: lag %.0f ms, error %.0f mm; One-Euro %.0f ms, %.0f mm", c.speed, c.hz,
			a, 1000*math.Sqrt(errors/frames), b, 1000*math.Sqrt(peers/frames))
		if a > c.most || a > b {
			t.Errorf("lags %.0f ms", a)
		}
	}
	filter := euro{least: 0.5, beta: 3.5, cutoff: 1.2}
	random := rand.New(rand.NewPCG(2, 2))
	var x []float64
	for i := range 3000 {
		at := filter.step(plus(place{}, noise, place{X: random.NormFloat64(), Y: random.NormFloat64(), Z: random.NormFloat64()}))
		if i > 60 {
			x = append(x, 1000*at.X)
		}
	}
	t.Logf("One-Euro keeps a still hand within %.1f mm", deviation(x))
}
