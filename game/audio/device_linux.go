package audio

import (
	"os"
	"path/filepath"
	"strconv"
)

// deviceLikely looks whether there is a sound server or a sound card at all: without
// either, ALSA's library complains on standard error at length.
func deviceLikely() bool { return deviceAt("/dev/snd", "/run/user", os.Getenv) }

func deviceAt(cards, runtimes string, env func(string) string) bool {
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
	outputs, _ := filepath.Glob(filepath.Join(cards, "pcm*p")) // the pattern is well formed
	return len(outputs) > 0
}
