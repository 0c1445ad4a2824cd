package server

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// choosePorts fills in the ports that cfg leaves open and says which is taken.
func choosePorts(cfg Config) (Info, error) {
	info := Info{Port: cfg.Port, UDP: cfg.UDP}
	tcp, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", cfg.Port))
	if err != nil {
		return Info{}, portError("TCP", cfg.Port, err)
	}
	info.Port = tcp.Addr().(*net.TCPAddr).Port
	if err := tcp.Close(); err != nil {
		return Info{}, fmt.Errorf("free TCP port %d: %w", info.Port, err)
	}
	info.UDP, err = chooseUDP(cfg.UDP)
	return info, err
}

// chooseUDP returns port when nobody has it, or a free one for 0.
func chooseUDP(port int) (int, error) {
	udp, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
	if err != nil {
		return 0, portError("UDP", port, err)
	}
	port = udp.LocalAddr().(*net.UDPAddr).Port
	if err := udp.Close(); err != nil {
		return 0, fmt.Errorf("free UDP port %d: %w", port, err)
	}
	return port, nil
}

func portError(network string, port int, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s port %d: %w", network, port, ErrPortTaken)
	}
	return fmt.Errorf("open %s port %d: %w", network, port, err)
}
