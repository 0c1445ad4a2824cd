package kinect

// Rows is a stretch of picture rows, To not included.
type Rows struct{ From, To int }

// A Quality says what a frame lacks. The zero value is a whole frame.
type Quality struct {
	// LostPackets counts the packets of this frame that never came.
	LostPackets int
	// Lost are the rows in which pixels are missing or in doubt, in order and not
	// touching. A depth frame holds no reading there, never the pixels of another
	// frame; a video frame holds what was made up from the rows around.
	Lost []Rows
}

// Whole says that every pixel is as the sensor sent it.
func (q Quality) Whole() bool { return q.LostPackets == 0 && len(q.Lost) == 0 }
