package server_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"cutout/netvideo"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/door"
	"cutout/netvideo/probe"
	"cutout/netvideo/server"
)

// TestLoad loads a server behind its door and the same LiveKit without one, by turns,
// with growing numbers of publishers and watchers who receive them all, until frames are
// late. CUTOUT_LOAD is how long each load lasts, for example 10s; without it the test
// is skipped. It prints a table; docs/scaling.md has one.
func TestLoad(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("CUTOUT_LOAD"))
	if err != nil || span <= 0 {
		t.Skip("CUTOUT_LOAD says how long each load lasts, for example 10s")
	}
	clip := cameraClip(t)
	behind, plain := loadBehindDoor(t), loadPlain(t)
	t.Logf("%d cores; 640x480, 30 frames/s, %d kbit/s a stream; a frame is late after %v", runtime.NumCPU(), clipKbps(clip), probe.Lateness)
	t.Logf("%-6s %10s %8s %9s %9s %9s %9s %9s %9s %6s", "server", "publishers", "watchers", "streams", "frames/s", "late %", "mean ms", "worst ms", "CPU %", "MB")
	var cpu, frames [2]float64
	for i, load := range [][2]int{{1, 4}, {2, 8}, {4, 8}, {4, 16}, {4, 32}, {8, 32}, {8, 48}, {8, 64}, {8, 96}, {8, 128}} {
		pair := []loaded{behind, plain}
		if i%2 == 1 {
			pair = []loaded{plain, behind}
		}
		now, late := loadBoth(t, clip, pair, load, span)
		if late { // something else may have wanted the machine
			now, late = loadBoth(t, clip, pair, load, span)
		}
		if late {
			t.Logf("with %d streams frames are late, twice", load[0]*load[1])
			break
		}
		for i, r := range now {
			cpu[i], frames[i] = cpu[i]+r.cpu, frames[i]+r.frames
		}
	}
	if frames[0] > 0 && frames[1] > 0 {
		each := [2]float64{cpu[0] / frames[0] * 10_000, cpu[1] / frames[1] * 10_000} // per cent of a core for a frame a second, in µs
		t.Logf("processor time for a frame that was sent on, all loads carried in time: %.1f µs behind the door, %.1f µs without it: the door costs %+.1f %%", each[0], each[1], 100*(each[0]/each[1]-1))
	}
}

// loadBoth gives both servers one load, one after the other; late is when either could
// not carry it in time.
func loadBoth(t *testing.T, clip probe.Clip, pair []loaded, load [2]int, span time.Duration) (now [2]loadResult, late bool) {
	t.Helper()
	for _, s := range pair {
		r := s.run(t, clip, load[0], load[1], span)
		now[s.at] = r
		late = late || r.late() > 1 || r.frames < 0.95*float64(30*load[0]*load[1])
		t.Logf("%-6s %10d %8d %9d %9.0f %9.2f %9.1f %9.1f %9.0f %6d", s.name, load[0], load[1], load[0]*load[1], r.frames, r.late(), r.Mean.Seconds()*1000, r.Worst.Seconds()*1000, r.cpu, r.memory>>20)
	}
	return now, late
}

// loaded is a server under load; at is its place in the sums.
type loaded struct {
	name string
	at   int
	s    *server.Supervisor
	pass func(role netvideo.Role, session string) string
}

func loadBehindDoor(t *testing.T) loaded {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state.json")
	s := serveAgain(t, state)
	keys, err := door.ReadKeys(state)
	if err != nil {
		t.Fatal(err)
	}
	a := door.Admin{URL: s.State().Ready.URL, Keys: keys}
	known := map[string]bool{}
	return loaded{"door", 0, s, func(role netvideo.Role, session string) string {
		t.Helper()
		if !known[session] {
			if _, err := a.CreateSession(t.Context(), door.SessionRequest{ID: session}); err != nil {
				t.Fatal(err)
			}
			known[session] = true
		}
		return mustPass(t, a, session, role).Token
	}}
}

func loadPlain(t *testing.T) loaded {
	t.Helper()
	s := start(t, childOptions("run"))
	n := 0
	return loaded{"plain", 1, s, func(role netvideo.Role, session string) string {
		t.Helper()
		n++
		return plainToken(t, role, fmt.Sprintf("%s%d", role, n), session)
	}}
}

// plainToken is LiveKit's own kind, for a server without a door.
func plainToken(t *testing.T, role netvideo.Role, identity, session string) string {
	t.Helper()
	return sign(t, identity, map[string]any{"roomJoin": true, "room": session, "canPublish": role.Publishes(), "canSubscribe": true, "canPublishData": role.Publishes()})
}

