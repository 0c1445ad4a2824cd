package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// jsonLines writes one JSON object a line, each with the seconds since start as
// "t". A nil *jsonLines swallows what it is given. Any goroutine may write.
type jsonLines struct {
	mu    sync.Mutex
	out   io.WriteCloser
	start time.Time
	err   error // the first that occurred; later lines are given up
}

// openLines creates the file and the folders above it. An empty path gives nil.
func openLines(path string, start time.Time) (*jsonLines, error) {
	if path == "" {
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", path, err)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return &jsonLines{out: f, start: start}, nil
}

// write adds one line made of the fields and the time.
func (l *jsonLines) write(fields map[string]any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	fields["t"] = round(time.Since(l.start).Seconds(), 3)
	line, err := json.Marshal(fields)
	if err == nil {
		_, err = l.out.Write(append(line, '\n'))
	}
	l.err = err
}

// event adds a line with an "event" name.
func (l *jsonLines) event(name string, fields map[string]any) {
	if l == nil {
		return
	}
	if fields == nil {
		fields = map[string]any{}
	}
	fields["event"] = name
	l.write(fields)
}

// close returns the first error there was.
func (l *jsonLines) close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.out.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}

// round keeps so many decimals: logs are read by people too.
func round(v float64, decimals int) float64 {
	scale := 1.0
	for range decimals {
		scale *= 10
	}
	if v < 0 {
		return float64(int64(v*scale-0.5)) / scale
	}
	return float64(int64(v*scale+0.5)) / scale
}
