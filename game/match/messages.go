package match

import (
	"encoding/json"
	"errors"
	"fmt"

	"cutout/game/world"
	"cutout/kinect"
	"cutout/netvideo"
)

// The messages of a match. Their types begin with the version of this protocol;
// other types and other versions are ignored, so that both can share a room.
// All but bodies are JSON objects; fields that are not known are ignored.
const (
	typeHello    = "cutout1/hello"
	typePing     = "cutout1/ping"
	typePong     = "cutout1/pong"
	typeBeat     = "cutout1/beat"
	typeAnnounce = "cutout1/start"
	typeFull     = "cutout1/state"
	typeVerdict  = "cutout1/verdict"
	typeBody     = "cutout1/body"
)

// hello: who I am in the game. Sent to whoever appears, and to all when it changes.
type hello struct {
	Plays bool `json:"plays"`
	Ready bool `json:"ready"`
	// Ask wants a hello in return.
	Ask bool `json:"ask,omitempty"`
	// Match is the one I am in, 0 for none, and Results mine in it so far.
	Match   uint64   `json:"match,string"`
	Results []result `json:"results,omitempty"`
}

// ping asks the host what time it is, and says which match the sender is in; pong is
// the answer, with the shared clock in microseconds. Both lossy.
type ping struct {
	N     uint32 `json:"n"`
	Match uint64 `json:"match,string"`
}

type pong struct {
	N   uint32 `json:"n"`
	Now int64  `json:"now"`
}

// beat is the host's clock for those who may not ask, about every second, lossy.
type beat struct {
	Now int64 `json:"now"`
}

// announce: the host begins a match; its first wall sets out at At on the shared
// clock, in microseconds.
type announce struct {
	Match uint64     `json:"match,string"` // the seed
	At    int64      `json:"at"`
	Walls []wireWall `json:"walls"`
}

// full is a match under way, for those who come late or come back. From the host.
type full struct {
	announce
	Players []record `json:"players"`
}

// record is what the host knows of a player.
type record struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Results []result `json:"results,omitempty"`
}

// result is outcome, fit and fill at one wall; the first is 0 for none yet. A list
// of them begins with the first wall.
type result [3]int

// verdict: how the sender met the last wall, and, to mend what was lost, all walls
// before it.
type verdict struct {
	Match   uint64   `json:"match,string"`
	Results []result `json:"results"`
	Mask    []byte   `json:"mask,omitempty"`

	body *kinect.Grid
}

// body is the sender's body now, in the wall's plane; a mask and nothing else.
type body struct{ grid *kinect.Grid }

// wireWall is a world.Wall; the angles are in the order of kinect.Pose.
type wireWall struct {
	Name       string    `json:"name"`
	Difficulty int       `json:"level"`
	Angles     [12]int16 `json:"pose"`
}

// Bounds of what messages may say.
const (
	maxID      = 256
	maxName    = 200
	maxRecords = 200
	// maxMoment, of clocks in microseconds: a year.
	maxMoment = 366 * 24 * 3600 * 1_000_000
)

// encode makes the type and the data of a message.
func encode(m any) (kind string, data []byte) {
	switch m := m.(type) {
	case *body:
		return typeBody, encodeMask(m.grid, maxBody)
	case *verdict:
		if m.body != nil {
			m.Mask = encodeMask(m.body, maxMask)
		}
		kind = typeVerdict
	case *hello:
		kind = typeHello
	case *ping:
		kind = typePing
	case *pong:
		kind = typePong
	case *beat:
		kind = typeBeat
	case *announce:
		kind = typeAnnounce
	case *full:
		return typeFull, encodeFull(m)
	}
	data, err := json.Marshal(m)
	if err != nil {
		return "", nil // can not happen: these types have nothing that json refuses
	}
	return kind, data
}

// encodeFull leaves out the last players while there are too many for one message.
func encodeFull(m *full) []byte {
	for {
		data, err := json.Marshal(m)
		if err != nil || len(data) <= netvideo.MaxSignalData || len(m.Players) == 0 {
			return data
		}
		m.Players = m.Players[:len(m.Players)-1]
	}
}

// decode reads a message. It returns nil without an error for types it does not
// know.
func decode(kind string, data []byte) (any, error) {
	if len(data) > netvideo.MaxSignalData {
		return nil, fmt.Errorf("reading a %q message: %d bytes are too many", kind, len(data))
	}
	m, err := parse(kind, data)
	if err != nil {
		return nil, fmt.Errorf("reading a %q message: %w", kind, err)
	}
	return m, nil
}

