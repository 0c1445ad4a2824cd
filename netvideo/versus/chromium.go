package versus

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

var (
	//go:embed page.html
	pageHTML []byte
	//go:embed page.js
	pageJS []byte
)

// ErrNoChromium means that there is no browser here.
var ErrNoChromium = errors.New("there is no Chromium here")

// FindChromium returns the browser's path.
func FindChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoChromium
}

// chromium is a browser with one page, and the keeper who serves that page and takes
// what it says.
type chromium struct {
	clip *Clip
	lib  []byte

	web     *http.Server
	browser *exec.Cmd
	tools   *devtools
	session string
	running sync.WaitGroup
	ended   chan struct{} // the browser has

	mu       sync.Mutex
	arrivals []Arrival
	fault    error // of the page
}

// newChromium starts a browser, whose profile is in the directory.
func newChromium(dir string) (_ client, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	lib, err := FetchLiveKit(ctx)
	if err != nil {
		return nil, err
	}
	c := &chromium{clip: NewClip(), lib: lib, ended: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the page: %w", err)
	}
	c.web = &http.Server{Handler: c.pages(), ReadHeaderTimeout: callTime}
	c.running.Go(func() { _ = c.web.Serve(l) })
	page := "http://" + l.Addr().String() + "/"
	if err := c.launch(dir, page); err != nil {
		return nil, err
	}
	return c, c.await(ctx)
}

// launch starts the browser on a page.
func (c *chromium) launch(dir, page string) error {
	path, err := FindChromium()
	if err != nil {
		return err
	}
	toR, toW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start the browser: %w", err)
	}
	fromR, fromW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, toR.Close(), toW.Close())
	}
	b := exec.Command(path, "--headless=new", "--no-sandbox", "--remote-debugging-pipe",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--no-first-run", "--disable-extensions", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--mute-audio",
		"--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
		"--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns,Translate,MediaRouter",
		"--window-size=800,600", page)
	b.ExtraFiles = []*os.File{toR, fromW} // 3 and 4, where the browser looks for them
	b.Stderr = os.Stderr
	b.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	b.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.Start()
	_, _ = toR.Close(), fromW.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("start the browser: %w", err), toW.Close(), fromR.Close())
	}
	c.browser = b
	c.running.Go(func() { defer close(c.ended); _ = b.Wait() })
	c.tools = newDevtools(fromR, toW, &c.running)
	return nil
}

// await returns once the page is there and has the clock.
func (c *chromium) await(ctx context.Context) error {
	for {
		err := c.open(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("open the page: %w", err)
		case <-c.ended:
			return fmt.Errorf("open the page: %w", errBrowserGone)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *chromium) open(ctx context.Context) (err error) {
	if c.session == "" {
		if c.session, err = c.tools.page(ctx); err != nil {
			return err
		}
	}
	return c.tools.evaluate(ctx, c.session, "versus.open()", nil)
}

// pages is what the keeper serves: the page, the clip, its clock, and an ear.
func (c *chromium) pages() http.Handler {
	mux := http.NewServeMux()
	give := func(path, kind string, data []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(data)
		})
	}
	give("/{$}", "text/html", pageHTML)
	give("/page.js", "text/javascript", pageJS)
	give("/livekit-client.js", "text/javascript", c.lib)
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strconv.FormatFloat(float64(time.Now().UnixMicro())/1000, 'f', 3, 64))
	})
	mux.HandleFunc("GET /clip", func(w http.ResponseWriter, _ *http.Request) {
		for _, f := range c.clip.frames {
			for _, plane := range [][]byte{f.Y, f.Cb, f.Cr} {
				_, _ = w.Write(plane)
			}
		}
	})
	mux.HandleFunc("GET /arrivals", c.listen)
	return mux
}

// listen takes what the page says of each picture.
func (c *chromium) listen(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(16 << 20)
	for {
		_, data, err := ws.Read(r.Context())
		if err != nil {
			return
		}
		a, err := c.hear(data)
		c.mu.Lock()
		if err == nil {
			c.arrivals = append(c.arrivals, a)
		} else if c.fault == nil {
			c.fault = err
		}
		c.mu.Unlock()
	}
}

// hear reads one message of the page: 24 bytes, and rows of luma.
func (c *chromium) hear(data []byte) (Arrival, error) {
	const header = 24
	if len(data) < header {
		return Arrival{}, errors.New("the page's message has no header")
	}
	at := math.Float64frombits(binary.LittleEndian.Uint64(data))
	var n [4]int
	for i := range n {
		n[i] = int(binary.LittleEndian.Uint32(data[8+4*i:]))
	}
	w, h, stride, rows := n[0], n[1], n[2], n[3]
	if w > stride || rows > h || stride*rows != len(data)-header || stride > 1<<14 || h > 1<<14 {
		return Arrival{}, fmt.Errorf("the page's message of %d bytes says it is %d x %d, %d rows of %d", len(data), w, h, rows, stride)
	}
	return c.clip.arrival(data[header:], stride, w, h, time.UnixMicro(int64(at*1000)), rows == h), nil
}

func (c *chromium) join(ctx context.Context, a JoinArgs) (begun time.Time, err error) {
	args, err := json.Marshal(map[string]any{"url": a.URL, "token": a.Token, "publish": a.Publish, "kbps": a.Kbps, "layers": a.Layers})
	if err != nil {
		return begun, err
	}
	var ms float64
	err = c.tools.evaluate(ctx, c.session, "versus.join("+string(args)+")", &ms)
	return time.UnixMicro(int64(ms * 1000)), err
}

func (c *chromium) leave(ctx context.Context) error {
	return c.tools.evaluate(ctx, c.session, "versus.leave()", nil)
}

func (c *chromium) measure(ctx context.Context, m Measurement) error {
	args, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return c.tools.evaluate(ctx, c.session, "versus.measure("+string(args)+")", nil)
}

func (c *chromium) take() []Arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.arrivals
	c.arrivals = nil
	return all
}

func (c *chromium) cpu() (time.Duration, error) { return treeCPU(c.browser.Process.Pid) }

func (c *chromium) stats(ctx context.Context) (s Stats, err error) {
	c.mu.Lock()
	fault := c.fault
	c.mu.Unlock()
	if fault != nil {
		return nil, fault
	}
	return s, c.tools.evaluate(ctx, c.session, "versus.stats()", &s)
}

// close ends the browser, gently for some seconds, and the keeper.
func (c *chromium) close() error {
	if c.browser != nil {
		_ = c.tools.w.Close() // the browser ends when its pipe does
		select {
		case <-c.ended:
		case <-time.After(3 * time.Second):
		}
		_ = syscall.Kill(-c.browser.Process.Pid, syscall.SIGKILL) // what is left of its group
	}
	var err error
	if c.web != nil {
		err = c.web.Close()
	}
	c.running.Wait()
	return err
}
