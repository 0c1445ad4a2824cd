package room

import (
	"log/slog"
	"time"
)

// Options say where to join and as whom.
type Options struct {
	// URL is the room's door or any LiveKit server: http, https, ws or wss.
	URL string
	// Token is a LiveKit access token: it names the session, the connection and
	// what the connection may do.
	Token string
	// Session, when set, is the session the token has to be for; another one is
	// answered with netvideo.ErrWrongSession without asking the server.
	Session string
	// NoPictures leaves the others' streams alone: they are announced, and neither
	// received nor decoded. For players that do not look, such as bots.
	NoPictures bool
	// Logger hears what the transport below has to say; nil means nobody does.
	Logger *slog.Logger
	// JoinTimeout bounds Join, and each try to get back. 0 means 10 s.
	JoinTimeout time.Duration
	// RejoinFor is how long a lost room is tried again before it is given up with
	// Disconnected{NetworkDisconnected}. 0 means 60 s.
	RejoinFor time.Duration
	// RejoinEvery is the pause between two tries. 0 means 400 ms.
	RejoinEvery time.Duration
}

const (
	defaultJoinTimeout = 10 * time.Second
	defaultRejoinFor   = time.Minute
	defaultRejoinEvery = 400 * time.Millisecond
)

func (o Options) withDefaults() Options {
	if o.JoinTimeout <= 0 {
		o.JoinTimeout = defaultJoinTimeout
	}
	if o.RejoinFor <= 0 {
		o.RejoinFor = defaultRejoinFor
	}
	if o.RejoinEvery <= 0 {
		o.RejoinEvery = defaultRejoinEvery
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// PublishOptions say what a stream is to be.
type PublishOptions struct {
	// Name is what the stream is called in the others' lists.
	Name string
	// Width and Height of the pictures, even, at most vp8.MaxWidth by
	// vp8.MaxHeight. 0 means 640x480.
	Width, Height int
	// FPS is the rate the pictures will come at, for rate control. 0 means 30.
	FPS int
	// Kbps is the target bit rate in kbit/s. 0 means 700.
	Kbps int
}

func (o PublishOptions) withDefaults() PublishOptions {
	if o.Width == 0 && o.Height == 0 {
		o.Width, o.Height = 640, 480
	}
	if o.FPS <= 0 {
		o.FPS = 30
	}
	if o.Kbps <= 0 {
		o.Kbps = 700
	}
	return o
}

// Stats is how the room as a whole is doing.
type Stats struct {
	// Rejoins counts how often the room was lost and joined again.
	Rejoins uint64
	// QueuedSignals wait for the room to be back.
	QueuedSignals int
	// DroppedSignals found the queue full while the room was away, or were lossy
	// and found the way blocked.
	DroppedSignals uint64
	// Published has one entry per publisher, in the order they were published.
	Published []PublisherStats
}

// PublisherStats is how well a published stream leaves.
type PublisherStats struct {
	Name      string
	Shown     uint64  // pictures handed to Show
	Encoded   uint64  // pictures encoded and sent
	Dropped   uint64  // pictures overtaken by a newer one before they were encoded, or shown while away
	KeyFrames uint64  // key frames among the encoded
	FPS       float64 // encoded pictures a second over the last second
	Kbps      float64 // video sent over the last second, kbit/s
	// EncodeTime is the mean time one picture took to encode over the last second.
	EncodeTime time.Duration
}
