package packets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/kinect/raw"
)

// childFile makes a child of this test program record into a file until it is killed.
const childFile = "PACKETS_TEST_FILE"

func child(name string) {
	w, err := Create(name, Header{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		w.Add(numbered(i))
		if i%50 == 0 {
			fmt.Println(w.Progress().Reads)
			time.Sleep(5 * ms)
		}
	}
}

// numbered is a read that says which it is, as large as a driver's.
func numbered(i int) raw.Read {
	b := bytes.Repeat([]byte{byte(i)}, 28_000)
	copy(b, fmt.Sprint(i, " "))
	return raw.Read{Stream: raw.Stream(i % 2), At: time.UnixMicro(int64(i)), Bytes: b}
}

// inOrder wants the reads 0, 1, 2… in a file, and says how many; skipped are reported
// losses.
func inOrder(t *testing.T, file io.Reader, mayCut bool) int {
	t.Helper()
	r, err := NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		read, err := r.Next()
		if errors.Is(err, io.EOF) || mayCut && errors.Is(err, ErrCut) {
			return i
		}
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscan(string(read.Bytes[:20]), &n); err != nil || n != i+int(r.Counts().Missing) || !same(read, numbered(n)) {
			t.Fatalf("read %d is number %d, with %d missing: %v", i, n, r.Counts().Missing, err)
		}
	}
}

// TestKilled kills a program that records.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		name := filepath.Join(t.TempDir(), FileName)
		c := exec.Command(self)
		c.Env = append(os.Environ(), childFile+"="+name)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines, n := bufio.NewScanner(out), 0
		for range 30 + 7*round {
			if lines.Scan() {
				if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
					t.Fatal(lines.Text())
				}
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := inOrder(t, file, true); got < n || n == 0 {
			t.Errorf("%d reads are there, and %d were said to be saved", got, n)
		}
		file.Close()
	}
}

// TestSlowDisk stops the disk for as long as it takes to fill the queue: every read is
// there or counted, in the progress and in the file.
func TestSlowDisk(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), FileName), Header{})
	if err != nil {
		t.Fatal(err)
	}
	out, disk, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	header, err := os.ReadFile(w.name)
	if err != nil {
		t.Fatal(err)
	}
	w.file.Close()
	w.file = disk // run touches it with the first read only
	i := 0
	for ; w.Progress().Lost < 7; i++ {
		w.Add(numbered(i))
	}
	for range 4 {
		w.AddAttitude(time.Now(), raw.MotorState{}) // there is no room for it either
	}
	lost := w.Progress().Lost
	read := make(chan int)
	go func() { read <- inOrder(t, io.MultiReader(bytes.NewReader(header), out), false) }()
	for w.Progress().Waiting > chunks*chunkBytes/2 {
		time.Sleep(ms)
	}
	w.Add(numbered(i))
	err = w.Close()
	// A pipe can't be synced; anything else is no fault of ours.
	if err != nil && !errors.Is(err, ErrIncomplete) && !strings.Contains(err.Error(), "sync") {
		t.Error(err)
	}
	p := w.Progress()
	if got := <-read; got != int(p.Reads) || p.Lost != lost || p.Reads+p.Lost != uint64(i+1) || p.Waiting != 0 {
		t.Errorf("%d reads were given, %d are there; %+v", i+1, got, p)
	}
	w.Add(numbered(0))
	w.AddAttitude(time.Now(), raw.MotorState{})
	if again := w.Progress(); again.Reads != p.Reads || again.Lost != p.Lost+1 {
		t.Errorf("after Close %+v", again)
	}
}

// TestFullDisk: what was written before plays.
func TestFullDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), FileName)
	w, err := Create(name, Header{})
	if err != nil {
		t.Fatal(err)
	}
	whole := w.file
	w.file, err = os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer whole.Close()
	for i := range 20 {
		w.Add(numbered(i))
	}
	err = w.Close()
	if p := w.Progress(); err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), name) || p.Lost != 20 || p.Reads != 0 {
		t.Errorf("%v; %+v", err, p)
	}
	if again := w.Close(); !errors.Is(again, err) || !errors.Is(w.Err(), err) {
		t.Errorf("the second time %v", again)
	}
}

func TestIncomplete(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), FileName), Header{})
	if err != nil {
		t.Fatal(err)
	}
	w.Add(numbered(0))
	w.Add(raw.Read{Stream: 9})
	w.Add(raw.Read{Bytes: make([]byte, maxBody+1)})
	w.Add(raw.Read{At: time.UnixMicro(1), Bytes: make([]byte, maxBody)}) // more than a chunk
	if err := w.Close(); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "2 reads were not saved, 2 were") {
		t.Error(err)
	}
}
