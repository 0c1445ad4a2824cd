package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// checkFlags say what 'cutout doctor' looks at.
type checkFlags struct {
	room   string
	span   time.Duration
	json   bool
	window bool
}

func doctorCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what works on this machine, or on the way to a room, and what to do about the rest",
		Long: `Check what Cutout needs on this machine: a display and its OpenGL (a small window opens
for a moment), sound, microphone, Kinect, network, and how far the links of a room here
would reach.

With --room LINK, check every step of the way to a friend's room: the link, the name in
it, the port, the certificate, the server, then each way that pictures and sound can
take (UDP, TCP, relays), and for ten seconds how much the best one carries. It enters the
room twice, by one use of the link, as a guest called "Doctor".`,
		Example: `  cutout doctor
  cutout doctor --room http://192.168.1.20:7880/r/k7m2pq9x4w
  cutout doctor --json | jq -r 'select(.result!="ok") | .advice'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.window {
				return tryWindow(cmd.Context(), cmd.OutOrStdout())
			}
			if f.span < time.Second || f.span > time.Minute {
				return usage(fmt.Errorf("--for %v is out of range", f.span), "from 1s to 1m")
			}
			c := &checkup{out: cmd.OutOrStdout(), json: f.json}
			if f.room == "" {
				c.machine(cmd.Context())
				return c.verdict("this machine", f.json)
			}
			c.way(cmd.Context(), f.room, f.span)
			return c.verdict("the way to the room", f.json)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.room, "room", "", "check the way to the room of this `LINK`")
	fs.DurationVar(&f.span, "for", 10*time.Second, "how long to measure how much gets through")
	fs.BoolVar(&f.json, "json", false, "print one JSON object a step")
	fs.BoolVar(&f.window, "window", false, "open a window and say what draws in it")
	_ = fs.MarkHidden("window") // for the doctor itself; fails only for an unknown flag
	return cmd
}

// A checkup collects what is found, and prints it as it comes.
type checkup struct {
	out      io.Writer
	json     bool
	findings []finding
	err      error // of printing
}

func (c *checkup) add(f finding) {
	c.findings = append(c.findings, f)
	switch {
	case c.err != nil:
	case c.json:
		c.err = printJSON(c.out, f)
	default:
		_, c.err = io.WriteString(c.out, f.text())
	}
}

func (c *checkup) ok(step, says string, facts any) {
	c.add(finding{Step: step, Result: resultOK, Says: says, Facts: facts})
}

func (c *checkup) warn(step, says, advice string) {
	c.add(finding{Step: step, Result: resultWarning, Says: says, Advice: advice})
}

// fail ends a chain of steps: it returns false.
func (c *checkup) fail(step, says, advice string) bool {
	c.add(finding{Step: step, Result: resultFailed, Says: says, Advice: advice})
	return false
}

// verdict is the program's end: an error when a step failed.
func (c *checkup) verdict(what string, quiet bool) error {
	if c.err != nil {
		return fmt.Errorf("print what was found: %w", c.err)
	}
	var failed []string
	advice, warnings := "", 0
	for _, f := range c.findings {
		switch f.Result {
		case resultFailed:
			failed = append(failed, f.Step)
			advice = orElse(advice, f.Advice)
		case resultWarning:
			warnings++
		}
	}
	if len(failed) > 0 {
		return hint(fmt.Errorf("%s failed %d of %d steps: %s", what, len(failed), len(c.findings), strings.Join(failed, ", ")), "%s", advice)
	}
	if quiet {
		return nil
	}
	_, err := fmt.Fprintf(c.out, "\n%d steps, none failed, %d with a warning.\n", len(c.findings), warnings)
	return err
}

// oneLine is an error without what follows its first line.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// within runs f for at most so long; it must end when its context does.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("nothing for %v: %w", limit, err)
	}
	return err
}
