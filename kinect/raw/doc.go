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
// pixels of the frame before. A Receiver unpacks the pixels too, as packets arrive, and
// makes up lost video from the rows around.
//
// # Modes
//
// The same two streams carry depth in 11 or 10 bits, and colour or infrared in several
// sizes. LayoutOfDepth and LayoutOfVideo tell how each is cut into packets, StartDepth
// and StartVideo what to write to the camera's registers for it. A Developer makes
// millimetres and pictures of all of them.
//
// The facts about the protocol come from libfreenect, from the vendor's driver in
// OpenNI2 (PS1080) and from notes of the OpenKinect project; each constant names
// its source.
package raw
