package door

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestAddressesOrder(t *testing.T) {
	up := []ifAddr{
		{name: "lo", addr: netip.MustParseAddr("127.0.0.1")},
		{name: "lo", addr: netip.MustParseAddr("::1")},
		{name: "docker0", addr: netip.MustParseAddr("172.17.0.1")},
		{name: "wlan0", addr: netip.MustParseAddr("fe80::1")},
		{name: "wlan0", addr: netip.MustParseAddr("2606:4700::5")},
		{name: "wlan0", addr: netip.MustParseAddr("192.168.1.20")},
		{name: "eth1", addr: netip.MustParseAddr("8.8.8.7")},
	}
	for listen, want := range map[string]string{
		"[::]:7880": "http://192.168.1.20:7880 this network,http://8.8.8.7:7880 this network,http://[2606:4700::5]:7880 this network," +
			"http://172.17.0.1:7880 this network,http://127.0.0.1:7880 this machine,http://[::1]:7880 this machine",
		"0.0.0.0:80": "http://192.168.1.20:80 this network,http://8.8.8.7:80 this network," +
			"http://172.17.0.1:80 this network,http://127.0.0.1:80 this machine",
		"127.0.0.1:7880":    "http://127.0.0.1:7880 this machine",
		"192.168.1.20:7880": "http://192.168.1.20:7880 this network",
	} {
		var got []string
		for _, a := range addresses(netip.MustParseAddrPort(listen), up) {
			got = append(got, a.URL+" "+string(a.Reach))
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s:\n got %s\nwant %s", listen, strings.Join(got, ","), want)
		}
	}
	if got := addresses(netip.MustParseAddrPort("[::]:7880"), up[:2]); len(got) != 2 || got[0].Reach != ThisMachine {
		t.Errorf("without a network: %v", got)
	}
}

func TestLocalOnlyHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "::1": true, "10.1.2.3": true, "172.31.0.1": true, "fd00::1": true, "fe80::1%eth0": true, "192.0.2.2": true, "100.64.0.1": true,
		"": false, "0.0.0.0": false, "8.8.8.8": false, "172.32.0.1": false, "100.128.0.1": false, "2606:4700::1": false, "example.org": false,
	} {
		if got := LocalOnly(host); got != want {
			t.Errorf("LocalOnly(%q) = %v", host, got)
		}
	}
}

// TestLimiterIsBounded: a crowd of addresses neither fills memory nor frees the worst.
func TestLimiterIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter[netip.Prefix](func() time.Time { return now }, redeemBurst, redeemRate)
	worst := network(netip.MustParseAddr("2001:db8::1"))
	for range 20 {
		l.charge(worst, failureCosts)
	}
	if l.wait(network(netip.MustParseAddr("2001:db8::ffff"))) == 0 {
		t.Error("another address of the same household may go on")
	}
	if l.wait(network(netip.MustParseAddr("2001:db8:0:1::1"))) != 0 {
		t.Error("another household has to wait")
	}
	for i := range 3 * maxBuckets {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		l.charge(network(a), 1)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d addresses are remembered", len(l.buckets))
	}
	if l.wait(worst) == 0 {
		t.Error("the worst was forgotten")
	}
	now = now.Add(2 * time.Minute)
	if l.wait(worst) != 0 {
		t.Error("two minutes later it still has to wait")
	}
}

func TestCodesAreUnguessable(t *testing.T) {
	seen := map[string]bool{}
	count := map[rune]int{}
	for range 5000 {
		c := newCode(12)
		if len(c) != 12 || seen[c] || strings.ContainsAny(c, "ilo01") {
			t.Fatalf("the code %q", c)
		}
		seen[c] = true
		for _, r := range c {
			count[r]++
		}
	}
	// 60,000 draws among 31: 1935 each, standard deviation 43; eight of those is far out.
	for _, r := range codeAlphabet {
		if n := count[r]; n < 1935-8*43 || n > 1935+8*43 {
			t.Errorf("%c came %d times of 60000", r, n)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Ada Lovelace": "ada-lovelace", "  ": "guest", "李雷": "guest", "Zoë!": "zo", strings.Repeat("x", 99): strings.Repeat("x", 20), "a#b c": "a-b-c",
	} {
		if got := slug(in); got != want {
			t.Errorf("slug(%q) = %q, want %q", in, got, want)
		}
	}
}
