package virtual

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// An Event is one line of a Kinect's log.
type Event struct {
	// T is when, in Unix nanoseconds.
	T int64 `json:"t"`
	// Event is "frame", "register", "cmos", "algorithm", "led", "tilt", "refused" or
	// "misuse".
	Event string `json:"event"`

	// Of a frame: its stream ("depth" or "video") and mode; whether it was sent "whole", or
	// from its middle on after a start ("partial"), or ended early by a stop or a
	// freeze ("cut"); which of the test's frames it is; its time in the last packet;
	// and what became of its packets. Sent counts those which left unharmed, Late
	// those for which the host had no slot. An Alter may hit a byte that does not
	// matter.
	Stream    string `json:"stream"`
	Mode      Mode   `json:"mode"`
	Part      string `json:"part"`
	Source    uint32 `json:"source"`
	Clock     uint32 `json:"clock"`
	Sent      int    `json:"sent"`
	Late      int    `json:"late"`
	Dropped   int    `json:"dropped"`
	Errors    int    `json:"errors"`
	Halved    int    `json:"halved"`
	Shortened int    `json:"shortened"`
	Altered   int    `json:"altered"`
	Mirrored  bool   `json:"mirrored"`

	// Of a register written: which and the value; of algorithm parameters asked for:
	// their number and the resolution they are wanted for; of the LED and the tilt:
	// the value.
	Register int `json:"register"`
	Value    int `json:"value"`
	// Of a misuse: what was done; of a refusal: what the sensor can't do.
	What string `json:"what"`
}

// Harmed counts the packets of a frame that did not leave unharmed.
func (e Event) Harmed() int {
	return e.Late + e.Dropped + e.Errors + e.Halved + e.Shortened + e.Altered
}

func (k *Kinect) logPath() string { return filepath.Join(k.bus.dir, fmt.Sprintf("log-%d", k.index)) }

func (k *Kinect) truncateLog() {
	f, err := os.Create(k.logPath())
	if err != nil {
		return // the next Log says so
	}
	f.Close()
}

// Log reads what happened since the last Reset, oldest first.
func (k *Kinect) Log() ([]Event, error) {
	text, err := os.ReadFile(k.logPath())
	if err != nil {
		return nil, err
	}
	var events []Event
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // being written
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("virtual Kinect's log: %w: %q", err, line)
		}
		events = append(events, e)
	}
	return events, nil
}

// Frames are the frames of a stream in the log, whole and otherwise.
func (k *Kinect) Frames(s Stream) ([]Event, error) {
	all, err := k.Log()
	var frames []Event
	for _, e := range all {
		if e.Event == "frame" && e.Stream == s.String() {
			frames = append(frames, e)
		}
	}
	return frames, err
}

// Wait waits until the log has an event that suits.
func (k *Kinect) Wait(ctx context.Context, suits func(Event) bool) (Event, error) {
	for {
		events, err := k.Log()
		if err != nil {
			return Event{}, err
		}
		for _, e := range events {
			if suits(e) {
				return e, nil
			}
		}
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
