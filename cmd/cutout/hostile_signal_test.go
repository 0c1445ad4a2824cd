package main

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"cutout/netvideo"
	"cutout/netvideo/door"
)

// TestHostileSubscriber: one who may only watch tries to publish by hand, to change what
// the server vouched for, and to speak of others.
func TestHostileSubscriber(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	watcher := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber, Who: door.Who{Name: "Eve"}, Data: "seat 4"})
	eve := join(t, watcher)
	eve.send(addTrack("cam", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA))
	eve.await("the refusal", func(m *livekit.SignalResponse) bool {
		return m.GetRequestResponse().GetReason() == livekit.RequestResponse_NOT_ALLOWED
	})
	for name, update := range map[string]*livekit.UpdateParticipantMetadata{
		"name": {Name: "Moderator"}, "metadata": {Metadata: `{"role":"moderator"}`}, "512 KiB": {Metadata: strings.Repeat("x", 500<<10)},
		"attributes": {Attributes: map[string]string{"cutout.by": "", "cutout.muted": ""}},
	} {
		update.RequestId = 7
		eve.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_UpdateMetadata{UpdateMetadata: update}})
		eve.await("the refusal of a change of "+name, func(m *livekit.SignalResponse) bool {
			return m.GetRequestResponse().GetReason() == livekit.RequestResponse_NOT_ALLOWED ||
				m.GetRequestResponse().GetReason() == livekit.RequestResponse_LIMIT_EXCEEDED
		})
	}
	list, err := s.Connections(t.Context(), id)
	if err != nil || len(list) != 1 || list[0].Name != "Eve" || list[0].Data != "seat 4" || list[0].Role != netvideo.Subscriber {
		t.Errorf("the room sees %+v, %v", list, err)
	}
	if streams, err := s.Streams(t.Context(), id); err != nil || len(streams) != 0 {
		t.Errorf("streams %+v, %v", streams, err)
	}
	// What the address adds to the pass counts for nothing.
	for _, query := range []string{"&publish=spare", "&attributes=eyJjdXRvdXQubXV0ZWQiOiIifQ==", "&access_token=hello"} {
		c, err := attack(t, watcher.URL, watcher.Token, query)
		if err != nil {
			continue // refused is good too
		}
		j := c.await("the join", func(m *livekit.SignalResponse) bool { return m.GetJoin() != nil }).GetJoin()
		if p := j.GetParticipant(); p.GetIdentity() != watcher.Identity || p.GetPermission().GetCanPublish() || len(p.GetAttributes()) > 0 {
			t.Errorf("%s: joined as %v", query, p)
		}
	}
}

// TestHostileSignalling: messages that are none end the connection that sent them, and
// no other.
func TestHostileSignalling(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	ada := join(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}))
	two, err := proto.Marshal(addTrack("a", livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]struct {
		kind int
		data []byte
	}{
		"two requests in one": {websocket.BinaryMessage, append(two, two...)},
		"garbage":             {websocket.BinaryMessage, []byte("\xff\xff\xff\xff\xff")},
		"JSON":                {websocket.TextMessage, []byte(`{"mute":{"sid":"TR_AMx"}}`)},
		"a megabyte":          {websocket.BinaryMessage, make([]byte, 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			eve := join(t, s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher}))
			_ = eve.ws.WriteMessage(m.kind, m.data) // the door may hang up before it has read all
			if err := eve.ended(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, what := range []*livekit.SimulateScenario{
		{Scenario: &livekit.SimulateScenario_NodeFailure{NodeFailure: true}}, {Scenario: &livekit.SimulateScenario_ServerLeave{ServerLeave: true}},
		{Scenario: &livekit.SimulateScenario_SpeakerUpdate{SpeakerUpdate: 5}},
	} {
		ada.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Simulate{Simulate: what}})
	}
	ada.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{PingReq: &livekit.Ping{Timestamp: 1}}})
	ada.await("an answer", func(m *livekit.SignalResponse) bool { return m.GetPongResp() != nil })
}

