package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cutout/kinect"
	"cutout/kinect/puppet"
	"cutout/kinect/usb/virtual"
	"cutout/netvideo/door"
)

// TestReadme runs every command the README shows. What needs root, or runs this very
// test, is checked instead: that its files and targets exist.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines >= 200 {
		t.Errorf("the README has %d lines, which is more than anybody reads", lines)
	}
	server := startSample(t)
	bus := startBus(t, 1)
	commands := shellCommands(string(text))
	if len(commands) < 10 {
		t.Fatalf("only %d commands found in the README", len(commands))
	}
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			words := strings.Fields(command)
			switch words[0] {
			case "make":
				checkMake(t, words[1:])
			case "sudo":
				checkSudo(t, words[1:])
			case "bin/cutout":
				if words[1] == "kinect" {
					runReadmeKinect(t, bus, words[1:])
					return
				}
				server.runReadme(t, words[1:])
			default:
				t.Errorf("no test knows how to run %q", command)
			}
		})
	}
}

// shellCommands are the commands of a document, with those in the text that begin
// with bin/cutout.
func shellCommands(text string) []string {
	var commands []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	for _, inline := range regexp.MustCompile("`(bin/cutout [^`]+)`").FindAllStringSubmatch(text, -1) {
		commands = append(commands, inline[1])
	}
	return commands
}

// checkMake has make say what it would do.
func checkMake(t *testing.T, targets []string) {
	t.Helper()
	out, err := exec.Command("make", append([]string{"-n", "-C", "../.."}, targets...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// checkSudo looks that the files exist which root is asked to copy, and that the udev
// rule names every function of every Kinect that is driven.
func checkSudo(t *testing.T, words []string) {
	t.Helper()
	for _, word := range words {
		if !strings.HasPrefix(word, "assets/") {
			continue
		}
		rules, err := os.ReadFile("../../" + word)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"02ae", "02ad", "02b0", "02bf", "02be", "02c2", "02bb", "02c3"} {
			if !bytes.Contains(rules, []byte(id)) {
				t.Errorf("%s does not name 045e:%s", word, id)
			}
		}
	}
}

// A sampleServer is a running `cutout serve --sample`.
type sampleServer struct {
	URL     string            `json:"url"`
	Session string            `json:"session"`
	Tokens  map[string]string `json:"tokens"`
	Invite  string            `json:"invite"`
}

func startSample(t *testing.T) sampleServer {
	t.Helper()
	p := start(t, t.TempDir(), nil, "serve", "--sample", "--json", "--listen", "127.0.0.1:0", "--udp", "0")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var s sampleServer
		if json.Unmarshal([]byte(p.output()), &s) == nil {
			return s
		}
	}
	t.Fatalf("the server is not ready; it said:\n%s", p.output())
	return sampleServer{}
}

// runReadme runs one command with what stands for something replaced by it. Commands
// that go on until they are interrupted get a time limit of their own.
func (s sampleServer) runReadme(t *testing.T, args []string) {
	t.Helper()
	dir := t.TempDir()
	for i, arg := range args {
		switch {
		case arg == "URL":
			args[i] = s.URL
		case arg == "S":
			args[i] = s.Session
		case strings.HasPrefix(arg, "http://"), arg == "LINK":
			args[i] = s.Invite
		case arg == "DIR" && args[0] == "body":
			args[i] = t.TempDir()
			writeRecording(t, args[i], 3)
		case strings.HasSuffix(arg, ":DIR"):
			recorded := t.TempDir()
			writeRecording(t, recorded, 3)
			args[i] = strings.TrimSuffix(arg, "DIR") + recorded
		}
	}
	endless := false
	switch args[0] {
	case "play", "join":
		args = append(args, "--offscreen", "--for", "3s")
		if args[0] == "play" {
			args = append(args, "--listen", "127.0.0.1:0")
		}
	case "serve":
		args = append(args, "--listen", "127.0.0.1:0", "--udp", "0")
		endless = true
	case "bot":
		endless = true
	}
	p := start(t, dir, []string{"CUTOUT_PASS=" + s.Tokens["moderator"]}, args...)
	if endless {
		waitRunning(t, p, func() bool { return p.output() != "" || s.hasBots(t) })
		p.interrupt()
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
}

// runReadmeKinect runs a command on a virtual Kinect, for a moment.
func runReadmeKinect(t *testing.T, bus *virtual.Bus, args []string) {
	t.Helper()
	for i, arg := range args {
		switch {
		case arg == "DIR" && args[1] == "play":
			args[i] = t.TempDir()
			writeRecording(t, args[i], 3)
		case arg == "8s":
			args[i] = "1s"
		}
	}
	bus.Reset()
	env := append(bus.Env(), "DISPLAY=", "WAYLAND_DISPLAY=")
	if args[1] == "view" {
		args = append(args, "--for", "3s")
	}
	p := start(t, t.TempDir(), env, args...)
	if args[1] == "doctor" { // it has a test of its own
		waitRunning(t, p, func() bool { return p.output() != "" })
		p.interrupt()
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d; it said:\n%s", code, p.output())
	}
}

// waitRunning waits until a program that does not end by itself does what it is for,
// and two seconds more.
func waitRunning(t *testing.T, p *program, busy func() bool) {
	t.Helper()
	limit := time.After(patience)
	for span := time.Duration(0); span < 2*time.Second; {
		select {
		case <-p.done:
			t.Errorf("ended at once: %v", p.err)
			return
		case <-limit:
			t.Error("it does nothing")
			return
		case <-time.After(100 * time.Millisecond):
			if span > 0 || busy() {
				span += 100 * time.Millisecond
			}
		}
	}
}

// hasBots says that bots are in the session.
func (s sampleServer) hasBots(t *testing.T) bool {
	t.Helper()
	there, err := door.Admin{URL: s.URL, Pass: s.Tokens["moderator"]}.Connections(t.Context(), s.Session)
	return err == nil && slices.ContainsFunc(there, func(p door.Present) bool { return p.Bot })
}

// writeRecording writes a puppet's first n depth frames as a fakenect folder.
func writeRecording(t *testing.T, dir string, n int) {
	t.Helper()
	p := puppet.New(puppet.Options{Seed: 5})
	defer p.Close()
	var index strings.Builder
	for i := 0; i < n; {
		img, err := p.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if img.Depth == nil {
			continue
		}
		name := fmt.Sprintf("d-%f-%d.pgm", 1_700_000_000+float64(i)/30, img.Depth.Clock)
		if err := os.WriteFile(filepath.Join(dir, name), depthPGM(img.Depth), 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&index, name)
		i++
	}
	if err := os.WriteFile(filepath.Join(dir, "INDEX.txt"), []byte(index.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// depthPGM is a frame as fakenect stores it: little endian behind a PGM header.
func depthPGM(d *kinect.DepthFrame) []byte {
	file := []byte(fmt.Sprintf("P5 %d %d 65535\n", kinect.Width, kinect.Height))
	for _, code := range d.Codes {
		file = append(file, byte(code), byte(code>>8))
	}
	return file
}
