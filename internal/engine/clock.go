package engine

import (
	"fmt"
	"sync"
	"time"
)

// Limits of trust in the clock (DESIGN, Time).
const (
	maxJump = 5 * time.Minute     // forward, against monotonic time
	maxGap  = 60 * 24 * time.Hour // between the last stamp and the start
)

// ClockStatus says whether the clock is trusted.
type ClockStatus struct {
	Held   bool   // nothing is recorded until the clock is confirmed
	Reason string // for a person, "" when not held
}

// clock holds appends after a forward jump, so that one bad second cannot close a
// year. It is released when the kernel reports the clock synchronised, an admin
// confirms it, or it is set back to where it was.
type clock struct {
	now    func() time.Time
	synced func() bool
	start  time.Time // for monotonic time

	mu       sync.Mutex
	ahead    time.Duration // of the clock before monotonic time, when it was last trusted
	stamp    time.Time     // last record before the start, until the clock was trusted once
	reason   string        // "" while the clock is trusted
	probed   time.Duration // monotonic time when the kernel was last asked
	probedAt bool
}

func newClock(now func() time.Time, synced func() bool, lastStamp time.Time) *clock {
	c := &clock{now: now, synced: synced, start: time.Now(), stamp: lastStamp}
	wall, mono := c.read()
	c.ahead = wall.Sub(c.start.Round(0)) - mono
	return c
}

// read gives the clock without its monotonic reading, and monotonic time.
func (c *clock) read() (wall time.Time, mono time.Duration) {
	return c.now().Round(0), time.Since(c.start)
}

// check gives ErrClock while the clock is not trusted.
func (c *clock) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono := c.read()
	ahead := wall.Sub(c.start.Round(0)) - mono
	reason := ""
	switch jump := ahead - c.ahead; {
	case !c.stamp.IsZero() && wall.Sub(c.stamp) > maxGap:
		reason = fmt.Sprintf("the last record is of %s and the clock says %s", c.stamp.Format(time.RFC3339), wall.Format(time.RFC3339))
	case jump > maxJump:
		reason = fmt.Sprintf("the clock jumped %s forward, to %s", jump.Round(time.Second), wall.Format(time.RFC3339))
	}
	if reason != "" && (!c.probedAt || mono-c.probed >= time.Second) {
		c.probed, c.probedAt = mono, true
		if c.synced() {
			reason = ""
		}
	}
	if c.reason = reason; reason != "" {
		return fmt.Errorf("%w: %s", ErrClock, reason)
	}
	c.trust(ahead)
	return nil
}

// trust takes the clock as right. THE CALLER MUST HOLD mu.
func (c *clock) trust(ahead time.Duration) {
	c.ahead, c.stamp, c.reason, c.probedAt = ahead, time.Time{}, "", false
}

func (c *clock) confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono := c.read()
	c.trust(wall.Sub(c.start.Round(0)) - mono)
}

func (c *clock) status() ClockStatus {
	held := c.check() != nil
	c.mu.Lock()
	defer c.mu.Unlock()
	return ClockStatus{Held: held && c.reason != "", Reason: c.reason}
}

// Clock says whether the clock is trusted.
func (e *Engine) Clock() ClockStatus { return e.clock.status() }

// ConfirmClock takes the present time of the clock as right.
func (e *Engine) ConfirmClock(actor string) {
	e.clock.confirm()
	e.o.Logger.Warn("the clock was confirmed", "actor", actor, "now", e.o.Now())
}