// evesPass redeems a link as Eve.
func evesPass(t *testing.T, link netvideo.Link) door.Pass {
	t.Helper()
	p, err := door.Redeem(t.Context(), link, door.Who{Name: "Eve"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// offerEndsTheLink shows the stated limit, that who holds an open link is somebody new,
// and that the kick's offer to replace the link ends that.
func offerEndsTheLink(t *testing.T, host door.Pass, id string, link netvideo.Link, code string) {
	t.Helper()
	again := evesPass(t, link)
	back := join(t, again)
	done, err := as(host).Kick(t.Context(), id, door.KickRequest{Connection: again.Identity, ReplaceLinks: true})
	if err != nil || len(done.Links) != 1 || done.Links[0].Code == code {
		t.Fatalf("kick and replace: %+v, %v", done, err)
	}
	if err := back.ended(); err != nil {
		t.Error(err)
	}
	_, err = door.Redeem(t.Context(), link, door.Who{Name: "Eve"})
	wantNo(t, "the replaced link", err, door.CodeInviteRevoked)
	fresh, err := netvideo.ParseLink(done.Links[0].Link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.Redeem(t.Context(), fresh, door.Who{Name: "Bo"}); err != nil {
		t.Errorf("the new link: %v", err)
	}
}

// TestKickSticks: a kicked person is cut off at once, and comes back with nothing that
// the redemption ever gave.
func TestKickSticks(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	host := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator, Who: door.Who{Name: "Host"}})
	invite, link := invited(t, as(host), door.InviteRequest{Session: id})
	ada, eves := evesPass(t, link), evesPass(t, link)
	other, err := eves.Sibling(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unused, err := other.Sibling(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	here := join(t, ada)
	eve, beside := join(t, eves), join(t, other)
	tokens := map[string]string{
		"the old pass": eves.Token, "its sibling": other.Token, "a sibling never used": unused.Token,
		"its refreshed token": refreshed(eve), "the sibling's refreshed token": refreshed(beside),
	}

	at := time.Now()
	done, err := as(host).Kick(t.Context(), id, door.KickRequest{Connection: other.Identity})
	if err != nil || len(done.Connections) != 2 || !done.Durable || len(done.Links) != 1 || done.Links[0].Code != invite.Code {
		t.Fatalf("kick: %+v, %v", done, err)
	}
	for _, c := range []*attacker{eve, beside} {
		if m, err := c.next(patience, func(m *livekit.SignalResponse) bool { return m.GetLeave() != nil }); err != nil || m.GetLeave().GetReason() != livekit.DisconnectReason_PARTICIPANT_REMOVED {
			t.Errorf("the kicked hears %v, %v", m, err)
		}
		if err := c.ended(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("cut off %v after the request", time.Since(at))
	for name, token := range tokens {
		_, err := attack(t, s.URL, token, "")
		wantNo(t, name, err, door.CodeRevoked)
		_, err = door.Pass{URL: s.URL, Token: token, Session: id}.Sibling(t.Context())
		wantNo(t, "a new sibling with "+name, err, door.CodeRevoked)
		wantNo(t, "a vote with "+name, door.Pass{URL: s.URL, Token: token, Session: id}.Signal(t.Context(), netvideo.Signal{Type: "vote"}), door.CodeRevoked)
	}
	offerEndsTheLink(t, host, id, link, invite.Code)
	here.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{PingReq: &livekit.Ping{Timestamp: 1}}})
	here.await("an answer: Ada stays", func(m *livekit.SignalResponse) bool { return m.GetPongResp() != nil })
	acts, err := as(host).Audit(t.Context(), id, 10)
	if err != nil || len(acts) != 2 || acts[0].Act != "kick" || acts[0].Who != host.Identity || acts[0].Result != "done" || acts[1].Whom != other.Identity {
		t.Errorf("the audit is %+v, %v", acts, err)
	}
	if err := as(host).LiftBan(t.Context(), id, eves.Identity); err != nil {
		t.Fatal(err)
	}
	join(t, eves)
}

// TestKickedModerator: what a moderator made goes with him.
func TestKickedModerator(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	eves := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator, Who: door.Who{Name: "Eve"}})
	spare, err := as(eves).CreatePass(t.Context(), door.PassRequest{Session: id, Role: netvideo.Moderator})
	if err != nil {
		t.Fatal(err)
	}
	_, link := invited(t, as(eves), door.InviteRequest{Session: id})
	_, err = as(eves).CreateInvite(t.Context(), door.InviteRequest{Session: id, Role: netvideo.Moderator})
	wantNo(t, "an invite for moderators", err, door.CodeForbidden)
	_, err = as(eves).Kick(t.Context(), id, door.KickRequest{Connection: eves.Identity})
	wantNo(t, "kicking oneself", err, door.CodeBadRequest)
	on := join(t, spare)
	if _, err := s.Kick(t.Context(), id, door.KickRequest{Connection: eves.Identity}); err != nil {
		t.Fatal(err)
	}
	if err := on.ended(); err != nil {
		t.Error(err)
	}
	for name, p := range map[string]door.Pass{"the moderator": eves, "the spare": spare} {
		_, err := attack(t, s.URL, p.Token, "")
		wantNo(t, name, err, door.CodeRevoked)
		_, err = as(p).Kick(t.Context(), id, door.KickRequest{Connection: "x"})
		wantNo(t, name+" kicks", err, door.CodeRevoked)
	}
	_, err = door.Redeem(t.Context(), link, door.Who{})
	wantNo(t, "the moderator's link", err, door.CodeInviteRevoked)
}

// TestHostileReplays: what may be used once is used once, and still admits its own
// reconnect.
func TestHostileReplays(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	_, link := invited(t, s.Admin, door.InviteRequest{Session: id, Uses: 1})
	results := make(chan error, 12)
	for range cap(results) {
		go func() {
			_, err := door.Redeem(t.Context(), link, door.Who{Name: "Eve"})
			results <- err
		}()
	}
	redeemed := 0
	for range cap(results) {
		if err := <-results; err == nil {
			redeemed++
		} else {
			wantNo(t, "a second use", err, door.CodeInviteUsedUp, door.CodeTooManyTries)
		}
	}
	if redeemed != 1 {
		t.Errorf("one use gave %d passes", redeemed)
	}

	once := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Publisher, Once: true})
	first := join(t, once)
	renewed := refreshed(first)
	go func() { // it is there: it answers pings
		_, _ = first.next(patience, func(*livekit.SignalResponse) bool { return false })
	}()
	_, err := attack(t, s.URL, once.Token, "")
	wantNo(t, "a copy while its holder is inside", err, door.CodeUsedUp)
	_, err = attack(t, s.URL, renewed, "")
	wantNo(t, "a copy of the refreshed token", err, door.CodeUsedUp)
	_, err = once.Sibling(t.Context())
	wantNo(t, "a sibling of a single-use pass", err, door.CodeForbidden)
	_ = first.ws.NetConn().Close() // the network breaks
	var second *attacker
	waitUntil(t, s.program, "its own reconnect is let in", func() bool {
		second, err = attack(t, s.URL, once.Token, "")
		return err == nil
	})
	second.await("the join", func(m *livekit.SignalResponse) bool { return m.GetJoin() != nil })
	second.leave()
	for name, token := range map[string]string{"the pass": once.Token, "its refreshed token": renewed} {
		_, err = attack(t, s.URL, token, "")
		wantNo(t, name+" after its holder left", err, door.CodeUsedUp)
	}
}

