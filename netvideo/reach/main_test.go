package reach

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is also what the tests run in other network namespaces.
func TestMain(m *testing.M) {
	switch what, arg, _ := strings.Cut(os.Getenv("CUTOUT_REACH_CHILD"), " "); what {
	case "":
		goleak.VerifyTestMain(m)
	case "mapper":
		childMapper(arg)
	case "listen":
		childListen(arg)
	case "fake":
		childFake(arg)
	default:
		os.Exit(2)
	}
}

// childMapper opens a mapper with the options in arg, says its state at first and with
// each change, and closes it when stdin ends.
func childMapper(arg string) {
	var o Options
	if err := json.Unmarshal([]byte(arg), &o); err != nil {
		panic(err)
	}
	for i := range o.Ports {
		o.Ports[i].Same = o.Ports[i].Protocol == UDP
	}
	m := Open(o)
	eof := make(chan struct{})
	go func() {
		defer close(eof)
		_, _ = bufio.NewReader(os.Stdin).ReadString(0)
	}()
	say := func() { _ = json.NewEncoder(os.Stdout).Encode(m.State()) }
	m.Wait(tContext(eof))
	say()
	for {
		select {
		case <-m.Changed():
			say()
		case <-eof:
			start := time.Now()
			_ = m.Close()
			fmt.Printf("closed in %d ms\n", time.Since(start).Milliseconds())
			return
		}
	}
}

// childListen answers "hello" on TCP and UDP at the port.
func childListen(port string) {
	n, err := strconv.Atoi(port)
	if err != nil {
		panic(err)
	}
	udp, err := net.ListenUDP("udp", &net.UDPAddr{Port: n})
	if err != nil {
		panic(err)
	}
	go func() {
		b := make([]byte, 100)
		for {
			if _, from, err := udp.ReadFromUDP(b); err == nil {
				_, _ = udp.WriteToUDP([]byte("hello"), from)
			}
		}
	}()
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		panic(err)
	}
	fmt.Println("listening")
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte("hello"))
		_ = c.Close()
	}
}
