package virtual_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cutout/kinect/usb/virtual"
)

// sanitized are the flags under which the C code is tried.
const sanitized = "-g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

// TestRude lets a program misuse the library at random while the test plugs, pulls
// and breaks the Kinect, all of it watched by the compiler's sanitizers: nothing may
// read or write where it must not, leak, or hang; and the misuse is told.
func TestRude(t *testing.T) {
	cc := compiler(t)
	t.Setenv("CFLAGS", sanitized)
	dir := t.TempDir()
	bus, err := virtual.New(filepath.Join(dir, "bus"), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	program := filepath.Join(dir, "rude")
	flags, err := exec.Command("pkg-config", "--cflags", "libusb-1.0").Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Fields("-O1 -Wall " + sanitized + " " + string(flags))
	args = append(args, "-o", program, "testdata/rude.c", filepath.Join(dir, "bus", "libusb-1.0.so.0"))
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	k := bus.Kinects[0]
	for seed, model := range []virtual.Model{virtual.Model1414, virtual.Model1473, virtual.ModelWindows} {
		bus.Reset()
		k.SetModel(model)
		k.SetFirmware(true)
		k.Plug()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		command := exec.CommandContext(ctx, program, strconv.Itoa(seed), "1")
		command.Env = append(os.Environ(), bus.Env()...)
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() { breakIt(k, rand.New(rand.NewPCG(uint64(seed), 0)), stop); close(done) }()
		out, err := command.CombinedOutput()
		close(stop)
		<-done
		cancel()
		if err != nil {
			t.Fatalf("model %d: %v\n%s", model, err, out)
		}
		if k.Misuse() == 0 {
			t.Errorf("model %d: nothing of all this was called misuse", model)
		}
		if k.Resets() == 0 {
			t.Errorf("model %d: no reset was counted", model)
		}
		frames := 0
		for _, s := range []virtual.Stream{virtual.Depth, virtual.Video} {
			log, err := k.Frames(s)
			if err != nil {
				t.Fatal(err)
			}
			frames += len(log)
		}
		if frames == 0 {
			t.Errorf("model %d: no stream was ever on", model)
		}
		t.Logf("model %d: %d misuses, opened %d times, %d frames begun", model, k.Misuse(), k.Opens(), frames)
	}
}

// compiler is the C compiler, if it has the sanitizers.
func compiler(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	source := filepath.Join(t.TempDir(), "a.c")
	if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append(strings.Fields(sanitized), "-o", source+".out", source)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Skipf("%s has no sanitizers: %s", cc, out)
	}
	return cc
}

// breakIt does to a Kinect all that can be ordered, in no order, until it is told to
// stop.
func breakIt(k *virtual.Kinect, r *rand.Rand, stop <-chan struct{}) {
	orders := []func(){
		func() { k.Unplug(virtual.Style(r.IntN(3))) },
		func() { k.Plug() },
		func() { k.Plug() },
		func() { k.Plug() },
		func() { k.Plug(virtual.PartMotor) },
		func() { k.Freeze(virtual.Freezing(r.IntN(4))) },
		func() { k.Freeze(virtual.NotFrozen) },
		func() { k.FaultReplies(virtual.ReplyFault(r.IntN(9)), uint32(r.IntN(5))) },
		func() { k.FaultRate(virtual.Stream(r.IntN(2)), virtual.Fault(r.IntN(5)), 0.01) },
		func() { k.SetCrowded(virtual.Stream(r.IntN(2)), r.IntN(2) == 0) },
		func() { k.VanishAfter(time.Duration(r.IntN(200)) * time.Millisecond) },
		func() { k.VanishAfter(0) },
		func() { k.LoseClaims(r.IntN(3)) },
		func() { k.LateReplies(r.IntN(4), r.IntN(2) == 0) },
		func() { _ = k.Loop(virtual.Bayer, [][]byte{virtual.RandomFrame(1, virtual.Bayer, 0)}) },
		func() { _ = k.Feed(virtual.Depth11Bit, virtual.RandomFrame(1, virtual.Depth11Bit, 0)) },
	}
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(r.IntN(100)) * time.Millisecond):
			orders[r.IntN(len(orders))]()
		}
	}
}
