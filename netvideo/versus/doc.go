// Package versus measures our room beside Chromium with livekit-client: the same clip
// goes from a publisher through the same server to a subscriber, each of them us or
// Chromium, over the same network with the same faults, and the same code reads what
// arrives. Every client, and the server, is a process of its own on a machine of its
// own, a network namespace; the bench itself is this package's test (make versus).
//
// The clip's pictures carry the frame's number and the moment it was shown, as large
// blocks that survive the codec. So the time from glass to glass is read off the
// decoded picture, and each is compared with the original.
package versus
