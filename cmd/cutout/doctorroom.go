package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/probe"
)

const stepTime = 8 * time.Second // a step that takes longer does not work in a game either

// way goes step by step towards a room, as far as it gets.
func (c *checkup) way(ctx context.Context, text string, span time.Duration) {
	link, err := netvideo.ParseLink(text)
	if err != nil {
		c.fail("link", err.Error(), "copy the whole link; it looks like http://192.168.1.20:7880/r/k7m2pq9x4w")
		return
	}
	c.ok("link", "it looks like one", nil)
	u, err := url.Parse(link.Base)
	if err != nil {
		c.fail("link", oneLine(err), "copy the whole link")
		return
	}
	if !c.name(ctx, u.Hostname()) || !c.port(ctx, u) || !c.certificate(ctx, u) || !c.door(ctx, link) {
		return
	}
	pass, ok := c.redeem(ctx, link)
	if !ok {
		return
	}
	c.media(ctx, pass, span)
}

// name finds the host's addresses.
func (c *checkup) name(ctx context.Context, host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.IsLoopback():
			c.warn("name", host+" is this machine itself", "a link for friends has the host's address on the network in it")
		case door.LocalOnly(host):
			c.ok("name", host+" is an address of a home or company network: it works inside that network only", nil)
		default:
			c.ok("name", host+" is an address on the internet", nil)
		}
		return true
	}
	var found []string
	err := within(ctx, stepTime, func(ctx context.Context) (err error) {
		found, err = net.DefaultResolver.LookupHost(ctx, host)
		return err
	})
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return c.fail("name", "there is no machine called "+host, "copy the whole link; if it is right, the host's name has no address (yet)")
	case err != nil:
		return c.fail("name", "the name "+host+" can't be looked up: "+oneLine(err), "is the link whole, and this machine on the internet?")
	}
	c.ok("name", host+" is "+strings.Join(found, ", "), nil)
	return true
}

// hostPort is where a link's door listens.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (c *checkup) port(ctx context.Context, u *url.URL) bool {
	start := time.Now()
	err := within(ctx, stepTime, func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", hostPort(u))
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
	switch {
	case err == nil:
		c.ok("port", fmt.Sprintf("TCP %s answers in %d ms", hostPort(u), time.Since(start).Milliseconds()), nil)
		return true
	case errors.Is(err, syscall.ECONNREFUSED):
		return c.fail("port", "the machine is there, but nothing listens on TCP "+hostPort(u), "is your friend's Cutout still running? It may have got another port: ask for the link again")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return c.fail("port", "there is no way to "+hostPort(u)+" from here", "are you on the same network as your friend? Wi-Fi for guests often keeps its guests apart: try a phone's hotspot or a cable")
	default:
		return c.fail("port", "TCP "+hostPort(u)+" does not answer", "another network, a firewall on the host, or Wi-Fi that keeps its guests apart: same Wi-Fi? a phone's hotspot? else the host needs 'cutout serve --domain NAME'")
	}
}

// certificate looks at who a door with HTTPS says that it is.
func (c *checkup) certificate(ctx context.Context, u *url.URL) bool {
	if u.Scheme != "https" {
		c.add(finding{Step: "certificate", Result: resultSkipped, Says: "the link is plain HTTP: fine for this program; a browser would give no camera to it"})
		return true
	}
	var state tls.ConnectionState
	err := within(ctx, stepTime, func(ctx context.Context) error {
		d := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
		conn, err := d.DialContext(ctx, "tcp", hostPort(u))
		if err == nil {
			state = conn.(*tls.Conn).ConnectionState()
			_ = conn.Close()
		}
		return err
	})
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		leaf := state.PeerCertificates[0]
		left := time.Until(leaf.NotAfter).Hours() / 24
		if left < 7 {
			c.warn("certificate", fmt.Sprintf("good for %.0f more days only", left), "its owner should see why it is not renewed")
			return true
		}
		c.ok("certificate", fmt.Sprintf("%s, by %s, for %.0f more days", u.Hostname(), leaf.Issuer.CommonName, left), nil)
		return true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return c.fail("certificate", "the certificate is not valid yet", "is this machine's clock right?")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.fail("certificate", "the certificate expired on "+invalid.Cert.NotAfter.Format(time.DateOnly), "its owner must renew it; if that date has not come, this machine's clock is wrong")
	case errors.As(err, &host):
		return c.fail("certificate", "the certificate is for "+strings.Join(host.Certificate.DNSNames, ", ")+", not for "+u.Hostname(), "use the name that it is for, or have the host get one for this name")
	case errors.As(err, &unknown):
		return c.fail("certificate", "nobody that this machine trusts has signed the certificate", "it may be self-signed: the host needs one from an authority ('cutout serve --domain NAME' gets it), or this machine has to trust it (SSL_CERT_FILE)")
	case errors.As(err, &record):
		return c.fail("certificate", "the port speaks no TLS", "the link may have to begin with http://")
	default:
		return c.fail("certificate", "no secure connection: "+oneLine(err), "does something between you and the host look into connections? Try another network")
	}
}

