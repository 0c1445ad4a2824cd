package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"cutout/game/match"
	"cutout/netvideo"
	"cutout/netvideo/room"
)

const (
	// matchSignals prefixes the types of the match's signals in the room.
	matchSignals = "match/"
	// maxInbox and maxOutbox bound what waits while one side is stuck. A match
	// sends some ten messages a second to each peer.
	maxInbox, maxOutbox = 4096, 1024
)

// A call is the room as the game knows it, from before it is joined until after it
// was left: empty at first, never blocking. It is the match's Transport and the
// game's Room.
type call struct {
	log     *jsonLines
	notices *notices
	room    atomic.Pointer[room.Room]
	// over is set once the room has ended for good.
	over atomic.Pointer[netvideo.Reason]

	mu     sync.Mutex
	inbox  []match.Message
	outbox []match.Message
	wake   chan struct{} // one nudge for the sender
}

func newCall(log *jsonLines, notices *notices) *call {
	return &call{log: log, notices: notices, wake: make(chan struct{}, 1)}
}

// join enters the room and keeps it until ctx ends or the room does; the error is
// why it could not be entered. onJoined is called in between, once.
func (c *call) join(ctx context.Context, o room.Options, onJoined func(*room.Room)) error {
	r, err := room.Join(ctx, o)
	if err != nil {
		return err
	}
	c.room.Store(r)
	sender := make(chan struct{})
	sending, stop := context.WithCancel(ctx)
	go func() {
		defer close(sender)
		c.send(sending, r)
	}()
	closing := context.AfterFunc(ctx, func() { _ = r.Close() })
	onJoined(r)
	for e := range r.Events() {
		c.handle(e)
	}
	stop()
	<-sender
	if closing() {
		_ = r.Close()
	}
	c.room.Store(nil)
	return nil
}

// handle logs an event and hands signals to the match.
func (c *call) handle(e netvideo.Event) {
	switch e := e.(type) {
	case netvideo.SignalReceived:
		if kind, ours := strings.CutPrefix(e.Signal.Type, matchSignals); ours {
			c.receive(match.Message{From: e.Signal.From, Type: kind, Data: e.Signal.Data, Lossy: e.Signal.Lossy})
			return
		}
	case netvideo.Reconnecting:
		c.notices.set("room", "The room is gone: "+e.Cause, "Play on. Cutout is getting back by itself.")
	case netvideo.Reconnected:
		c.notices.set("room", "", "")
	case netvideo.MuteForced:
		c.tellMuted(e)
	case netvideo.Unpublished:
		c.notices.set("publish", "A moderator took your picture out of the room", "Leave and join again to show yourself.")
	case netvideo.Disconnected:
		reason := e.Reason
		c.over.Store(&reason)
		c.notices.set("room", "You have left the room: "+string(reason), "Your score is safe; play on alone, or join again with the link.")
	}
	logRoomEvent(c.log, e)
}

// tellMuted says that a moderator muted the player, for as long as nobody can undo it.
func (c *call) tellMuted(e netvideo.MuteForced) {
	if !e.Locked {
		c.notices.set("muted "+string(e.Medium), "", "")
		return
	}
	what := map[netvideo.Medium]string{netvideo.Video: "picture", netvideo.Audio: "microphone"}[e.Medium]
	c.notices.set("muted "+string(e.Medium), "A moderator turned your "+what+" off", "Only a moderator can allow it again.")
}

func (c *call) receive(m match.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.inbox) < maxInbox { // a game that stands still for minutes loses the rest
		c.inbox = append(c.inbox, m)
	}
}

// Receive implements match.Transport.
func (c *call) Receive() []match.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	messages := c.inbox
	c.inbox = nil
	return messages
}

// Send implements match.Transport.
func (c *call) Send(m match.Message) {
	c.mu.Lock()
	if len(c.outbox) < maxOutbox || !m.Lossy { // room.Signal bounds the reliable ones
		c.outbox = append(c.outbox, m)
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default: // already awake
	}
}

// send carries the outbox to the room, in order.
func (c *call) send(ctx context.Context, r *room.Room) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		c.mu.Lock()
		messages := c.outbox
		c.outbox = nil
		c.mu.Unlock()
		for _, m := range messages {
			err := r.Signal(ctx, netvideo.Signal{Type: matchSignals + m.Type, Data: m.Data, To: m.To, Lossy: m.Lossy})
			if err != nil && !m.Lossy && !errors.Is(err, context.Canceled) {
				c.log.event("signalFailed", map[string]any{"type": m.Type, "to": m.To, "error": err.Error()})
			}
		}
	}
}

