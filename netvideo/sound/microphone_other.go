//go:build !linux

package sound

func microphoneLikely() bool { return true }