// door asks whether a room's server is behind the port.
func (c *checkup) door(ctx context.Context, link netvideo.Link) bool {
	var status int
	err := within(ctx, stepTime, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, link.Base+"/healthz", nil)
		if err != nil {
			return err
		}
		client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
		res, err := client.Do(req)
		if err == nil {
			status = res.StatusCode
			_ = res.Body.Close()
		}
		return err
	})
	switch {
	case err != nil:
		return c.fail("server", "the port takes connections, but does not answer", "another program may have it, or something in between swallows the answer; ask for the link again")
	case status == http.StatusOK:
		c.ok("server", "the room's server is there and well", nil)
		return true
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable:
		return c.fail("server", "the door is there, the room's server behind it is down", "it is usually restarted within seconds: try again; else restart Cutout on the host")
	case status == http.StatusForbidden:
		return c.fail("server", "the server answers its own network only", "it was started with --sample: start it without")
	case status == http.StatusTooManyRequests:
		return c.fail("server", "the server has had too many requests from this address", "wait a minute")
	default:
		return c.fail("server", fmt.Sprintf("what answers there is not a room's server (HTTP status %d)", status), "copy the whole link")
	}
}

// redeem exchanges the link, which uses one of its uses up.
func (c *checkup) redeem(ctx context.Context, link netvideo.Link) (door.Pass, bool) {
	pass, err := door.Redeem(ctx, link, door.Who{Name: "Doctor", Bot: true})
	if err != nil {
		var no *door.Error
		advice := "ask your friend for a new link"
		says := oneLine(err)
		if errors.As(err, &no) {
			says = no.Message
		}
		return pass, c.fail("invite", says, advice)
	}
	c.ok("invite", "good; it gives the role "+string(pass.Role), nil)
	return pass, true
}

// media tries every way by itself, all at once, and then how much the one that a game
// would take carries.
func (c *checkup) media(ctx context.Context, pass door.Pass, span time.Duration) {
	ways := []probe.Way{probe.UDP, probe.TCP, probe.TURNUDP, probe.TURNTLS}
	all := make([]wayResult, len(ways))
	var wg sync.WaitGroup
	for i, way := range ways {
		own, err := pass, error(nil)
		if i > 0 {
			own, err = pass.Sibling(ctx) // two connections by one pass would end each other
		}
		if err != nil {
			all[i].turnedAway = true
			continue
		}
		wg.Go(func() { all[i] = tryWay(ctx, own, way) })
	}
	wg.Wait()
	best := false
	for i, r := range all {
		if r.turnedAway { // no place for so many at once
			r = tryWay(ctx, pass, ways[i])
		}
		best = best || r.works
		c.add(r.finding)
	}
	if !best {
		c.fail("media", "no pictures or sound get through to the room", "a firewall here or on the host: let UDP 7882 and TCP 7881 through to the host, or let the host run 'cutout serve --domain NAME' on a machine on the internet")
		return
	}
	if !pass.Role.Publishes() {
		c.add(finding{Step: "bandwidth", Result: resultSkipped, Says: "the link lets nobody send anything, so that nothing can be measured"})
		return
	}
	c.bandwidth(ctx, pass, span)
}

// A wayResult is what came of one way.
type wayResult struct {
	finding
	works      bool
	turnedAway bool // by the door, which says nothing about the way
}

// tryWay joins by one way only.
func tryWay(ctx context.Context, pass door.Pass, way probe.Way) wayResult {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	client, err := probe.Join(ctx, probe.Options{URL: pass.URL, Token: pass.Token, Way: way})
	switch {
	case err == nil:
		route := client.Route()
		client.Close()
		says := fmt.Sprintf("gets through to %s, %d ms after knocking", route.Remote, time.Since(start).Milliseconds())
		return wayResult{finding: finding{Step: string(way), Result: resultOK, Says: says, Facts: route}, works: true}
	case errors.Is(err, probe.ErrNoTURN):
		says := "this server has no such relay; it needs none where UDP or TCP gets through"
		return wayResult{finding: finding{Step: string(way), Result: resultSkipped, Says: says}}
	}
	advice := map[probe.Way]string{
		probe.UDP:     "pictures will be late where packets get lost: let UDP 7882 through the firewalls (here, in between, on the host)",
		probe.TCP:     "friends whose network blocks UDP stay outside: let TCP 7881 in on the host",
		probe.TURNUDP: "let UDP 3478 in on the host",
		probe.TURNTLS: "the relay shares the door's port: does the certificate's name lead to the host?",
	}[way]
	says := "does not get through"
	if !errors.Is(err, probe.ErrNoMedia) {
		says += ": " + oneLine(err)
	}
	return wayResult{
		finding:    finding{Step: string(way), Result: resultWarning, Says: says, Advice: advice},
		turnedAway: errors.Is(err, probe.ErrTurnedAway),
	}
}
