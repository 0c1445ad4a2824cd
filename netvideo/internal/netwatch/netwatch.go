// Package netwatch notices when this machine's network changes: a link that goes or
// comes, an address, a route.
package netwatch

import (
	"context"
	"net"
	"slices"
	"time"
)

// pollEvery is how often addresses are compared where the system does not tell.
const pollEvery = time.Second

// Run calls changed after every change until ctx ends: at once on Linux, where the
// kernel tells (rtnetlink(7)), and within a second elsewhere, where addresses are
// compared. Several changes may come as one, and some change nothing that matters: look.
// changed is called on the goroutine of Run.
func Run(ctx context.Context, changed func()) {
	if !listen(ctx, changed) {
		poll(ctx, pollEvery, changed)
	}
}

// poll compares the addresses of the interfaces that are up.
func poll(ctx context.Context, every time.Duration, changed func()) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	was := up()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := up(); !slices.Equal(was, now) {
			was = now
			changed()
		}
	}
}

// up are the addresses of the interfaces that are up and have a carrier.
func up() []string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []string
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		for _, a := range addrs {
			list = append(list, i.Name+" "+a.String())
		}
	}
	slices.Sort(list)
	return list
}
