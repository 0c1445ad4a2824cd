package recording

import (
	"encoding/binary"
	"errors"
	"time"

	"cutout/kinect/raw"
)

// attitudeBytes is the size of an attitude's file: libfreenect's
// freenect_raw_tilt_state as it lies in memory.
const attitudeBytes = 12

// formatAttitude writes a motor that does not tell what it does as one that stands, as
// libfreenect does.
func formatAttitude(s raw.MotorState) []byte {
	if s.Status == raw.MotorUnknown {
		s.Status = raw.MotorStopped
	}
	b := make([]byte, attitudeBytes)
	for i, v := range []int16{s.X, s.Y, s.Z} {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
	b[6] = byte(s.HalfDegrees)
	binary.LittleEndian.PutUint32(b[8:], uint32(s.Status))
	return b
}

func parseAttitude(b []byte) (raw.MotorState, error) {
	if len(b) != attitudeBytes {
		return raw.MotorState{}, errors.New("it is no accelerometer's reading of 12 bytes")
	}
	at := func(i int) int16 { return int16(binary.LittleEndian.Uint16(b[i:])) }
	return raw.MotorState{
		X: at(0), Y: at(2), Z: at(4),
		HalfDegrees: int8(b[6]), Status: raw.MotorStatus(b[8]),
	}, nil
}

// Attitude is how the sensor stood at the frame that came last; false when the
// recording does not say. Any goroutine.
func (r *Recording) Attitude() (raw.MotorState, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attitude, r.stood
}

// stand reads how the sensor stood at the time of an entry.
func (r *Recording) stand(at time.Duration) {
	newest := r.standing
	for newest < len(r.attitudes) && r.attitudes[newest].at <= at {
		newest++
	}
	if newest == r.standing {
		return
	}
	r.standing = newest
	s, err := r.loader.attitude(r.attitudes[newest-1])
	if err != nil {
		return // the one before is as good
	}
	r.mu.Lock()
	r.attitude, r.stood = s, true
	r.mu.Unlock()
}
