// Package door is the one public HTTP port of a room's server. It serves the invite
// links, exchanges invites for passes, makes passes and invites for those who may, and
// lets the signalling WebSocket through to LiveKit behind it once it has checked the
// pass. LiveKit itself listens on loopback only, so nobody gets in but through here.
//
// What the door knows (keys, sessions, invites, revocations) is a Store: one file,
// written before an answer is given, so that a killed process forgets nothing. Redeem
// and Admin are the clients.
package door