// Self implements match.Transport.
func (c *call) Self() match.Peer {
	if r := c.room.Load(); r != nil && c.over.Load() == nil {
		return peer(r.Self())
	}
	return match.Peer{}
}

// Peers implements match.Transport.
func (c *call) Peers() []match.Peer {
	r := c.room.Load()
	if r == nil || c.over.Load() != nil {
		return nil
	}
	connections := r.Connections()
	peers := make([]match.Peer, len(connections))
	for i, connection := range connections {
		peers[i] = peer(connection)
	}
	return peers
}

func peer(c netvideo.Connection) match.Peer {
	return match.Peer{
		ID: c.ID, Name: c.Name, Publishes: c.Role.Publishes(),
		Native: c.Native, Bot: c.Bot, Joined: c.Joined,
	}
}

// Streams implements game.Room.
func (c *call) Streams() []netvideo.StreamView {
	if r := c.room.Load(); r != nil {
		return r.Streams()
	}
	return nil
}

// drawn has friends send what their tiles can show.
func (c *call) drawn(stream string, width, height int) {
	if r := c.room.Load(); r != nil {
		if s, err := r.Subscription(stream); err == nil {
			_ = s.SetDrawnSize(width, height) // else it ended just now
		}
	}
}

// readVoices fills out with what friends say next.
func (c *call) readVoices(out []float32) {
	if r := c.room.Load(); r != nil {
		r.ReadVoices(out)
	}
}

// logRoomEvent writes what happened in the room, in OpenTok's words.
func logRoomEvent(log *jsonLines, e netvideo.Event) {
	switch e := e.(type) {
	case netvideo.SessionConnected:
		log.event("sessionConnected", map[string]any{
			"self": e.Self, "connections": orEmpty(e.Connections), "streams": orEmpty(e.Streams),
		})
	case netvideo.ConnectionCreated:
		log.event("connectionCreated", map[string]any{"connection": e.Connection})
	case netvideo.ConnectionDestroyed:
		log.event("connectionDestroyed", map[string]any{"connection": e.Connection, "reason": e.Reason})
	case netvideo.ConnectionAway:
		log.event("connectionAway", map[string]any{"connection": e.Connection})
	case netvideo.ConnectionBack:
		log.event("connectionBack", map[string]any{"connection": e.Connection})
	case netvideo.StreamCreated:
		log.event("streamCreated", map[string]any{"stream": e.Stream})
	case netvideo.StreamPropertyChanged:
		log.event("streamPropertyChanged", map[string]any{"stream": e.Stream})
	case netvideo.StreamDestroyed:
		log.event("streamDestroyed", map[string]any{"stream": e.Stream, "reason": e.Reason})
	case netvideo.MuteForced:
		log.event("muteForced", map[string]any{"stream": e.Stream, "medium": e.Medium, "muted": e.Muted, "locked": e.Locked})
	case netvideo.Unpublished:
		log.event("unpublished", map[string]any{"stream": e.Stream, "reason": e.Reason})
	case netvideo.StreamTroubled:
		log.event("streamTroubled", map[string]any{"stream": e.Stream, "medium": e.Medium, "trouble": e.Trouble, "repair": e.Repair})
	case netvideo.StreamMended:
		log.event("streamMended", map[string]any{"stream": e.Stream, "medium": e.Medium, "trouble": e.Trouble, "after": e.After.Seconds()})
	case netvideo.SignalReceived:
		log.event("signal", map[string]any{"type": e.Signal.Type, "from": e.Signal.From, "bytes": len(e.Signal.Data)})
	case netvideo.Reconnecting:
		log.event("reconnecting", map[string]any{"cause": e.Cause})
	case netvideo.Reconnected:
		log.event("reconnected", map[string]any{"self": e.Self})
	case netvideo.Disconnected:
		if e.Reason == netvideo.ForceDisconnected {
			log.event("kicked", nil)
		}
		log.event("disconnected", map[string]any{"reason": e.Reason})
	}
}

// orEmpty has an empty list written as [] and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
