// Package world is the rules of the game: walls, fit, score. It is one
// deterministic step of a fixed tick, in integers only: the same inputs give the
// same match on every machine. It knows no window, no clock and no network.
package world
