package mannequin

import "math"

// newSet makes up a room and the sensor in it.
func newSet(d dice) *set {
	s := &set{height: d.between(0.4, 1.6)}
	pitch := clamp(d.around(0, 8), -27, 27) * degree
	s.eye = newEye(s.height, pitch, d.around(0, 1)*degree)
	s.room = newRoom(d)
	s.sensor = sensor{seed: d.Uint64(), weak: float32(d.between(0.005, 0.014))}
	return s
}

// still takes one picture of anybody.
func (s *set) still(d dice) *Shot {
	var postures []posture
	for range 1 + d.pick(6, 2, 1) {
		b := newBuild(d)
		f := &figure{build: b, dress: newDress(d, &b)}
		far := d.between(0.9, 4.2)
		heading := d.around(0, 25) * degree
		s.figures = append(s.figures, f)
		postures = append(postures, randomPosture(d, &b, vec{x: d.between(-0.4, 0.4) * far, z: -far}, heading))
		s.room.back = math.Max(s.room.back, far+0.4)
	}
	return s.shoot(postures, 0)
}
