// Package audio is what the game sounds like: music and effects synthesised when
// the game starts, mixed to 48 kHz stereo, and played through the machine's sound
// device or, where there is none, silently at the same pace.
package audio