func parse(kind string, data []byte) (any, error) {
	var m interface{ check() error }
	switch kind {
	case typeBody:
		if len(data) > maxBody {
			return nil, fmt.Errorf("%d bytes are too many", len(data))
		}
		g, err := decodeMask(data)
		return &body{g}, err
	case typeHello:
		m = &hello{}
	case typePing:
		m = &ping{}
	case typePong:
		m = &pong{}
	case typeBeat:
		m = &beat{}
	case typeAnnounce:
		m = &announce{}
	case typeFull:
		m = &full{}
	case typeVerdict:
		m = &verdict{}
	default:
		return nil, nil
	}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, err
	}
	return m, m.check()
}

func (m *hello) check() error { return checkResults(m.Results) }
func (m *ping) check() error  { return nil }
func (m *pong) check() error  { return checkMoment(m.Now) }
func (m *beat) check() error  { return checkMoment(m.Now) }

func (m *announce) check() error {
	if m.Match == 0 || len(m.Walls) == 0 || len(m.Walls) > world.MaxWalls {
		return fmt.Errorf("match %d has %d walls", m.Match, len(m.Walls))
	}
	for i := range m.Walls {
		w := m.Walls[i].wall()
		if err := w.Check(); err != nil {
			return fmt.Errorf("wall %d: %w", i, err)
		}
	}
	return checkMoment(m.At)
}

func (m *full) check() error {
	if err := m.announce.check(); err != nil {
		return err
	}
	if len(m.Players) > maxRecords {
		return fmt.Errorf("%d players are too many", len(m.Players))
	}
	for _, r := range m.Players {
		if r.ID == "" || len(r.ID) > maxID || len(r.Name) > maxName {
			return errors.New("a player has no ID, or too long an ID or name")
		}
		if err := checkResults(r.Results); err != nil {
			return err
		}
	}
	return nil
}

func (m *verdict) check() error {
	if len(m.Results) == 0 {
		return errors.New("a verdict has no result")
	}
	if len(m.Mask) > 0 {
		g, err := decodeMask(m.Mask)
		if err != nil {
			return err
		}
		m.body = g
	}
	return checkResults(m.Results)
}

func checkResults(list []result) error {
	if len(list) > world.MaxWalls {
		return fmt.Errorf("%d results are too many", len(list))
	}
	for i, r := range list {
		if r[0] < 0 || r[0] > int(world.Unseen) || r[1] < 0 || r[1] > 1000 || r[2] < 0 || r[2] > 1000 {
			return fmt.Errorf("result %d is out of range: %v", i, r)
		}
	}
	return nil
}

func checkMoment(t int64) error {
	if t < -maxMoment || t > maxMoment {
		return fmt.Errorf("the time %d is out of range", t)
	}
	return nil
}

func (w *wireWall) wall() world.Wall {
	a := &w.Angles
	return world.Wall{Name: w.Name, Difficulty: w.Difficulty, Pose: kinect.Pose{
		Lean: a[0], Head: a[1], LeftShoulder: a[2], LeftElbow: a[3], RightShoulder: a[4], RightElbow: a[5],
		LeftHip: a[6], LeftKnee: a[7], RightHip: a[8], RightKnee: a[9], Squat: a[10], Shift: a[11],
	}}
}

func toWire(w world.Wall) wireWall {
	p := w.Pose
	return wireWall{Name: w.Name, Difficulty: w.Difficulty, Angles: [12]int16{
		p.Lean, p.Head, p.LeftShoulder, p.LeftElbow, p.RightShoulder, p.RightElbow,
		p.LeftHip, p.LeftKnee, p.RightHip, p.RightKnee, p.Squat, p.Shift,
	}}
}

// results of a player, for the wire.
func results(verdicts []world.Verdict) []result {
	var out []result
	for _, v := range verdicts {
		out = append(out, result{int(v.Outcome), v.Fit, v.Fill})
	}
	return out
}

// verdictsOf are results as commands for the world; body goes with the last.
func verdictsOf(id string, list []result, body *kinect.Grid) []world.Command {
	var out []world.Command
	for i, r := range list {
		if r[0] == int(world.Pending) {
			continue
		}
		c := world.Judged{ID: id, Verdict: world.Verdict{Wall: i, Outcome: world.Outcome(r[0]), Fit: r[1], Fill: r[2]}}
		if i == len(list)-1 {
			c.Body = body
		}
		out = append(out, c)
	}
	return out
}
