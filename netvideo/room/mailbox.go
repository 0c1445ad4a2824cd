package room

import "sync"

// A mailbox is a queue without an upper bound between those who must not block and
// one goroutine that waits on ready.
type mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	ready chan struct{} // holds one token when there may be items
}

func newMailbox[T any]() *mailbox[T] {
	return &mailbox[T]{ready: make(chan struct{}, 1)}
}

func (m *mailbox[T]) put(v T) {
	m.mu.Lock()
	m.items = append(m.items, v)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// take empties the mailbox.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// pump hands what comes into the mailbox to out, in order, and closes out when
// done is closed and everything was handed over. Once abandoned is closed nobody
// is waited for any more: what does not fit into out's buffer is let go.
func pump[T any](m *mailbox[T], out chan<- T, done, abandoned <-chan struct{}) {
	defer close(out)
	for {
		ended := false
		select {
		case <-m.ready:
		case <-done:
			ended = true
		}
		for _, v := range m.take() {
			select {
			case out <- v:
				continue
			default:
			}
			select {
			case out <- v:
			case <-abandoned:
				return
			}
		}
		if ended {
			return
		}
	}
}
