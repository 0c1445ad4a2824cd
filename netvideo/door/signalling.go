package door

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// What the door reads of LiveKit's signalling, livekit_rtc.proto of protocol v1.49:
// enough to keep a moderator's lock, and to see somebody leave. The numbers are those
// of the fields.
const (
	requestAddTrack = 4
	requestMute     = 5
	requestLeave    = 8
	requestSimulate = 13

	addTrackCid   = 1
	addTrackType  = 3 // AUDIO is 0, VIDEO 1
	addTrackMuted = 6

	muteSid   = 1
	muteMuted = 2

	leaveReason     = 2
	clientInitiated = 1

	responseTrackPublished = 6
	publishedCid           = 1
	publishedTrack         = 2
	trackSid               = 1

	wrappedCompression = 1 // NONE is 0, GZIP 1
	wrappedRequest     = 2
	joinAddTracks      = 5

	maxJoinRequest = 1 << 20
)

var errNotSignalling = errors.New("this is not LiveKit's signalling")

// A rule says what is locked now, and what is to start muted.
type rule struct{ held, onJoin media }

// A verdict is what to do with a client's message.
type verdict struct {
	message []byte // to pass on; nil for none
	began   string // the cid of a track that was made to start muted
	unmute  string // the sid of a track that is, or was, to be unmuted
	left    bool   // the client leaves for good
}

// judge reads a client's message. LiveKit's clients put one request into a message; so
// must everybody, for protobuf would merge two of them into one that nobody has read.
func (r rule) judge(message []byte) (verdict, error) {
	number, kind, n := protowire.ConsumeTag(message)
	if n < 0 {
		return verdict{}, errNotSignalling
	}
	length := protowire.ConsumeFieldValue(number, kind, message[n:])
	if length < 0 || n+length != len(message) {
		return verdict{}, errNotSignalling
	}
	pass := verdict{message: message}
	if kind != protowire.BytesType {
		return pass, nil // a ping
	}
	body, _ := protowire.ConsumeBytes(message[n:])
	switch number {
	case requestAddTrack:
		changed, cid, err := r.addTrack(body)
		if err != nil || changed == nil {
			return pass, err
		}
		out := protowire.AppendTag(nil, number, kind)
		return verdict{message: protowire.AppendBytes(out, changed), began: cid}, nil
	case requestMute:
		sid, unmute, err := readMute(body)
		if err == nil && unmute && mediumOf(sid)&r.held != 0 {
			return verdict{unmute: sid}, nil
		}
		return verdict{message: message, unmute: unmuted(sid, unmute)}, err
	case requestLeave:
		reason, err := varintOf(body, leaveReason)
		pass.left = reason == clientInitiated
		return pass, err
	case requestSimulate:
		return verdict{}, nil // for tests of LiveKit
	}
	return pass, nil
}

func unmuted(sid string, unmute bool) string {
	if unmute {
		return sid
	}
	return ""
}

// addTrack is the request with muted set, where that is the rule; else nil.
func (r rule) addTrack(body []byte) (changed []byte, cid string, err error) {
	kind := audio
	err = eachField(body, func(f field) {
		switch {
		case f.number == addTrackCid && f.kind == protowire.BytesType:
			cid = string(f.bytes)
		case f.number == addTrackType && f.kind == protowire.VarintType:
			if kind = audio; int32(f.varint) == 1 { // an enum has 32 bits
				kind = video
			}
		}
		if f.number != addTrackMuted {
			changed = append(changed, f.raw...)
		}
	})
	if err != nil || kind&(r.held|r.onJoin) == 0 {
		return nil, "", err
	}
	changed = protowire.AppendTag(changed, addTrackMuted, protowire.VarintType)
	return protowire.AppendVarint(changed, 1), cid, nil
}

func readMute(body []byte) (sid string, unmute bool, err error) {
	unmute = true
	err = eachField(body, func(f field) {
		switch {
		case f.number == muteSid && f.kind == protowire.BytesType:
			sid = string(f.bytes)
		case f.number == muteMuted && f.kind == protowire.VarintType:
			unmute = f.varint == 0
		}
	})
	return sid, unmute, err
}

