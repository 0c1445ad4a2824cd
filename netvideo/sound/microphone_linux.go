package sound

import (
	"os"
	"path/filepath"
	"strconv"
)

// microphoneLikely looks whether there is a sound server or a card that records at
// all: without either, ALSA's library complains on standard error at length.
func microphoneLikely() bool { return microphoneAt("/dev/snd", "/run/user", os.Getenv) }

func microphoneAt(cards, runtimes string, env func(string) string) bool {
	if env("PULSE_SERVER") != "" {
		return true
	}
	runtime := env("XDG_RUNTIME_DIR")
	if runtime == "" {
		runtime = filepath.Join(runtimes, strconv.Itoa(os.Getuid()))
	}
	if _, err := os.Stat(filepath.Join(runtime, "pulse", "native")); err == nil {
		return true
	}
	inputs, _ := filepath.Glob(filepath.Join(cards, "pcm*c")) // the pattern is well formed
	return len(inputs) > 0
}
