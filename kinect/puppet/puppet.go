package puppet

import (
	"context"
	"image"
	"io"
	"time"

	"cutout/kinect"
)

// Options is who a Puppet is, and where. The zero value is a grown person at a
// good distance in a pleasant room.
type Options struct {
	// Seed decides everything that is left to chance: noise, blinking, swaying,
	// and the look when Look is its zero value.
	Seed uint64
	// Height of the person (0: 1700 mm), Distance from the sensor (0: 2900 mm, where
	// raised hands are still seen) and Side, millimetres to the picture's right.
	Height, Distance kinect.Millimetres
	Side             int
	Look             Look
	// Room is drawn behind the person; nil makes one from the Seed. Puppets may
	// share a Room, which saves its making and its memory.
	Room *Room
	// ColourEvery n makes a colour picture with every n-th depth frame only; 0 and 1
	// mean with each.
	ColourEvery int
	// Paint, when set, may draw into each colour picture before it is handed on. It
	// is called by the goroutine that calls Next. seq is the number of the picture
	// since the start, from 1; those which a slow reader loses are never made.
	Paint func(seq uint64, picture *image.YCbCr)
}

// A Puppet is a kinect.Source of a made-up person. All its methods except Next
// may be called by any goroutine.
type Puppet struct{}

// New makes a puppet that stands at ease and whose sensor starts now.
func New(o Options) *Puppet { return &Puppet{} }

// SetPose puts the puppet into the pose at once, without swaying, until the next
// order.
func (p *Puppet) SetPose(pose kinect.Pose) {}

// Perform moves smoothly to the pose, to be there after arrive, or later when no
// person is that quick; there the puppet holds still until the next order.
func (p *Puppet) Perform(goal kinect.Pose, arrive time.Duration) {}

// HandsUp raises both hands, holds them up for that long, and lets them sink.
func (p *Puppet) HandsUp(hold time.Duration) {}

// Relax returns to standing at ease.
func (p *Puppet) Relax() {}

// Steer has the body follow the controls until the next order of another kind.
func (p *Puppet) Steer(c Controls) {}

// Pose is how the puppet stands now, rounded to whole degrees.
func (p *Puppet) Pose() kinect.Pose { return kinect.Pose{} }

// Next implements kinect.Source.
func (p *Puppet) Next(ctx context.Context) (kinect.Image, error) { return kinect.Image{}, io.EOF }

// Calibration implements kinect.Source.
func (p *Puppet) Calibration() kinect.Calibration { return kinect.DefaultCalibration() }

// Status implements kinect.Source.
func (p *Puppet) Status() kinect.Status { return kinect.Status{Kind: kinect.KindPuppet} }

// Close implements kinect.Source.
func (p *Puppet) Close() error { return nil }
