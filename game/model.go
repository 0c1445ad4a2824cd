package game

import (
	"time"

	"cutout/game/view"
	"cutout/game/world"
	"cutout/netvideo"
)

// stale is after how long without a new picture a friend's video counts as frozen.
const stale = 3 * time.Second

// tilesOf lists the friends: those who show something, then players who do not.
func tilesOf(s *world.State, streams []netvideo.StreamView, level func(string) float32, now time.Time) []view.Tile {
	tiles := make([]view.Tile, 0, len(streams)+len(s.Players))
	seen := map[string]int{}
	for i := range streams {
		st := &streams[i]
		id := st.Stream.Connection.ID
		if at, twice := seen[id]; twice {
			if tiles[at].Picture == nil && st.Picture != nil { // the one that shows wins
				tiles[at].Picture, tiles[at].Trouble, tiles[at].Stream = st.Picture, trouble(st, now), st.Stream.ID
			}
			continue
		}
		name := st.Stream.Connection.Name
		if name == "" {
			name = st.Stream.Name
		}
		seen[id] = len(tiles)
		tile := view.Tile{ID: id, Stream: st.Stream.ID, Name: name, Picture: st.Picture, Trouble: trouble(st, now), Level: st.Level}
		if level != nil {
			tile.Level = level(id)
		}
		tiles = append(tiles, tile)
	}
	for i := range s.Players {
		p := &s.Players[i]
		if p.ID == s.Self {
			continue
		}
		at, shows := seen[p.ID]
		if !shows {
			at = len(tiles)
			tiles = append(tiles, view.Tile{ID: p.ID, Name: p.Name, Trouble: "no picture"})
		}
		tiles[at].Ready, tiles[at].Away = p.Ready, !p.Present
		if tiles[at].Away {
			tiles[at].Trouble = "away"
		}
	}
	return tiles
}

// trouble says in few words why a stream shows nothing, or nothing new.
func trouble(s *netvideo.StreamView, now time.Time) string {
	switch {
	case !s.Stream.HasVideo:
		return "camera off"
	case s.Picture == nil:
		return "connecting …"
	case !s.Picture.Decoded.IsZero() && now.Sub(s.Picture.Decoded) > stale:
		return "picture frozen"
	}
	return ""
}
