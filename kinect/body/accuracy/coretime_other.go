//go:build !linux

package accuracy

import "time"

var epoch = time.Now()

// coreTime is the time that goes by: this system does not tell a thread's.
func coreTime() time.Duration { return time.Since(epoch) }
