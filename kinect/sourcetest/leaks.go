package sourcetest

import (
	"os"

	"go.uber.org/goleak"
)

// CheckLeaks is for a TestMain that can't leave its end to goleak.VerifyTestMain: it
// turns the exit code of tests that passed into 1 when they left goroutines behind, and
// says on standard error which.
func CheckLeaks(code int) int {
	if err := goleak.Find(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return max(1, code)
	}
	return code
}
