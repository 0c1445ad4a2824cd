// Package audio is what the game sounds like: music and effects synthesised when
// the game starts, mixed to 48 kHz stereo, and played through the machine's sound
// device or, where there is none, silently at the same pace.
//
// Nothing is read from a file. Music is a loop of four bars in layers which come
// and go with the match; effects are short pieces made once; the wall's rush is
// made as it sounds, because nobody knows beforehand how the wall will come.
package audio
