package netvideo

import (
	"strings"
	"testing"
	"time"
)

func TestVouched(t *testing.T) {
	now := time.UnixMilli(time.Now().UnixMilli())
	v := Vouched{Role: Publisher, Data: `{"team":"blue"}`, Native: true, Joined: now.UnixMilli()}
	m, err := v.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := ParseVouched(m)
	if !ok || got != v {
		t.Errorf("%s came back as %+v", m, got)
	}
	want := Connection{ID: "7", Name: "Ada", Data: v.Data, Role: Publisher, Native: true, Joined: now}
	if c := got.Connection("7", "Ada"); c != want {
		t.Errorf("connection %+v, want %+v", c, want)
	}
	for _, bad := range []Vouched{{}, {Role: "king"}, {Role: Publisher, Data: strings.Repeat("x", 1001)}} {
		if m, err := bad.Metadata(); err == nil {
			t.Errorf("%s was made", m)
		}
	}
}

// TestBadRoleNamesThoseThereAre: whoever mistyped one reads all four.
func TestBadRoleNamesThoseThereAre(t *testing.T) {
	_, err := Vouched{Role: "king"}.Metadata()
	if want := `"king" is no role: subscriber, publisherOnly, publisher and moderator are`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func FuzzParseVouched(f *testing.F) {
	f.Add(`{"role":"publisher","data":"x","bot":true,"native":true,"joined":1}`)
	f.Add(`{"role":"king"}`)
	f.Add(`null`)
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := ParseVouched(s)
		if !v.Role.Valid() || (!ok && v != Vouched{Role: Subscriber}) {
			t.Fatalf("%q: %+v %v", s, v, ok)
		}
		if ok {
			m, err := v.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			if back, ok := ParseVouched(m); !ok || back != v {
				t.Fatalf("%q: %+v, then %+v", s, v, back)
			}
		}
	})
}
