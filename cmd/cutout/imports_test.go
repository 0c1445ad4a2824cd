package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// house is who may import whom: for each room the rooms it may see, and the
// technology it alone may touch. Rooms that are not listed may not exist.
var house = map[string][]string{
	"assets":                      {"cutout/kinect"},
	"cmd/bodytrain":               {"cutout/...", "github.com/spf13/pflag"},
	"cmd/bodyaccuracy":            {"cutout/kinect/body/accuracy", "cutout/kinect/mannequin", "github.com/spf13/cobra"},
	"cmd/cutout":                  {"cutout/..."},
	"game":                        {"cutout/kinect", "cutout/netvideo", "cutout/game/...", "github.com/hajimehoshi/ebiten/v2/..."},
	"game/audio":                  {"cutout/game/world", "github.com/ebitengine/oto/v3"},
	"game/internal/gametest":      {"cutout/kinect", "cutout/netvideo", "cutout/game/...", "cutout/assets", "github.com/hajimehoshi/ebiten/v2/..."},
	"game/match":                  {"cutout/kinect", "cutout/netvideo", "cutout/game/world"},
	"game/view":                   {"cutout/kinect", "cutout/netvideo", "cutout/game/world", "cutout/assets", "github.com/hajimehoshi/ebiten/v2/...", "rsc.io/qr", "golang.org/x/image/..."},
	"game/world":                  {"cutout/kinect"},
	"kinect":                      {},
	"kinect/body":                 {"cutout/kinect", "cutout/kinect/body/forest", "cutout/kinect/body/gesture"},
	"kinect/body/accuracy":        {"cutout/kinect", "cutout/kinect/body", "cutout/kinect/depthpng", "cutout/kinect/framing", "cutout/kinect/mannequin", "cutout/kinect/puppet", "cutout/kinect/raw"},
	"kinect/body/forest":          {"cutout/kinect"},
	"kinect/body/gesture":         {"cutout/kinect"},
	"kinect/depthpng":             {"cutout/kinect"},
	"kinect/framing":              {"cutout/kinect"},
	"kinect/internal/imagequeue":  {"cutout/kinect"},
	"kinect/mannequin":            {"cutout/kinect", "cutout/kinect/puppet"},
	"kinect/mediadev":             {"cutout/kinect", "cutout/kinect/raw", "github.com/pion/mediadevices/..."},
	"kinect/internal/pace":        {},
	"kinect/puppet":               {"cutout/kinect", "cutout/kinect/internal/pace"},
	"kinect/raw":                  {"cutout/kinect"},
	"kinect/recording":            {"cutout/kinect", "cutout/kinect/internal/pace", "cutout/kinect/raw"},
	"kinect/recording/packets":    {"cutout/kinect", "cutout/kinect/internal/imagequeue", "cutout/kinect/internal/pace", "cutout/kinect/raw"},
	"kinect/sourcetest":           {"cutout/kinect", "go.uber.org/goleak"},
	"kinect/usb":                  {"cutout/kinect", "cutout/kinect/internal/imagequeue", "cutout/kinect/raw", "github.com/google/gousb"},
	"kinect/usb/conformance":      {"cutout/kinect/usb/virtual"},
	"kinect/usb/virtual":          {"cutout/kinect", "cutout/kinect/raw", "unsafe"},
	"kinect/viewer":               {"cutout/kinect", "cutout/kinect/raw", "cutout/assets", "github.com/hajimehoshi/ebiten/v2/..."},
	"netvideo":                    {},
	"netvideo/cluster":            {"github.com/redis/go-redis/v9"},
	"netvideo/codec":              {},
	"netvideo/codec/codectest":    {"cutout/netvideo/codec", "cutout/netvideo/codec/scale"},
	"netvideo/codec/h264":         {"cutout/netvideo/codec", "C", "unsafe"},
	"netvideo/codec/opus":         {"cutout/netvideo/codec", "C"},
	"netvideo/codec/rtpvp8":       {"cutout/netvideo/codec"},
	"netvideo/codec/scale":        {},
	"netvideo/codec/simulcast":    {"cutout/netvideo/codec", "cutout/netvideo/codec/scale"},
	"netvideo/codec/vp8":          {"cutout/netvideo/codec", "C", "unsafe"},
	"netvideo/codec/vp8/mediadev": {"cutout/netvideo/codec", "cutout/netvideo/codec/vp8", "github.com/pion/mediadevices/..."},
	"netvideo/door":               {"cutout/netvideo", "github.com/gorilla/websocket", "github.com/golang-jwt/jwt/v5", "google.golang.org/protobuf/encoding/protowire"},
	"netvideo/internal/jitter":    {},
	"netvideo/internal/netlab":    {"unsafe"},
	"netvideo/internal/netwatch":  {},
	"netvideo/probe":              {"github.com/coder/websocket", "github.com/livekit/protocol/...", "github.com/pion/...", "google.golang.org/protobuf/proto"},
	"netvideo/reach":              {"cutout/netvideo/door", "github.com/huin/goupnp/...", "github.com/jackpal/go-nat-pmp", "github.com/pion/stun/v3"},
	"netvideo/room":               {"cutout/netvideo", "cutout/netvideo/codec/...", "cutout/netvideo/door", "cutout/netvideo/internal/jitter", "cutout/netvideo/internal/netwatch", "cutout/netvideo/room/internal/...", "cutout/netvideo/sound", "github.com/gorilla/websocket", "github.com/livekit/...", "github.com/pion/...", "google.golang.org/protobuf/proto"},
	"netvideo/room/internal/wire": {"cutout/netvideo", "cutout/netvideo/codec/...", "github.com/livekit/protocol/...", "github.com/pion/..."},
	"netvideo/sound":              {"cutout/netvideo/codec/...", "cutout/netvideo/internal/jitter", "github.com/gen2brain/malgo", "unsafe"},
	"netvideo/versus":             {"cutout/netvideo", "cutout/netvideo/door", "cutout/netvideo/room", "cutout/netvideo/server", "github.com/coder/websocket"},
	"netvideo/server":             {"cutout/netvideo", "cutout/netvideo/cluster", "cutout/netvideo/door", "cutout/netvideo/internal/netwatch", "cutout/netvideo/reach", "github.com/livekit/...", "github.com/pion/stun/v3", "github.com/pion/turn/v5", "golang.org/x/crypto/acme/..."},

	"netvideo/room/internal/uplink": {"github.com/pion/..."},
}

