package puppet

import (
	"time"

	"cutout/kinect"
)

// A Dancer tries to fit walls with a puppet's body. Any goroutine.
type Dancer struct{ puppet *Puppet }

// NewDancer makes a dancer of skill 0 (hopeless) to 1 (strikes every pose
// exactly), whose mistakes the seed decides. The puppet stays the caller's to
// close.
func NewDancer(p *Puppet, skill float64, seed uint64) *Dancer { return &Dancer{puppet: p} }

// Wall announces a wall with that hole, which arrives after in. The dancer
// returns to ease after it. Announcing the same wall again changes nothing.
func (d *Dancer) Wall(pose kinect.Pose, in time.Duration) {}

// Ready raises both hands for a while.
func (d *Dancer) Ready() {}

// Rest returns to standing at ease.
func (d *Dancer) Rest() {}

// Cheer celebrates for a few seconds.
func (d *Dancer) Cheer() {}
