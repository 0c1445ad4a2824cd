package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cutout/game"
	"cutout/game/match"
	"cutout/game/world"
)

// A photographer takes pictures of the window at the moments of a match that are
// worth it, and writes them as PNG files in the background.
type photographer struct {
	dir  string
	game *game.Game
	// friends says whether those are there for whom the lobby's picture waits.
	friends func() bool

	taken   map[string]bool
	mu      sync.Mutex
	err     error // the first that occurred
	writing sync.WaitGroup
}

// newPhotographer makes the folder.
func newPhotographer(dir string, g *game.Game) (*photographer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for pictures: %w", err)
	}
	return &photographer{dir: dir, game: g, taken: map[string]bool{}}, nil
}

// follow looks once a tick whether there is something to take.
func (p *photographer) follow(_ time.Duration, _ []match.Event, s *world.State) {
	past := func(thousandths int) bool {
		return s.PhaseLength > 0 && s.PhaseTicks*1000 >= s.PhaseLength*thousandths
	}
	wall := fmt.Sprintf("wall-%02d", s.Wall+1)
	switch {
	case s.Phase == world.Lobby && p.friends != nil && p.friends():
		p.take("lobby")
	case s.Phase == world.Countdown && past(500):
		p.take("countdown")
	case s.Phase == world.Approach && past(930):
		p.take(wall + "-close")
	case s.Phase == world.Approach && past(500):
		p.take(wall + "-approaching")
	case s.Phase == world.Impact && past(750) && s.Wall+1 == s.Walls:
		p.take("scoreboard")
	case s.Phase == world.Impact && past(250):
		p.take(wall + "-impact")
	case s.Phase == world.Podium && past(300):
		p.take("podium")
	}
}

// has says whether the picture of that name was taken.
func (p *photographer) has(name string) bool { return p.taken[name] }

// take takes a picture once.
func (p *photographer) take(name string) {
	if p.taken[name] {
		return
	}
	file := filepath.Join(p.dir, name+".png")
	p.writing.Add(1)
	asked := p.game.Shoot(func(picture *image.RGBA) {
		go func() {
			defer p.writing.Done()
			if err := writePNG(file, picture); err != nil {
				p.mu.Lock()
				defer p.mu.Unlock()
				if p.err == nil {
					p.err = err
				}
			}
		}()
	})
	if !asked {
		p.writing.Done()
	}
	p.taken[name] = asked
}

// trouble is the first error of a picture that was written so far.
func (p *photographer) trouble() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// close waits until every picture is written, and returns the first error. Frames
// which the window did not draw any more are given up.
func (p *photographer) close() error {
	written := make(chan struct{})
	go func() {
		p.writing.Wait()
		close(written)
	}()
	select {
	case <-written:
	case <-time.After(5 * time.Second):
		return errors.Join(p.trouble(), errors.New("the window closed before its last picture was taken"))
	}
	return p.trouble()
}

// writePNG writes a whole file or none.
func writePNG(path string, picture image.Image) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".shot-*")
	if err != nil {
		return fmt.Errorf("save a picture: %w", err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err = encoder.Encode(f, picture)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}