// mediumOf reads a track's id: LiveKit's begin with TR_A or TR_V. What is neither may
// be both.
func mediumOf(sid string) media {
	switch {
	case strings.HasPrefix(sid, "TR_A"):
		return audio
	case strings.HasPrefix(sid, "TR_V"):
		return video
	}
	return audio | video
}

// published reads the server's answer to an AddTrack; ok is false for other messages.
func published(message []byte) (cid, sid string, ok bool) {
	err := eachField(message, func(f field) {
		if f.number != responseTrackPublished {
			return
		}
		ok = eachField(f.bytes, func(f field) {
			switch f.number {
			case publishedCid:
				cid = string(f.bytes)
			case publishedTrack:
				_ = eachField(f.bytes, func(f field) { // an error here is one there
					if f.number == trackSid {
						sid = string(f.bytes)
					}
				})
			}
		}) == nil
	})
	return cid, sid, ok && err == nil && cid != "" && sid != ""
}

// joinRequest applies the rule to what a client asks for while it joins, which some put
// into the address. It comes back uncompressed. The cids are of tracks that were made to
// start muted.
func (r rule) joinRequest(param string) (string, []string, error) {
	data, err := base64.URLEncoding.DecodeString(param)
	if err != nil {
		return "", nil, errNotSignalling
	}
	var request []byte
	var compression uint64
	err = eachField(data, func(f field) {
		switch {
		case f.number == wrappedCompression && f.kind == protowire.VarintType:
			compression = f.varint
		case f.number == wrappedRequest && f.kind == protowire.BytesType:
			request = f.bytes
		}
	})
	if err == nil && int32(compression) == 1 {
		request, err = gunzip(request)
	}
	if err != nil {
		return "", nil, errNotSignalling
	}
	var join []byte
	var cids []string
	var bad error
	err = eachField(request, func(f field) {
		if f.number != joinAddTracks || f.kind != protowire.BytesType {
			join = append(join, f.raw...)
			return
		}
		changed, cid, err := r.addTrack(f.bytes)
		switch {
		case err != nil:
			bad = err
		case changed == nil:
			join = append(join, f.raw...)
		default:
			join = protowire.AppendBytes(protowire.AppendTag(join, joinAddTracks, protowire.BytesType), changed)
			cids = append(cids, cid)
		}
	})
	if err = errors.Join(err, bad); err != nil {
		return "", nil, errNotSignalling
	}
	out := protowire.AppendTag(nil, wrappedRequest, protowire.BytesType)
	return base64.URLEncoding.EncodeToString(protowire.AppendBytes(out, join)), cids, nil
}

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxJoinRequest+1))
	if err == nil && len(out) > maxJoinRequest {
		err = errNotSignalling
	}
	return out, err
}

// A field is one of a message's.
type field struct {
	number protowire.Number
	kind   protowire.Type
	raw    []byte // with its tag
	varint uint64
	bytes  []byte
}

// eachField hands on the fields of a message in their order.
func eachField(message []byte, f func(field)) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errNotSignalling
		}
		length := protowire.ConsumeFieldValue(number, kind, message[n:])
		if length < 0 {
			return errNotSignalling
		}
		one := field{number: number, kind: kind, raw: message[:n+length]}
		switch kind {
		case protowire.VarintType:
			one.varint, _ = protowire.ConsumeVarint(message[n:])
		case protowire.BytesType:
			one.bytes, _ = protowire.ConsumeBytes(message[n:])
		}
		f(one)
		message = message[n+length:]
	}
	return nil
}

// varintOf is a message's field; 0 when it is not there.
func varintOf(message []byte, number protowire.Number) (v uint64, err error) {
	err = eachField(message, func(f field) {
		if f.number == number && f.kind == protowire.VarintType {
			v = f.varint
		}
	})
	return v, err
}
