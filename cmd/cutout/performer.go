package main

import (
	"sync/atomic"
	"time"

	"cutout/game"
	"cutout/game/match"
	"cutout/game/world"
	"cutout/kinect/puppet"
)

const (
	// askAgain is how long a performer waits before it raises its hands once more.
	askAgain = 4 * time.Second
	// handBack is how long the controls must rest before the performer goes on by
	// itself.
	handBack = 20 * time.Second
)

// A performer plays a puppet's part in a match, until somebody takes the controls.
type performer struct {
	dancer *puppet.Dancer
	puppet *puppet.Puppet
	// ready says whether to become ready now; nil means at once.
	ready func() bool

	asked   time.Duration // when the hands went up last
	steered atomic.Int64  // when the controls were touched last, Unix ns; 0 never
}

func newPerformer(p *puppet.Puppet, skill float64, seed uint64) *performer {
	return &performer{dancer: puppet.NewDancer(p, skill, seed), puppet: p, asked: -askAgain}
}

// follow has the puppet do what the match asks for. now is the game's time.
func (p *performer) follow(now time.Duration, events []match.Event, s *world.State) {
	if p.isSteered() {
		return
	}
	for _, e := range events {
		switch e := e.(type) {
		case match.WallComing:
			p.dancer.Wall(e.Pose, e.ImpactIn)
		case match.PodiumReached:
			p.dancer.Cheer()
		case match.BackInLobby:
			p.dancer.Rest()
			p.asked = now
		}
	}
	if s.Phase == world.Lobby && now-p.asked >= askAgain && !selfReady(s) && (p.ready == nil || p.ready()) {
		p.asked = now
		p.dancer.Ready()
	}
}

func (p *performer) isSteered() bool {
	at := p.steered.Load()
	return at != 0 && time.Since(time.Unix(0, at)) < handBack
}

// steer takes the controls over as soon as they are touched, and gives the puppet
// back to the performer when they have rested for a while.
func (p *performer) steer(c game.Controls) {
	if c != (game.Controls{}) {
		p.steered.Store(time.Now().UnixNano())
	}
	if !p.isSteered() {
		return
	}
	p.puppet.Steer(puppet.Controls{
		LeftHand: puppet.Aim(c.LeftHand), RightHand: puppet.Aim(c.RightHand),
		Lean: c.Lean, Crouch: c.Crouch, Step: c.Step,
		LeftLeg: c.LeftLeg, RightLeg: c.RightLeg, HandsUp: c.HandsUp,
	})
}

// selfReady says whether the own player is ready.
func selfReady(s *world.State) bool {
	for i := range s.Players {
		if s.Players[i].ID == s.Self {
			return s.Players[i].Ready
		}
	}
	return false
}
