// Package puppet is a made-up person in a made-up room, seen by a made-up Kinect:
// a kinect.Source for people without a sensor, for bots and for tests.
//
// A Figure (a pose, a size, a place, a look) is drawn into a Room as depth codes,
// as a colour picture on the same grid, and as the true mask of the body, which
// only a made-up sensor can know. Depth has what a real one has: disparity steps,
// codes that flicker by one, ragged edges, the shadow which the projector throws
// to the left of near things, and eight blind columns at the right.
//
// A Puppet draws thirty times a second and moves: to poses that it is told, as a
// Dancer tells it, or as a player steers it with mouse, keys or gamepad.
package puppet
