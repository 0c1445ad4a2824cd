package game

import (
	"sync"
	"time"
)

// Stats are the counts of a game since Run.
type Stats struct {
	// Updates and Frames are ebiten's ticks and the pictures drawn.
	Updates, Frames uint64
	// TicksPerSecond is the pace of the world's clock, UpdatesPerSecond that of
	// ebiten's, FramesPerSecond that of the pictures, over about the last second.
	TicksPerSecond, UpdatesPerSecond, FramesPerSecond float64
	// Quality is the level that the governor chose.
	Quality string
}

// A counter keeps Stats. Any goroutine.
type counter struct {
	mu    sync.Mutex
	stats Stats
	tick  int64

	since         time.Time
	sinceTick     int64
	sinceUpdates  uint64
	sinceFrames   uint64
	everMeasuring bool
}

// update counts one of ebiten's ticks, after which the world was at tick.
func (c *counter) update(now time.Time, tick int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Updates++
	c.tick = tick
	if !c.everMeasuring {
		c.everMeasuring = true
		c.mark(now)
		return
	}
	d := now.Sub(c.since).Seconds()
	if d < 1 {
		return
	}
	c.stats.TicksPerSecond = float64(c.tick-c.sinceTick) / d
	c.stats.UpdatesPerSecond = float64(c.stats.Updates-c.sinceUpdates) / d
	c.stats.FramesPerSecond = float64(c.stats.Frames-c.sinceFrames) / d
	c.mark(now)
}

func (c *counter) mark(now time.Time) {
	c.since, c.sinceTick, c.sinceUpdates, c.sinceFrames = now, c.tick, c.stats.Updates, c.stats.Frames
}

// frame counts one picture.
func (c *counter) frame(quality string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Frames++
	c.stats.Quality = quality
}

func (c *counter) read() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
