package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/livekit/protocol/livekit"

	"cutout/netvideo"
	"cutout/netvideo/door"
	"cutout/netvideo/room"
)

// kill ends the server with SIGKILL and starts it again on its state and its ports.
func (s *target) kill(t *testing.T) *target {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.done
	return startTargetOn(t, filepath.Dir(s.state), s.listen, s.udp)
}

// TestKillLosesNoDecision: what a moderator decided holds after a SIGKILL right behind
// the answer.
func TestKillLosesNoDecision(t *testing.T) {
	s := startTarget(t)
	ctx := t.Context()
	id, over := s.session(t, door.ManyToMany), s.session(t, door.ManyToMany)
	host := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator, Who: door.Who{Name: "Host"}})
	kicked := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Eve"}})
	held := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Bo"}})
	heir := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Heir"}})
	once := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Once: true})
	gone := s.pass(t, door.PassRequest{Session: over, Role: netvideo.Publisher})
	join(t, once).leave()
	join(t, heir)
	_, link := invited(t, s.Admin, door.InviteRequest{Session: id, Uses: 1})
	guest, err := door.Redeem(ctx, link, door.Who{Name: "Guest"})
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() (door.Done, error){
		"kick": func() (door.Done, error) { return s.Kick(ctx, id, door.KickRequest{Connection: kicked.Identity}) },
		"mute": func() (door.Done, error) {
			return s.Mute(ctx, id, door.MuteRequest{Connection: held.Identity, Lock: true})
		},
		"handover": func() (door.Done, error) {
			return s.Handover(ctx, id, door.HandoverRequest{Connection: heir.Identity})
		},
		"end": func() (door.Done, error) { return door.Done{Durable: true}, s.EndSession(ctx, over) },
	} {
		if done, err := do(); err != nil || !done.Durable {
			t.Fatalf("%s: %+v, %v", what, done, err)
		}
	}
	acts, err := s.Audit(ctx, id, 10)
	if err != nil || len(acts) != 3 {
		t.Fatalf("the audit is %+v, %v", acts, err)
	}
	keys := s.Keys
	s = s.kill(t)

	if s.Keys != keys {
		t.Error("the key is another one")
	}
	for what, p := range map[string]door.Pass{"the kicked": kicked, "the single-use pass": once, "the ended session's": gone} {
		_, err := attack(t, s.URL, p.Token, "")
		wantNo(t, what, err, door.CodeRevoked, door.CodeUsedUp, door.CodeWrongSession)
	}
	join(t, guest)
	join(t, host)
	_, err = door.Redeem(ctx, link, door.Who{})
	wantNo(t, "the used link", err, door.CodeInviteUsedUp)
	stillHeld(t, held)
	if bans, err := as(heir).Bans(ctx, id); err != nil || len(bans) != 1 || bans[0].ID != kicked.Identity {
		t.Errorf("as the heir, the bans are %+v, %v", bans, err)
	}
	if again, err := s.Audit(ctx, id, 10); err != nil || len(again) != 3 || !again[0].At.Equal(acts[0].At) {
		t.Errorf("the audit is %+v, %v", again, err)
	}
	_, err = s.CreateSession(ctx, door.SessionRequest{ID: over})
	wantNo(t, "the ended session's id", err, door.CodeBadRequest)
}

// stillHeld joins with a pass and fails unless its microphone starts muted.
func stillHeld(t *testing.T, p door.Pass) {
	t.Helper()
	c := join(t, p)
	c.send(addTrack("mic", livekit.TrackType_AUDIO, livekit.TrackSource_MICROPHONE))
	if !awaitPublished(c, "mic").GetMuted() {
		t.Error("the lock is lost")
	}
}

// TestSinglePassComesBack: the holder of a single-use pass comes back by itself when the
// server was killed; nobody comes in with a copy while it is inside, or after it left.
func TestSinglePassComesBack(t *testing.T) {
	if !door.HasNetwork() {
		t.Skip("media need a network interface beside the loopback")
	}
	s := startTarget(t)
	once := s.pass(t, door.PassRequest{Session: s.session(t, door.ManyToMany), Role: netvideo.Publisher, Once: true})
	r, err := room.Join(t.Context(), room.Options{URL: once.URL, Token: once.Token, JoinTimeout: patience, RejoinFor: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for range 2 {
		_, err := attack(t, s.URL, once.Token, "")
		wantNo(t, "a copy", err, door.CodeUsedUp)
		rejoins := r.Stats().Rejoins
		s = s.kill(t)
		waitUntil(t, s.program, "the holder is back", func() bool { return r.Stats().Rejoins > rejoins })
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = attack(t, s.URL, once.Token, "")
	wantNo(t, "a copy after the holder left", err, door.CodeUsedUp)
}

// smallDisk is a file system of 256 KiB.
func smallDisk(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("this test needs the right to mount: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}

// fill leaves no room on dir's disk until the file that it names is removed.
func fill(t *testing.T, dir string) (name string) {
	t.Helper()
	name = filepath.Join(dir, "full")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 512))
	}
	_ = f.Close()
	return name
}

// TestFullDisk: when nothing can be written, bans hold all the same and the answer says
// so; what would open something is refused; everybody inside goes on.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	s := startTargetOn(t, dir, "127.0.0.1:0", 0)
	ctx := t.Context()
	id := s.session(t, door.ManyToMany)
	host := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator})
	eves := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Eve"}})
	bos := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Who: door.Who{Name: "Bo"}})
	_, link := invited(t, s.Admin, door.InviteRequest{Session: id, Uses: 1})
	eve := join(t, eves)
	full := fill(t, dir)

	_, err := s.CreateSession(ctx, door.SessionRequest{})
	wantNo(t, "a session", err, door.CodeDiskFull)
	_, err = s.CreateInvite(ctx, door.InviteRequest{Session: id})
	wantNo(t, "an invite", err, door.CodeDiskFull)
	_, err = door.Redeem(ctx, link, door.Who{})
	wantNo(t, "a use that can't be written down", err, door.CodeDiskFull)
	done, err := as(host).Kick(ctx, id, door.KickRequest{Connection: eves.Identity})
	if err != nil || done.Durable || len(done.Connections) != 1 {
		t.Errorf("kick: %+v, %v", done, err)
	}
	if err := eve.ended(); err != nil {
		t.Error(err)
	}
	_, err = attack(t, s.URL, eves.Token, "")
	wantNo(t, "the kicked", err, door.CodeRevoked)
	join(t, bos)
	if list, err := as(host).Connections(ctx, id); err != nil || len(list) != 1 {
		t.Errorf("connections %+v, %v", list, err)
	}
	if got := health(t, s.URL); !strings.Contains(got, "diskFull") {
		t.Errorf("its health is %s", got)
	}

	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, s.program, "the ban is written down", func() bool { return strings.Contains(health(t, s.URL), "ok") })
	s = s.kill(t)
	_, err = attack(t, s.URL, eves.Token, "")
	wantNo(t, "the kicked, after a SIGKILL", err, door.CodeRevoked)
	if acts, err := s.Audit(ctx, id, 10); err != nil || len(acts) != 1 || acts[0].Act != "kick" {
		t.Errorf("the audit is %+v, %v", acts, err)
	}
}

func health(t *testing.T, base string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return string(body)
}
