package door

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// An Outside is an address on the internet from which a router or a cloud passes
// packets on to one of this machine's, ports unchanged. The zero value is none.
type Outside struct {
	External, Local netip.Addr
}

// LiveKit's signalling (see signalling.go), and a candidate's line (RFC 8839, 5.1).
const (
	responseTrickle  = 4
	trickleCandidate = 1
	trickleTarget    = 2

	candidatePriority = 3
	candidateAddress  = 4
	candidateKind     = 7
)

// outward is what to tell a client before it is told of an address of the media's that
// has another name outside: the same, by that name. LiveKit itself need not know: it
// answers where packets come from. nil for all other messages.
//
// Having LiveKit offer both (its advertise_internal_ip) makes pion keep one socket as two
// candidates, and now and then it nominates neither.
func (o Outside) outward(message []byte) []byte {
	if !o.External.IsValid() || o.External == o.Local {
		return nil
	}
	var said string
	var target uint64
	found := false
	err := eachField(message, func(f field) {
		if f.number != responseTrickle || f.kind != protowire.BytesType {
			return
		}
		found = eachField(f.bytes, func(f field) {
			switch {
			case f.number == trickleCandidate && f.kind == protowire.BytesType:
				said = string(f.bytes)
			case f.number == trickleTarget && f.kind == protowire.VarintType:
				target = f.varint
			}
		}) == nil
	})
	if err != nil || !found {
		return nil
	}
	renamed := o.rename(said)
	if renamed == nil {
		return nil
	}
	var trickle []byte
	trickle = protowire.AppendTag(trickle, trickleCandidate, protowire.BytesType)
	trickle = protowire.AppendBytes(trickle, renamed)
	trickle = protowire.AppendTag(trickle, trickleTarget, protowire.VarintType)
	trickle = protowire.AppendVarint(trickle, target)
	out := protowire.AppendTag(nil, responseTrickle, protowire.BytesType)
	return protowire.AppendBytes(out, trickle)
}

// rename is the candidate, as JSON, under its name outside; nil for another address's.
func (o Outside) rename(said string) []byte {
	var init map[string]json.RawMessage
	var line string
	if json.Unmarshal([]byte(said), &init) != nil || json.Unmarshal(init["candidate"], &line) != nil {
		return nil
	}
	f := strings.Fields(line)
	if len(f) <= candidateKind || f[candidateKind] != "host" || f[candidateAddress] != o.Local.String() {
		return nil
	}
	priority, err := strconv.ParseUint(f[candidatePriority], 10, 32)
	if err != nil || priority == 0 {
		return nil
	}
	// Where both work, the one without the router's detour is better.
	f[candidatePriority] = strconv.FormatUint(priority-1, 10)
	f[0], f[candidateAddress] = f[0]+"x", o.External.String()
	if init["candidate"], err = json.Marshal(strings.Join(f, " ")); err != nil {
		return nil
	}
	renamed, err := json.Marshal(init)
	if err != nil {
		return nil
	}
	return renamed
}
