package view

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"
)

func testFonts(t testing.TB) *fonts {
	t.Helper()
	s, err := ebiten.NewShader([]byte("//kage:unit pixels\npackage main\nfunc Fragment() vec4 { return vec4(0) }"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := loadFonts(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFitting: names of any length and script fit, and short ones stay whole.
func TestFitting(t *testing.T) {
	f := testFonts(t)
	for _, name := range append([]string{"", "A", strings.Repeat("W", 500), "two\nlines\x00", "ﷺ عمر", "李小龍", "👩‍👩‍👧‍👦 family", "\xff\xfe"}, testNames...) {
		for _, w := range []float64{20, 90, 300} {
			got := f.fitting(name, prose, 18, w)
			if got != "…" && len([]rune(got)) > 2 && f.width(got, prose, 18) > w {
				t.Errorf("%q becomes %q, which is wider than %v", name, got, w)
			}
			if strings.ContainsAny(got, "\n\r\x00") || !utf8.ValidString(got) {
				t.Errorf("%q becomes %q", name, got)
			}
		}
	}
	if got := f.fitting("Žofie", prose, 18, 300); got != "Žofie" {
		t.Errorf("a short name becomes %q", got)
	}
}

// FuzzClean: whatever a friend is called, one bounded line of valid text is left.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"Ada", "two\nlines", "\xff\x00", "\u202e\u2028x", strings.Repeat("é", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxLetters || strings.ContainsAny(got, "\n\r\x00\u2028") {
			t.Errorf("%q becomes %q", s, got)
		}
		if clean(got) != got {
			t.Errorf("%q changes twice", s)
		}
	})
}

// TestWrap: nothing of a link is lost, and it breaks after a slash if it can.
func TestWrap(t *testing.T) {
	f := testFonts(t)
	for _, w := range []float64{60, 150, 206, 1000} {
		lines := f.wrap("192.168.1.23:7880/r/K7QWM4TXA2", prose, 22, w)
		if strings.Join(lines, "") != "192.168.1.23:7880/r/K7QWM4TXA2" {
			t.Errorf("at %v: %q", w, lines)
		}
		for _, line := range lines {
			if f.width(line, prose, 22) > w {
				t.Errorf("at %v: %q is too wide", w, line)
			}
		}
	}
	if lines := f.wrap("192.168.1.23:7880/r/K7QWM4TXA2", prose, 22, 206); lines[0] != "192.168.1.23:7880/" && lines[0] != "192.168.1.23:7880/r/" {
		t.Errorf("%q", lines)
	}
}

// TestTextFits: what is always written in the panels is not wider than they are, at
// any size.
func TestTextFits(t *testing.T) {
	f := testFonts(t)
	for _, h := range []float64{270, 540, 720, 1080} {
		l := layoutFor(h*16/9, h, 4)
		u := l.unit
		for text, c := range map[string]struct {
			face    typeface
			size, w float64
		}{
			"RAISE BOTH HANDS TO START":    {display, f.shrunk("RAISE BOTH HANDS TO START", display, 28*u, l.prompt.w-40*u, 10), l.prompt.w},
			"JOIN THE ROOM":                {label, 25 * u, l.invite.w},
			"WALL 40  OF 40   5.0":         {display, 19 * u, l.wall.w},
			"19,999":                       {headline, 46 * u, l.score.w - 34*u},
			"GET READY":                    {display, 34 * u, l.play.w},
			"too much sticks out":          {label, 26 * u, l.play.w * 0.45},
			"fit through the hole when it": {prose, 24 * u, l.play.w},
		} {
			if w := f.width(text, c.face, c.size); w > c.w {
				t.Errorf("at height %v %q takes %.0f of %.0f pixels", h, text, w, c.w)
			}
		}
	}
}
