// Package wire reads and writes what a room's bytes on the network mean, without a
// network: VP8 frames out of RTP packets, capture times behind them, and tokens.
package wire
