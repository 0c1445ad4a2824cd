package wire

import "time"

// ntpEpoch is NTP's zero, 1900, in Unix seconds (RFC 5905, 6).
const ntpEpoch = -2208988800

// maxAge is how long a sender report says something about what comes after it.
const maxAge = 30 * time.Second

// A SenderClock maps a track's RTP time stamps to its publisher's clock, by RTCP sender
// reports (RFC 3550, 6.4.1), which the server hands on.
type SenderClock struct {
	wall    time.Time
	stamp   uint32
	at      time.Time // when the report came; zero before the first
	packets uint32
	moved   time.Time // when packets last grew
}

// Report takes note of a report that came at now.
func (c *SenderClock) Report(ntp uint64, stamp uint32, now time.Time) {
	c.wall = time.Unix(int64(ntp>>32)+ntpEpoch, int64(ntp&0xffffffff*1e9>>32))
	c.stamp, c.at = stamp, now
}

// Packets takes note of how many packets the server says it sent, after Report.
func (c *SenderClock) Packets(n uint32) {
	if n != c.packets || c.moved.IsZero() {
		c.packets, c.moved = n, c.at
	}
}

// Reported is when the last report came, and Moved when one last said that the server
// had sent more; zero before the first.
func (c *SenderClock) Reported() time.Time { return c.at }

// Moved: see Reported.
func (c *SenderClock) Moved() time.Time { return c.moved }

// At is the publisher's time of an RTP time stamp of so many ticks a second; false
// when no recent report says.
func (c *SenderClock) At(stamp uint32, rate int, now time.Time) (time.Time, bool) {
	if c.at.IsZero() || now.Sub(c.at) > maxAge {
		return time.Time{}, false
	}
	return c.wall.Add(time.Duration(int32(stamp-c.stamp)) * time.Second / time.Duration(rate)), true
}
