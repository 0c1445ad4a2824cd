// Package raw turns what a Kinect sends over the wire into pictures: isochronous
// packets into frames, packed disparity codes into millimetres on the colour
// camera's grid, a Bayer mosaic into YCbCr. It also speaks the camera's control
// protocol. It is pure computation: it opens nothing and waits for nothing, and
// whatever bytes it is given it answers with a result or an error.
//
// # Packets and frames
//
// A frame travels in packets of equal size, the last one shorter. Each begins with
// twelve bytes: "RB", a zero, a flag which says whether it is the first, a middle or
// the last packet of a frame, a sequence byte that counts all packets of the stream,
// and a time. An Assembler puts frames together again. It knows exactly which packets
// a frame lacks: a lost packet of depth becomes pixels without a reading, never the
// pixels of the frame before.
//
// The facts about the protocol come from libfreenect, from the vendor's driver in
// OpenNI2 (PS1080) and from notes of the OpenKinect project; each constant names
// its source.
package raw
