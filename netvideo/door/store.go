package door

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
// file that is always whole; the audit lies beside it. Its methods may be called from
// any goroutine.
type Store struct {
	book  *book
	audit *audit
	keys  Keys
	now   func() time.Time
}

// OpenStore reads the file at path, or starts one; an empty path keeps the state in
// memory. Zero keys mean those in the file, made at the first opening; given keys are
// used instead and stay out of the file. One process at a time: ErrStateInUse.
func OpenStore(path string, keys Keys) (*Store, error) {
	b, err := openBook(path)
	if err == nil {
		s := &Store{book: b, audit: openAudit(path), now: time.Now, keys: keys}
		if err = s.takeKeys(); err == nil {
			return s, nil
		}
		b.close()
	}
	return nil, fmt.Errorf("open the state file %s: %w", path, err)
}

func (s *Store) takeKeys() error {
	st := s.book.read()
	switch {
	case s.keys != (Keys{}):
	case st.Key != "":
		s.keys = Keys{st.Key, st.Secret}
	default:
		s.keys = newKeys()
		return s.book.change(func(st *state) error {
			st.Key, st.Secret = s.keys.Key, s.keys.Secret
			return nil
		})
	}
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

// Close lets another process open the file. What could be written was.
func (s *Store) Close() error {
	s.book.catchUp()
	s.audit.flush()
	s.book.close()
	return nil
}

// Keys are those that tokens are signed with.
func (s *Store) Keys() Keys { return s.keys }
