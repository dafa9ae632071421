package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strings"
	"sync"
	"time"
)

// anchor ties the machine's uninterrupted clock to the server's: at Since after the
// boot Boot it was Server there.
type anchor struct {
	Boot   string        `json:"boot"`
	Since  time.Duration `json:"since"`
	Server time.Time     `json:"server"`
}

// clock tells the server's time while the server is away: its last known time and the
// time that has passed since, by a clock that nobody can set. The machine's own clock,
// which may be a day behind or a year ahead, is asked only after a reboot without the
// server, and then the time is uncertain.
type clock struct {
	wall func() time.Time
	boot func() (id string, since time.Duration)

	mu sync.Mutex
	a  anchor
}

// plausible is how far the machine's clock may stand after the last known time to be
// taken as a guess.
const plausible = 60 * 24 * time.Hour

// jitter is by how much an hour may step back without anybody having set a clock: the
// server's time is heard anew and again after another while on the line.
const jitter = 2 * time.Second

func newClock() *clock { return &clock{wall: time.Now, boot: bootClock()} }

// hear notes the server's time. It reports whether the clock stood elsewhere before.
func (c *clock) hear(server time.Time) (moved bool) {
	id, since := c.boot()
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.a
	c.a = anchor{Boot: id, Since: since, Server: server}
	if was.Boot != id {
		return true
	}
	diff := was.Server.Add(since - was.Since).Sub(server)
	return diff < -time.Second || diff > time.Second || since-was.Since > 10*time.Minute
}

// reckoning is an hour as the kiosk has it.
type reckoning struct {
	At        time.Time // zero when nothing is known
	Uncertain bool
	Boot      string
	Since     time.Duration
}

// now is the present hour.
func (c *clock) now() reckoning {
	id, since := c.boot()
	c.mu.Lock()
	defer c.mu.Unlock()
	r := reckoning{Uncertain: true, Boot: id, Since: since}
	switch wall := c.wall(); {
	case c.a.Server.IsZero():
	case c.a.Boot == id:
		r.At, r.Uncertain = c.a.Server.Add(since-c.a.Since), false
	case wall.After(c.a.Server) && wall.Sub(c.a.Server) < plausible:
		r.At = wall
	}
	return r
}

// after is an hour of something that was issued after something else: the line is
// ordered by their hours.
func (r reckoning) after(before reckoning) reckoning {
	if d := before.Since - r.Since; before.Boot == r.Boot && d >= 0 && d < jitter {
		r.Since = before.Since + time.Microsecond
	}
	if d := before.At.Sub(r.At); !r.At.IsZero() && before.Uncertain == r.Uncertain && d >= 0 && d < jitter {
		r.At = before.At.Add(time.Microsecond)
	}
	return r
}

// settle makes an hour certain that was reckoned in this boot, before the server's time
// was known again.
func (c *clock) settle(r reckoning) reckoning {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Uncertain && r.Boot != "" && r.Boot == c.a.Boot {
		r.At, r.Uncertain = c.a.Server.Add(r.Since-c.a.Since), false
	}
	return r
}

// known gives the anchor, for the disk, and takes one from there.
func (c *clock) known() anchor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.a
}

func (c *clock) recall(a anchor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.a = a
}

// bootClock is the time since the machine's boot, sleep included, and which boot it
// was. Where the system does not say, each start of the program counts as a boot.
func bootClock() func() (string, time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if _, ok := uptime(); err == nil && ok {
		boot := strings.TrimSpace(string(id))
		return func() (string, time.Duration) {
			up, _ := uptime()
			return boot, up
		}
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	own, start := hex.EncodeToString(b[:]), time.Now()
	return func() (string, time.Duration) { return own, time.Since(start) }
}
