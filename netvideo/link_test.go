package netvideo_test

import (
	"strings"
	"testing"

	"cutout/netvideo"
)

func TestParseLink(t *testing.T) {
	for _, c := range []struct{ in, base, code string }{
		{"http://192.168.1.20:7880/r/k7xm9q2ptw4z", "http://192.168.1.20:7880", "k7xm9q2ptw4z"},
		{"  https://Example.ORG/r/K7XM9Q2PTW4Z/\n", "https://example.org", "k7xm9q2ptw4z"},
		{"HTTP://localhost:7880/r/abcdef?utm_source=chat#x", "http://localhost:7880", "abcdef"},
		{"http://[2001:db8::1]:80/r/abcdef", "http://[2001:db8::1]:80", "abcdef"},
		{"http://[2001:db8::1]/r/abcdef", "http://[2001:db8::1]", "abcdef"},
		{"http://[fe80::1%25eth0]:7880/r/abcdef", "http://[fe80::1%25eth0]:7880", "abcdef"},
	} {
		l, err := netvideo.ParseLink(c.in)
		if err != nil || l.Base != c.base || l.Code != c.code {
			t.Errorf("ParseLink(%q) = %+v, %v; want %s and %s", c.in, l, err, c.base, c.code)
		}
	}
}

func TestParseLinkErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                                          "empty",
		"hello":                                     "not a link",
		"192.168.1.20:7880/r/abcdef":                "not a link",
		"ftp://host/r/abcdef":                       "not a link",
		"http:///r/abcdef":                          "no host",
		"http://:7880/r/abcdef":                     "no host",
		"http://host:/r/abcdef":                     "port is missing",
		"http://host:0/r/abcdef":                    "port",
		"http://host:70000/r/abcdef":                "port",
		"http://host:port/r/abcdef":                 "not a link",
		"http://me:pw@host/r/abcdef":                "user name",
		"http://host":                               "no invite code",
		"http://host/r/":                            "no invite code",
		"http://host/room/abcdef":                   "no invite code",
		"http://host/r/abc":                         "letters and digits",
		"http://host/r/abc%20def":                   "letters and digits",
		"http://host/r/abcdef/more":                 "letters and digits",
		"http://ho st/r/abcdef":                     "not a link",
		"http://h%25st/r/abcdef":                    "not a",
		"http://host/r/" + strings.Repeat("a", 65):  "letters and digits",
		"http://host/r/" + strings.Repeat("a", 600): "longer than",
	} {
		l, err := netvideo.ParseLink(in)
		if err == nil {
			t.Errorf("ParseLink(%q) = %+v, want an error", in, l)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("ParseLink(%q): %v; want it to say %q", in, err, want)
		}
	}
}

// FuzzParseLink: no input panics, and what is accepted is in its plainest form: it
// parses again to itself.
func FuzzParseLink(f *testing.F) {
	for _, s := range []string{
		"http://192.168.1.20:7880/r/k7xm9q2ptw4z", "https://example.org/r/ABCDEF/", "http://[fe80::1%25eth0]:7880/r/abcdef",
		"http://[::1]/r/abcdef?x#y", "http://host:65535/r/abcdef", "http://:1/r/abcdef", "//host/r/abcdef", "http://a:b@c/r/abcdef", "http://%41/r/abcdef",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := netvideo.ParseLink(s)
		if err != nil {
			return
		}
		again, err := netvideo.ParseLink(l.String())
		if err != nil || again != l {
			t.Fatalf("%q gave %+v, which reads back as %+v, %v", s, l, again, err)
		}
	})
}
