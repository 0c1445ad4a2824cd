package mannequin

// A set is a room with people in it, and the sensor that looks at them.
type set struct {
	eye     eye
	height  float64
	room    room
	figures []*figure
	sensor  sensor
}

// shoot makes shot i, with the figures in postures.
func (s *set) shoot(postures []posture, i int) *Shot {
	c := newCanvas(s.eye)
	s.room.draw(c)
	bones := make([]*skeleton, len(postures))
	for n := range postures {
		f := s.figures[n]
		f.owner = uint8(n + 1)
		for side := range 2 {
			a := &postures[n].arms[side]
			f.grasps[side] = grasp{a.curl, a.index, a.spread}
		}
		bones[n] = f.pose(&postures[n])
		f.draw(c, bones[n])
	}
	shot := &Shot{SensorHeight: s.height, Up: s.eye.see(s.eye.at.plus(vec{y: 1}))}
	var seen []uint8
	shot.Codes, shot.Parts, seen = s.sensor.expose(c, i)
	shot.Frame = glass().frame(shot.Codes, i)
	shot.People = make([]Truth, len(postures))
	for n := range postures {
		shot.People[n] = truth(c, s.figures[n], bones[n])
		shot.People[n].ID = n + 1
	}
	for i, o := range seen {
		if o != 0 {
			shot.People[o-1].Mask[i>>6] |= 1 << (i & 63)
		}
	}
	return shot
}
