// Package netvideo says what a room for video chat consists of, in the words of
// OpenTok: a session is a room; a token lets someone in and carries a role; a
// connection is someone present; a stream is one publisher's picture and sound.
// It talks to no network and builds for the browser; netvideo/room joins rooms,
// netvideo/server and netvideo/door keep them.
package netvideo

import (
	"errors"
	"image"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Role is what a token lets its holder do.
type Role string

const (
	// Subscriber watches.
	Subscriber Role = "subscriber"
	// Publisher watches, shows and signals.
	Publisher Role = "publisher"
	// PublisherOnly shows and signals, and receives no streams: a camera on a tripod.
	PublisherOnly Role = "publisherOnly"
	// Moderator is a publisher who may also kick, mute and unpublish.
	Moderator Role = "moderator"
)

// Roles are all there are, those that may least first.
func Roles() []Role { return []Role{Subscriber, PublisherOnly, Publisher, Moderator} }

// RoleNames lists them for people: "subscriber, publisherOnly, publisher and moderator".
func RoleNames() string {
	all := Roles()
	last := len(all) - 1
	names := make([]string, last)
	for i := range names {
		names[i] = string(all[i])
	}
	return strings.Join(names, ", ") + " and " + string(all[last])
}

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool { return r == Subscriber || r.Publishes() }

// Publishes reports whether the role may show a stream and send signals.
func (r Role) Publishes() bool { return r == Publisher || r == PublisherOnly || r == Moderator }

// Subscribes reports whether the role receives the others' streams.
func (r Role) Subscribes() bool { return r.Valid() && r != PublisherOnly }

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
	// ID is StreamID's: the same in every home, and after a reconnect.
	ID         string     `json:"id"`
	Connection Connection `json:"connection"`
	Name       string     `json:"name"`
	// HasVideo and HasAudio: the medium is there and not muted.
	HasVideo bool `json:"hasVideo"`
	HasAudio bool `json:"hasAudio"`
	// VideoMuted and AudioMuted say who muted a medium that is there.
	VideoMuted Muted     `json:"videoMuted,omitempty"`
	AudioMuted Muted     `json:"audioMuted,omitempty"`
	Width      int       `json:"width"`
	Height     int       `json:"height"`
	Created    time.Time `json:"created"`
}

// StreamID names a stream of a connection. group is what LiveKit calls the stream of
// a track; a connection's tracks of one group are one stream.
func StreamID(connectionID, group string) string { return connectionID + "/" + group }

// SplitStreamID undoes StreamID; ok is false for what is none.
func SplitStreamID(id string) (connectionID, group string, ok bool) {
	i := strings.LastIndexByte(id, '/')
	if i <= 0 || i == len(id)-1 {
		return "", "", false
	}
	return id[:i], id[i+1:], true
}

// A Medium is one half of a stream.
type Medium string

// The media there are.
const (
	Video Medium = "video"
	Audio Medium = "audio"
)

// Muted is who muted a medium.
type Muted string

const (
	// NotMuted: nobody.
	NotMuted Muted = ""
	// ByPublisher: whoever publishes it, and may unmute it.
	ByPublisher Muted = "publisher"
	// ByModerator: a moderator; the publisher cannot undo it.
	ByModerator Muted = "moderator"
)

// A Picture is one decoded picture of a stream. It never changes.
type Picture struct {
	// Image is 4:2:0, BT.601 limited range, with even width and height.
	Image *image.YCbCr
	// Seq counts the stream's decoded pictures from 1.
	Seq uint64
	// Captured is when the publisher's sensor saw it, by the publisher's clock;
	// zero when the publisher does not say.
	Captured time.Time
	// Decoded is when it was handed on here: decoded, and held for an even pace.
	Decoded time.Time
}

// A StreamView is a stream as it is now, for drawing.
type StreamView struct {
	Stream  Stream
	Picture *Picture // the newest; nil before the first
	// NoPicture is why there is no live picture; empty when there is one. Picture is
	// then nil, or an old one.
	NoPicture NoPicture
	// Level is how loud the stream is now, 0 to 1, before Volume.
	Level float32
	Stats StreamStats
}

