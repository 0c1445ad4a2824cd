package room

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cutout/netvideo"
	"cutout/netvideo/room/internal/wire"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/proto"
)

// What the server says about paused tracks is read off a real WebSocket, through the
// dialer that the SDK uses.
func TestPausedByServer(t *testing.T) {
	say := func(state livekit.StreamState) []byte {
		b, err := proto.Marshal(&livekit.SignalResponse{Message: &livekit.SignalResponse_StreamStateUpdate{
			StreamStateUpdate: &livekit.StreamStateUpdate{StreamStates: []*livekit.StreamStateInfo{
				{ParticipantSid: "PA_1", TrackSid: "TR_1", State: state}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for _, m := range [][]byte{[]byte("rubbish"), say(livekit.StreamState_PAUSED), say(livekit.StreamState_ACTIVE)} {
			if err := c.WriteMessage(websocket.BinaryMessage, m); err != nil {
				t.Error(err)
			}
		}
	}))
	defer srv.Close()
	dialPatiently()
	var got []streamState
	l := &link{post: func(m message) { got = append(got, m.what.(streamState)) }}
	l.farewells.heard = l.overhear
	c, _, err := websocket.DefaultDialer.DialContext(context.WithValue(context.Background(), farewellsKey{}, &l.farewells),
		"ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if _, _, err := c.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[0] != (streamState{"TR_1", true}) || got[1] != (streamState{"TR_1", false}) {
		t.Fatalf("%+v was overheard", got)
	}
	r := newRoom(Options{}.withDefaults(), "http://127.0.0.1:1", wire.Claims{})
	pub := &lksdk.RemoteTrackPublication{}
	r.streams["a/camera"] = &stream{Stream: netvideo.Stream{HasVideo: true}, room: r, videoPub: pub}
	for _, m := range got {
		m.sid = pub.SID()
		r.paused(m)
		if why := r.streams["a/camera"].noPicture(r.self.Joined, false); (why == netvideo.PausedByServer) != m.paused {
			t.Errorf("paused %v: no picture because %q", m.paused, why)
		}
	}
}
