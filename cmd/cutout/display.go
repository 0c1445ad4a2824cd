package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// hasDisplay says whether there is a desktop to open a window on.
func hasDisplay() bool {
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// startVirtualDisplay starts an X server without a screen, points DISPLAY at it,
// and returns what ends it.
func startVirtualDisplay(ctx context.Context) (stop func(), err error) {
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, hint(errors.New("playing off-screen needs Xvfb, and it is not installed"),
			"apt-get install xvfb")
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	defer read.Close()
	server := exec.Command(path, "-displayfd", "3", "-screen", "0", "1280x720x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		write.Close()
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	write.Close()
	stop = func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}
	number, err := readDisplayNumber(ctx, read)
	if err != nil {
		stop()
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	os.Setenv("DISPLAY", ":"+number)
	// Ebitengine prefers GLES through EGL, which costs 9 ms more a frame on Xvfb;
	// with this variable it takes desktop GL.
	os.Setenv("SteamEnv", "1")
	// Mesa's software rendering takes every core there is, in bursts that keep
	// everything else waiting; one thread draws as much in the long run.
	if os.Getenv("LP_NUM_THREADS") == "" {
		os.Setenv("LP_NUM_THREADS", "1")
	}
	return stop, nil
}

// readDisplayNumber waits for the line by which Xvfb says that it is ready.
func readDisplayNumber(ctx context.Context, pipe *os.File) (string, error) {
	_ = pipe.SetReadDeadline(time.Now().Add(15 * time.Second))
	defer context.AfterFunc(ctx, func() { _ = pipe.SetReadDeadline(time.Unix(1, 0)) })()
	line := make([]byte, 0, 8)
	buf := make([]byte, 8)
	for len(line) < 16 {
		n, err := pipe.Read(buf)
		line = append(line, buf[:n]...)
		if number, found := strings.CutSuffix(string(line), "\n"); found {
			return strings.TrimSpace(number), nil
		}
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.Is(err, io.EOF):
			return "", errors.New("it ended at once")
		case err != nil:
			return "", err
		}
	}
	return "", errors.New("it gave no display number")
}