// NoPicture is why there is no picture. OpenTok's reasons for videoDisabled are
// publishVideo, subscribeToVideo, quality and codecNotSupported; ours are finer.
type NoPicture string

// The reasons there are; the first that holds is given, in this order.
const (
	PictureLive      NoPicture = ""
	RoomAway         NoPicture = "reconnecting"     // the room itself is away
	NoVideo          NoPicture = "noVideo"          // sound alone was published
	MutedByModerator NoPicture = "mutedByModerator" // a moderator turned it off
	MutedByPublisher NoPicture = "mutedByPublisher" // the publisher turned it off
	NotWanted        NoPicture = "notWanted"        // turned off here, or paused
	CodecUnsupported NoPicture = "codecUnsupported" // it comes as something that is not decoded here
	NotAllowed       NoPicture = "notAllowed"       // the server does not let us have it
	PublisherAway    NoPicture = "publisherAway"    // its connection is being lost, and tries to get back
	PausedByServer   NoPicture = "pausedByServer"   // the way here is too narrow for it
	AwaitingFirst    NoPicture = "awaitingFirst"    // nothing has come yet
	AwaitingKeyFrame NoPicture = "awaitingKeyFrame" // what comes cannot be decoded before the next key frame
	Frozen           NoPicture = "frozen"           // it came and has stopped: a publisher or network in trouble
)

// StreamStats is how well a stream arrives: rates over about the last second, counts
// since the stream came.
type StreamStats struct {
	FPS     float64       // pictures handed on a second
	Kbps    float64       // video received, kbit/s
	Latency time.Duration // capture to handed on; meaningful when both share a clock or an offset is known; 0 unknown
	Freezes uint64        // gaps of over half a second between pictures
	// LostPackets of video never came, or too late to be of use; Recovered were lost and
	// came in time when they were asked for again.
	LostPackets uint64
	Recovered   uint64
	// LatePictures were decoded, because later ones lean on them, and not shown: a newer
	// one was due. Skipped were not even decoded: too many, or nothing to lean on.
	LatePictures uint64
	Skipped      uint64
	// JitterDelay is how long a picture that came as soon as the network can is held at
	// present so that all are handed on at an even pace; DecodeTime what decoding one takes.
	JitterDelay time.Duration
	DecodeTime  time.Duration
	// RoundTrip is to the server and back; 0 unknown.
	RoundTrip time.Duration
	// KeyFrameRequests were sent to the publisher.
	KeyFrameRequests uint64
	// Repairs counts what was tried, by itself, to get a stream back that had stopped.
	Repairs   uint64
	AudioKbps float64 // sound received, kbit/s
	// AudioLost is how many pieces of sound of 20 ms were made up for missing ones;
	// AudioMended were restored from what the packet after them tells of them.
	AudioLost   uint64
	AudioMended uint64
	// AudioDelay is how long sound is held at present before it is heard.
	AudioDelay time.Duration
	// SyncOffset is how much later sound is heard than the picture of the same moment is
	// handed on; 0 while unknown.
	SyncOffset time.Duration
}

// A Signal is a small typed message to everyone, or to one connection.
type Signal struct {
	Type string // up to 128 bytes without control characters
	Data []byte // up to 8192 bytes
	// To is the connection it is for; empty means everyone else. Set by senders.
	To string
	// From is the connection that sent it. Set by receivers.
	From string
	// Lossy asks for speed over certainty: of those that wait, only the newest of each
	// type and receiver is sent; it may be lost, and never comes after a newer one.
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
	case strings.IndexFunc(s.Type, unicode.IsControl) >= 0 || !utf8.ValidString(s.Type):
		return errors.New("the signal's type is not plain text")
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
	// ErrMutedByModerator: a moderator muted it, and it stays so.
	ErrMutedByModerator = errors.New("a moderator muted this; only a moderator can undo it")
	// ErrNoSuchConnection, ErrNoSuchStream: it is not, or no longer, in the room.
	ErrNoSuchConnection = errors.New("there is no such connection in the room")
	ErrNoSuchStream     = errors.New("there is no such stream in the room")
	// ErrQueueFull: the room has been away for long and much waits to be said.
	ErrQueueFull = errors.New("too many signals wait for the room to be back")
)
