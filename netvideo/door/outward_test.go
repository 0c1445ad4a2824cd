package door

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

var atHome = Outside{External: netip.MustParseAddr("11.22.33.44"), Local: netip.MustParseAddr("192.168.77.2")}

func trickle(t testing.TB, candidate string) []byte {
	t.Helper()
	init, err := json.Marshal(map[string]any{"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": nil})
	if err != nil {
		t.Fatal(err)
	}
	data, err := proto.Marshal(&livekit.SignalResponse{Message: &livekit.SignalResponse_Trickle{
		Trickle: &livekit.TrickleRequest{CandidateInit: string(init), Target: livekit.SignalTarget_SUBSCRIBER, Final: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOutward(t *testing.T) {
	const line = "candidate:548742166 1 udp 2130706431 192.168.77.2 7882 typ host ufrag abc"
	var got livekit.SignalResponse
	if err := proto.Unmarshal(atHome.outward(trickle(t, line)), &got); err != nil {
		t.Fatal(err)
	}
	var init struct {
		Candidate string `json:"candidate"`
		SDPMid    string `json:"sdpMid"`
	}
	if err := json.Unmarshal([]byte(got.GetTrickle().GetCandidateInit()), &init); err != nil {
		t.Fatal(err)
	}
	if want := "candidate:548742166x 1 udp 2130706430 11.22.33.44 7882 typ host ufrag abc"; init.Candidate != want || init.SDPMid != "0" {
		t.Errorf("got %+v, want %s", init, want)
	}
	if got.GetTrickle().GetTarget() != livekit.SignalTarget_SUBSCRIBER || got.GetTrickle().GetFinal() {
		t.Errorf("got %v", &got)
	}
	for what, message := range map[string][]byte{
		"another address": trickle(t, strings.Replace(line, "192.168.77.2", "192.168.77.3", 1)),
		"a relay":         trickle(t, strings.Replace(line, "typ host", "typ relay", 1)),
		"no priority":     trickle(t, strings.Replace(line, "2130706431", "high", 1)),
		"half a line":     trickle(t, "candidate:1 1 udp"),
		"nothing":         nil,
	} {
		if out := atHome.outward(message); out != nil {
			t.Errorf("%s becomes %q", what, out)
		}
	}
	if out := (Outside{}).outward(trickle(t, line)); out != nil {
		t.Errorf("without an outside it becomes %q", out)
	}
}

func FuzzOutward(f *testing.F) {
	f.Add(trickle(f, "candidate:548742166 1 udp 2130706431 192.168.77.2 7882 typ host ufrag abc"))
	f.Add(trickle(f, "candidate:1 1 tcp 1 192.168.77.2 7881 typ host tcptype passive"))
	f.Add(trickle(f, ""))
	f.Add([]byte{0x22, 0x03, 0x0a, 0x01, 0x7b})
	f.Fuzz(func(t *testing.T, message []byte) {
		out := atHome.outward(message)
		if out == nil {
			return
		}
		var got livekit.SignalResponse
		if err := proto.Unmarshal(out, &got); err != nil || !strings.Contains(got.GetTrickle().GetCandidateInit(), "11.22.33.44") {
			t.Errorf("%q becomes %q: %v", message, out, err)
		}
		if atHome.outward(out) != nil {
			t.Errorf("%q is told again", out)
		}
	})
}
