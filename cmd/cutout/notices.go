package main

import (
	"slices"
	"sync"
)

// notices is the one line of trouble that the screen has room for: each part of
// the program keeps its own, and the one that came last is shown. Any goroutine.
type notices struct {
	mu    sync.Mutex
	lines []notice
}

type notice struct{ about, text, hint string }

// set puts up the line about one thing, replacing what was there; an empty text
// takes it down.
func (n *notices) set(about, text, hint string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.lines, func(l notice) bool { return l.about == about })
	line := notice{about, text, hint}
	switch {
	case i >= 0 && n.lines[i] == line:
		return
	case i >= 0:
		n.lines = slices.Delete(n.lines, i, i+1)
	}
	if text != "" {
		n.lines = append(n.lines, line)
	}
}

// top is the line to show.
func (n *notices) top() (text, hint string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.lines) == 0 {
		return "", ""
	}
	l := n.lines[len(n.lines)-1]
	return l.text, l.hint
}
