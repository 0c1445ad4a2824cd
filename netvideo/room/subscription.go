package room

import (
	"fmt"

	"cutout/netvideo"
	"cutout/netvideo/sound"
)

// A Subscription is our end of somebody's stream: what of it we want. Its methods may
// be called from any goroutine and as often as pictures are drawn; they wait for
// nobody. What was asked is kept when the room or the publisher is away for a moment,
// and forgotten when the stream ends: every method then answers
// netvideo.ErrNoSuchStream.
//
// LiveKit can be told a frame rate, but its Go SDK does not say it (server-sdk-go
// 2.17.0, publication.go 241), so SetFrameRate spares what comes after decoding: the
// copy and the drawing.
type Subscription struct {
	room *Room
	id   string
}

// Subscription is our end of a stream.
func (r *Room) Subscription(streamID string) (*Subscription, error) {
	s := &Subscription{r, streamID}
	return s, s.change(func(*wants) {})
}

// change changes what is wanted, and says so when it is something else than before.
func (s *Subscription) change(f func(*wants)) error {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	st := s.room.streams[s.id]
	if st == nil {
		return netvideo.ErrNoSuchStream
	}
	was := st.wants
	if f(&st.wants); st.wants != was {
		st.apply()
	}
	return nil
}

// SetVideo and SetAudio choose the media. A medium that is off is not sent to us.
func (s *Subscription) SetVideo(on bool) error { return s.change(func(w *wants) { w.noVideo = !on }) }

// SetAudio: see SetVideo.
func (s *Subscription) SetAudio(on bool) error { return s.change(func(w *wants) { w.noAudio = !on }) }

// Pause has both media stop until Resume, whatever is chosen.
func (s *Subscription) Pause() error { return s.change(func(w *wants) { w.paused = true }) }

// Resume ends Pause.
func (s *Subscription) Resume() error { return s.change(func(w *wants) { w.paused = false }) }

// smallTile is the height in pixels below which half the pictures will do: motion in
// a thumbnail is not seen finer.
const smallTile = 100

// SetDrawnSize says how large the stream is drawn, in pixels: the server is asked for
// the layer that fits, and a thumbnail gets 15 pictures a second. 0 by 0 says nothing
// about the size any more.
func (s *Subscription) SetDrawnSize(width, height int) error {
	if width < 0 || height < 0 || (width == 0) != (height == 0) || width > 1<<14 || height > 1<<14 {
		return fmt.Errorf("a stream cannot be drawn at %dx%d", width, height)
	}
	return s.change(func(w *wants) { w.width, w.height = width, height })
}

// SetFrameRate is the most pictures a second that are handed on; 0 is what the drawn
// size asks for.
func (s *Subscription) SetFrameRate(fps float64) error {
	if !(fps >= 0) || fps > 240 {
		return fmt.Errorf("%v pictures a second: 0 to 240 are possible", fps)
	}
	return s.change(func(w *wants) { w.fps = fps })
}

// rate is the most pictures a second to hand on; 0 is all.
func (w *wants) rate() float64 {
	if w.fps == 0 && w.height > 0 && w.height < smallTile {
		return 15
	}
	return w.fps
}

// SetVolume is how loud the stream is in the mix: 0 is silence, 1 as it was spoken,
// sound.MaxVolume the most.
func (s *Subscription) SetVolume(volume float64) error {
	if !(volume >= 0) || volume > sound.MaxVolume {
		return fmt.Errorf("a volume of %v: 0 to %v are possible", volume, sound.MaxVolume)
	}
	return s.change(func(w *wants) { w.volume = volume })
}

// View is the stream as it is now.
func (s *Subscription) View() (netvideo.StreamView, error) {
	for _, v := range s.room.Streams() {
		if v.Stream.ID == s.id {
			return v, nil
		}
	}
	return netvideo.StreamView{}, netvideo.ErrNoSuchStream
}

// ReadVoices fills out with what the others say next: 48 kHz, left and right in turn,
// -1..1. One sound device pulls, at its own pace; nothing is decoded while none does.
func (r *Room) ReadVoices(out []float32) { r.mixer.Read(out) }
