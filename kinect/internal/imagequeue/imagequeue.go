// Package imagequeue hands finished images from the goroutine that makes them to the
// one that calls Next, and never lets the first wait for the second.
package imagequeue

import (
	"context"
	"io"
	"sync"

	"cutout/kinect"
)

// A Queue holds a few images of each stream; when a stream's share is full its oldest
// goes. Put and Close are for any goroutine.
type Queue struct {
	limit int
	ready chan struct{} // holds one token while there may be something to take
	empty chan struct{} // holds one token when the last image was taken

	mu     sync.Mutex
	images []kinect.Image
	ended  bool
	closed bool
}

// New makes a queue for limit images of each stream; 0 is 2: little delay.
func New(limit int) *Queue {
	if limit <= 0 {
		limit = 2
	}
	return &Queue{limit: limit, ready: make(chan struct{}, 1), empty: make(chan struct{}, 1)}
}

// Put adds an image and says whether an older one had to go. It never blocks.
func (q *Queue) Put(img kinect.Image) (dropped bool) {
	q.mu.Lock()
	if q.closed || q.ended {
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

func (q *Queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Next waits for an image. It is io.EOF after Close, and after End once nothing is
// left. One goroutine.
func (q *Queue) Next(ctx context.Context) (kinect.Image, error) {
	for {
		q.mu.Lock()
		if q.closed || q.ended && len(q.images) == 0 {
			q.mu.Unlock()
			return kinect.Image{}, io.EOF
		}
		if len(q.images) > 0 {
			img := q.images[0]
			q.images[0] = kinect.Image{}
			q.images = q.images[1:]
			if len(q.images) == 0 {
				select {
				case q.empty <- struct{}{}:
				default:
				}
			}
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

// Drained waits until every image has been taken, or ctx ends, whose error it then is.
// One goroutine: the one that puts.
func (q *Queue) Drained(ctx context.Context) error {
	for {
		q.mu.Lock()
		left := len(q.images)
		q.mu.Unlock()
		if left == 0 {
			return ctx.Err()
		}
		select {
		case <-q.empty:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Flush throws away what is there.
func (q *Queue) Flush() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.images = nil
}

// End says that no more will be put; what is there can still be taken.
func (q *Queue) End() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.signal()
}

// Close throws away what is left and ends a waiting Next.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.images = nil
	q.mu.Unlock()
	q.signal()
}
