package door_test

import (
	"path/filepath"
	"testing"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// BenchmarkCheck is what every join and reconnect costs at the door.
func BenchmarkCheck(b *testing.B) {
	s := open(b, "")
	p, err := s.Mint(door.PassRequest{Session: session(b, s, door.ManyToMany), Role: netvideo.Publisher})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Check(p.Token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedeem with counted uses waits for the disk; without, nothing is written.
func BenchmarkRedeem(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "state.json"))
	id := session(b, s, door.ManyToMany)
	for name, uses := range map[string]int{"counted": 1_000_000, "any number": 0} {
		i := invite(b, s, door.InviteRequest{Session: id, Uses: uses})
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Redeem(i.Code, door.Who{Name: "Ada"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
