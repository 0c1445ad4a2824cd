package versus

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// devtools speaks the Chrome DevTools Protocol over the pipe of --remote-debugging-pipe:
// JSON, each message ended by a zero byte.
// https://chromedevtools.github.io/devtools-protocol/
type devtools struct {
	w io.WriteCloser

	mu      sync.Mutex
	next    int
	waiting map[int]chan<- reply
	gone    error // set once nothing more will come
}

type reply struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// errBrowserGone is the answer of a browser that has ended.
var errBrowserGone = errors.New("the browser has ended")

// newDevtools reads answers until the browser closes its end.
func newDevtools(r io.Reader, w io.WriteCloser, running *sync.WaitGroup) *devtools {
	d := &devtools{w: w, waiting: map[int]chan<- reply{}}
	running.Go(func() { d.read(bufio.NewReader(r)) })
	return d
}

func (d *devtools) read(r *bufio.Reader) {
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			break
		}
		var a reply
		if json.Unmarshal(text[:len(text)-1], &a) != nil || a.ID == 0 {
			continue // an event
		}
		d.mu.Lock()
		if c := d.waiting[a.ID]; c != nil {
			c <- a
			delete(d.waiting, a.ID)
		}
		d.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = errBrowserGone
	for _, c := range d.waiting {
		close(c)
	}
	clear(d.waiting)
}

// do calls a method; session is empty for the browser itself.
func (d *devtools) do(ctx context.Context, session, method string, params, result any) error {
	answer := make(chan reply, 1)
	d.mu.Lock()
	d.next++
	id, gone := d.next, d.gone
	if gone == nil {
		d.waiting[id] = answer
	}
	d.mu.Unlock()
	if gone != nil {
		return gone
	}
	text, err := json.Marshal(struct {
		ID        int    `json:"id"`
		Method    string `json:"method"`
		Params    any    `json:"params,omitempty"`
		SessionID string `json:"sessionId,omitempty"`
	}{id, method, params, session})
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if _, err := d.w.Write(append(text, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, errBrowserGone)
	}
	select {
	case a, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: %w", method, errBrowserGone)
		case a.Error != nil:
			return fmt.Errorf("%s: %s", method, a.Error.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(a.Result, result)
	case <-ctx.Done():
		d.mu.Lock()
		delete(d.waiting, id)
		d.mu.Unlock()
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// page finds the browser's one page and attaches to it.
func (d *devtools) page(ctx context.Context) (session string, err error) {
	var targets struct {
		TargetInfos []struct {
			TargetID string `json:"targetId"`
			Type     string `json:"type"`
		} `json:"targetInfos"`
	}
	if err := d.do(ctx, "", "Target.getTargets", nil, &targets); err != nil {
		return "", err
	}
	for _, t := range targets.TargetInfos {
		if t.Type == "page" {
			var attached struct {
				SessionID string `json:"sessionId"`
			}
			err := d.do(ctx, "", "Target.attachToTarget", map[string]any{"targetId": t.TargetID, "flatten": true}, &attached)
			return attached.SessionID, err
		}
	}
	return "", errors.New("the browser has no page")
}

// evaluate runs an expression in the page, waits for its promise, and reads its value.
func (d *devtools) evaluate(ctx context.Context, session, expression string, result any) error {
	var r struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := d.do(ctx, session, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if err != nil {
		return err
	}
	if r.Exception != nil {
		return fmt.Errorf("the page: %s %.300s", r.Exception.Text, r.Exception.Exception.Description)
	}
	if result == nil || len(r.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(r.Result.Value, result)
}
