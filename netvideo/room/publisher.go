package room

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cutout/netvideo"

	lksdk "github.com/livekit/server-sdk-go/v2"
)

// A Publisher is one stream of ours: picture, sound, or both. Its methods may be called
// from any goroutine.
type Publisher struct {
	room    *Room
	o       PublishOptions
	group   string
	created time.Time
	video   *camera // nil without
	audio   *speaker
	closing chan struct{}
	closed  sync.Once
	ended   sync.WaitGroup // the loops of the media
	first   chan struct{}  // closed when the server first knew the stream
	failed  chan error     // why it never will

	mu    sync.Mutex
	tried *link // the newest that attach was called for
}

// A track is one medium of a publisher on the server.
type track struct {
	kind netvideo.Medium

	mu    sync.Mutex
	local []*lksdk.LocalTrack // one of every layer; nil while away
	pub   *lksdk.LocalTrackPublication
	on    *link
	muted bool // we muted it
	held  bool // a moderator did, and we cannot undo it
	byMod bool // the server muted it last
	// said is what we told the SDK and it did not yet tell back.
	said []bool
}

// Publish makes a stream and returns when the server knows it; the others hear of it
// with its first picture or sound. While the room is away it waits until ctx ends.
// netvideo.ErrRole is the answer, at once, to those who may not show anything.
func (r *Room) Publish(ctx context.Context, o PublishOptions) (*Publisher, error) {
	if !r.mayPublish() {
		return nil, netvideo.ErrRole
	}
	o = o.withDefaults()
	if o.NoVideo && !o.Audio {
		return nil, fmt.Errorf("publishing %q: neither picture nor sound", o.Name)
	}
	p := &Publisher{
		room: r, o: o, created: time.Now(), closing: make(chan struct{}),
		first: make(chan struct{}), failed: make(chan error, 1),
	}
	if err := p.open(); err != nil {
		return nil, fmt.Errorf("publishing %q: %w", o.Name, err)
	}
	if err := p.enlist(); err != nil {
		p.free()
		return nil, err
	}
	var err error
	select {
	case <-p.first:
		return p, nil
	case err = <-p.failed:
	case <-ctx.Done():
		err = ctx.Err()
	case <-r.ended:
		err = netvideo.ErrClosed
	}
	_ = p.Unpublish()
	return nil, fmt.Errorf("publishing %q: %w", o.Name, err)
}

// open makes the encoders.
func (p *Publisher) open() error {
	var err error
	if !p.o.NoVideo {
		if p.video, err = newCamera(p); err != nil {
			return err
		}
	}
	if p.o.Audio {
		p.audio, err = newSpeaker(p)
	}
	if err != nil {
		p.free()
	}
	return err
}

func (p *Publisher) free() {
	if p.video != nil && p.video.enc != nil {
		p.video.enc.Close()
	}
	if p.audio != nil {
		p.audio.enc.Close()
	}
}

func (p *Publisher) tracks() []*track {
	var all []*track
	if p.video != nil {
		all = append(all, &p.video.track)
	}
	if p.audio != nil {
		all = append(all, &p.audio.track)
	}
	return all
}

// enlist puts the publisher into its room and starts it.
func (p *Publisher) enlist() error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.leaving:
		return netvideo.ErrClosed
	default:
	}
	if r.over {
		return netvideo.ErrClosed
	}
	p.group = r.freeGroup()
	r.pubs = append(r.pubs, p)
	run := func(loop func()) {
		p.ended.Add(1)
		r.wg.Go(func() { defer p.ended.Done(); loop() })
	}
	if p.video != nil {
		run(p.video.work)
	}
	if p.audio != nil {
		run(p.audio.work)
	}
	if l := r.link; l != nil {
		r.wg.Go(func() { p.attach(l) })
	}
	return nil
}

// freeGroup is the group of tracks of the next stream: "camera", as LiveKit calls it
// where nobody says, then "camera2" and so on.
func (r *Room) freeGroup() string {
	for n := 1; ; n++ {
		group := "camera"
		if n > 1 {
			group = fmt.Sprint("camera", n)
		}
		if !slices.ContainsFunc(r.pubs, func(p *Publisher) bool { return p.group == group }) {
			return group
		}
	}
}

// republish gives a new link everything we show.
func (r *Room) republish(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pubs {
		r.wg.Go(func() { p.attach(l) })
	}
}

