package usb

import (
	"context"
	"io"
	"sync"

	"cutout/kinect"
)

// A queue holds finished frames for Next, few of each stream: when a stream's share
// is full its oldest goes. Putting never blocks.
type queue struct {
	limit int
	ready chan struct{} // holds one token while there may be something to take

	mu     sync.Mutex
	images []kinect.Image
	closed bool
}

func newQueue(limit int) *queue { return &queue{limit: limit, ready: make(chan struct{}, 1)} }

// put adds an image and says whether an older one had to go.
func (q *queue) put(img kinect.Image) (dropped bool) {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	oldest, held := 0, 0
	for i := len(q.images) - 1; i >= 0; i-- {
		if (q.images[i].Depth == nil) == (img.Depth == nil) {
			oldest = i
			held++
		}
	}
	if held >= q.limit {
		q.images = append(q.images[:oldest], q.images[oldest+1:]...)
		dropped = true
	}
	q.images = append(q.images, img)
	q.mu.Unlock()
	q.signal()
	return dropped
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// next waits for an image; io.EOF after close.
func (q *queue) next(ctx context.Context) (kinect.Image, error) {
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return kinect.Image{}, io.EOF
		}
		if len(q.images) > 0 {
			img := q.images[0]
			q.images[0] = kinect.Image{}
			q.images = q.images[1:]
			q.mu.Unlock()
			return img, nil
		}
		q.mu.Unlock()
		select {
		case <-q.ready:
		case <-ctx.Done():
			return kinect.Image{}, ctx.Err()
		}
	}
}

// flush throws away what is there.
func (q *queue) flush() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.images = nil
}

// close throws away what is left and ends a waiting next.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.images = nil
	q.mu.Unlock()
	q.signal()
}
