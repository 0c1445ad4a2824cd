package room

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/server"

	"github.com/livekit/protocol/auth"
	"go.uber.org/goleak"
)

// The server runs in a process of its own, made of this test's binary: it leaves
// goroutines behind, and tests kill it.
const serveEnv = "CUTOUT_ROOM_TEST_SERVE" // PORT/UDP

const (
	testKey    = "testkey"
	testSecret = "a secret for tests that is long enough"
)

func TestMain(m *testing.M) {
	if ports := os.Getenv(serveEnv); ports != "" {
		serve(ports)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		os.Exit(code)
	}))
}

func serve(ports string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if state, ok := strings.CutPrefix(ports, "door:"); ok {
		serveDoor(ctx, state)
		return
	}
	tcp, udp, _ := strings.Cut(ports, "/")
	cfg := server.Config{Key: testKey, Secret: testSecret}
	cfg.Port, _ = strconv.Atoi(tcp)
	cfg.UDP, _ = strconv.Atoi(udp)
	cfg.Ready = func(i server.Info) { fmt.Printf("ready %d %d\n", i.Port, i.UDP) }
	if err := server.Run(ctx, cfg); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
}

// A testServer is a running server.
type testServer struct {
	t     testing.TB
	ports string
	url   string
	cmd   *exec.Cmd
}

func startServer(t testing.TB) *testServer {
	t.Helper()
	if !door.HasNetwork() {
		t.Skip("this machine has no network but its loopback, and LiveKit's SDK needs one")
	}
	s := &testServer{t: t, ports: "0/0"}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *testServer) start() {
	s.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(exe)
	s.cmd.Env = append(os.Environ(), serveEnv+"="+s.ports)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	f := strings.Fields(line)
	if err != nil || len(f) != 3 || f[0] != "ready" {
		s.kill()
		s.t.Fatalf("the server said %q: %v", line, err)
	}
	s.ports = f[1] + "/" + f[2] // the same again after a restart
	s.url = "http://127.0.0.1:" + f[1]
}

// kill is kill -9, and waits.
func (s *testServer) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// interrupt asks the server to stop, and waits.
func (s *testServer) interrupt() {
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	_ = s.cmd.Wait()
	s.cmd = nil
}

var identities struct {
	sync.Mutex
	n int
}

// token makes a pass as the door does.
func token(t testing.TB, session, name string, role netvideo.Role) string {
	t.Helper()
	meta, err := netvideo.Vouched{Role: role, Data: "of " + name, Native: true, Joined: time.Now().UnixMilli()}.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	identities.Lock()
	identities.n++
	id := fmt.Sprintf("%s#%d", strings.ToLower(name), identities.n)
	identities.Unlock()
	may, sees := role.Publishes(), role.Subscribes()
	tok, err := auth.NewAccessToken(testKey, testSecret).SetIdentity(id).SetName(name).SetMetadata(meta).
		SetValidFor(time.Hour).SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: session,
		CanPublish: &may, CanPublishData: &may, CanSubscribe: &sees}).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// expired is tok as it would be two minutes after its end: a minute is forgiven.
func expired(t testing.TB, tok string) string {
	t.Helper()
	parts := strings.Split(tok, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	claims["exp"] = time.Now().Add(-2 * time.Minute).Unix()
	claims["nbf"] = time.Now().Add(-time.Hour).Unix()
	if body, err = json.Marshal(claims); err != nil {
		t.Fatal(err)
	}
	signed := parts[0] + "." + base64.RawURLEncoding.EncodeToString(body)
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
