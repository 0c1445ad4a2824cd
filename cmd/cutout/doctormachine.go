package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"cutout/game/audio"
	"cutout/kinect/usb"
	"cutout/netvideo/door"
	"cutout/netvideo/reach"
	"cutout/netvideo/server"
	"cutout/netvideo/sound"
)

// machine looks at everything that a game here needs.
func (c *checkup) machine(ctx context.Context) {
	for _, step := range []func(context.Context){c.display, c.sound, c.microphone, c.kinect, c.network} {
		if ctx.Err() == nil {
			step(ctx)
		}
	}
}

// display opens a window, on a virtual display where there is no other, in a process of
// its own: some failures of OpenGL end the program that meets them.
func (c *checkup) display(ctx context.Context) {
	if !hasDisplay() {
		stop, err := startVirtualDisplay(ctx)
		if err != nil {
			c.warn("display", "there is no display, and no Xvfb to play off-screen with", "apt-get install xvfb, or log in to a desktop")
			return
		}
		defer stop()
		defer c.warn("display", "there is no display here: Cutout plays off-screen and leaves pictures", "log in to a desktop to see it")
	}
	var out []byte
	said := &lastLine{}
	err := within(ctx, 20*time.Second, func(ctx context.Context) (err error) {
		window := exec.CommandContext(ctx, selfPath(), "doctor", "--window")
		window.Stderr = said
		window.WaitDelay = time.Second
		out, err = window.Output()
		return err
	})
	var drawn struct{ Library string }
	if err != nil || json.Unmarshal(out, &drawn) != nil || drawn.Library == "" {
		c.fail("opengl", "no window can be opened: "+oneLine(errors.New(orElse(said.String(), fmt.Sprint(err)))), "apt-get install libgl1 and the graphics card's driver; 'cutout play --offscreen' needs no window")
		return
	}
	c.ok("opengl", "a window opens and is drawn by "+drawn.Library, nil)
}

// blink is a game that ends after its third picture.
type blink struct{ drawn atomic.Int32 }

func (b *blink) Update() error {
	if b.drawn.Load() >= 3 {
		return ebiten.Termination
	}
	return nil
}

func (b *blink) Draw(*ebiten.Image) { b.drawn.Add(1) }

func (b *blink) Layout(int, int) (int, int) { return 64, 64 }

// tryWindow opens a window and says what drew in it.
func tryWindow(_ context.Context, out io.Writer) error {
	ebiten.SetWindowSize(64, 64)
	ebiten.SetWindowTitle("Cutout looks whether windows open")
	ebiten.SetRunnableOnUnfocused(true)
	if err := ebiten.RunGame(&blink{}); err != nil {
		return fmt.Errorf("open a window: %w", err)
	}
	var info ebiten.DebugInfo
	ebiten.ReadDebugInfo(&info)
	return printJSON(out, map[string]string{"Library": info.GraphicsLibrary.String()})
}

// sound opens the device and listens whether it takes something.
func (c *checkup) sound(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var pulled atomic.Bool
	err := audio.Device{}.Run(ctx, func(out []float32) {
		clear(out)
		pulled.Store(true)
		cancel()
	})
	switch {
	case pulled.Load():
		c.ok("sound", "the sound device plays", nil)
	case err != nil:
		c.warn("sound", oneLine(err), "Cutout plays on silently; plug in speakers or headphones, and see that PulseAudio, PipeWire or ALSA knows them")
	default:
		c.warn("sound", "the sound device takes nothing", "is another program holding it?")
	}
}

// microphone listens for a moment; nothing of it is kept.
func (c *checkup) microphone(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var heard atomic.Bool
	err := sound.Microphone(ctx, func([]float32) {
		heard.Store(true)
		cancel()
	})
	switch {
	case heard.Load():
		c.ok("microphone", "the microphone hears", nil)
	case errors.Is(err, sound.ErrNoMicrophone):
		c.warn("microphone", "there is no microphone", "friends see you and do not hear you; plug one in")
	case err != nil:
		c.warn("microphone", oneLine(err), "allow this program to use the microphone")
	default:
		c.warn("microphone", "the microphone gives nothing", "is another program holding it?")
	}
}

// kinect says in one line whether there is one.
func (c *checkup) kinect(context.Context) {
	found, err := usb.List()
	switch {
	case err != nil:
		c.warn("kinect", oneLine(err), orElse(usb.Advice(err), "'cutout kinect doctor' looks closer"))
	case len(found) == 0:
		c.warn("kinect", "no Kinect is plugged in: a puppet plays in its place", "docs/kinect.md says what to buy")
	case found[0].Trouble != nil:
		c.warn("kinect", oneLine(found[0].Trouble), orElse(usb.Advice(found[0].Trouble), "'cutout kinect doctor' looks closer"))
	default:
		c.ok("kinect", fmt.Sprintf("%d found; 'cutout kinect doctor' tries everything it can do", len(found)), nil)
	}
}

// network says how far the links of a room here would reach. The router is asked for a
// port, which is given back.
func (c *checkup) network(ctx context.Context) {
	if !door.HasNetwork() {
		c.fail("network", "there is no network: games are solo here", "plug a cable in, or join a Wi-Fi")
		return
	}
	for _, port := range []struct {
		network string
		n       int
	}{{"TCP", 7880}, {"TCP", server.DefaultTCP}, {"UDP", server.DefaultUDP}} {
		if !portFree(port.network, port.n) {
			c.warn("network", fmt.Sprintf("%s port %d is taken: a room here gets another one, which a forwarding rule or a firewall may not know", port.network, port.n), "end the other program, if there is no reason for it")
		}
	}
	mapper := reach.Open(reach.Options{Ports: []reach.Port{{Protocol: reach.TCP, Port: 7880}, {Protocol: reach.UDP, Port: server.DefaultUDP, Same: true}}})
	state := mapper.Wait(ctx)
	_ = mapper.Close()
	ways, err := reach.Ways(&net.TCPAddr{IP: net.IPv6unspecified, Port: 7880}, "http", state)
	if err != nil || len(ways) == 0 {
		c.fail("network", "no address leads to this machine", "plug a cable in, or join a Wi-Fi")
		return
	}
	if ways[0].Reach == door.TheInternet {
		says := "links reach the internet: " + strings.TrimPrefix(ways[0].URL, "http://")
		if state.Method != "" {
			says += ", which the router opens by " + string(state.Method)
		}
		c.ok("network", says, state)
		return
	}
	why, advice := state.Words()
	c.add(finding{Step: "network", Result: resultWarning, Says: orElse(why, "links reach "+string(ways[0].Reach)+" only"), Advice: advice, Facts: state})
}

// portFree reports whether nobody listens on a port.
func portFree(network string, n int) bool {
	if network == "UDP" {
		l, err := net.ListenUDP("udp", &net.UDPAddr{Port: n})
		if err != nil {
			return false
		}
		_ = l.Close()
		return true
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", n))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
