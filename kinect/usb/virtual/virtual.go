// Package virtual is a Kinect for tests, at the level of the libusb ABI: a
// libusb-1.0.so.0 of our own, with one or two Kinects on its bus, which programs
// load instead of the real one. What is tested is then the real driver, with the
// real gousb (or libfreenect) under it. Faults can be ordered while it runs.
//
// The library is written in C, compiled by the tests, and talks to them through a
// directory: a control file that both map, files of frames, and a log.
//
// A test process that loads gousb itself calls Main from its TestMain; a test that
// starts another program makes a Bus with New and gives the program its Env.
package virtual

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"cutout/kinect"
)

//go:embed csrc/*.c csrc/*.h
var sources embed.FS

// dirVariable is the environment variable that tells the library where its
// directory is.
const dirVariable = "VIRTUAL_KINECT"

const (
	pageBytes = 16384
	magic     = 0x344b4e56
)

// page is the twin of struct vk_page in csrc/vk.h.
type page struct {
	magic, model, present, generation, unplugStyle uint32
	busy, denied, kernelDriver, freeze             uint32
	lateReplies, lateFull                          uint32
	replies                                        [replyFaults]uint32
	lostClaims, vanish, firmware                   uint32
	patience, seed, clock                          uint32
	accel                                          [3]uint32
	stream                                         [2]streamPage
	modes                                          [modes]modePage
	owner, powered                                 uint32
	led, tilt, misuse, paused, waited              uint32
	opens, resets                                  uint32
	engine                                         uint32
	registers, cmos                                [registers]uint32
	registration                                   [29]int32
	padding                                        [3]uint32
	constShift                                     uint32
	zeroPlane                                      [4]float32
	serial, audioSerial                            [32]byte
}

// A page which csrc/vk.h does not think as long as this is not its twin.
var _ [8740]byte = [unsafe.Sizeof(page{})]byte{}

// registers is how many the camera has of each kind.
const registers = 0x400

// streamPage is an endpoint: what it sends (a Mode, plus one), whether the bus has
// no room for it, and the faults of its packets.
type streamPage struct {
	sending, crowded uint32
	rate, next       [5]uint32
}

type modePage struct{ source, edition, published uint32 }

// A Bus is a directory with a library and the Kinects on its bus.
type Bus struct {
	dir     string
	mapping []byte
	// Kinects are the devices, present or not.
	Kinects []*Kinect
}

