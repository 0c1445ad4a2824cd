//go:build !linux && !darwin

package recording

func free(string) int64 { return -1 }
