package netvideo

import "time"

// An Event is something that happened in the room. Events come in order on one
// channel; the types below are all there are.
type Event interface{ event() }

// SessionConnected is the first event: who and what was there already.
type SessionConnected struct {
	Self        Connection
	Connections []Connection // without Self, oldest first
	Streams     []Stream
}

// ConnectionCreated: someone came.
type ConnectionCreated struct{ Connection Connection }

// ConnectionDestroyed: someone left.
type ConnectionDestroyed struct {
	Connection Connection
	Reason     Reason
}

// ConnectionAway: nothing has been heard of someone for some seconds, though they did
// not leave: they are being lost, and try to get back. ConnectionBack or
// ConnectionDestroyed follows.
type ConnectionAway struct{ Connection Connection }

// ConnectionBack: someone who was away is heard again.
type ConnectionBack struct{ Connection Connection }

// StreamCreated: someone began to show.
type StreamCreated struct{ Stream Stream }

// StreamPropertyChanged: a stream's media, who muted them, its name or size changed.
type StreamPropertyChanged struct{ Stream Stream }

// StreamDestroyed: someone ceased to show.
type StreamDestroyed struct {
	Stream Stream
	Reason Reason
}

// MuteForced: a moderator muted, or unmuted, a medium of a stream of ours. While
// Locked we cannot unmute it ourselves.
type MuteForced struct {
	Stream Stream
	Medium Medium
	Muted  bool
	Locked bool
}

// Unpublished: the server ended a stream of ours, because a moderator asked it to.
type Unpublished struct {
	Stream Stream
	Reason Reason
}

// SignalReceived is a Signal from someone else.
type SignalReceived struct{ Signal Signal }

// Reconnecting: the network is gone; the room is trying to get back by itself.
type Reconnecting struct{ Cause string }

// Reconnected: the room is back. Events for what changed meanwhile came before it.
type Reconnected struct{ Self Connection }

// Disconnected is the last event; the channel is closed after it.
type Disconnected struct{ Reason Reason }

// StreamTroubled: a medium that should come does not, or shows nothing, and Repair is
// now tried. It is told again with every further step, and followed by StreamMended or
// the stream's end. What is muted, paused or not wanted is never in trouble.
type StreamTroubled struct {
	Stream  Stream
	Medium  Medium
	Trouble Trouble
	Repair  Repair
}

// StreamMended: what StreamTroubled told of is over.
type StreamMended struct {
	Stream  Stream
	Medium  Medium
	Trouble Trouble
	// After is how long it took since it was noticed.
	After time.Duration
}

// Trouble is what is wrong with a medium that should come.
type Trouble string

// The troubles there are.
const (
	TroubleMissing Trouble = "missing" // announced, and its media never began
	TroubleFrozen  Trouble = "frozen"  // pictures came and have stopped
	TroubleBlack   Trouble = "black"   // pictures come and all are black
	TroubleSilent  Trouble = "silent"  // sound came, or should, and no packet does
)

// Repair is what is done about a Trouble.
type Repair string

// The repairs there are, in the order in which they are tried.
const (
	RepairKeyFrame    Repair = "keyFrame"    // the publisher is asked for a whole picture
	RepairResubscribe Repair = "resubscribe" // the medium is asked for anew
	RepairRejoin      Repair = "rejoin"      // the room is left and joined again
	RepairNone        Repair = "none"        // nothing more can be done from here: its publisher sends nothing
)

func (StreamTroubled) event()        {}
func (StreamMended) event()          {}
func (SessionConnected) event()      {}
func (ConnectionCreated) event()     {}
func (ConnectionDestroyed) event()   {}
func (ConnectionAway) event()        {}
func (ConnectionBack) event()        {}
func (StreamCreated) event()         {}
func (StreamPropertyChanged) event() {}
func (StreamDestroyed) event()       {}
func (MuteForced) event()            {}
func (Unpublished) event()           {}
func (SignalReceived) event()        {}
func (Reconnecting) event()          {}
func (Reconnected) event()           {}
func (Disconnected) event()          {}

// A Reason is why a stream, a connection or the session ended; OpenTok's names,
// and ours where it has none.
type Reason string

// The reasons there are.
const (
	ClientDisconnected  Reason = "clientDisconnected"
	ForceDisconnected   Reason = "forceDisconnected"
	NetworkDisconnected Reason = "networkDisconnected"
	ForceUnpublished    Reason = "forceUnpublished"
	MediaStopped        Reason = "mediaStopped"
	SessionEnded        Reason = "sessionEnded"
	ServerShutdown      Reason = "serverShutdown"
)
