// Package gametest lets tests draw: it runs them inside ebiten's loop, on a virtual
// X server of its own where there is no display, and makes up players to draw.
package gametest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// inner is set for the process that runs under the virtual display.
const inner = "CUTOUT_TEST_DISPLAY"

// Main runs the tests of a package and returns the exit code. Where a window can be
// opened, or Xvfb be started, they run inside the loop: pixels may be read back
// with ReadPixels. Elsewhere NeedDisplay skips, and says what is missing.
//
// Goroutines are not checked for leaks: ebiten's window keeps some of its own.
func Main(m *testing.M) int {
	runtime.LockOSThread()
	if os.Getenv("DISPLAY") != "" {
		return loop(m)
	}
	if runtime.GOOS == "linux" && os.Getenv(inner) == "" {
		code, err := underXvfb()
		if err == nil {
			return code
		}
		display.why = err.Error()
	} else {
		display.why = "there is no display"
	}
	return m.Run()
}

// display says whether the tests can draw; set before they run.
var display struct {
	draws bool
	why   string
}

// NeedDisplay skips a test that reads pixels where nothing can be drawn.
func NeedDisplay(t testing.TB) {
	t.Helper()
	if !display.draws {
		t.Skip("no display: ", display.why)
	}
}

// underXvfb runs this test program again on a virtual X server.
func underXvfb() (code int, err error) {
	server := exec.Command("Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp")
	out, err := server.StdoutPipe()
	if err != nil {
		return 0, fmt.Errorf("no display, and Xvfb does not start: %w", err)
	}
	if err := server.Start(); err != nil {
		return 0, fmt.Errorf("no display, and Xvfb does not start: %w", err)
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	timer := time.AfterFunc(20*time.Second, func() { _ = server.Process.Kill() })
	number, err := bufio.NewReader(out).ReadString('\n')
	timer.Stop()
	if err != nil {
		return 0, fmt.Errorf("no display, and Xvfb gave none: %w", err)
	}
	self := exec.Command(os.Args[0], os.Args[1:]...)
	self.Stdout, self.Stderr = os.Stdout, os.Stderr
	// SteamEnv makes ebiten take desktop OpenGL even where GLES is installed: one
	// kind of picture on all machines.
	self.Env = append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(number), inner+"=1", "SteamEnv=1")
	if err := self.Run(); err != nil && self.ProcessState == nil {
		return 0, fmt.Errorf("run the tests under Xvfb: %w", err)
	}
	return self.ProcessState.ExitCode(), nil
}

// runner is a game whose first update is the tests.
type runner struct {
	m    *testing.M
	code int
}

func (r *runner) Update() error {
	display.draws = true
	r.code = r.m.Run()
	return ebiten.Termination
}
func (r *runner) Draw(*ebiten.Image)         {}
func (r *runner) Layout(w, h int) (int, int) { return w, h }

func loop(m *testing.M) int {
	ebiten.SetWindowSize(320, 180)
	ebiten.SetWindowTitle("cutout tests")
	r := &runner{m: m, code: 1}
	err := ebiten.RunGameWithOptions(r, &ebiten.RunGameOptions{InitUnfocused: true})
	if err != nil {
		if display.draws {
			fmt.Fprintln(os.Stderr, "the window was lost:", err)
			return 1
		}
		display.why = err.Error()
		return m.Run()
	}
	return r.code
}
