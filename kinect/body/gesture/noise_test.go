package gesture_test

import (
	"image"
	"math"
	"math/rand/v2"

	"cutout/kinect"
)

// A watcher sees joints as a tracker does: with noise, gaps, outliers, and left and
// right exchanged now and then, more often where hands come near each other. What lies
// out of the picture it does not see at all.
type watcher struct {
	random *rand.Rand
	noise  float64 // m, standard deviation on each axis of a hand; half of it of others
	few    bool    // only the head and the hands
	tilt   float64 // of the sensor upwards, radians

	gone    [kinect.JointCount]int // frames for which a joint is still missed
	swapped int
}

func newWatcher(seed uint64, few bool) *watcher {
	w := &watcher{random: rand.New(rand.NewPCG(seed, 99)), few: few}
	w.noise = 0.010 + 0.020*w.random.Float64()
	return w
}

// up is which way is up for a tilted sensor.
func (w *watcher) up() place { return place{Y: -math.Cos(w.tilt), Z: math.Sin(w.tilt)} }

// aim tilts the sensor, as its motor can, so that a figure's chest is in the middle.
func (w *watcher) aim(f *figure) {
	chest := f.joints()[kinect.Neck]
	w.tilt = max(-27, min(27, 180/math.Pi*math.Atan2(-chest.Y-0.1*f.height, chest.Z))) * math.Pi / 180
}

// turned is a place in the axes of the tilted sensor.
func (w *watcher) turned(p place) place {
	s, c := math.Sincos(w.tilt)
	return place{X: p.X, Y: p.Y*c + p.Z*s, Z: p.Z*c - p.Y*s}
}

// see fills a person's joints, box and height from true joints.
func (w *watcher) see(truth *[kinect.JointCount]place, height float64) (p kinect.Person) {
	camera := kinect.DefaultCalibration()
	box := image.Rectangle{}
	for k := range truth {
		at := w.turned(truth[k])
		x, y, _, ok := camera.Pixel(at)
		if !ok {
			continue
		}
		box = box.Union(image.Rect(int(x), int(y), int(x)+1, int(y)+1))
		name := kinect.JointName(k)
		if w.missed(name) || w.few && name != kinect.Head && name != kinect.LeftHand && name != kinect.RightHand {
			continue
		}
		noise := w.noise
		if name != kinect.LeftHand && name != kinect.RightHand {
			noise /= 2
		}
		if w.random.Float64() < 0.005 {
			at = plus(at, 0.2/1.7, place{X: w.random.NormFloat64(), Y: w.random.NormFloat64(), Z: w.random.NormFloat64()})
		}
		at = plus(at, noise, place{X: w.random.NormFloat64(), Y: w.random.NormFloat64(), Z: w.random.NormFloat64()})
		x, y, mm, ok := camera.Pixel(at)
		if !ok || x < 0 || y < 0 || x > kinect.Width-1 || y > kinect.Height-1 {
			continue
		}
		p.Joints[k] = kinect.Joint{X: int(x + 0.5), Y: int(y + 0.5), Depth: mm, Place: at, Confidence: 0.8, Sight: kinect.Seen}
	}
	p.Box = box.Intersect(image.Rect(0, 0, kinect.Width, kinect.Height))
	p.Silhouette = &kinect.Silhouette{Height: kinect.Millimetres(1000 * height)}
	w.exchange(&p, length(minus(truth[kinect.LeftHand], truth[kinect.RightHand])))
	return p
}

// missed loses a joint for one to four frames, once in 100.
func (w *watcher) missed(name kinect.JointName) bool {
	if w.gone[name] == 0 && w.random.Float64() < 0.01 {
		w.gone[name] = 1 + w.random.IntN(4)
	}
	if w.gone[name] > 0 {
		w.gone[name]--
		return true
	}
	return false
}

// exchange takes the left hand for the right for one to five frames.
func (w *watcher) exchange(p *kinect.Person, apart float64) {
	often := 0.003
	if apart < 0.2 {
		often = 0.05
	}
	if w.swapped == 0 && w.random.Float64() < often {
		w.swapped = 1 + w.random.IntN(5)
	}
	if w.swapped > 0 {
		w.swapped--
		j := &p.Joints
		j[kinect.LeftHand], j[kinect.RightHand] = j[kinect.RightHand], j[kinect.LeftHand]
		j[kinect.LeftElbow], j[kinect.RightElbow] = j[kinect.RightElbow], j[kinect.LeftElbow]
	}
}
