// Command bodytrain grows the forest of kinect/body/forest on mannequin's made-up
// people, and measures it on others. The same settings give the same file. A training
// that was stopped goes on where it was when started again.
package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"cutout/kinect/body/forest"
)

func main() {
	s := usual()
	out := pflag.StringP("out", "o", "trees.bin", "file to write the forest to")
	check := pflag.Int("measure", 200, "shots, not trained on, to measure the forest by")
	only := pflag.String("only", "", "measure this forest and train none")
	pflag.Uint64Var(&s.Seed, "seed", s.Seed, "of everything made up")
	pflag.IntVar(&s.Shots, "shots", s.Shots, "shots to train on")
	pflag.IntVar(&s.Variants, "variants", s.Variants, "examples made of each person in a shot")
	pflag.IntVar(&s.Samples, "samples", s.Samples, "cells of an example")
	pflag.IntVar(&s.Trees, "trees", s.Trees, "trees to grow")
	pflag.IntVar(&s.Depth, "depth", s.Depth, "questions a cell is asked at most")
	pflag.IntVar(&s.Candidates, "candidates", s.Candidates, "questions to choose one from")
	pflag.IntVar(&s.Judges, "judges", s.Judges, "samples that judge a question, at most")
	pflag.IntVar(&s.Leaf, "leaf", s.Leaf, "samples of a leaf, at least")
	pflag.IntVar(&s.Votes, "votes", s.Votes, "votes of a leaf, at most")
	pflag.Parse()
	err := run(s, *out, *only, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bodytrain:", err)
		os.Exit(1)
	}
}

func run(s Settings, out, only string, check int) error {
	name := only
	if only == "" {
		name = out
		if err := train(s, out, people, os.Stderr); err != nil {
			return err
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := forest.Parse(b)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	fmt.Printf("%s: %d bytes; the best of each joint's places in %d shots not trained on:\n", name, len(b), check)
	report(os.Stdout, errorsOf(f, check, s.Seed, people))
	return nil
}

// train writes the forest of the settings to a file; beside it lies a checkpoint until
// it is done.
func train(s Settings, out string, from source, log io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	done, err := resume(out+".checkpoint", s)
	if err != nil {
		return err
	}
	p := newProgress(log)
	c := gather(s, from, func(n int) { p.show("making people", n, s.Shots) })
	fmt.Fprintf(log, "\n%d examples, %d samples\n", len(c.examples), len(c.samples))
	p = newProgress(log)
	levels := s.Trees * (s.Depth + 1)
	g := &grower{
		Settings: s, corpus: c,
		tell: func(tree, level, nodes int) {
			p.show(fmt.Sprintf("tree %d, level %d, %d nodes", tree+1, level, nodes), tree*(s.Depth+1)+level, levels)
		},
		save: func(done []planted) error { return keep(out+".checkpoint", s, done) },
	}
	trees, err := g.growAll(done)
	if err != nil {
		return err
	}
	if _, err := forest.New(trees); err != nil {
		return fmt.Errorf("growing a forest: %w", err)
	}
	fmt.Fprintln(log)
	if err := os.WriteFile(out, forest.Encode(trees), 0o644); err != nil {
		return err
	}
	return os.Remove(out + ".checkpoint")
}

// progress shows how far a stage is and how long it will take, once a second at most.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	started time.Time
	shown   time.Time
}

func newProgress(w io.Writer) *progress { return &progress{w: w, started: time.Now()} }

func (p *progress) show(what string, done, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.shown) > time.Second && done > 0 {
		p.shown = now
		gone := now.Sub(p.started)
		left := gone * time.Duration(of-done) / time.Duration(done)
		fmt.Fprintf(p.w, "\r%s: %d of %d, %v gone, about %v left   ", what, done, of, gone.Round(time.Second), left.Round(time.Second))
	}
}
