package recording

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"cutout/kinect"
)

const (
	lossesFile = "LOSSES.txt"
	// maxLosses bounds the file, and maxLossLine a line of it: a frame that lacks more
	// than a few packets is never delivered (raw.MaxLost).
	maxLosses   = 16 << 20
	maxLossLine = 512
)

// formatLoss is a line of the losses: the frame's name, how many packets it lacks, and
// the rows, From-To.
func formatLoss(name string, q kinect.Quality) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d", name, q.LostPackets)
	for _, r := range q.Lost {
		fmt.Fprintf(&b, " %d-%d", r.From, r.To)
	}
	b.WriteByte('\n')
	return b.String()
}

// parseLosses reads what frames lack, by name. A line that makes no sense is left out:
// the frame plays without.
func parseLosses(r io.Reader) (map[string]kinect.Quality, error) {
	losses := map[string]kinect.Quality{}
	lines := bufio.NewScanner(io.LimitReader(r, maxLosses))
	lines.Buffer(nil, maxLossLine)
	for lines.Scan() {
		if name, q, ok := parseLoss(lines.Text()); ok {
			losses[name] = q
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("reading: %w", err)
	}
	return losses, nil
}

func parseLoss(line string) (name string, q kinect.Quality, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return "", kinect.Quality{}, false
	}
	lost, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil {
		return "", kinect.Quality{}, false
	}
	q.LostPackets = int(lost)
	end := -1
	for _, f := range fields[2:] {
		fromText, toText, _ := strings.Cut(f, "-")
		from, err := strconv.ParseUint(fromText, 10, 16)
		to, err2 := strconv.ParseUint(toText, 10, 16)
		if err != nil || err2 != nil || int(from) <= end || to <= from || to > kinect.Height {
			return "", kinect.Quality{}, false
		}
		q.Lost = append(q.Lost, kinect.Rows{From: int(from), To: int(to)})
		end = int(to)
	}
	return fields[0], q, q.LostPackets == 0 || len(q.Lost) > 0
}

// readLosses reads the file, if there is one.
func readLosses(root *os.Root) (map[string]kinect.Quality, error) {
	if _, err := root.Lstat(lossesFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file, err := openRegular(root, lossesFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseLosses(file)
}
