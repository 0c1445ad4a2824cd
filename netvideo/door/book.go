package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cutout/netvideo"
)

// state is all that a door knows. A state that a book has handed out never changes:
// a change makes another one.
type state struct {
	Version  int                `json:"version"`
	Key      string             `json:"key,omitempty"`
	Secret   string             `json:"secret,omitempty"`
	Sessions map[string]Session `json:"sessions"`
	Invites  map[string]Invite  `json:"invites"`
	// The keys of these are session/family; see family.
	Bans     map[string]Ban           `json:"bans,omitempty"`
	Roles    map[string]netvideo.Role `json:"roles,omitempty"`    // handed over since the pass was made
	Siblings map[string]int           `json:"siblings,omitempty"` // passes made beside the first
	// Used are the single-use passes that were used, by session/identity.
	Used map[string]use `json:"used,omitempty"`
	// Mutings are the sessions' by their ids.
	Mutings map[string]muting `json:"mutings,omitempty"`

	// Revoked is what bans were in files of older programs: until when.
	Revoked map[string]time.Time `json:"revoked,omitempty"`
}

// A use is what became of a single-use pass.
type use struct {
	Until time.Time `json:"until"` // then the pass has expired
	Left  bool      `json:"left,omitempty"`
}

const (
	stateVersion = 1
	maxStateFile = 64 << 20
)

// A book keeps the state: in memory for whoever reads, and in one file that is always
// whole. Its methods may be called from any goroutine; readers never wait for the disk.
type book struct {
	path    string // empty: memory only
	lock    io.Closer
	current atomic.Pointer[state]

	turn   sync.Mutex // who changes
	behind atomic.Bool

	// Of a state that several doors have, instead of the file.
	shared  Shared
	version atomic.Int64
	owed    []func(*state) error // what must hold and could not be shared yet
}

// openBook reads the file at path, or starts one. One process at a time: ErrStateInUse.
func openBook(path string) (*book, error) {
	b := &book{path: path}
	var data []byte
	if path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		var err error
		if b.lock, err = lockFile(path + ".lock"); err != nil {
			return nil, err
		}
		if data, err = readState(path); err != nil {
			b.close()
			return nil, err
		}
	}
	st, err := parseState(data)
	if err != nil {
		b.close()
		return nil, err
	}
	b.current.Store(&st)
	return b, nil
}

func (b *book) close() {
	if b.lock != nil {
		_ = b.lock.Close()
	}
}

// read is the state as it is.
func (b *book) read() *state { return b.current.Load() }

// change applies f to a copy of the state, writes it, and only then makes it the state.
// When f or the disk says no, nothing has changed.
func (b *book) change(f func(*state) error) error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.shared != nil {
		return b.swap(context.Background(), f)
	}
	next, err := b.next(f)
	if err == nil {
		err = b.write(next)
	}
	if err == nil {
		b.current.Store(next)
	}
	return err
}

// enforce is change for what must hold at once, written or not: durable is false when
// the disk said no. It is written with the next change, or by catchUp.
func (b *book) enforce(f func(*state) error) (durable bool, err error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	if b.shared != nil {
		err := b.swap(context.Background(), f)
		var no *Error
		if errors.As(err, &no) && no.Code == CodeUnavailable {
			return false, b.owe(f)
		}
		return err == nil, err
	}
	next, err := b.next(f)
	if err != nil {
		return false, err
	}
	b.current.Store(next)
	err = b.write(next)
	b.behind.Store(err != nil)
	return err == nil, nil
}

// catchUp writes what could not be written before.
func (b *book) catchUp() {
	if !b.behind.Load() {
		return
	}
	if b.shared != nil {
		_ = b.refresh(context.Background())
		return
	}
	b.turn.Lock()
	defer b.turn.Unlock()
	_ = b.write(b.read()) // its failure is what behind says
}

// next is the state after f. Its maps are its own.
func (b *book) next(f func(*state) error) (*state, error) {
	next := *b.read()
	next.Sessions = maps.Clone(next.Sessions)
	next.Invites = maps.Clone(next.Invites)
	next.Bans = maps.Clone(next.Bans)
	next.Roles = maps.Clone(next.Roles)
	next.Siblings = maps.Clone(next.Siblings)
	next.Used = maps.Clone(next.Used)
	next.Mutings = maps.Clone(next.Mutings)
	return &next, f(&next)
}

func (b *book) write(st *state) error {
	if b.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	if err := writeFile(b.path, append(data, '\n')); err != nil {
		no := refuse(CodeDiskFull, "the server could not write its state down; its disk may be full")
		no.cause = err
		return no
	}
	b.behind.Store(false)
	return nil
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
	made(&st.Sessions)
	made(&st.Invites)
	made(&st.Bans)
	made(&st.Roles)
	made(&st.Siblings)
	made(&st.Used)
	made(&st.Mutings)
	for key, until := range st.Revoked {
		if session, identity, ok := splitKey(key); ok {
			st.Bans[session+"/"+family(identity)] = Ban{ID: family(identity), By: keyHolder, At: until.Add(-MaxLife), Until: until}
		}
	}
	st.Revoked = nil
	return st, nil
}

func made[K comparable, V any](m *map[K]V) {
	if *m == nil {
		*m = map[K]V{}
	}
}

// prune forgets what has been dead for a week, or can no longer matter.
func (st *state) prune(now time.Time) {
	const keep = 7 * 24 * time.Hour
	maps.DeleteFunc(st.Invites, func(_ string, i Invite) bool { return now.Sub(i.Expires) > keep })
	maps.DeleteFunc(st.Bans, func(_ string, b Ban) bool { return now.After(b.Until) })
	maps.DeleteFunc(st.Used, func(_ string, u use) bool { return now.After(u.Until) })
	maps.DeleteFunc(st.Sessions, func(_ string, s Session) bool { return !s.Ended.IsZero() && now.Sub(s.Ended) > MaxLife })
	gone := func(key string) bool {
		session, _, _ := splitKey(key)
		_, ok := st.Sessions[session]
		return !ok
	}
	maps.DeleteFunc(st.Roles, func(key string, _ netvideo.Role) bool { return gone(key) })
	maps.DeleteFunc(st.Siblings, func(key string, _ int) bool { return gone(key) })
	maps.DeleteFunc(st.Mutings, func(session string, _ muting) bool { return gone(session + "/") })
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
