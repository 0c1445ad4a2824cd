// Package netvideo says what a room for video chat consists of, in the words of
// OpenTok: a session is a room; a token lets someone in and carries a role; a
// connection is someone present; a stream is one publisher's picture and sound.
// It talks to no network and builds for the browser; netvideo/room joins rooms,
// netvideo/server and netvideo/door keep them.
package netvideo

import (
	"errors"
	"image"
	"time"
)

// A Role is what a token lets its holder do.
type Role string

const (
	// Subscriber watches.
	Subscriber Role = "subscriber"
	// Publisher watches, shows and signals.
	Publisher Role = "publisher"
	// Moderator is a publisher who may also kick, mute and unpublish.
	Moderator Role = "moderator"
)

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return r == Subscriber || r == Publisher || r == Moderator }

// Publishes reports whether the role may show a stream and send signals.
func (r Role) Publishes() bool { return r == Publisher || r == Moderator }

// A Connection is one presence in a session. Name, Data and Role are what the
// server vouched for when it made the token; nobody in the room can change them.
type Connection struct {
	// ID is fresh for every pass that was redeemed and survives reconnects with it.
	ID   string `json:"id"`
	Name string `json:"name"`
	Data string `json:"data,omitempty"` // set by whoever made the token, up to 1000 bytes
	Role Role   `json:"role"`
	// Bot is set for synthetic players.
	Bot bool `json:"bot,omitempty"`
	// Native is set for those who joined with this program, not a browser.
	Native bool `json:"native,omitempty"`
	// Joined is when the connection was made, by the server's clock.
	Joined time.Time `json:"joined"`
}

// A Stream is one publisher's picture and sound.
type Stream struct {
	ID         string     `json:"id"`
	Connection Connection `json:"connection"`
	Name       string     `json:"name"`
	HasVideo   bool       `json:"hasVideo"`
	HasAudio   bool       `json:"hasAudio"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Created    time.Time  `json:"created"`
}

// A Picture is one decoded picture of a stream. It never changes.
type Picture struct {
	// Image is 4:2:0, BT.601 limited range, with even width and height.
	Image *image.YCbCr
	// Seq counts the stream's decoded pictures from 1.
	Seq uint64
	// Captured is when the publisher's sensor saw it, by the publisher's clock;
	// zero when the publisher does not say.
	Captured time.Time
	// Decoded is when it was ready here.
	Decoded time.Time
}

// A StreamView is a stream as it is now, for drawing.
type StreamView struct {
	Stream  Stream
	Picture *Picture // the newest; nil before the first
	Stats   StreamStats
}

// StreamStats is how well a stream arrives, over about the last second.
type StreamStats struct {
	FPS         float64       // decoded pictures a second
	Kbps        float64       // video received, kbit/s
	Latency     time.Duration // capture to decoded; meaningful when both share a clock or an offset is known; 0 unknown
	Freezes     uint64        // gaps of over half a second between pictures since the stream came
	LostPackets uint64
}

// A Signal is a small typed message to everyone, or to one connection.
type Signal struct {
	Type string // up to 128 bytes
	Data []byte // up to 8192 bytes
	// To is the connection it is for; empty means everyone else. Set by senders.
	To string
	// From is the connection that sent it. Set by receivers.
	From string
	// Lossy asks for speed over certainty: the message may be lost or overtaken.
	Lossy bool
}

// Limits of a Signal; OpenTok's.
const (
	MaxSignalType = 128
	MaxSignalData = 8192
)

// Check says whether the signal can be sent.
func (s *Signal) Check() error {
	switch {
	case s.Type == "":
		return errors.New("a signal needs a type")
	case len(s.Type) > MaxSignalType:
		return errors.New("the signal's type is longer than 128 bytes")
	case len(s.Data) > MaxSignalData:
		return errors.New("the signal's data is longer than 8192 bytes")
	}
	return nil
}

// Errors that callers branch on.
var (
	// ErrRole: the token's role does not allow this.
	ErrRole = errors.New("the token's role does not allow this")
	// ErrTokenExpired, ErrTokenInvalid, ErrWrongSession, ErrRevoked: turned away
	// at the door.
	ErrTokenExpired = errors.New("the token has expired")
	ErrTokenInvalid = errors.New("the token is not valid here")
	ErrWrongSession = errors.New("the token is for another session")
	ErrRevoked      = errors.New("the pass was revoked")
	// ErrNoSuchInvite: the link's code is unknown, used up or expired.
	ErrNoSuchInvite = errors.New("the invite link is not, or no longer, valid")
	// ErrUnreachable: no server answers.
	ErrUnreachable = errors.New("the room's server does not answer")
	// ErrClosed: the room was left.
	ErrClosed = errors.New("the room is closed")
)
