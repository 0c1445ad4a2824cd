//go:build linux

package netlab

const sysSetns = 308 // Linux, arch/x86/entry/syscalls/syscall_64.tbl
