package mannequin

// A set is a room with people in it, and the sensor that looks at them.
type set struct {
	eye     eye
	height  float64
	room    room
	figures []*figure
	sensor  sensor
	// backdrop is the room as the sensor sees it, nil when it is drawn anew.
	backdrop []cell
}

// shoot makes shot i, with the figures in postures. Any goroutine, once the set is
// complete.
func (s *set) shoot(postures []posture, i int) *Shot {
	c := newCanvas(s.eye)
	if s.backdrop == nil {
		s.room.draw(c)
	} else {
		copy(c.cells, s.backdrop)
	}
	bones := make([]*skeleton, len(postures))
	for n := range postures {
		f := *s.figures[n]
		f.owner = uint8(n + 1)
		for side := range 2 {
			a := &postures[n].arms[side]
			f.grasps[side] = grasp{a.curl, a.index, a.spread}
		}
		bones[n] = f.pose(&postures[n])
		f.draw(c, bones[n])
	}
	shot := &Shot{SensorHeight: s.height, Up: s.eye.see(s.eye.at.plus(vec{y: 1}))}
	shot.People = make([]Truth, len(postures))
	for n := range postures {
		shot.People[n] = truth(c, &s.figures[n].build, uint8(n+1), bones[n])
		shot.People[n].ID = n + 1
	}
	e := s.sensor.expose(c, i)
	shot.Codes, shot.Parts, shot.Frame = e.codes, e.parts, e.frame(i)
	for i, o := range e.owners {
		if o != 0 {
			shot.People[o-1].Mask[i>>6] |= 1 << (i & 63)
		}
	}
	return shot
}

// paint draws the room once for all shots.
func (s *set) paint() {
	c := newCanvas(s.eye)
	s.room.draw(c)
	s.backdrop = c.cells
}
