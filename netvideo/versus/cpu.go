package versus

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of times in /proc, USER_HZ: 100 on all that Linux runs on.
const clockTick = 10 * time.Millisecond

// errNoProc is the answer where there is no /proc as Linux has it.
var errNoProc = errors.New("this machine does not tell what processes use")

// treeCPU is the processor time of a process and all its descendants that are alive,
// and of those they have waited for.
func treeCPU(root int) (time.Duration, error) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	type process struct {
		parent int
		used   time.Duration
	}
	all := make(map[int]process, len(stats))
	for _, path := range stats {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		if pid, parent, used, ok := parseStat(line); ok {
			all[pid] = process{parent, used}
		}
	}
	if _, ok := all[root]; !ok {
		return 0, fmt.Errorf("process %d: %w", root, errNoProc)
	}
	sum := time.Duration(0)
	for pid, p := range all {
		for up := pid; up != 0; up = all[up].parent {
			if up == root {
				sum += p.used
				break
			}
		}
	}
	return sum, nil
}

// parseStat reads a line of /proc/PID/stat (man 5 proc_pid_stat): fields 1, 4, and 14
// to 17, which are its own user and system time and its children's.
func parseStat(line []byte) (pid, parent int, used time.Duration, ok bool) {
	begin, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if begin < 1 || end < begin {
		return 0, 0, 0, false
	}
	rest := strings.Fields(string(line[end+1:])) // begins with field 3
	if len(rest) < 15 {
		return 0, 0, 0, false
	}
	numbers := []string{string(bytes.TrimSpace(line[:begin])), rest[1], rest[11], rest[12], rest[13], rest[14]}
	var n [6]int
	for i, s := range numbers {
		v, err := strconv.Atoi(s)
		if err != nil {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	return n[0], n[1], time.Duration(n[2]+n[3]+n[4]+n[5]) * clockTick, true
}

// load is how many processes want to run, over the last minute.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	one, _, _ := strings.Cut(string(text), " ")
	v, _ := strconv.ParseFloat(one, 64)
	return v
}
