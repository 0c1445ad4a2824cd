package reach

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/huin/goupnp"
	"github.com/huin/goupnp/dcps/internetgateway2"
	"github.com/huin/goupnp/httpu"
	"github.com/huin/goupnp/soap"
	"github.com/huin/goupnp/ssdp"
)

// Every router that has a later version of the device answers for version 1 too.
const igd = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"

// Errors of UPnP's WANIPConnection service, version 1, section 2.4.16.
const (
	noSuchEntry    = 714
	conflict       = 718
	permanentOnly  = 725
	searchWait     = 1500 * time.Millisecond
	maxDescription = 1 << 20
	otherTries     = 3
)

// wanConnection is what UPnP's three services that map ports have in common.
type wanConnection interface {
	AddPortMappingCtx(ctx context.Context, remoteHost string, externalPort uint16, protocol string, internalPort uint16, internalClient string, enabled bool, description string, leaseDuration uint32) error
	DeletePortMappingCtx(ctx context.Context, remoteHost string, externalPort uint16, protocol string) error
	GetSpecificPortMappingEntryCtx(ctx context.Context, remoteHost string, externalPort uint16, protocol string) (internalPort uint16, internalClient string, enabled bool, description string, leaseDuration uint32, err error)
	GetExternalIPAddressCtx(ctx context.Context) (string, error)
	GetServiceClient() *goupnp.ServiceClient
}

// A upnpAsker asks one router by UPnP.
type upnpAsker struct {
	wan  wanConnection
	here netip.Addr
	name string
}

func (a *upnpAsker) method() Method    { return UPnP }
func (a *upnpAsker) local() netip.Addr { return a.here }
func (a *upnpAsker) close()            {}

// boundedHTTP asks the router's web server: directly, once, and for no more than it
// may say.
func boundedHTTP() http.Client {
	return http.Client{
		Transport:     boundedTransport{&http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 3 * time.Second}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxDescription), res.Body}
	return res, nil
}

// findUPnP searches the network for the router. Only one on this network is believed,
// and only when it wants to be asked where it said that it is.
func findUPnP(ctx context.Context, gw, here netip.Addr, name string) (*upnpAsker, error) {
	client, err := httpu.NewHTTPUClientAddr(here.String())
	if err != nil {
		return nil, fmt.Errorf("search for the router by UPnP: %w", err)
	}
	defer func() { _ = client.Close() }()
	search, cancel := context.WithTimeout(ctx, searchWait)
	defer cancel()
	found, err := ssdp.RawSearch(search, client, igd, 2)
	if err != nil {
		return nil, fmt.Errorf("search for the router by UPnP: %w", err)
	}
	last := errors.New("no router answers to UPnP")
	for _, response := range found {
		where, err := response.Location()
		if err != nil || !believed(where, gw) {
			continue
		}
		wan, err := describe(ctx, where)
		if err == nil {
			return &upnpAsker{wan: wan, here: here, name: name}, nil
		}
		last = err
	}
	return nil, last
}

// believed reports whether a device's address can be the router's.
func believed(where *url.URL, gw netip.Addr) bool {
	a, err := netip.ParseAddr(where.Hostname())
	return err == nil && where.Scheme == "http" && (a == gw || a.IsPrivate() || a.IsLinkLocalUnicast())
}

// describe reads a router's description and picks its connection to the internet.
func describe(ctx context.Context, where *url.URL) (wanConnection, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, err
	}
	client := boundedHTTP()
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the router's description: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var root goupnp.RootDevice
	decoder := xml.NewDecoder(res.Body)
	decoder.DefaultSpace = goupnp.DeviceXMLNamespace
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("read the router's description: %w", err)
	}
	root.SetURLBase(where)
	for _, wan := range connections(&root, where) {
		service := wan.GetServiceClient()
		if service.SOAPClient.EndpointURL.Hostname() == where.Hostname() {
			service.SOAPClient.HTTPClient = boundedHTTP()
			return wan, nil
		}
	}
	return nil, errors.New("the router's description has no connection to the internet")
}

// connections are a router's services that map ports. The errors say that it has none
// of a kind.
func connections(root *goupnp.RootDevice, where *url.URL) []wanConnection {
	var all []wanConnection
	if ip2, err := internetgateway2.NewWANIPConnection2ClientsFromRootDevice(root, where); err == nil {
		for _, c := range ip2 {
			all = append(all, c)
		}
	}
	if ip1, err := internetgateway2.NewWANIPConnection1ClientsFromRootDevice(root, where); err == nil {
		for _, c := range ip1 {
			all = append(all, c)
		}
	}
	if ppp, err := internetgateway2.NewWANPPPConnection1ClientsFromRootDevice(root, where); err == nil {
		for _, c := range ppp {
			all = append(all, c)
		}
	}
	return all
}

func (a *upnpAsker) external(ctx context.Context) (netip.Addr, error) {
	s, err := a.wan.GetExternalIPAddressCtx(ctx)
	if err != nil {
		return netip.Addr{}, saidUPnP(err)
	}
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return netip.Addr{}, errNoAddress
	}
	return ip, nil
}

// codeUPnP is the number of the router's no; 0 when it is none.
func codeUPnP(err error) int {
	var fault *soap.SOAPFaultError
	if errors.As(err, &fault) {
		return fault.Detail.UPnPError.Errorcode
	}
	return 0
}

func saidUPnP(err error) error {
	var fault *soap.SOAPFaultError
	if errors.As(err, &fault) {
		return fmt.Errorf("%w: error %d %s", errRefused, fault.Detail.UPnPError.Errorcode, fault.Detail.UPnPError.ErrorDescription)
	}
	return err
}

// ask never takes a port from another machine that has it: some routers would let it.
func (a *upnpAsker) ask(ctx context.Context, p Port, suggested uint16, life time.Duration) (lease, error) {
	protocol := strings.ToUpper(string(p.Protocol))
	external := suggested
	var err error
	for range otherTries {
		if err = a.add(ctx, protocol, external, p.Port, life); err == nil {
			return lease{
				Mapping: Mapping{Port: p, External: external},
				life:    life,
				drop: func(ctx context.Context) {
					_ = a.wan.DeletePortMappingCtx(ctx, "", external, protocol) // else it ends with its lease
				},
			}, nil
		}
		if codeUPnP(err) != conflict && !errors.Is(err, errOthers) || p.Same {
			break
		}
		external = uint16(20000 + rand.IntN(10000))
	}
	return lease{}, saidUPnP(err)
}

var errOthers = fmt.Errorf("%w: another machine has the port", errRefused)

func (a *upnpAsker) add(ctx context.Context, protocol string, external, internal uint16, life time.Duration) error {
	port, client, _, _, _, err := a.wan.GetSpecificPortMappingEntryCtx(ctx, "", external, protocol)
	if err == nil && (client != a.here.String() || port != internal) {
		return errOthers
	}
	add := func(life time.Duration) error {
		return a.wan.AddPortMappingCtx(ctx, "", external, protocol, internal, a.here.String(), true, a.name, uint32(life/time.Second))
	}
	err = add(life)
	if codeUPnP(err) == permanentOnly {
		// Some routers keep mappings for ever or not at all. This one is taken back at
		// the end; after a crash it leads to a port where nobody listens.
		err = add(0)
	}
	return err
}
