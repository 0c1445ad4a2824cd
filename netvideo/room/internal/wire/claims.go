package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cutout/netvideo"
)

// maxToken bounds what is taken for a token; a header line holds no more.
const maxToken = 64 << 10

// Claims is what a token says of itself. Nobody vouches for it here: the server
// checks the signature, and this end only uses it to answer sooner and better.
type Claims struct {
	Identity, Name, Session string
	Vouched                 netvideo.Vouched
	Publishes               bool      // may show and signal
	Expires                 time.Time // zero when it does not say
}

// ParseToken reads a LiveKit access token, which is a JSON Web Token (RFC 7519).
func ParseToken(token string) (Claims, error) {
	bad := func(why string) (Claims, error) {
		return Claims{}, fmt.Errorf("%w: %s", netvideo.ErrTokenInvalid, why)
	}
	if len(token) > maxToken {
		return bad("it is too long to be one")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return bad("a token has three parts with dots between them")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return bad("its middle part is not base64")
	}
	var j struct {
		Subject  string  `json:"sub"`
		Name     string  `json:"name"`
		Expires  float64 `json:"exp"`
		Metadata string  `json:"metadata"`
		Video    *struct {
			RoomJoin       bool   `json:"roomJoin"`
			Room           string `json:"room"`
			CanPublish     *bool  `json:"canPublish"`
			CanPublishData *bool  `json:"canPublishData"`
		} `json:"video"`
	}
	if err := json.Unmarshal(body, &j); err != nil {
		return bad("its middle part is not JSON")
	}
	if j.Video == nil || !j.Video.RoomJoin || j.Video.Room == "" {
		return bad("it lets nobody into a session")
	}
	if j.Subject == "" {
		return bad("it names no connection")
	}
	c := Claims{Identity: j.Subject, Name: j.Name, Session: j.Video.Room}
	// LiveKit takes a permission that is left out as given.
	given := func(p *bool) bool { return p == nil || *p }
	c.Publishes = given(j.Video.CanPublish) && given(j.Video.CanPublishData)
	if j.Expires > 0 && j.Expires < 1e11 {
		c.Expires = time.Unix(int64(j.Expires), 0)
	}
	c.Vouched = VouchedFor(j.Metadata, c.Publishes)
	return c, nil
}

// VouchedFor reads a participant's metadata, and goes by the permissions for those whose token
// somebody else made.
func VouchedFor(metadata string, publishes bool) netvideo.Vouched {
	v, ok := netvideo.ParseVouched(metadata)
	if !ok && publishes {
		v.Role = netvideo.Publisher
	}
	return v
}
