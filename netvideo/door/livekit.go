package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cutout/netvideo"
)

// liveKit asks the server behind the door what only an administrator may: its room
// service, which is Twirp with JSON. The names are those of LiveKit's protocol, v1.49.
type liveKit struct {
	base      *url.URL
	transport http.RoundTripper
	store     *Store
}

const (
	askTime      = 5 * time.Second
	maxRoomReply = 16 << 20
)

// errAbsent: LiveKit knows no such room, participant or track.
var errAbsent = errors.New("LiveKit has no such thing")

// A participant is somebody in a room.
type participant struct {
	Sid        string            `json:"sid"`
	Identity   string            `json:"identity"`
	Name       string            `json:"name"`
	Metadata   string            `json:"metadata"`
	Joined     string            `json:"joined_at"` // seconds
	Attributes map[string]string `json:"attributes"`
	Tracks     []track           `json:"tracks"`
	Permission struct {
		CanPublish bool `json:"can_publish"`
	} `json:"permission"`
}

type track struct {
	Sid    string `json:"sid"`
	Type   string `json:"type"` // AUDIO, VIDEO or DATA
	Name   string `json:"name"`
	Muted  bool   `json:"muted"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Source string `json:"source"`
	Stream string `json:"stream"`
}

// medium is the track's; none for data.
func (t track) medium() media {
	switch t.Type {
	case "AUDIO":
		return audio
	case "VIDEO":
		return video
	}
	return noMedia
}

// claims are what the participant's pass says.
func (p participant) claims(session string) Claims {
	c := Claims{Session: session, Identity: p.Identity, Name: p.Name, Role: netvideo.Subscriber, by: lineageOf(p.Attributes)}
	if c.vouched, c.ours = netvideo.ParseVouched(p.Metadata); c.ours {
		c.Role = c.vouched.Role
	} else if p.Permission.CanPublish {
		c.Role = netvideo.Publisher
	}
	return c
}

// connection is the participant in our words.
func (p participant) connection(role netvideo.Role) netvideo.Connection {
	v, _ := netvideo.ParseVouched(p.Metadata)
	v.Role = role
	c := v.Connection(p.Identity, p.Name)
	if s, err := strconv.ParseInt(p.Joined, 10, 64); err == nil && c.Joined.IsZero() {
		c.Joined = time.Unix(s, 0)
	}
	return c
}

// participants are those in a session's room; none when there is no room.
func (l *liveKit) participants(ctx context.Context, session string) ([]participant, error) {
	var reply struct {
		Participants []participant `json:"participants"`
	}
	err := l.ask(ctx, session, "ListParticipants", map[string]any{"room": session}, &reply)
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	return reply.Participants, err
}

func (l *liveKit) remove(ctx context.Context, session, identity string) error {
	return l.ask(ctx, session, "RemoveParticipant", map[string]any{"room": session, "identity": identity}, nil)
}

func (l *liveKit) deleteRoom(ctx context.Context, session string) error {
	err := l.ask(ctx, session, "DeleteRoom", map[string]any{"room": session}, nil)
	if errors.Is(err, errAbsent) {
		return nil
	}
	return err
}

// muteTrack mutes; unmuting from outside is not possible, and is not asked for.
func (l *liveKit) muteTrack(ctx context.Context, session, identity, sid string) error {
	return l.ask(ctx, session, "MutePublishedTrack", map[string]any{"room": session, "identity": identity, "track_sid": sid, "muted": true}, nil)
}

// setAttribute tells the room something of a participant; empty takes it back.
func (l *liveKit) setAttribute(ctx context.Context, session, identity, name, value string) error {
	return l.ask(ctx, session, "UpdateParticipant", map[string]any{
		"room": session, "identity": identity, "attributes": map[string]string{name: value},
	}, nil)
}

// setRole lets a participant do what the role may, and tells the room.
func (l *liveKit) setRole(ctx context.Context, session, identity, metadata string, role netvideo.Role) error {
	return l.ask(ctx, session, "UpdateParticipant", map[string]any{
		"room": session, "identity": identity, "metadata": metadata, "permission": permission(role, nil),
	}, nil)
}

// unpublish ends a participant's tracks from these sources (all for none): LiveKit ends
// what somebody may no longer publish. Then they may again.
func (l *liveKit) unpublish(ctx context.Context, session, identity string, role netvideo.Role, sources []string) error {
	var left []string
	if len(sources) > 0 {
		for _, s := range []string{"CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO", "UNKNOWN"} {
			if !slices.Contains(sources, s) {
				left = append(left, s)
			}
		}
	}
	less := permission(role, left)
	if len(left) == 0 {
		less["can_publish"] = false
	}
	update := map[string]any{"room": session, "identity": identity, "permission": less}
	if err := l.ask(ctx, session, "UpdateParticipant", update, nil); err != nil {
		return err
	}
	update["permission"] = permission(role, nil)
	return l.ask(ctx, session, "UpdateParticipant", update, nil)
}

// permission is grant's in the room service's words, with the sources one may publish;
// none means all.
func permission(role netvideo.Role, sources []string) map[string]any {
	p := map[string]any{
		"can_subscribe": role.Subscribes(), "can_publish": role.Publishes(), "can_publish_data": role.Publishes(),
		"can_update_metadata": false, "can_subscribe_metrics": false, "can_manage_agent_session": false,
		"hidden": false, "recorder": false, "agent": false,
	}
	if len(sources) > 0 {
		p["can_publish_sources"] = sources
	}
	return p
}

// send is a data packet from nobody; to everyone when to is empty.
func (l *liveKit) send(ctx context.Context, session, topic string, data []byte, to string, lossy bool) error {
	kind := "RELIABLE"
	if lossy {
		kind = "LOSSY"
	}
	m := map[string]any{"room": session, "topic": topic, "data": data, "kind": kind}
	if to != "" {
		m["destination_identities"] = []string{to}
	}
	return l.ask(ctx, session, "SendData", m, nil)
}

// ask calls one method. The error is errAbsent or the door's no.
func (l *liveKit) ask(ctx context.Context, session, method string, question, answer any) error {
	token, err := l.store.roomToken(session)
	if err != nil {
		return err
	}
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base.JoinPath("twirp", "livekit.RoomService", method).String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := l.transport.RoundTrip(req)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxRoomReply))
	switch {
	case err != nil:
		return unavailable(err)
	case res.StatusCode == http.StatusNotFound:
		return errAbsent
	case res.StatusCode != http.StatusOK:
		return unavailable(fmt.Errorf("%s: status %d: %.200s", method, res.StatusCode, data))
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return unavailable(fmt.Errorf("%s: %w", method, err))
	}
	return nil
}

func unavailable(cause error) *Error {
	no := refuse(CodeUnavailable, "the room's server does not answer")
	no.cause = cause
	return no
}

// reach returns nil when LiveKit answers, whatever it says.
func (l *liveKit) reach(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base.String(), nil)
	if err != nil {
		return fmt.Errorf("ask LiveKit: %w", err)
	}
	res, err := l.transport.RoundTrip(req)
	if err != nil {
		return unavailable(err)
	}
	return res.Body.Close()
}
