package netvideo

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// A Link is an invitation: http(s)://HOST[:PORT]/r/CODE. Anyone who has it can
// exchange it for a pass at the door of that host.
type Link struct {
	// Base is the door's address: scheme, host and port, without a path.
	Base string
	// Code is what the door knows the invite by: 6 to 64 lower-case letters and digits.
	Code string
}

// Limits of a link.
const (
	// MaxLink is the length of the longest link that is looked at, in bytes.
	MaxLink     = 512
	minLinkCode = 6
	maxLinkCode = 64
)

// String is the link as it is sent to a friend.
func (l Link) String() string { return l.Base + "/r/" + l.Code }

// ParseLink reads an invite link as people paste it: surrounding blanks, a trailing
// slash, and whatever a messenger appended behind ? or # are dropped, and upper case
// is lowered. The error is one sentence that says what is wrong with it.
func ParseLink(s string) (Link, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Link{}, errors.New("the link is empty")
	case len(s) > MaxLink:
		return Link{}, fmt.Errorf("the link is longer than %d characters", MaxLink)
	}
	u, err := url.Parse(s)
	if err != nil || (!strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https")) {
		return Link{}, fmt.Errorf("%q is not a link: it must look like http://HOST:PORT/r/CODE", s)
	}
	if u.User != nil {
		return Link{}, errors.New("the link has a user name in it; invite links have none")
	}
	host, err := linkHost(u)
	if err != nil {
		return Link{}, err
	}
	code, ok := strings.CutPrefix(strings.TrimSuffix(u.Path, "/"), "/r/")
	if !ok || code == "" {
		return Link{}, errors.New("the link has no invite code: it must end in /r/CODE")
	}
	code = strings.ToLower(code)
	if !validLinkCode(code) {
		return Link{}, fmt.Errorf("the link's invite code must be %d to %d letters and digits", minLinkCode, maxLinkCode)
	}
	return Link{Base: strings.ToLower(u.Scheme) + "://" + host, Code: code}, nil
}

// linkHost is the URL's host and port in their plainest form.
func linkHost(u *url.URL) (string, error) {
	name := strings.ToLower(u.Hostname())
	if name == "" {
		return "", errors.New("the link names no host")
	}
	if strings.Contains(name, ":") {
		if _, err := netip.ParseAddr(name); err != nil {
			return "", fmt.Errorf("the link's host %q is not an address", name)
		}
	} else if strings.IndexFunc(name, notInHostName) >= 0 {
		return "", fmt.Errorf("the link's host %q is not a host name", name)
	}
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", errors.New("the link's port is missing after the colon")
		}
		return strings.TrimSuffix(net.JoinHostPort(escapeZone(name), ""), ":"), nil
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("the link's port %q is not a number from 1 to 65535", port)
	}
	return net.JoinHostPort(escapeZone(name), strconv.Itoa(n)), nil
}

// escapeZone writes an IPv6 zone the way URLs want it (RFC 6874).
func escapeZone(host string) string { return strings.Replace(host, "%", "%25", 1) }

func notInHostName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
}

func validLinkCode(code string) bool {
	if len(code) < minLinkCode || len(code) > maxLinkCode {
		return false
	}
	for _, r := range code {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
			return false
		}
	}
	return true
}
