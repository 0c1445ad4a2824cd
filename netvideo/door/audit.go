package door

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
)

// Limits of the audit.
const (
	maxAuditFile = 4 << 20 // then it becomes the one before, and that one goes
	maxAuditLine = 8 << 10
	sharedAudit  = 20_000 // lines that doors keep in common
	maxUnwritten = 1000   // acts that wait for the disk; older ones are lost
	// MaxAudit is the most acts that are read at once.
	MaxAudit = 1000
)

// An audit keeps acts, one line of JSON each, in a file and the one before it. Without
// a path it keeps the newest in memory.
type audit struct {
	path   string
	shared Shared // instead of the file

	mu        sync.Mutex
	unwritten []Act // all, without a path
}

func openAudit(state string) *audit {
	if state == "" {
		return &audit{}
	}
	return &audit{path: state + ".audit"}
}

// add writes an act down, and reports whether it is on the disk.
func (a *audit) add(act Act) (durable bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unwritten = append(a.unwritten, act)
	if over := len(a.unwritten) - maxUnwritten; over > 0 {
		a.unwritten = slices.Delete(a.unwritten, 0, over)
	}
	return a.write() == nil
}

// flush tries again to write what could not be written.
func (a *audit) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.write() // it stays unwritten
}

func (a *audit) write() error {
	if a.shared != nil {
		return a.share()
	}
	if a.path == "" || len(a.unwritten) == 0 {
		return nil
	}
	var lines bytes.Buffer
	for _, act := range a.unwritten {
		line, err := json.Marshal(act)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	var last [1]byte
	if err == nil && info.Size() > 0 {
		// A write that a full disk cut short has left half a line.
		if _, err = f.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte{'\n'})
		}
	}
	if err == nil {
		_, err = f.Write(lines.Bytes())
	}
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	a.unwritten = nil
	if info.Size()+int64(lines.Len()) > maxAuditFile {
		return os.Rename(a.path, a.path+".1")
	}
	return nil
}

// share appends to the doors' common audit what is not there yet.
func (a *audit) share() error {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	for len(a.unwritten) > 0 {
		line, err := json.Marshal(a.unwritten[0])
		if err == nil {
			err = a.shared.Append(ctx, line)
		}
		if err != nil {
			return err
		}
		a.unwritten = a.unwritten[1:]
	}
	return nil
}

// tail hands on the doors' common audit.
func (a *audit) tail(keep func(Act)) error {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTime)
	defer cancel()
	lines, err := a.shared.Tail(ctx, sharedAudit)
	if err != nil {
		return unreachable(err)
	}
	for _, line := range lines {
		var act Act
		if json.Unmarshal(line, &act) == nil {
			keep(act)
		}
	}
	return nil
}

// read returns the newest acts of a session (of all when that is empty), newest first.
func (a *audit) read(session string, limit int) ([]Act, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	acts := []Act{}
	keep := func(act Act) {
		if session == "" || act.Session == session {
			acts = append(acts, act)
		}
		if len(acts) >= 2*limit {
			acts = slices.Delete(acts, 0, len(acts)-limit)
		}
	}
	if a.shared != nil {
		if err := a.tail(keep); err != nil {
			return nil, err
		}
	}
	if a.path != "" {
		for _, path := range []string{a.path + ".1", a.path} {
			if err := readActs(path, keep); err != nil {
				return nil, err
			}
		}
	}
	for _, act := range a.unwritten {
		keep(act)
	}
	acts = acts[max(0, len(acts)-limit):]
	slices.Reverse(acts)
	return acts, nil
}

// readActs hands on every whole line of a file that may not exist.
func readActs(path string, keep func(Act)) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewReaderSize(f, maxAuditLine)
	for whole := true; ; {
		line, err := lines.ReadSlice('\n')
		var act Act
		if whole && err == nil && json.Unmarshal(line, &act) == nil && act.Act != "" {
			keep(act)
		}
		whole = !errors.Is(err, bufio.ErrBufferFull) // what is longer is not ours
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && whole:
			return err
		}
	}
}
