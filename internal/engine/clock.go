package engine

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
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
// year. It is released when the kernel reports the clock synchronised or an admin
// confirms it.
type clock struct {
	now    func() time.Time
	synced func() bool

	mu     sync.Mutex
	last   time.Time // of the last check, with its monotonic reading
	reason string
	probed time.Time
}

func newClock(now func() time.Time, synced func() bool, lastStamp time.Time) *clock {
	c := &clock{now: now, synced: synced, last: now()}
	if !lastStamp.IsZero() && c.last.Sub(lastStamp) > maxGap {
		c.reason = fmt.Sprintf("the last record is of %s and the clock says %s", lastStamp.Format(time.RFC3339), c.last.Format(time.RFC3339))
	}
	return c
}

// check gives ErrClock while the clock is not trusted.
func (c *clock) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	wall := now.Round(0).Sub(c.last.Round(0)) // Round strips the monotonic reading
	if jump := wall - now.Sub(c.last); jump > maxJump && c.reason == "" {
		c.reason = fmt.Sprintf("the clock jumped %s forward, to %s", jump.Round(time.Second), now.Format(time.RFC3339))
	}
	c.last = now
	if c.reason == "" {
		return nil
	}
	if c.probed.IsZero() || now.Sub(c.probed) >= time.Second {
		c.probed = now
		if c.synced() {
			c.reason = ""
			return nil
		}
	}
	return fmt.Errorf("%w: %s", ErrClock, c.reason)
}

func (c *clock) confirm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason, c.last = "", c.now()
}

func (c *clock) status() ClockStatus {
	err := c.check()
	c.mu.Lock()
	defer c.mu.Unlock()
	return ClockStatus{Held: err != nil, Reason: c.reason}
}

// kernelSynced asks the kernel whether a time service keeps the clock (adjtimex(2)).
func kernelSynced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

// Clock says whether the clock is trusted.
func (e *Engine) Clock() ClockStatus { return e.clock.status() }

// ConfirmClock takes the present time of the clock as right.
func (e *Engine) ConfirmClock(actor string) {
	e.clock.confirm()
	e.o.Logger.Warn("the clock was confirmed", "actor", actor, "now", e.o.Now())
}
