package packets

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestSmallDisk fills a real file system: what was written before plays.
func TestSmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1500k"); err != nil {
		t.Skipf("no small disk can be made (only root may): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	name := filepath.Join(dir, FileName)
	w, err := Create(name, Header{})
	if err != nil {
		t.Fatal(err)
	}
	const given = 100
	for i := range given {
		w.Add(numbered(i))
	}
	err = w.Close()
	p := w.Progress()
	if !errors.Is(err, syscall.ENOSPC) || p.Reads == 0 || p.Reads+p.Lost != given {
		t.Errorf("%v; %+v", err, p)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := inOrder(t, file, true); got < int(p.Reads) {
		t.Errorf("%d reads are there, and %d are said to be saved", got, p.Reads)
	}
}
