package room

import (
	"slices"
	"sync"

	"github.com/livekit/protocol/livekit"
)

// watches are which qualities of our tracks somebody looks at, as the server says. (The
// SDK keeps it to itself: server-sdk-go 2.17.0, publication.go 484.)
type watches struct {
	mu  sync.Mutex
	sid map[string][]livekit.VideoQuality // looked at, of each track that was spoken of
}

// heard takes what the server says.
func (w *watches) heard(u *livekit.SubscribedQualityUpdate) {
	if u == nil {
		return
	}
	var all []*livekit.SubscribedQuality
	for _, c := range u.GetSubscribedCodecs() {
		all = append(all, c.GetQualities()...)
	}
	var on []livekit.VideoQuality
	for _, q := range all {
		if q.GetEnabled() {
			on = append(on, q.GetQuality())
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sid == nil {
		w.sid = map[string][]livekit.VideoQuality{}
	}
	w.sid[u.GetTrackSid()] = on
}

// layers is how many of a track's layers, from the smallest, somebody looks at: all
// before the server says otherwise.
func (w *watches) layers(sid string, of []livekit.VideoQuality) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	on, known := w.sid[sid]
	switch {
	case !known:
		return len(of)
	case len(on) == 0:
		return 0
	case len(of) == 1:
		return 1
	}
	for i := len(of) - 1; i > 0; i-- {
		if slices.Contains(on, of[i]) {
			return i + 1
		}
	}
	return 1
}