func sign(t *testing.T, identity string, grant map[string]any) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": testKey, "sub": identity, "exp": time.Now().Add(time.Hour).Unix(), "video": grant,
	}).SignedString([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

type loadResult struct {
	probe.Received
	frames float64 // received a second
	cpu    float64 // of the server, 100 is one core
	memory int     // resident, bytes
}

func (r loadResult) late() float64 {
	if r.Frames == 0 {
		return 100
	}
	return 100 * float64(r.Late) / float64(r.Frames)
}

// run joins so many publishers and watchers, and measures for the span once everybody
// sees everything, or a while after that should have been.
func (l loaded) run(t *testing.T, clip probe.Clip, publishers, watchers int, span time.Duration) loadResult {
	t.Helper()
	url := l.s.State().Ready.URL
	session := fmt.Sprintf("load-%d-%d-%d", publishers, watchers, time.Now().Unix())
	join := func(role netvideo.Role, listen bool) *probe.Client {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for {
			c, err := probe.Join(ctx, probe.Options{URL: url, Token: l.pass(role, session), Listen: listen, Way: probe.UDP})
			if err == nil {
				return c
			}
			if !errors.Is(err, probe.ErrTurnedAway) || ctx.Err() != nil { // too many from one address for now
				t.Fatalf("join as %s: %v", role, err)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	sending, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var all []*probe.Client
	defer func() {
		stop()
		wg.Wait()
		for _, c := range all {
			c.Close()
		}
	}()
	for range publishers {
		c := join(netvideo.Publisher, false)
		all = append(all, c)
		wg.Go(func() {
			if err := c.Publish(sending, clip); err != nil && sending.Err() == nil {
				t.Errorf("publish: %v", err)
			}
		})
	}
	var looking []*probe.Client
	for range watchers {
		c := join(netvideo.Subscriber, true)
		all, looking = append(all, c), append(looking, c)
	}
	settled(looking, publishers*watchers)
	return l.measure(t, looking, span)
}

// settled waits until all streams flow; a server that is overloaded never gets there.
func settled(looking []*probe.Client, streams int) {
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if sum(looking).Streams >= streams {
			break
		}
	}
	time.Sleep(2500 * time.Millisecond) // the clip's next key frame
	sum(looking)
}

func sum(looking []*probe.Client) probe.Received {
	var r probe.Received
	for _, c := range looking {
		r = r.Add(c.Received())
	}
	return r
}

func (l loaded) measure(t *testing.T, looking []*probe.Client, span time.Duration) loadResult {
	t.Helper()
	begin, before := time.Now(), processorTime(t, l.s.State().PID)
	time.Sleep(span)
	took := time.Since(begin)
	used := processorTime(t, l.s.State().PID) - before
	r := sum(looking)
	return loadResult{Received: r, frames: float64(r.Frames) / took.Seconds(), cpu: 100 * used.Seconds() / took.Seconds(), memory: residentMemory(l.s.State().PID)}
}

// processorTime is what a process has used, from /proc/PID/stat (proc(5): utime and
// stime are the 14th and 15th, in hundredths of a second).
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Skipf("processor time can't be told here: %v", err)
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// residentMemory is the second number of /proc/PID/statm (proc(5)), in pages.
func residentMemory(pid int) int {
	data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm") // none reads as 0
	var size, resident int
	_, _ = fmt.Sscan(string(data), &size, &resident)
	return resident * os.Getpagesize()
}

// cameraClip is two seconds of VP8 at a camera's default size, rate and bit rate.
func cameraClip(t *testing.T) probe.Clip {
	t.Helper()
	const width, height, fps = 640, 480, 30
	e, err := vp8.NewEncoder(vp8.EncoderOptions{Width: width, Height: height, FPS: fps, Kbps: 700})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	clip := probe.Clip{FPS: fps, Width: width, Height: height}
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2 * fps {
		for j := range 40 { // some squares change, as where somebody moves
			x, y, v := r.IntN(width-16), r.IntN(height-16), uint8(r.UintN(256))
			for k := range 16 * 16 {
				img.Y[img.YOffset(x+k%16, y+k/16)] = v + uint8(j)
			}
		}
		p, err := e.Encode(img, time.Duration(i)*time.Second/fps)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Data) > 0 {
			clip.Frames = append(clip.Frames, p.Data)
		}
	}
	return clip
}

func clipKbps(c probe.Clip) int {
	n := 0
	for _, f := range c.Frames {
		n += len(f)
	}
	return n * 8 / 1000 * c.FPS / len(c.Frames)
}
