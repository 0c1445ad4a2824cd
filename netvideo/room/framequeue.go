package room

import (
	"sync"
	"time"

	"cutout/netvideo/room/internal/wire"
)

const (
	// maxQueued and maxQueuedBytes bound what waits for the decoder: beyond two seconds
	// of pictures, or what no honest publisher sends in that time, it is let go.
	maxWaiting      = 64
	maxWaitingBytes = 8 << 20
)

// A waiting frame and when its picture is due.
type waitingFrame struct {
	wire.Frame
	due time.Time
}

// A frameQueue hands frames from the goroutine that assembles them to the one that
// decodes. It never blocks.
type frameQueue struct {
	mu     sync.Mutex
	frames []waitingFrame
	bytes  int
	fresh  chan struct{} // holds one token when something changed
	closed bool
}

func newFrameQueue() *frameQueue { return &frameQueue{fresh: make(chan struct{}, 1)} }

// put appends a frame. When there is no room, or a key frame waits behind what is
// overdue, what waits is let go: the return value is what was.
func (q *frameQueue) put(f waitingFrame) (dropped []wire.Frame) {
	q.mu.Lock()
	full := len(q.frames) >= maxWaiting || q.bytes+len(f.Data) > maxWaitingBytes
	overdue := len(q.frames) > 1 && f.Key && f.Came.After(q.frames[0].due)
	if full || overdue {
		for _, w := range q.frames {
			dropped = append(dropped, w.Frame)
		}
		q.frames, q.bytes = q.frames[:0], 0
		f.Lost = true
	}
	q.frames, q.bytes = append(q.frames, f), q.bytes+len(f.Data)
	q.mu.Unlock()
	q.wake()
	return dropped
}

func (q *frameQueue) wake() {
	select {
	case q.fresh <- struct{}{}:
	default:
	}
}

func (q *frameQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake()
}

// head is when the next frame is due; ok is false when none waits.
func (q *frameQueue) head() (due time.Time, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.frames) == 0 {
		return time.Time{}, false, q.closed
	}
	return q.frames[0].due, true, q.closed
}

// take removes the next frame; there is one.
func (q *frameQueue) take() waitingFrame {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := q.frames[0]
	n := copy(q.frames, q.frames[1:])
	q.frames[n] = waitingFrame{}
	q.frames, q.bytes = q.frames[:n], q.bytes-len(f.Data)
	return f
}
