package sound

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestMicrophoneIsLookedForFirst(t *testing.T) {
	cards, runtimes := t.TempDir(), t.TempDir()
	env := map[string]string{}
	get := func(k string) string { return env[k] }
	if microphoneAt(cards, runtimes, get) {
		t.Error("a microphone where there is nothing")
	}
	if err := os.WriteFile(filepath.Join(cards, "pcmC0D0p"), nil, 0o600); err != nil || microphoneAt(cards, runtimes, get) {
		t.Error("a card that only plays is taken for a microphone")
	}
	env["PULSE_SERVER"] = "unix:/tmp/pulse"
	if !microphoneAt(cards, runtimes, get) {
		t.Error("PULSE_SERVER is passed over")
	}
	delete(env, "PULSE_SERVER")
	if err := os.WriteFile(filepath.Join(cards, "pcmC0D0c"), nil, 0o600); err != nil || !microphoneAt(cards, runtimes, get) {
		t.Error("a card that records is passed over")
	}
	dir := filepath.Join(runtimes, strconv.Itoa(os.Getuid()), "pulse")
	if err := os.MkdirAll(filepath.Join(dir, "native"), 0o700); err != nil || !microphoneAt(t.TempDir(), runtimes, get) {
		t.Error("a sound server is passed over")
	}
}
