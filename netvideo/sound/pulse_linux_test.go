package sound

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The microphone is tried on a real sound server, PulseAudio, with a sink that nobody
// hears: what is played into it is what its monitor, taken for a microphone, hears.
func TestMicrophoneOnPulseAudio(t *testing.T) {
	for _, tool := range []string{"pulseaudio", "pacat", "pactl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	socket := "unix:" + filepath.Join(dir, "socket")
	for k, v := range map[string]string{"PULSE_SERVER": socket, "HOME": dir, "XDG_RUNTIME_DIR": dir, "PULSE_COOKIE": filepath.Join(dir, "cookie")} {
		t.Setenv(k, v)
	}
	start(t, nil, "pulseaudio", "--daemonize=no", "-n", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no",
		"-L", "module-null-sink", "-L", "module-native-protocol-unix auth-anonymous=1 socket="+filepath.Join(dir, "socket"))
	for end := time.Now().Add(time.Minute); exec.Command("pactl", "info").Run() != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Skip("PulseAudio does not start here")
		}
	}
	start(t, sine(523), "pacat", "--format=float32le", "--rate=48000", "--channels=1", "--latency-msec=40")

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var last []float32 // left and right, as tone wants it
	frames := 0
	err := Microphone(ctx, func(pcm []float32) {
		if len(pcm) != FrameSamples {
			t.Errorf("a frame of %d samples", len(pcm))
		}
		for _, v := range pcm {
			last = append(last, v, v)
		}
		last = last[max(0, len(last)-SampleRate):]
		frames++
		if rms, share := tone(last, 523); len(last) == SampleRate && rms > 0.1 && share > 0.95 {
			t.Logf("523 Hz heard after %d frames: loudness %.3f, %.0f %% of it", frames, rms, share*100)
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if context.Cause(ctx) == context.DeadlineExceeded {
		rms, share := tone(last, 523)
		t.Fatalf("after %d frames the loudness is %.4f, %.2f of it at the tone", frames, rms, share)
	}
}

// start runs a program until the test ends; in feeds it, if anything does.
func start(t *testing.T, in func(f *os.File), name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var feed *os.File
	if in != nil {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdin, feed = r, w
		defer r.Close()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if in != nil {
			in(feed)
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-done
	})
}

// sine writes a tone of loudness 0.5 until nobody reads any more.
func sine(hertz float64) func(*os.File) {
	return func(f *os.File) {
		defer f.Close()
		buf := make([]byte, 4*FrameSamples)
		for n := 0; ; {
			for i := range FrameSamples {
				v := float32(0.5 * math.Sin(2*math.Pi*hertz*float64(n)/SampleRate))
				binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(v))
				n++
			}
			if _, err := f.Write(buf); err != nil {
				return
			}
		}
	}
}
