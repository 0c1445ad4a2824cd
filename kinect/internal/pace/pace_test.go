package pace

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpeed(t *testing.T) {
	for asked, want := range map[float64]float64{0: 1, 1: 1, 0.01: 0.01, 100: 100, 2.5: 2.5} {
		if got, err := Speed(asked); err != nil || got != want {
			t.Errorf("%g became %g, %v", asked, got, err)
		}
	}
	for _, asked := range []float64{-1, 0.009, 100.1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, err := Speed(asked); err == nil {
			t.Errorf("%g became %g", asked, got)
		}
	}
}

func TestWait(t *testing.T) {
	const later = time.Hour
	for name, c := range map[string]struct {
		until         time.Duration
		closed, ended bool
		want          error
	}{
		"later":            {until: later},
		"now":              {},
		"long ago":         {until: -later},
		"closed":           {until: later, closed: true, want: io.EOF},
		"closed, long ago": {until: -later, closed: true, want: io.EOF},
		"ended":            {until: later, ended: true, want: context.Canceled},
		"ended, long ago":  {until: -later, ended: true, want: context.Canceled},
		"ended and closed": {until: later, ended: true, closed: true, want: io.EOF},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			closed := make(chan struct{})
			if c.ended {
				cancel()
			}
			if c.closed {
				close(closed)
			}
			start, took := time.Now(), time.Duration(0)
			if c.want == nil {
				took = max(0, c.until)
			}
			if err := Wait(ctx, start.Add(c.until), closed); !errors.Is(err, c.want) || time.Since(start) != took {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
		})
	}
}

// TestWaitInterrupted ends the waiting in its middle.
func TestWaitInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := Wait(ctx, start.Add(time.Hour), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		closed := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(closed) })
		if err := Wait(context.Background(), start.Add(time.Hour), closed); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("it waited %v", d)
		}
	})
}
