package reach

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	natpmp "github.com/jackpal/go-nat-pmp"
)

// A natpmpAsker asks one router by NAT-PMP.
type natpmpAsker struct {
	gateway, here netip.Addr
}

func (a *natpmpAsker) method() Method    { return NATPMP }
func (a *natpmpAsker) local() netip.Addr { return a.here }
func (a *natpmpAsker) close()            {}

// client is one that gives up when ctx does.
func (a *natpmpAsker) client(ctx context.Context) *natpmp.Client {
	left := time.Second
	if end, ok := ctx.Deadline(); ok {
		left = max(time.Until(end), time.Millisecond)
	}
	return natpmp.NewClientWithTimeout(a.gateway.AsSlice(), left)
}

// said tells the router's no from its silence: the library has words for both only.
func said(err error) error {
	if strings.HasPrefix(err.Error(), "Non-zero result code 3") {
		return errNoAddress
	}
	if strings.HasPrefix(err.Error(), "Non-zero result code") {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}

func (a *natpmpAsker) external(ctx context.Context) (netip.Addr, error) {
	r, err := a.client(ctx).GetExternalAddress()
	if err != nil {
		return netip.Addr{}, said(err)
	}
	return netip.AddrFrom4(r.ExternalIPAddress), nil
}

func (a *natpmpAsker) ask(ctx context.Context, p Port, suggested uint16, life time.Duration) (lease, error) {
	r, err := a.client(ctx).AddPortMapping(string(p.Protocol), int(p.Port), int(suggested), int(life/time.Second))
	if err != nil {
		return lease{}, said(err)
	}
	if r.InternalPort != p.Port || r.MappedExternalPort == 0 || r.PortMappingLifetimeInSeconds == 0 {
		return lease{}, fmt.Errorf("%w: it gave nothing", errRefused)
	}
	return lease{
		Mapping: Mapping{Port: p, External: r.MappedExternalPort},
		life:    time.Duration(r.PortMappingLifetimeInSeconds) * time.Second,
		drop: func(ctx context.Context) {
			_, _ = a.client(ctx).AddPortMapping(string(p.Protocol), int(p.Port), 0, 0) // else it ends with its lease
		},
	}, nil
}
