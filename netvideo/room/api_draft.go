package room

import (
	"context"
	"errors"
	"image"
	"time"

	"cutout/netvideo"
)

var errNotYet = errors.New("not wired yet")

// A Room is a joined session. All methods may be called from any goroutine.
type Room struct{}

// Join joins the session the token names and returns when media can flow.
func Join(ctx context.Context, o Options) (*Room, error) { return nil, errNotYet }

// Events returns the room's events in order, SessionConnected first; the channel
// is closed after Disconnected. Nothing blocks when it is not read.
func (r *Room) Events() <-chan netvideo.Event { return nil }

// Streams returns the others' streams as they are now, oldest first.
func (r *Room) Streams() []netvideo.StreamView { return nil }

// Self is this end's connection.
func (r *Room) Self() netvideo.Connection { return netvideo.Connection{} }

// Connections returns the others present now, oldest first.
func (r *Room) Connections() []netvideo.Connection { return nil }

// Publish makes a stream and returns when the server knows it.
func (r *Room) Publish(ctx context.Context, o PublishOptions) (*Publisher, error) {
	return nil, errNotYet
}

// Signal sends a signal.
func (r *Room) Signal(ctx context.Context, s netvideo.Signal) error { return errNotYet }

// SetClockOffset says how far the connection's clock is ahead of ours.
func (r *Room) SetClockOffset(connectionID string, offset time.Duration) {}

// Stats returns the room's counters.
func (r *Room) Stats() Stats { return Stats{} }

// Close leaves the room and returns when everything the room started has ended.
func (r *Room) Close() error { return nil }

// A Publisher is one stream of ours.
type Publisher struct{}

// Show hands over the newest picture.
func (p *Publisher) Show(img *image.YCbCr, captured time.Time) {}

// SetBitRate changes the target from the next picture on.
func (p *Publisher) SetBitRate(kbps int) error { return nil }

// Unpublish takes the stream out of the room.
func (p *Publisher) Unpublish() error { return nil }
