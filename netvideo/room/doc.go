// Package room is a joined session: who is here, what they show and say, what we
// show them, and, for moderators, keeping order. It sits on LiveKit's Go SDK and owns
// what the SDK leaves open: encoding and decoding, rejoining, the order of events,
// signals that are neither lost nor doubled, and queues that keep every caller from
// blocking.
package room
