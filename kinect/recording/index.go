package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cutout/kinect"
)

const (
	// maxIndex bounds the index: about ten hours with accelerometer entries.
	maxIndex = 256 << 20
	// maxLine bounds a line of it; names of fakenect-record have at most 40 bytes.
	maxLine = 128
	// maxGap is the longest pause between two frames that is kept. A longer one, or
	// one backwards, is a host's clock that was set during the recording; it becomes
	// usualGap, two streams of 30 frames a second.
	maxGap   = time.Minute
	usualGap = time.Second / 60
	// overtaken is how far backwards may be a frame of the one stream that was
	// overtaken by one of the other.
	overtaken = 100 * time.Millisecond
)

// The kinds of files that are played.
const (
	depthFile    = 'd'
	videoFile    = 'r'
	attitudeFile = 'a'
)

// An entry is a frame in the index, or an attitude.
type entry struct {
	kind  byte
	bad   bool   // the file could not be read; it is not tried again
	clock uint32 // the sensor's
	at    time.Duration
	name  string
}

// parseIndex reads an index: a file name a line, in the order of recording. Attitudes
// are kept apart from frames and other entries are left out; a line which is no name is
// an error, but for a last one that was cut short.
func parseIndex(r io.Reader) (entries, attitudes []entry, _ error) {
	var (
		last time.Duration
		at   time.Duration
	)
	lines := bufio.NewReaderSize(io.LimitReader(r, maxIndex+1), 4096)
	for number, total := 1, 0; ; number++ {
		line, err := lines.ReadSlice('\n')
		if total += len(line); total > maxIndex {
			return nil, nil, fmt.Errorf("it is longer than %d MB", maxIndex>>20)
		}
		cut := err != nil
		if cut && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, nil, fmt.Errorf("reading: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 {
			e, wall, err := parseName(line)
			switch {
			case err != nil && !(cut && len(entries) > 0 && len(line) <= maxLine):
				return nil, nil, fmt.Errorf("line %d: %w", number, err)
			case err != nil:
			case e.kind == attitudeFile:
				if len(entries) > 0 {
					e.at = max(0, at+gap(last, wall))
				}
				attitudes = append(attitudes, e)
			case e.kind == depthFile || e.kind == videoFile:
				if len(entries) > 0 {
					at = max(0, at+gap(last, wall))
				}
				e.at, last = at, wall
				entries = append(entries, e)
			}
		}
		if cut {
			return entries, attitudes, nil
		}
	}
}

// gap is the time to leave between entries of two host's times.
func gap(last, wall time.Duration) time.Duration {
	if d := wall - last; d >= -overtaken && d <= maxGap {
		return d
	}
	return usualGap
}

// parseName reads a name as fakenect-record gives them: the kind of file, the host's
// time in seconds, the sensor's in ticks: d-1700000000.500000-31000000.pgm. No other
// name is let through, so none leads out of the directory.
func parseName(b []byte) (e entry, wall time.Duration, err error) {
	if len(b) > maxLine {
		return entry{}, 0, fmt.Errorf("%q… is no file's name", b[:32])
	}
	name := string(b)
	bad := func(what string) (entry, time.Duration, error) {
		return entry{}, 0, fmt.Errorf("%q is not a frame's name: %s", name, what)
	}
	if strings.ContainsAny(name, `/\`) || strings.Contains(name, "..") {
		return bad("it leads out of the directory")
	}
	if len(name) < 2 || name[0] < 'a' || name[0] > 'z' || name[1] != '-' {
		return bad("it does not begin with d-, r- or a-")
	}
	wallText, rest, ok := strings.Cut(name[2:], "-")
	if !ok {
		return bad("it has no times")
	}
	if wall, ok = parseWall(wallText); !ok {
		return bad("the first time is not in seconds")
	}
	clockText, extension, ok := strings.Cut(rest, ".")
	clock, parseErr := strconv.ParseUint(clockText, 10, 32)
	if !ok || parseErr != nil || !digits(clockText) {
		return bad("the second time is not in ticks")
	}
	e = entry{kind: name[0], clock: uint32(clock), name: name}
	if want, frame := map[byte]string{depthFile: "pgm", videoFile: "ppm"}[e.kind]; frame && extension != want {
		return bad("it does not end in ." + want)
	}
	return e, wall, nil
}

// parseWall reads seconds with up to nine decimals, as a time since 1970.
func parseWall(s string) (time.Duration, bool) {
	seconds, fraction, _ := strings.Cut(s, ".")
	if !digits(seconds) || len(seconds) > 10 || len(fraction) > 9 || fraction != "" && !digits(fraction) {
		return 0, false
	}
	n, err := strconv.ParseInt(seconds+fraction+strings.Repeat("0", 9-len(fraction)), 10, 64)
	return time.Duration(n), err == nil && n <= int64(maxWall)
}

// maxWall leaves room to add times without overflow; it is the year 2116.
const maxWall = time.Duration(1) << 62

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// A round is one time through a recording.
type round struct {
	length time.Duration
	ticks  uint32 // how much the sensor's clock advances in it
}

// measure says how long it is until the first frame follows on the last. Between them
// lies as much time as between two frames of depth on average.
func measure(entries []entry) round {
	var first, last [2]entry
	var count [2]int
	var span [2]int64 // of the sensor's clock
	for _, e := range entries {
		k := 0
		if e.kind == videoFile {
			k = 1
		}
		if count[k] == 0 {
			first[k] = e
		} else {
			span[k] += int64(max(0, int32(e.clock-last[k].clock)))
		}
		last[k] = e
		count[k]++
	}
	pause := 2 * usualGap
	if n := count[0]; n > 1 {
		pause = max(time.Millisecond, (last[0].at-first[0].at)/time.Duration(n-1))
	}
	length := pause
	for _, e := range entries[max(0, len(entries)-8):] { // the last may have been overtaken
		length = max(length, pause+e.at)
	}
	ticks := toTicks(length)
	for k := range span {
		ticks = max(ticks, span[k]+toTicks(pause))
	}
	return round{length: length, ticks: uint32(ticks)}
}

func toTicks(d time.Duration) int64 { return int64(d/time.Microsecond) * (kinect.ClockHz / 1_000_000) }
