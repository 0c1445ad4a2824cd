package audio

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestDeviceAt(t *testing.T) {
	dir := t.TempDir()
	touch := func(parts ...string) string {
		name := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	touch("card", "pcmC0D0p")
	touch("microphone", "pcmC0D0c")
	touch("session", "pulse", "native")
	touch("run", strconv.Itoa(os.Getuid()), "pulse", "native")
	for _, c := range []struct {
		name, cards, runtimes string
		env                   map[string]string
		want                  bool
	}{
		{"nothing", "none", "none", nil, false},
		{"card", "card", "none", nil, true},
		{"microphone only", "microphone", "none", nil, false},
		{"server by name", "none", "none", map[string]string{"PULSE_SERVER": "unix:/x"}, true},
		{"server of the session", "none", "none", map[string]string{"XDG_RUNTIME_DIR": filepath.Join(dir, "session")}, true},
		{"server of the user", "none", "run", nil, true},
	} {
		env := func(name string) string { return c.env[name] }
		if got := deviceAt(filepath.Join(dir, c.cards), filepath.Join(dir, c.runtimes), env); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
