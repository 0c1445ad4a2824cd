package door

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"cutout/netvideo"
)

// media is a set of media.
type media uint8

const (
	audio media = 1 << iota
	video
	noMedia media = 0
)

// mediaOf reads a list; an empty one means the sound.
func mediaOf(list []netvideo.Medium) (media, error) {
	var m media
	for _, medium := range list {
		switch medium {
		case netvideo.Audio:
			m |= audio
		case netvideo.Video:
			m |= video
		default:
			return 0, refuse(CodeBadRequest, fmt.Sprintf("%.20q is no medium: audio and video are", string(medium)))
		}
	}
	if m == noMedia {
		m = audio
	}
	return m, nil
}

func (m media) list() []netvideo.Medium {
	var list []netvideo.Medium
	if m&audio != 0 {
		list = append(list, netvideo.Audio)
	}
	if m&video != 0 {
		list = append(list, netvideo.Video)
	}
	return list
}

// attribute is how the room is told; see netvideo.MutedAttribute.
func (m media) attribute() string { return netvideo.FormatMuted(m&video != 0, m&audio != 0) }

func (m media) MarshalJSON() ([]byte, error) { return json.Marshal(m.list()) }

func (m *media) UnmarshalJSON(data []byte) error {
	var list []netvideo.Medium
	if err := json.Unmarshal(data, &list); err != nil || len(list) == 0 {
		*m = noMedia
		return err
	}
	var err error
	*m, err = mediaOf(list)
	return err
}

// A muting is what the moderators of a session decided about sound and pictures. Like
// all of a state it never changes.
type muting struct {
	// Held are held muted one by one, by family.
	Held map[string]media `json:"held,omitempty"`
	// All is held muted for everyone but moderators and Except, by family.
	All    media           `json:"all,omitempty"`
	Except map[string]bool `json:"except,omitempty"`
	// OnJoin starts muted for those whose pass was made after Since.
	OnJoin media     `json:"onJoin,omitempty"`
	Since  time.Time `json:"since,omitzero"`
}

// held is what a moderator holds muted of somebody's.
func (m muting) held(family string, role netvideo.Role) media {
	h := m.Held[family]
	if role != netvideo.Moderator && !m.Except[family] {
		h |= m.All
	}
	return h
}

// onJoin is what somebody starts muted with.
func (m muting) onJoin(family string, role netvideo.Role, joined time.Time) media {
	if role == netvideo.Moderator || m.Except[family] || joined.Before(m.Since) {
		return noMedia
	}
	return m.OnJoin
}

// holdOne is m with one more held muted.
func (m muting) holdOne(family string, what media) muting {
	m.Held = maps.Clone(m.Held)
	made(&m.Held)
	m.Held[family] |= what
	return m
}

// holdAll is m with everyone held muted, or those who come starting muted.
func (m muting) holdAll(except []string, what media, lock, onJoin bool, now time.Time) muting {
	if lock {
		m.All |= what
	}
	if onJoin {
		m.OnJoin |= what
		m.Since = now
	}
	m.Except = map[string]bool{}
	for _, f := range except {
		m.Except[f] = true
	}
	return m
}

// releaseOne is m with one no longer held. What is held of all stays so for the others.
func (m muting) releaseOne(family string, what media) muting {
	m.Held = maps.Clone(m.Held)
	if left := m.Held[family] &^ what; left != noMedia {
		m.Held[family] = left
	} else {
		delete(m.Held, family)
	}
	if m.All&what != 0 {
		// The one medium of all that is not released is held of this one alone.
		if rest := m.All &^ what; rest != noMedia {
			m = m.holdOne(family, rest)
		}
		m.Except = maps.Clone(m.Except)
		made(&m.Except)
		m.Except[family] = true
	}
	return m
}

// releaseAll is m with nobody held, now and later.
func (m muting) releaseAll(what media) muting {
	held := map[string]media{}
	for f, h := range m.Held {
		if h &^= what; h != noMedia {
			held[f] = h
		}
	}
	m.Held, m.All, m.OnJoin = held, m.All&^what, m.OnJoin&^what
	return m
}

// size is how many connections it names.
func (m muting) size() int { return len(m.Held) + len(m.Except) }

// families are those of connections.
func families(identities []string) []string {
	list := make([]string, 0, len(identities))
	for _, id := range identities {
		list = append(list, family(id))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
