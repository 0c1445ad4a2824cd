package netvideo

import (
	"encoding/json"
	"fmt"
	"time"
)

// Vouched is what whoever makes a token vouches for, as JSON in the token's
// metadata, which LiveKit shows to everyone in the room and lets nobody change.
// The name stands in the token itself.
type Vouched struct {
	Role   Role   `json:"role"`
	Data   string `json:"data,omitempty"` // up to MaxConnectionData bytes
	Bot    bool   `json:"bot,omitempty"`
	Native bool   `json:"native,omitempty"`
	// Joined is when the token was made, in Unix milliseconds by the server's clock:
	// one pass, one connection, so it orders connections alike in every home.
	// LiveKit's own time starts anew with every reconnect.
	Joined int64 `json:"joined,omitempty"`
}

// MaxConnectionData is the most bytes of Connection.Data; OpenTok's.
const MaxConnectionData = 1000

// Metadata is v as a token carries it.
func (v Vouched) Metadata() (string, error) {
	if !v.Role.Valid() {
		return "", fmt.Errorf("%q is no role: %s are", v.Role, RoleNames())
	}
	if len(v.Data) > MaxConnectionData {
		return "", fmt.Errorf("the connection's data is longer than %d bytes", MaxConnectionData)
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// ParseVouched reads a participant's metadata. Those who joined with a token of
// another maker have none of ours: ok is false, and they count as subscribers.
func ParseVouched(metadata string) (v Vouched, ok bool) {
	if len(metadata) > 8*MaxConnectionData || json.Unmarshal([]byte(metadata), &v) != nil ||
		!v.Role.Valid() || len(v.Data) > MaxConnectionData {
		return Vouched{Role: Subscriber}, false
	}
	return v, true
}

// Connection is the connection that v describes.
func (v Vouched) Connection(id, name string) Connection {
	c := Connection{ID: id, Name: name, Data: v.Data, Role: v.Role, Bot: v.Bot, Native: v.Native}
	if v.Joined > 0 {
		c.Joined = time.UnixMilli(v.Joined)
	}
	return c
}
