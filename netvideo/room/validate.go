package room

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"
)

// baseURL is raw without a slash at its end, as http or https.
func baseURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q is no server's address: http://HOST:PORT is what one looks like", raw)
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return "", fmt.Errorf("%q is no server's address: it has to begin with http, https, ws or wss", raw)
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return strings.TrimRight(u.String(), "/"), nil
}

// validate asks the server whether the token would be let in, which is the only
// way to be told why not: a WebSocket that is refused says nothing.
func validate(ctx context.Context, base, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/rtc/validate", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Transport: &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DisableKeepAlives: true,
		// Nobody there is told apart from somebody slow, who has until ctx ends.
		DialContext: (&net.Dialer{Timeout: 4 * time.Second}).DialContext,
	}}
	res, err := client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return fmt.Errorf("%w at %s: %w", netvideo.ErrUnreachable, base, err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	return refusal(res.StatusCode, string(body), token)
}

// refusal reads the server's, or the door's, answer to validate.
func refusal(status int, body, token string) error {
	if status == http.StatusOK {
		return nil
	}
	c, err := wire.ParseToken(token)
	if err != nil {
		return err
	}
	// The door says a code in JSON, LiveKit a sentence.
	var says struct {
		Code  string `json:"code"`
		Error string `json:"error"`
	}
	_ = json.Unmarshal([]byte(body), &says)
	switch says.Code {
	case "expired":
		return netvideo.ErrTokenExpired
	case "invalid":
		return netvideo.ErrTokenInvalid
	case "wrongSession":
		return netvideo.ErrWrongSession
	case "revoked":
		return netvideo.ErrRevoked
	}
	switch status {
	case http.StatusUnauthorized:
		if strings.Contains(body, "expired") || (!c.Expires.IsZero() && time.Now().After(c.Expires)) {
			return netvideo.ErrTokenExpired
		}
		return netvideo.ErrTokenInvalid
	case http.StatusNotFound:
		return netvideo.ErrWrongSession
	}
	if says.Error != "" {
		return fmt.Errorf("%w: %s", netvideo.ErrUnreachable, says.Error)
	}
	return fmt.Errorf("%w: it says %d %s", netvideo.ErrUnreachable, status, http.StatusText(status))
}

// lasting reports whether trying again cannot help.
func lasting(err error) bool {
	for _, e := range []error{netvideo.ErrTokenExpired, netvideo.ErrTokenInvalid,
		netvideo.ErrWrongSession, netvideo.ErrRevoked} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
