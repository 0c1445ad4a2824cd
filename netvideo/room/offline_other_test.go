//go:build !linux

package room

import "os/exec"

func offline(*exec.Cmd) bool { return false }
