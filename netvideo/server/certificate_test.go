package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pairPEM is a fresh certificate with its key.
func pairPEM(t *testing.T) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(pairPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestFilePair: a new certificate is taken when both files are there, and a broken one
// never is.
func TestFilePair(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	p := &filePair{cert: filepath.Join(dir, "cert"), key: filepath.Join(dir, "key"), now: func() time.Time { return now }}
	if _, err := p.get(nil); err == nil {
		t.Error("files that are not there are a certificate")
	}
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
	}
	serial := func() string {
		t.Helper()
		now = now.Add(2 * time.Second)
		pair, err := p.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.String()
	}
	cert, key := pairPEM(t)
	write(p.cert, cert)
	write(p.key, key)
	first := serial()
	cert, key = pairPEM(t)
	now = now.Add(time.Second)
	write(p.cert, cert) // and not yet its key
	if got := serial(); got != first {
		t.Error("a certificate with another one's key is shown")
	}
	write(p.key, key)
	second := serial()
	if second == first {
		t.Error("the new certificate is not shown")
	}
	write(p.cert, []byte("-----BEGIN NONSENSE"))
	if got := serial(); got != second {
		t.Error("a broken file takes the certificate away")
	}
}
