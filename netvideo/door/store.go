package door

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Keys sign the tokens: an API key and its secret, as LiveKit has them.
type Keys struct{ Key, Secret string }

const minSecret = 32 // bytes: HMAC-SHA256's own length

// KeysFromEnv reads LIVEKIT_API_KEY and LIVEKIT_API_SECRET. Both unset give zero Keys;
// one alone, or a secret under 32 bytes, is an error.
func KeysFromEnv() (Keys, error) {
	k := Keys{os.Getenv("LIVEKIT_API_KEY"), os.Getenv("LIVEKIT_API_SECRET")}
	switch {
	case k.Key == "" && k.Secret == "":
		return Keys{}, nil
	case k.Key == "":
		return Keys{}, errors.New("LIVEKIT_API_SECRET is set but LIVEKIT_API_KEY is not")
	case k.Secret == "":
		return Keys{}, errors.New("LIVEKIT_API_KEY is set but LIVEKIT_API_SECRET is not")
	}
	return k, k.check()
}

func (k Keys) check() error {
	if k.Key == "" || len(k.Secret) < minSecret {
		return fmt.Errorf("the secret of key %q is shorter than %d bytes", k.Key, minSecret)
	}
	return nil
}

func newKeys() Keys {
	var secret [36]byte
	_, _ = rand.Read(secret[:]) // never fails, by its contract since Go 1.24
	return Keys{Key: "CUT" + newCode(12), Secret: base64.RawURLEncoding.EncodeToString(secret[:])}
}

// ErrStateInUse means that another server has the state file open.
var ErrStateInUse = errors.New("another server uses the state file")

// A Store is what the door knows. Every change is on disk before it is answered, in one
// file that is always whole. Its methods may be called from any goroutine.
type Store struct {
	path string
	lock io.Closer
	keys Keys
	now  func() time.Time

	mu sync.Mutex
	st state
}

// state is the file's content. The maps are replaced, never changed, once they are in
// a Store.
type state struct {
	Version  int                  `json:"version"`
	Key      string               `json:"key,omitempty"`
	Secret   string               `json:"secret,omitempty"`
	Sessions map[string]Session   `json:"sessions"`
	Invites  map[string]Invite    `json:"invites"`
	Revoked  map[string]time.Time `json:"revoked,omitempty"` // session/identity, until when
}

const (
	stateVersion = 1
	maxStateFile = 64 << 20
)

// OpenStore reads the file at path, or starts one; an empty path keeps the state in
// memory. Zero keys mean those in the file, made at the first opening; given keys are
// used instead and stay out of the file. One process at a time: ErrStateInUse.
func OpenStore(path string, keys Keys) (*Store, error) {
	s := &Store{path: path, now: time.Now, keys: keys}
	if err := s.open(); err != nil {
		if s.lock != nil {
			_ = s.lock.Close()
		}
		return nil, fmt.Errorf("open the state file %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open() error {
	var data []byte
	if s.path != "" {
		if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
			return err
		}
		var err error
		if s.lock, err = lockFile(s.path + ".lock"); err != nil {
			return err
		}
		if data, err = readState(s.path); err != nil {
			return err
		}
	}
	st, err := parseState(data)
	if err != nil {
		return err
	}
	s.st = st
	if s.keys != (Keys{}) {
		return s.keys.check()
	}
	if s.st.Key == "" {
		return s.change(func(st *state) error {
			k := newKeys()
			st.Key, st.Secret, s.keys = k.Key, k.Secret, k
			return nil
		})
	}
	s.keys = Keys{s.st.Key, s.st.Secret}
	return s.keys.check()
}

// ReadKeys reads the keys out of a state file that a server may have open, so that who
// may read the file can ask the door for anything (Admin).
func ReadKeys(path string) (Keys, error) {
	data, err := readState(path)
	if err == nil && data == nil {
		err = fs.ErrNotExist
	}
	var st state
	if err == nil {
		st, err = parseState(data)
	}
	if err == nil && st.Key == "" {
		err = errors.New("it has no keys: its server took them from LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
	}
	if err != nil {
		return Keys{}, fmt.Errorf("read the keys in %s: %w", path, err)
	}
	k := Keys{st.Key, st.Secret}
	return k, k.check()
}

func readState(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxStateFile+1))
	if err == nil && len(data) > maxStateFile {
		err = fmt.Errorf("it is larger than %d MiB", maxStateFile>>20)
	}
	if err == nil && len(data) == 0 {
		err = errors.New("it is empty: move it away to start afresh")
	}
	return data, err
}

// parseState reads a state file; nil is a fresh one.
func parseState(data []byte) (state, error) {
	st := state{Version: stateVersion}
	if data != nil {
		if err := json.Unmarshal(data, &st); err != nil {
			return state{}, fmt.Errorf("it is damaged (%w): move it away to start afresh", err)
		}
		if st.Version != stateVersion {
			return state{}, fmt.Errorf("it is of version %d, this program knows version %d", st.Version, stateVersion)
		}
	}
	if st.Sessions == nil {
		st.Sessions = map[string]Session{}
	}
	if st.Invites == nil {
		st.Invites = map[string]Invite{}
	}
	if st.Revoked == nil {
		st.Revoked = map[string]time.Time{}
	}
	return st, nil
}

// Close lets another process open the file. It holds nothing that was not written.
func (s *Store) Close() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// Keys are those that tokens are signed with.
func (s *Store) Keys() Keys { return s.keys }

// change applies f to a copy of the state, writes it, and only then makes it the state.
// When f or the disk says no, nothing has changed.
func (s *Store) change(f func(*state) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.st
	next.Sessions = maps.Clone(next.Sessions)
	next.Invites = maps.Clone(next.Invites)
	next.Revoked = maps.Clone(next.Revoked)
	if err := f(&next); err != nil {
		return err
	}
	if s.path != "" {
		data, err := json.MarshalIndent(next, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the state: %w", err)
		}
		if err := writeFile(s.path, append(data, '\n')); err != nil {
			return fmt.Errorf("write the state: %w", err)
		}
	}
	s.st = next
	return nil
}

// prune forgets what has been dead for a week: by then nobody asks why.
func (st *state) prune(now time.Time) {
	const keep = 7 * 24 * time.Hour
	maps.DeleteFunc(st.Invites, func(_ string, i Invite) bool { return now.Sub(i.Expires) > keep })
	maps.DeleteFunc(st.Revoked, func(_ string, until time.Time) bool { return now.After(until) })
}

func sortInvites(list []Invite) {
	slices.SortFunc(list, func(a, b Invite) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Code, b.Code))
	})
}

// writeFile replaces the file at path with data, or leaves it as it was: whoever reads
// it, after a crash too, finds the old content or the new one.
func writeFile(path string, data []byte) (err error) {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		_ = os.Remove(next)
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync()
}
