package reach

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"

	"cutout/netvideo/door"
)

func addressesOf(hosts []string) []door.Address {
	var list []door.Address
	for _, h := range hosts {
		reach := door.ThisNetwork
		if strings.HasPrefix(h, "127.") {
			reach = door.ThisMachine
		}
		list = append(list, door.Address{URL: "http://" + h + ":7880", Reach: reach})
	}
	return list
}

const routes4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	014DA8C0	0003	0	0	100	00000000	0	0	0
eth0	004DA8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
`

const routes6 = `2a000001000200030000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`

func TestRoutes(t *testing.T) {
	if got := parseRoutes4([]byte(routes4)); got.String() != labRouter {
		t.Errorf("the IPv4 gateway is %v", got)
	}
	if got := parseRoutes6([]byte(routes6)); got.String() != "fe80::1%eth0" {
		t.Errorf("the IPv6 gateway is %v", got)
	}
	if got := parseRoutes4([]byte(strings.ReplaceAll(routes4, "0003", "0001"))); got.IsValid() {
		t.Errorf("without a gateway: %v", got)
	}
}

func FuzzRoutes(f *testing.F) {
	f.Add([]byte(routes4))
	f.Add([]byte(routes6))
	f.Add([]byte("eth0 00000000 0 3 0 0 -1 00000000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a := parseRoutes4(b); a.IsValid() && !a.Is4() {
			t.Errorf("IPv4 gateway %v", a)
		}
		if a := parseRoutes6(b); a.IsValid() && !a.Is6() {
			t.Errorf("IPv6 gateway %v", a)
		}
	})
}

// answerPCP is what a router makes of a request.
func answerPCP(request []byte, result byte) []byte {
	b := bytes.Clone(request)
	b[1] |= answerBit
	b[3] = result
	copy(b[8:24], make([]byte, 16))
	return b
}

func TestPCPMessages(t *testing.T) {
	q := mapPCP{
		nonce: [12]byte{1, 2, 3}, protocol: 17, internal: 7882, life: time.Hour,
		external: netip.MustParseAddrPort("11.22.33.44:7882"),
	}
	b := q.request(netip.MustParseAddr(labHome))
	got, result, err := parseMapPCP(answerPCP(b, 0))
	if err != nil || result != 0 || !got.answers(q) || got != q {
		t.Errorf("answer %+v, %d, %v; want %+v", got, result, err, q)
	}
	if _, result, err := parseMapPCP(answerPCP(b, 2)); err != nil || result != 2 || resultPCP(result) != "NOT_AUTHORIZED" {
		t.Errorf("refusal %d %v", result, err)
	}
	for name, bad := range map[string][]byte{
		"a request": b, "nothing": nil, "short": answerPCP(b, 0)[:59], "odd": append(answerPCP(b, 0), 0),
		"another version": append([]byte{0}, answerPCP(b, 0)[1:]...), "too long": append(answerPCP(b, 0), make([]byte, 1100)...),
	} {
		if _, _, err := parseMapPCP(bad); err == nil {
			t.Errorf("%s is taken for an answer", name)
		}
	}
	other := q
	other.nonce[0] = 9
	if got.answers(other) {
		t.Error("an answer to another request is taken for ours")
	}
}

func FuzzPCP(f *testing.F) {
	q := mapPCP{nonce: [12]byte{1}, protocol: 6, internal: 1, life: time.Hour, external: netip.MustParseAddrPort("1.2.3.4:5")}
	good := answerPCP(q.request(netip.MustParseAddr("10.0.0.1")), 0)
	f.Add(good)
	f.Add(good[:24])
	f.Add([]byte{0, 0x81, 0, 1, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0xff}, 1100))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, result, err := parseMapPCP(b)
		if err != nil || result != 0 {
			return
		}
		again, _, err := parseMapPCP(answerPCP(m.request(netip.MustParseAddr("10.0.0.1")), 0))
		if err != nil || again != m {
			t.Errorf("read %+v, written and read again %+v, %v", m, again, err)
		}
	})
}

func FuzzSTUN(f *testing.F) {
	q := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	a := stun.MustBuild(stun.NewTransactionIDSetter(q.TransactionID), stun.BindingSuccess, &stun.XORMappedAddress{IP: []byte{11, 22, 33, 44}, Port: 5})
	f.Add(a.Raw, q.TransactionID[:])
	f.Add(q.Raw, q.TransactionID[:])
	f.Fuzz(func(t *testing.T, b, id []byte) {
		var want [stun.TransactionIDSize]byte
		copy(want[:], id)
		if got := parseSTUN(b, want); got.IsValid() && got.Is4In6() {
			t.Errorf("address %v", got)
		}
	})
}