// New makes a bus with n Kinects (1 or 2) in a new directory dir and puts the library
// there. To build that it needs a C compiler ($CC, with $CFLAGS) and the headers of
// libusb; what was built is kept in the user's cache for all who come after. The caller
// closes it, and removes dir when no process uses it any more.
func New(dir string, n int) (*Bus, error) {
	if n < 1 || n > 2 {
		return nil, fmt.Errorf("a bus has 1 or 2 virtual Kinects, not %d", n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := build(dir); err != nil {
		return nil, fmt.Errorf("build the virtual Kinect: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "control"), make([]byte, n*pageBytes), 0o644); err != nil {
		return nil, err
	}
	b, err := open(dir)
	if err != nil {
		return nil, err
	}
	b.Reset()
	return b, nil
}

// Attach is the bus of this very process, which Main has started.
func Attach() (*Bus, error) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		return nil, errors.New("this process has no virtual Kinect: its TestMain must call virtual.Main")
	}
	return open(dir)
}

func open(dir string) (*Bus, error) {
	f, err := os.OpenFile(filepath.Join(dir, "control"), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	b := &Bus{dir: dir, mapping: m}
	for i := range len(m) / pageBytes {
		p := (*page)(unsafe.Pointer(&m[i*pageBytes])) // page-aligned, and longer than a page struct
		b.Kinects = append(b.Kinects, &Kinect{bus: b, index: i, page: p})
	}
	return b, nil
}

// Close lets go of the control file. The Kinects of the bus may not be used after.
func (b *Bus) Close() error {
	for _, k := range b.Kinects {
		k.closeLive()
	}
	return syscall.Munmap(b.mapping)
}

// Env is what a program's environment needs, besides what it has, to see this bus
// instead of the machine's own.
func (b *Bus) Env() []string {
	return []string{dirVariable + "=" + b.dir, "LD_LIBRARY_PATH=" + b.dir}
}

// Reset plugs the first Kinect in anew, leaves the others off the bus, and takes
// back whatever was ordered. Logs are emptied.
func (b *Bus) Reset() {
	for i, k := range b.Kinects {
		k.reset(i == 0)
	}
}

// build puts the library into dir, compiled if nobody has compiled it before.
func build(dir string) error {
	cflags, err := exec.Command("pkg-config", "--cflags", "libusb-1.0").Output()
	if err != nil {
		return fmt.Errorf("pkg-config libusb-1.0 (is libusb-1.0-0-dev installed?): %w", err)
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	command := []string{cc, "-shared", "-fPIC", "-O2", "-g", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Wl,-soname," + library}
	command = append(command, strings.Fields(string(cflags))...)
	command = append(command, strings.Fields(os.Getenv("CFLAGS"))...)
	target := filepath.Join(dir, library)
	kept, err := keptLibrary(command)
	if err != nil {
		return compile(dir, target, command) // there is nowhere to keep it
	}
	if _, err := os.Stat(kept); err != nil {
		if err := compile(dir, target, command); err != nil {
			return err
		}
		_ = keep(target, kept) // who comes next compiles again
		return nil
	}
	return copyFile(kept, target)
}

const library = "libusb-1.0.so.0"

// keptLibrary is where the library lies that the command makes of these sources, once it
// was compiled: in the user's cache.
func keptLibrary(command []string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", command)
	entries, err := sources.ReadDir("csrc")
	for _, e := range entries {
		text, readErr := sources.ReadFile("csrc/" + e.Name())
		err = errors.Join(err, readErr)
		fmt.Fprintf(sum, "%s %d %s", e.Name(), len(text), text)
	}
	dir := filepath.Join(cache, "cutout-virtual-kinect")
	return filepath.Join(dir, hex.EncodeToString(sum.Sum(nil))+".so"), errors.Join(err, os.MkdirAll(dir, 0o755))
}

// keep makes a library that is whole the one that is kept.
func keep(from, kept string) error {
	f, err := os.CreateTemp(filepath.Dir(kept), "new-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), copyFile(from, f.Name()), os.Rename(f.Name(), kept))
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o755)
}

// compile has the command make target of the sources, which it lays into dir.
func compile(dir, target string, command []string) error {
	src := filepath.Join(dir, "src")
	if err := os.MkdirAll(src, 0o755); err != nil {
		return err
	}
	entries, err := sources.ReadDir("csrc")
	if err != nil {
		return err
	}
	args := append(slices.Clone(command[1:]), "-o", target)
	for _, e := range entries {
		text, err := sources.ReadFile("csrc/" + e.Name())
		if err != nil {
			return err
		}
		path := filepath.Join(src, e.Name())
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		if strings.HasSuffix(path, ".c") {
			args = append(args, path)
		}
	}
	if out, err := exec.Command(command[0], append(args, "-lpthread")...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command[0], err, out)
	}
	return nil
}

// calibration writes what the device answers when it is asked for c.
func (p *page) calibration(c kinect.Calibration) {
	var words []int32
	b, err := binary.Append(nil, binary.NativeEndian, c.Register)
	if err == nil {
		words = make([]int32, len(b)/4)
		_, err = binary.Decode(b, binary.NativeEndian, words)
	}
	if err != nil || len(words) != len(p.registration) {
		panic("kinect.Registration is no longer 29 int32")
	}
	copy(p.registration[:], words)
	p.padding = [3]uint32{uint32(c.Padding.StartLines), uint32(c.Padding.EndLines), uint32(c.Padding.CroppingLines)}
	p.constShift = uint32(c.ConstShift)
	z := c.ZeroPlane
	p.zeroPlane = [4]float32{z.EmitterDistance, z.ColourDistance, z.ReferenceDistance, z.ReferencePixel}
}

// Calibration is what a virtual Kinect was measured to be. The registration is one
// real sensor's, as public programs carry it among their test data.
func Calibration() kinect.Calibration {
	c := kinect.DefaultCalibration()
	c.Known = true
	c.Register = kinect.Registration{
		DXCenter: 2048330528, AX: 1964, BX: 56, CX: -26, DX: 600, DXStart: 6161,
		AY: -13, BY: 2825, CY: 684, DY: 5, DYStart: 6434,
		DXBetaStart: 10062, DYBetaStart: 130801, DXBetaInc: 170, DYBetaInc: 136,
		DXDXStart: 2095986, DXDYStart: 890, DYDXStart: 763, DYDYStart: 2096378,
		DXDXDXStart: 134215474, DYDXDXStart: 134217093, DXDXDYStart: 134216989,
		DYDXDYStart: 134216925, DYDYDXStart: 134216984, DYDYDYStart: 134214659,
	}
	return c
}

// RegistrationAt is what a Kinect whose registration is r answers when it is asked
// for the one of a video mode: at 1280x1024 the grid lies a little elsewhere, so that
// a driver which does not ask anew after a change of mode is found out.
func RegistrationAt(r kinect.Registration, m kinect.VideoMode) kinect.Registration {
	if m == kinect.VideoBayerSXGA || m == kinect.VideoInfraredSXGA {
		r.DXStart += 128
		r.DYStart -= 64
	}
	return r
}
