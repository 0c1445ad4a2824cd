package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
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
	if info.UDP, err = chooseUDP(cfg.UDP); err != nil {
		return Info{}, err
	}
	if !cfg.NoTCP {
		if info.TCP, err = chooseTCP(cfg.TCP); err != nil {
			return Info{}, err
		}
	}
	return info, nil
}

// chooseTCP returns port when nobody has it on any address, or a free one for 0.
func chooseTCP(port int) (int, error) {
	l, err := listenTCP(fmt.Sprintf(":%d", port))
	if err != nil {
		return 0, portError("TCP", port, err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return 0, fmt.Errorf("free TCP port %d: %w", port, err)
	}
	return port, nil
}

// Ports of our own choice come from below the range that systems hand out to clients
// (Linux from 32768, others from 49152): there, a client could have it by the time a
// server that was killed comes back to it.
const (
	lowestChoice  = 16384
	highestChoice = 32767
	choices       = 64
)

// choosePort calls open with ports until one is to be had; at last with 0, which lets
// the system choose.
func choosePort(open func(port int) error) error {
	for range choices {
		if open(lowestChoice+rand.IntN(highestChoice-lowestChoice+1)) == nil {
			return nil
		}
	}
	return open(0)
}

// chooseUDP returns port when nobody has it, or a free one for 0.
func chooseUDP(port int) (int, error) {
	if port == 0 {
		err := choosePort(func(p int) (err error) {
			port, err = probeUDP(p)
			return err
		})
		return port, err
	}
	return probeUDP(port)
}

// probeUDP opens and closes the port on every address.
func probeUDP(port int) (int, error) {
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

// listenTCP opens a TCP address; port 0 takes a free one.
func listenTCP(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port != "0" {
		return net.Listen("tcp", address)
	}
	var l net.Listener
	err = choosePort(func(p int) (err error) {
		l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(p)))
		return err
	})
	return l, err
}

func portError(network string, port int, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s port %d: %w", network, port, ErrPortTaken)
	}
	return fmt.Errorf("open %s port %d: %w", network, port, err)
}
