//go:build unix

package door

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lockFile takes the lock at path, which the system gives back when this process ends,
// however it ends.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrStateInUse
		}
		return nil, err
	}
	return f, nil
}
