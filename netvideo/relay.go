package netvideo

import "strings"

// What the door says to a room, it says through LiveKit: attributes of participants,
// which only the server sets, and data packets from nobody, which only the server
// sends.

// MutedAttribute is the participant attribute that says which media a moderator
// muted, for as long as the participant cannot unmute them: FormatMuted's words.
const MutedAttribute = "cutout.muted"

// FormatMuted is the value of MutedAttribute; empty when nothing is muted.
func FormatMuted(video, audio bool) string {
	switch {
	case video && audio:
		return string(Video) + "," + string(Audio)
	case video:
		return string(Video)
	case audio:
		return string(Audio)
	}
	return ""
}

// ParseMuted reads FormatMuted's words; others are passed over.
func ParseMuted(value string) (video, audio bool) {
	for word := range strings.SplitSeq(value, ",") {
		video = video || word == string(Video)
		audio = audio || word == string(Audio)
	}
	return video, audio
}

// topicMark ends the signal's type within the topic of a data packet; what follows
// is about how it travels. Types have no control characters.
const topicMark = "\x1f"

// relayed begins what follows the mark when the door sends for somebody.
const relayed = "d"

// RelayTopic is the topic of a data packet which the door sends for a connection that
// may not send by itself: a subscriber's vote, say.
func RelayTopic(signalType, from string) string { return signalType + topicMark + relayed + from }

// SplitTopic takes the topic of a data packet apart: the signal's type and what
// follows the mark.
func SplitTopic(topic string) (signalType, travel string) {
	signalType, travel, _ = strings.Cut(topic, topicMark)
	return signalType, travel
}

// JoinTopic undoes SplitTopic.
func JoinTopic(signalType, travel string) string {
	if travel == "" {
		return signalType
	}
	return signalType + topicMark + travel
}

// RelayedFor is the connection on whose behalf the door sent; ok is false when travel
// is about something else. Only packets from nobody are the door's.
func RelayedFor(travel string) (from string, ok bool) {
	from, ok = strings.CutPrefix(travel, relayed)
	return from, ok && from != ""
}
