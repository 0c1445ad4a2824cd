package recording

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cutout/kinect"
)

// A tape is a directory that a test writes, as fakenect-record does.
type tape struct {
	t     testing.TB
	dir   string
	index []string
}

func newTape(t testing.TB) *tape { return &tape{t: t, dir: t.TempDir()} }

func (w *tape) file(name string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func name(kind byte, at time.Duration, clock uint32) string {
	extension := map[byte]string{depthFile: "pgm", videoFile: "ppm"}[kind]
	if extension == "" {
		extension = "dump"
	}
	at += 1_700_000_000 * time.Second
	return fmt.Sprintf("%c-%d.%06d-%d.%s", kind, at/time.Second, at%time.Second/time.Microsecond, clock, extension)
}

// depthBytes is a depth file in which every code is c.
func depthBytes(c uint16) []byte {
	return append([]byte("P5 640 480 65535\n"), bytes.Repeat(binary.LittleEndian.AppendUint16(nil, c), pixels)...)
}

func videoBytes(v byte) []byte {
	return append([]byte("P6 640 480 255\n"), bytes.Repeat([]byte{v, v + 1, v + 2}, pixels)...)
}

func (w *tape) depth(at time.Duration, clock uint32, code uint16) *tape {
	n := name(depthFile, at, clock)
	w.file(n, depthBytes(code))
	w.index = append(w.index, n)
	return w
}

func (w *tape) video(at time.Duration, clock uint32, v byte) *tape {
	n := name(videoFile, at, clock)
	w.file(n, videoBytes(v))
	w.index = append(w.index, n)
	return w
}

// line adds a line to the index without a file.
func (w *tape) line(s string) *tape {
	w.index = append(w.index, s)
	return w
}

func (w *tape) done() string {
	w.t.Helper()
	w.file(indexFile, []byte(strings.Join(w.index, "\n")+"\n"))
	return w.dir
}

const (
	ms    = time.Millisecond
	frame = kinect.ClockHz / 30
)

// device is a device.json as libfreenect 0.7 writes it (shape: fakenect/record.c).
const deviceText = `{
    "reg_info": {
        "ax": 1964, "bx": 56, "cx": -26, "dx": 600, "ay": -13, "by": 2825, "cy": 684, "dy": 5,
        "dx_start": 6161, "dy_start": 6434, "dx_beta_start": 10062, "dy_beta_start": 130801,
        "dx_beta_inc": 170, "dy_beta_inc": 136,
        "dxdx_start": 2095986, "dxdy_start": 890, "dydx_start": 763, "dydy_start": 2096378,
        "dxdxdx_start": 134215474, "dydxdx_start": 134217093, "dxdxdy_start": 134216989,
        "dydxdy_start": 134216925, "dydydx_start": 134216984, "dydydy_start": 134214659,
        "pad_info": { "start_lines": 1, "end_lines": 2, "cropping_lines": 3 },
        "zero_plane_info": {
            "dcmos_emitter_distance": 7.5, "dcmos_rcmos_distance": 2.4000000953674316,
            "reference_distance": 120, "reference_pixel_size": 0.10419999808073044
        }
    },
    "const_shift": 200
}`
