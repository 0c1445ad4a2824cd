package server

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the child, and kills it when the thread
// that started it ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
