//go:build linux

package netlab

const sysSetns = 268 // Linux, include/uapi/asm-generic/unistd.h