// attach publishes the stream on a link.
func (p *Publisher) attach(l *link) {
	p.mu.Lock()
	twice := p.tried == l
	p.tried = l
	p.mu.Unlock()
	if twice {
		return
	}
	for _, t := range p.tracks() {
		if err := p.attachTrack(l, t); err != nil {
			p.fail(err)
			return
		}
		if !p.room.isLink(l) {
			return // the next link gets it
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.first:
	default:
		close(p.first)
	}
}

func (p *Publisher) attachTrack(l *link, t *track) error {
	make := p.audioTrack
	if t.kind == netvideo.Video {
		make = p.video.newTracks
	}
	local, o, err := make(l)
	if err != nil {
		return err
	}
	o.Name, o.Stream = p.o.Name, p.group
	pub, err := publishTracks(l, local, o)
	if !p.room.isLink(l) {
		return nil
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-p.closing: // unpublished meanwhile
		_ = l.sdk.LocalParticipant.UnpublishTrack(pub.SID())
		return nil
	default:
	}
	t.local, t.on, t.pub, t.byMod, t.said = local, l, pub, false, nil
	if t.muted || t.held {
		t.tell(true)
	}
	return nil
}

func publishTracks(l *link, all []*lksdk.LocalTrack, o *lksdk.TrackPublicationOptions) (*lksdk.LocalTrackPublication, error) {
	if len(all) == 1 {
		return l.sdk.LocalParticipant.PublishTrack(all[0], o)
	}
	return l.sdk.LocalParticipant.PublishSimulcastTrack(all, o)
}

func (p *Publisher) audioTrack(*link) ([]*lksdk.LocalTrack, *lksdk.TrackPublicationOptions, error) {
	t, o, err := p.audio.newTrack()
	return []*lksdk.LocalTrack{t}, o, err
}

func (p *Publisher) fail(err error) {
	select {
	case p.failed <- err:
	default:
		p.room.log.Warn("a stream could not be published again", "stream", p.o.Name, "error", err)
	}
}

// detach takes the stream off a link that is gone.
func (p *Publisher) detach() {
	for _, t := range p.tracks() {
		t.mu.Lock()
		t.local, t.on, t.pub = nil, nil, nil
		t.mu.Unlock()
	}
}

// SetVideo and SetAudio mute and unmute a medium; muted, nothing of it leaves this
// machine. netvideo.ErrMutedByModerator is the answer to unmuting what a moderator
// holds muted.
func (p *Publisher) SetVideo(on bool) error {
	if p.video == nil {
		return errors.New("the stream has no picture")
	}
	return p.video.track.set(on)
}

// SetAudio: see SetVideo.
func (p *Publisher) SetAudio(on bool) error {
	if p.audio == nil {
		return errors.New("the stream has no sound")
	}
	return p.audio.track.set(on)
}

func (t *track) set(on bool) error {
	t.mu.Lock()
	if on && t.held {
		t.mu.Unlock()
		return netvideo.ErrMutedByModerator
	}
	t.muted = !on
	t.byMod = t.byMod && !on
	t.tell(!on)
	t.mu.Unlock()
	return nil
}

// tell has the server know that the track is muted; t.mu is held.
func (t *track) tell(muted bool) {
	if t.pub != nil && t.pub.IsMuted() != muted {
		t.said = append(t.said, muted)
		t.pub.SetMuted(muted)
	}
}

// ours: the SDK tells a change back; true when we had told it. t.mu is held.
func (t *track) ours(muted bool) bool {
	if len(t.said) == 0 || t.said[0] != muted {
		return false
	}
	t.said = t.said[1:]
	return true
}

// live are the tracks to write to, and where they go; nil while there are none or they
// are muted.
func (t *track) live() (local []*lksdk.LocalTrack, on *link, sid string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.muted || t.held || t.byMod || t.local == nil {
		return nil, nil, ""
	}
	return t.local, t.on, t.pub.SID()
}

func (t *track) mutedBy() netvideo.Muted {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.held || t.byMod:
		return netvideo.ByModerator
	case t.muted:
		return netvideo.ByPublisher
	}
	return netvideo.NotMuted
}

// Stream is the stream as the others see it.
func (p *Publisher) Stream() netvideo.Stream { return p.streamOf(p.room.Self()) }

func (p *Publisher) streamOf(self netvideo.Connection) netvideo.Stream {
	s := netvideo.Stream{ID: netvideo.StreamID(self.ID, p.group), Connection: self, Name: p.o.Name, Created: p.created}
	if p.video != nil {
		s.VideoMuted = p.video.track.mutedBy()
		s.HasVideo = s.VideoMuted == netvideo.NotMuted
		s.Width, s.Height = p.video.size()
	}
	if p.audio != nil {
		s.AudioMuted = p.audio.track.mutedBy()
		s.HasAudio = s.AudioMuted == netvideo.NotMuted
	}
	return s
}

// Stats returns the stream's counters.
func (p *Publisher) Stats() PublisherStats {
	s := PublisherStats{Name: p.o.Name}
	if p.video != nil {
		p.video.stats(&s)
	}
	if p.audio != nil {
		p.audio.stats(&s)
	}
	return s
}

// Unpublish takes the stream out of the room. Doing so twice does nothing.
func (p *Publisher) Unpublish() error {
	var err error
	p.closed.Do(func() {
		p.room.mu.Lock()
		p.room.pubs = slices.DeleteFunc(p.room.pubs, func(q *Publisher) bool { return q == p })
		p.room.mu.Unlock()
		close(p.closing)
		for _, t := range p.tracks() {
			t.mu.Lock()
			on, pub := t.on, t.pub
			t.local, t.on, t.pub = nil, nil, nil
			t.mu.Unlock()
			if on != nil {
				err = errors.Join(err, on.sdk.LocalParticipant.UnpublishTrack(pub.SID()))
			}
		}
	})
	p.ended.Wait()
	if err != nil {
		return fmt.Errorf("unpublishing %q: %w", p.o.Name, err)
	}
	return nil
}

// stopPatience is how long the others are given to hear that a source has ended.
const stopPatience = 500 * time.Millisecond

// End is Unpublish for a stream whose source has ended by itself: the others are told
// netvideo.MediaStopped.
func (p *Publisher) End() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	_ = p.room.Deliver(ctx, netvideo.Signal{Type: stoppedType, Data: []byte(p.group)}) // else they see it go
	return p.Unpublish()
}
