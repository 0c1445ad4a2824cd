package versus

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// The browser's client: the package as npm has it, and what npm says it hashes to.
const (
	livekitPackage = "livekit-client"
	livekitVersion = "2.23.0"
	livekitSHA512  = "j9Kg86nJjBjNFUD+ukp2jwMCGa0k+YD5gU//RzAM+ZY3pbG631QCte7fQjwqWMmtBzhDJL9nKYuOLMv/9IbAxg=="
	livekitScript  = "package/dist/livekit-client.umd.js"
)

// ErrNoLiveKit means that livekit-client is neither kept here nor to be had from npm.
var ErrNoLiveKit = errors.New(livekitPackage + " " + livekitVersion + " is not to be had from npm")

// FetchLiveKit returns livekit-client's script, from a folder of the user's cache or, the
// first time, from npm. What does not hash as it should is never used.
func FetchLiveKit(ctx context.Context) ([]byte, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLiveKit, err)
	}
	dir := filepath.Join(cache, "cutout-versus")
	kept := filepath.Join(dir, livekitPackage+"-"+livekitVersion+".tgz")
	if tarball, err := os.ReadFile(kept); err == nil && genuine(tarball) {
		return script(tarball)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLiveKit, err)
	}
	fresh, err := os.MkdirTemp(dir, "fetch")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLiveKit, err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	npm := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", fresh, livekitPackage+"@"+livekitVersion)
	npm.Dir = fresh
	if out, err := npm.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %w: %.300s", ErrNoLiveKit, err, out)
	}
	got := filepath.Join(fresh, filepath.Base(kept))
	tarball, err := os.ReadFile(got)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLiveKit, err)
	}
	if !genuine(tarball) {
		return nil, fmt.Errorf("%w: what came has another hash", ErrNoLiveKit)
	}
	if err := os.Rename(got, kept); err != nil {
		return nil, fmt.Errorf("keep %s: %w", livekitPackage, err)
	}
	return script(tarball)
}

func genuine(tarball []byte) bool {
	sum := sha512.Sum512(tarball)
	return base64.StdEncoding.EncodeToString(sum[:]) == livekitSHA512
}

func script(tarball []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", livekitPackage, err)
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", livekitScript, err)
		}
		if h.Name == livekitScript {
			return io.ReadAll(t)
		}
	}
}
