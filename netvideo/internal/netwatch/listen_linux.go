package netwatch

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// The groups of rtnetlink(7) that are listened to: RTMGRP_LINK, RTMGRP_IPV4_IFADDR,
// RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR and RTMGRP_IPV6_ROUTE.
const groups = 0x1 | 0x10 | 0x40 | 0x100 | 0x400

// listen hears the kernel until ctx ends; false when it can not be heard, or no longer.
func listen(ctx context.Context, changed func()) bool {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, syscall.NETLINK_ROUTE)
	if err != nil {
		return false
	}
	f := os.NewFile(uintptr(fd), "rtnetlink")
	defer func() { _ = f.Close() }()
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: groups}); err != nil {
		return false
	}
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	defer stop()
	b := make([]byte, 64<<10)
	for {
		_, err := f.Read(b)
		switch {
		case ctx.Err() != nil:
			return true
		case err != nil && !errors.Is(err, syscall.ENOBUFS): // which means: there was more
			return false
		}
		changed()
	}
}
