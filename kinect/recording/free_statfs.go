//go:build linux || darwin

package recording

import "syscall"

// free is how many bytes of the file system of dir are left for us; -1 when it does
// not say.
func free(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
