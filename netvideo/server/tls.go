package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// A Certificate says how a door proves that it is who its links name. The zero value is
// plain HTTP.
type Certificate struct {
	// Cert and Key are PEM files, read again when they change.
	Cert, Key string
	// Domain, instead, is the name to get a certificate for by ACME (RFC 8555), proven
	// on the door's own port (RFC 8737), which must be reachable as 443.
	Domain string
	// Cache is the folder that keeps certificates over restarts.
	Cache string
	// Directory is the ACME server's; empty is Let's Encrypt.
	Directory string
}

// Some reports whether there is any.
func (c Certificate) Some() bool { return c.Domain != "" || c.Cert != "" }

// turnALPN is what TURN clients may ask for (RFC 7443).
const turnALPN = "stun.turn"

// config is the door's side of TLS. A pair of files must be good from the start.
func (c Certificate) config() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1", turnALPN}}
	if c.Domain == "" {
		pair := &filePair{cert: c.Cert, key: c.Key, now: time.Now}
		if _, err := pair.get(nil); err != nil {
			return nil, err
		}
		conf.GetCertificate = pair.get
		return conf, nil
	}
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.Domain), Client: &acme.Client{DirectoryURL: c.Directory}}
	if c.Directory == "" {
		m.Client.DirectoryURL = autocert.DefaultACMEDirectory
	}
	if c.Cache != "" {
		m.Cache = autocert.DirCache(c.Cache)
	}
	m.Client.HTTPClient = &http.Client{Timeout: 30 * time.Second}
	conf.NextProtos = append(conf.NextProtos, acme.ALPNProto)
	conf.GetCertificate = m.GetCertificate
	return conf, nil
}

// obtain has the certificate of the domain ready before the first visitor comes.
func obtain(ctx context.Context, conf *tls.Config, domain string) error {
	got := make(chan error, 1)
	go func() {
		// As a client of today: an ECDSA certificate.
		_, err := conf.GetCertificate(&tls.ClientHelloInfo{
			ServerName: domain, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
		})
		got <- err
	}()
	select {
	case err := <-got:
		if err != nil {
			return fmt.Errorf("get a certificate for %s: %w", domain, err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A filePair is a certificate in files, which other programs replace.
type filePair struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   [2]time.Time
	checked time.Time
}

// get is the newest pair that is whole: while the files are being replaced, the one
// before.
func (p *filePair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	const every = time.Second // so often the files are looked at
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pair != nil && p.now().Sub(p.checked) < every {
		return p.pair, nil
	}
	p.checked = p.now()
	stamp, err := stamps(p.cert, p.key)
	if err == nil && (p.pair == nil || stamp != p.stamp) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(p.cert, p.key); err == nil {
			p.pair, p.stamp = &pair, stamp
		}
	}
	if p.pair == nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return p.pair, nil
}

func stamps(files ...string) (s [2]time.Time, err error) {
	for i, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return s, err
		}
		s[i] = info.ModTime()
	}
	return s, nil
}
