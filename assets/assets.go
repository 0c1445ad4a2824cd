// Package assets holds what the program carries along: shaders and fonts.
package assets

import "embed"

// Shaders are the Kage programs, as shaders/NAME.kage.
//
//go:embed shaders/*.kage
var Shaders embed.FS

// Fonts are WOFF files, as fonts/NAME.woff, each under the SIL Open Font License in
// the OFL-*.txt beside them.
//
//go:embed fonts/*.woff fonts/*.txt
var Fonts embed.FS
