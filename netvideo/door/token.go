package door

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"cutout/netvideo"
)

// An accessToken is the content of a LiveKit access token: a JWT signed with HS256 by
// the secret of the key that it names as its issuer. The subject is the participant's
// identity. The names are those of LiveKit's protocol/auth, v1.49.
type accessToken struct {
	jwt.RegisteredClaims
	Name       string            `json:"name"`
	Metadata   string            `json:"metadata"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Video      *videoGrant       `json:"video"`
}

// A videoGrant is what LiveKit lets the holder do. LiveKit takes a permission that is
// not written for granted, so all are written, the refused ones too. The sources a
// holder may publish are not restricted: the list is left out.
type videoGrant struct {
	RoomJoin bool   `json:"roomJoin"`
	Room     string `json:"room"`

	CanPublish            bool `json:"canPublish"`
	CanPublishData        bool `json:"canPublishData"`
	CanSubscribe          bool `json:"canSubscribe"`
	CanUpdateOwnMetadata  bool `json:"canUpdateOwnMetadata"`
	CanSubscribeMetrics   bool `json:"canSubscribeMetrics"`
	CanManageAgentSession bool `json:"canManageAgentSession"`

	RoomCreate   bool `json:"roomCreate"`
	RoomList     bool `json:"roomList"`
	RoomRecord   bool `json:"roomRecord"`
	RoomAdmin    bool `json:"roomAdmin"`
	IngressAdmin bool `json:"ingressAdmin"`
	Hidden       bool `json:"hidden"`
	Recorder     bool `json:"recorder"`
	Agent        bool `json:"agent"`
}

// grant is what LiveKit lets the role do. Moderators get no more from LiveKit than
// publishers; their powers are the door's.
func grant(session string, role netvideo.Role) *videoGrant {
	publishes := role.Publishes()
	return &videoGrant{
		RoomJoin: true, Room: session,
		CanSubscribe: role.Subscribes(), CanPublish: publishes, CanPublishData: publishes,
	}
}

// sign fills in issuer and times, and signs.
func (t accessToken) sign(k Keys, now, expires time.Time) (string, error) {
	t.Issuer = k.Key
	t.IssuedAt, t.NotBefore, t.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now), jwt.NewNumericDate(expires)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, t).SignedString([]byte(k.Secret))
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return token, nil
}

// adminToken is what the holder of the keys shows at the door: a minute's right to
// make rooms.
func adminToken(k Keys) (string, error) {
	now := time.Now()
	t := accessToken{Video: &videoGrant{RoomCreate: true}}
	t.Subject = "admin"
	return t.sign(k, now, now.Add(time.Minute))
}

// roomToken is what the door shows LiveKit to moderate a session. It never leaves this
// machine.
func (s *Store) roomToken(session string) (string, error) {
	t := accessToken{Video: &videoGrant{Room: session, RoomAdmin: true, RoomList: true, RoomCreate: true}}
	t.Subject = "door"
	return t.sign(s.keys, s.now(), s.now().Add(time.Minute))
}

// lineageOf reads a token's or a participant's attributes.
func lineageOf(attributes map[string]string) lineage {
	return strings.Fields(attributes[lineageAttribute])
}

// verify checks signature and time, and reads the claims.
func (s *Store) verify(token string) (Claims, error) {
	var t accessToken
	_, err := jwt.ParseWithClaims(token, &t,
		func(*jwt.Token) (any, error) { return []byte(s.keys.Secret), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(s.keys.Key), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now),
		jwt.WithLeeway(time.Minute), // for "not before": another machine may have signed it
	)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Claims{}, refuse(CodeExpired, "the token has expired")
	case err != nil:
		return Claims{}, refuse(CodeInvalid, "the token was not signed by this server, or was changed")
	case !s.now().Before(t.ExpiresAt.Time):
		return Claims{}, refuse(CodeExpired, "the token has expired")
	case t.Video == nil:
		return Claims{}, refuse(CodeInvalid, "the token grants nothing")
	case len(lineageOf(t.Attributes)) > maxLineage:
		return Claims{}, refuse(CodeInvalid, "the token goes back to too many others")
	}
	c := Claims{
		Session: t.Video.Room, Identity: t.Subject, Name: t.Name, Expires: t.ExpiresAt.Time,
		by: lineageOf(t.Attributes),
	}
	if t.Video.RoomCreate && !t.Video.RoomJoin {
		c.Admin = true
		return c, nil
	}
	if !t.Video.RoomJoin {
		return Claims{}, refuse(CodeInvalid, "the token grants no way in")
	}
	c.Once = t.Attributes[onceAttribute] != ""
	if c.vouched, c.ours = netvideo.ParseVouched(t.Metadata); c.ours {
		c.Role = c.vouched.Role
	}
	return c, nil
}
