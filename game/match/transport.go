// Package match is one match shared by many: it finds the host, agrees on a seed
// and on a clock, and exchanges verdicts, over a Transport it does not look behind.
package match

import "time"

// A Peer is someone in the room.
type Peer struct {
	ID, Name string
	// Publishes is set for those who may play; the others watch.
	Publishes bool
	// Native is set for those who play in this program rather than in a browser,
	// Bot for synthetic players: hosts are native and no bots when there is a choice.
	Native, Bot bool
	Joined      time.Time // by the server's clock: the same in every home
}

// A Message goes to one peer, or to everyone else when To is empty.
type Message struct {
	From, To string
	Type     string
	Data     []byte // up to netvideo.MaxSignalData
	// Lossy messages may be lost or come late; the others come once and in order.
	Lossy bool
}

// A Transport carries messages between the peers of a room. None of its methods
// blocks; one goroutine calls them.
type Transport interface {
	// Self has an empty ID while the room is not joined.
	Self() Peer
	// Peers are the others present now, in no particular order.
	Peers() []Peer
	// Receive returns the messages that came since the last call, oldest first.
	Receive() []Message
	// Send queues a message.
	Send(Message)
}