// TestHandover: moderation goes to one person, and is gone from the other.
func TestHandover(t *testing.T) {
	s := startTarget(t)
	id := s.session(t, door.ManyToMany)
	hosts := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Moderator, Who: door.Who{Name: "Host"}})
	spare, err := as(hosts).CreatePass(t.Context(), door.PassRequest{Session: id, Role: netvideo.Moderator})
	if err != nil {
		t.Fatal(err)
	}
	heirs := s.pass(t, door.PassRequest{Session: id, Role: netvideo.Subscriber, Who: door.Who{Name: "Heir"}})
	join(t, hosts)
	heir := join(t, heirs)
	if _, err := as(hosts).Handover(t.Context(), id, door.HandoverRequest{Connection: heirs.Identity}); err != nil {
		t.Fatal(err)
	}
	heir.await("the new role", func(m *livekit.SignalResponse) bool {
		for _, p := range m.GetUpdate().GetParticipants() {
			if p.GetIdentity() == heirs.Identity && strings.Contains(p.GetMetadata(), `"role":"moderator"`) && p.GetPermission().GetCanPublish() {
				return true
			}
		}
		return false
	})
	for name, p := range map[string]door.Pass{"who handed over": hosts, "the spare": spare} {
		_, err := as(p).Mute(t.Context(), id, door.MuteRequest{All: true})
		wantNo(t, name, err, door.CodeForbidden)
	}
	if _, err := as(heirs).Kick(t.Context(), id, door.KickRequest{Connection: hosts.Identity}); err != nil {
		t.Errorf("the heir: %v", err)
	}
	// The heir's old pass carries the new role to LiveKit.
	j := join2(t, heirs).GetParticipant()
	if !strings.Contains(j.GetMetadata(), `"role":"moderator"`) || !j.GetPermission().GetCanPublish() {
		t.Errorf("back as %v", j)
	}
}

func join2(t *testing.T, p door.Pass) *livekit.JoinResponse {
	t.Helper()
	c, err := attack(t, p.URL, p.Token, "")
	if err != nil {
		t.Fatal(err)
	}
	return c.await("the join", func(m *livekit.SignalResponse) bool { return m.GetJoin() != nil }).GetJoin()
}
