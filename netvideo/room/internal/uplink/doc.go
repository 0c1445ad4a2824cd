// Package uplink knows what the way from here to the server bears, and keeps to it.
// An Estimator learns it from what the server says of the packets it got (transport-wide
// congestion control, draft-holmer-rmcat-transport-wide-cc-extensions-01) by the rules of
// Google's congestion control (draft-ietf-rmcat-gcc-02); a Policy makes of it bit rate,
// frame rate and size of pictures. Both are pure: time is handed in. An Uplink puts the
// Estimator into a pion peer connection: it numbers, paces, keeps and repeats packets.
package uplink
