package server

import (
	"os"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func askToEnd(p *os.Process) { _ = p.Kill() }

func kill(p *os.Process) { _ = p.Kill() }