// TestImports compares the imports of every room with the table above.
func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, top := range []string{"assets", "cmd", "game", "kinect", "netvideo"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				if _, foreign := os.Stat(filepath.Join(path, "go.mod")); foreign == nil {
					return filepath.SkipDir // a module of its own
				}
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			if strings.Contains(path, "testdata") {
				return nil
			}
			room, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			checkImports(t, filepath.ToSlash(room), path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkImports(t *testing.T, room, path string) {
	t.Helper()
	allowed, known := house[room]
	if !known {
		t.Errorf("%s: room %s is not in the house", path, room)
		return
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if room != "cmd/cutout" && !mayImport(name, allowed) {
			t.Errorf("%s: %s may not import %s", path, room, name)
		}
	}
	if room == "game/world" {
		for _, spec := range file.Imports {
			switch spec.Path.Value {
			case `"time"`, `"os"`, `"net"`, `"math/rand"`, `"math/rand/v2"`:
				t.Errorf("%s: the rules are pure and may not import %s", path, spec.Path.Value)
			}
		}
	}
}

// mayImport allows the standard library and what the list names; "x/..." is x and
// all below it.
func mayImport(name string, allowed []string) bool {
	first, _, _ := strings.Cut(name, "/")
	if name != "C" && first != "cutout" && !strings.Contains(first, ".") {
		if name != "flag" && name != "unsafe" {
			return true
		}
	}
	for _, a := range allowed {
		if prefix, all := strings.CutSuffix(a, "/..."); all {
			if name == prefix || strings.HasPrefix(name, prefix+"/") {
				return true
			}
		} else if name == a {
			return true
		}
	}
	return false
}
