package room

import (
	"log/slog"
	"time"

	"github.com/pion/interceptor"
)

// Options say where to join and as whom.
type Options struct {
	// URL is the room's door or any LiveKit server: http, https, ws or wss.
	URL string
	// Doors are other ways in, as a pass lists them: other addresses of the door, other
	// doors of the same cluster. A lost room is entered again by whichever answers.
	Doors []string
	// Token is a LiveKit access token: it names the session, the connection and
	// what the connection may do.
	Token string
	// Session, when set, is the session the token has to be for; another one is
	// answered with netvideo.ErrWrongSession without asking the server.
	Session string
	// NoPictures leaves the others' streams alone: they are announced, and neither
	// received nor decoded until a Subscription asks for a medium. For players that do
	// not look or listen, such as bots.
	NoPictures bool
	// Logger hears what the transport below has to say; nil means nobody does.
	Logger *slog.Logger
	// JoinTimeout bounds Join, and each try to get back. 0 means 10 s.
	JoinTimeout time.Duration
	// RejoinFor is how long a lost room is tried again before it is given up with
	// Disconnected{NetworkDisconnected}. 0 means 60 s.
	RejoinFor time.Duration
	// RejoinEvery is how often the doors of a lost room are knocked at. 0 means 250 ms.
	RejoinEvery time.Duration

	// between stands between the network and a room: there tests lose what comes.
	between []interceptor.Factory
}

const (
	defaultJoinTimeout = 10 * time.Second
	defaultRejoinFor   = time.Minute
	defaultRejoinEvery = 250 * time.Millisecond
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
	// NoVideo publishes sound alone.
	NoVideo bool
	// Width and Height of the pictures, even, at most vp8.MaxWidth by
	// vp8.MaxHeight. 0 means 640x480. It is what the others are told first; pictures of
	// another size may be shown at any time.
	Width, Height int
	// FPS is the most pictures a second that are sent. 0 means 30.
	FPS int
	// Kbps is the most the pictures take, in kbit/s, all layers together. 0 means 700.
	// What the way to the server does not bear is not sent: the bit rate goes down
	// first, then the frame rate, then the size.
	Kbps int
	// Layers is in how many sizes a picture is sent, 1 to 3, each half as wide as the
	// one above it; each home then gets the one it looks at, and a size nobody looks at
	// is not encoded. 0 means as many as Width is worth: 1 below 480, 2 below 960, 3.
	Layers int
	// H264 sends pictures as H.264, constrained baseline, in place of VP8. A server that
	// takes no VP8 gets it without being asked to.
	H264 bool
	// Audio publishes sound too: what Say is given.
	Audio bool
	// AudioKbps is what the sound takes, 6 to 510 kbit/s. 0 means 32.
	AudioKbps int
	// VideoOff and AudioOff begin with the medium muted.
	VideoOff, AudioOff bool
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
	if o.AudioKbps == 0 {
		o.AudioKbps = 32
	}
	return o
}

// Stats is how the room as a whole is doing.
type Stats struct {
	// Rejoins counts how often the room was lost and joined again.
	Rejoins uint64
	// QueuedSignals wait to be sent, for the room to be back, say.
	QueuedSignals int
	// UnackedSignals were not acknowledged yet by all who acknowledge.
	UnackedSignals int
	// DroppedSignals found the queue full while the room was away, were not acknowledged
	// by somebody in all the time there is, or were lossy and found the way blocked or
	// a newer one of their kind.
	DroppedSignals uint64
	// ResentSignals counts how often a signal was sent again to somebody.
	ResentSignals uint64
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
	// AudioSent counts pieces of sound of 20 ms; AudioKbps is sound sent over the last
	// second, kbit/s; AudioLevel how loud it is now, 0 to 1.
	AudioSent  uint64
	AudioKbps  float64
	AudioLevel float32

	// EstimatedKbps is what the way to the server is thought to bear, in kbit/s, for
	// everything this room sends; 0 before the server has said how it goes.
	EstimatedKbps int
	// TargetKbps is what the encoders work to now, in kbit/s, all layers together.
	TargetKbps int
	// TargetFPS is the most pictures a second that are encoded now.
	TargetFPS int
	// Layers are the sizes the pictures are sent in now, smallest first; empty while
	// nobody looks.
	Layers []LayerStats
	// Limited is why less is sent than PublishOptions allow.
	Limited Limitation
	// LostPackets of the picture did not arrive at the server, as far as it says;
	// LostShare is the share of the newest that were lost, 0 to 1.
	LostPackets uint64
	LostShare   float64
	// RTT is the time to the server and back; 0 while unknown.
	RTT time.Duration
	// NACKs counts packets that were asked for again, Resent those that were sent
	// again, PLIs the requests for a key frame.
	NACKs, Resent, PLIs uint64
	// AudioLostShare is the share of the newest sound that was lost on its way to the
	// server, 0 to 1.
	AudioLostShare float64
}

// LayerStats is one size a picture is sent in.
type LayerStats struct {
	Width, Height int
	TargetKbps    int     // what its encoder works to
	FPS           float64 // encoded pictures a second over the last second
	Kbps          float64 // sent over the last second, kbit/s
}

// A Limitation is why a stream is sent with less than was asked for, as
// qualityLimitationReason of the W3C's webrtc-stats says it.
type Limitation string

// The limitations there are.
const (
	NotLimited         Limitation = "none"
	LimitedByBandwidth Limitation = "bandwidth" // the way to the server is too narrow
	LimitedByCPU       Limitation = "cpu"       // this machine is too slow for the encoder
)
