package main

import (
	"bufio"
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cutout/game"
	"cutout/netvideo"
)

// A reporter writes how well everything runs, once a second.
type reporter struct {
	lines  *jsonLines
	game   *game.Game
	sensor *sensor
	call   *call

	frames uint64        // of the sensor, at the last line
	cpu    time.Duration // of this process, at the last line
	at     time.Time     // of the last line
}

// run writes a line a second until ctx ends.
func (r *reporter) run(ctx context.Context) {
	r.frames, r.cpu, r.at = r.sensor.Status().Depth.Frames, processCPU(), time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.lines.write(r.line())
		}
	}
}

// line is what went on since the last one.
func (r *reporter) line() map[string]any {
	now, cpu, status, played := time.Now(), processCPU(), r.sensor.Status(), r.game.Stats()
	span := now.Sub(r.at).Seconds()
	fields := map[string]any{
		"ticks_per_s":  round(played.TicksPerSecond, 1),
		"frames_per_s": round(played.FramesPerSecond, 1),
		"quality":      played.Quality,
		"sensor": map[string]any{
			"kind":           status.Kind,
			"live":           status.Live,
			"fps":            round(float64(status.Depth.Frames-r.frames)/span, 1),
			"dropped_frames": status.Depth.DroppedFrames,
			"lost_packets":   status.Depth.LostPackets + status.Video.LostPackets,
			"restarts":       status.Restarts,
		},
		"streams":     streamLines(r.call.Streams()),
		"cpu_percent": round(100*(cpu-r.cpu).Seconds()/span, 1),
		"rss_mb":      round(residentMB(), 1),
	}
	r.frames, r.cpu, r.at = status.Depth.Frames, cpu, now
	return fields
}

func streamLines(views []netvideo.StreamView) []map[string]any {
	lines := make([]map[string]any, len(views))
	for i, v := range views {
		lines[i] = map[string]any{
			"name": v.Stream.Connection.Name, "connection": v.Stream.Connection.ID,
			"fps": round(v.Stats.FPS, 1), "kbps": round(v.Stats.Kbps, 1),
			"latency_ms": round(v.Stats.Latency.Seconds()*1000, 1), "freezes": v.Stats.Freezes,
			"lost_packets": v.Stats.LostPackets, "recovered_packets": v.Stats.Recovered,
			"jitter_ms": round(v.Stats.JitterDelay.Seconds()*1000, 1), "sync_ms": round(v.Stats.SyncOffset.Seconds()*1000, 1),
			"repairs": v.Stats.Repairs,
			"width":   v.Stream.Width, "height": v.Stream.Height,
		}
	}
	return lines
}

// processCPU is the processor time this process has used, its children not counted.
func processCPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// residentMB is this process's memory in megabytes, from proc(5); 0 elsewhere.
func residentMB() float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "VmRSS:"); found {
			kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
			return kb / 1024
		}
	}
	return 0
}
