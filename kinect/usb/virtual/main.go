package virtual

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// Main makes a bus of two Kinects, one of them plugged in, and runs this very test
// program again as a child that has it instead of the machine's own; in the child
// it calls run. It never returns: the process exits with what run or the child
// said. Call it first in TestMain.
func Main(run func() int) {
	if os.Getenv(dirVariable) != "" {
		os.Exit(run())
	}
	code, err := runChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, "virtual Kinect:", err)
		code = 1
	}
	os.Exit(code)
}

func runChild() (int, error) {
	dir, err := os.MkdirTemp("", "virtual-kinect-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	bus, err := New(dir, 2)
	if err != nil {
		return 0, err
	}
	defer bus.Close()
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	runtime.LockOSThread() // Pdeathsig watches the thread that started the child
	defer runtime.UnlockOSThread()
	child := exec.Command(self, os.Args[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), bus.Env()...)
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil
	}
	return 0, err
}
