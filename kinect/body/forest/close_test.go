package forest

import "testing"

// whole is how many cells the body of wall has.
const whole = 40*40 + 2*30*4

// wall is a whole picture at 3 m, with a body at 2 m in its middle, arms out to its sides.
func wall() (all *[cells]int32, v *View) {
	all, v = new([cells]int32), new(View)
	v.Clear()
	for i := range all {
		all[i] = 3000
	}
	for y := 36; y < 80; y++ {
		for x := 30; x < 130; x++ {
			if y < 40 && (x < 60 || x >= 100) || y >= 40 && x >= 60 && x < 100 {
				all[y*width+x] = 2000
				v.Put(x, y, 2000)
			}
		}
	}
	return all, v
}

// take has cells show something else: 0 for nothing.
func take(all *[cells]int32, v *View, x0, y0, x1, y1 int, z int32) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			all[y*width+x] = z
			v.Z[y*width+x] = Nothing
			v.Cells--
		}
	}
}

// TestCloseFindsDarkCloth: what the sensor has lost of a body is filled in, also where it
// is lost to the edge.
func TestCloseFindsDarkCloth(t *testing.T) {
	all, v := wall()
	take(all, v, 75, 50, 82, 55, 0)
	take(all, v, 60, 60, 70, 66, 0)
	v.Close(all)
	if v.Cells != whole || v.Z[52*width+78] != 2000 || v.Z[63*width+61] != 2000 {
		t.Errorf("%d cells", v.Cells)
	}
}

// TestCloseLeavesAir: what shows the wall, what is too wide, and what lies between a near
// arm and a trunk stay open.
func TestCloseLeavesAir(t *testing.T) {
	all, v := wall()
	take(all, v, 75, 40, 82, 80, 3000)
	v.Close(all)
	if v.Cells != whole-7*40 {
		t.Errorf("the wall became body: %d cells", v.Cells)
	}
	all, v = wall()
	take(all, v, 65, 40, 90, 80, 0)
	v.Close(all)
	if v.Cells != whole-25*40 {
		t.Errorf("335 mm became body: %d cells", v.Cells)
	}
	all, v = wall()
	take(all, v, 75, 40, 82, 80, 0)
	for y := 40; y < 80; y++ {
		for x := 60; x < 75; x++ {
			v.Z[y*width+x] = 1700
		}
	}
	v.Close(all)
	if v.Cells != whole-7*40 {
		t.Errorf("a shadow became body: %d cells", v.Cells)
	}
}

// TestCloseKnowsUnseenRooms: where nothing of the room is seen, the air between an arm
// and the trunk is not seen either, and is no body.
func TestCloseKnowsUnseenRooms(t *testing.T) {
	all, v := wall()
	for i := range all {
		if all[i] == 3000 {
			all[i] = 0
		}
	}
	take(all, v, 75, 45, 82, 80, 0)
	v.Close(all)
	if v.Cells != whole-7*35 {
		t.Errorf("%d cells", v.Cells)
	}
	var none View
	none.Clear()
	none.Close(all)
	if none.Cells != 0 {
		t.Error("nobody has a body")
	}
}
