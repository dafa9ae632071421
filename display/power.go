package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// power switches the panel by commands that the installer gives: DPMS through the
// graphics system, HDMI-CEC through cec-ctl, or whatever the panel understands.
type power struct {
	off, on string
	timeout time.Duration
}

// commandTimeout is how long such a command may take; a panel that does not answer
// must not hold the program.
const commandTimeout = 15 * time.Second

// look is how often it is asked whether the panel may rest.
const look = 5 * time.Second

// newPower is nil when there are no commands.
func newPower(off, on string) (*power, error) {
	if off == "" && on == "" {
		return nil, nil
	}
	if off == "" || on == "" {
		return nil, errors.New("-screen-off and -screen-on go together: a screen that is switched off must be switched on again")
	}
	return &power{off: off, on: on, timeout: commandTimeout}, nil
}

// rests reports whether nobody needs the screen: the hours say so, and no counter is
// open or holds somebody.
func rests(b view.Board, device string, now time.Time) bool {
	for _, c := range b.Counters {
		if c.State != "closed" || c.TicketNumber != nil {
			return false
		}
	}
	zone, err := time.LoadLocation(b.TimeZone)
	if err != nil {
		return false
	}
	hour := now.In(zone).Format("15:04")
	for _, s := range b.SettingsOf(device).Care.Off {
		if during(s, hour) {
			return true
		}
	}
	return false
}

// during reports whether an hour lies in a span; one that ends before it begins is a
// night.
func during(s queue.Span, hour string) bool {
	if s.From <= s.To {
		return s.From <= hour && hour < s.To
	}
	return hour >= s.From || hour < s.To
}

// rest switches the panel as the board says, until ctx ends; then the panel is on.
func (s *screen) rest(ctx context.Context) {
	t := time.NewTicker(look)
	defer t.Stop()
	r := rester{run: s.power.run, words: s.power, said: func(err error) { s.log.Warn("the screen cannot be switched; it is tried again", "error", err) }}
	for {
		b, now := s.now()
		r.step(ctx, b.Epoch != "" && rests(b, s.device(), now), now)
		select {
		case <-t.C:
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
			defer cancel()
			r.step(stop, false, now)
			return
		}
	}
}

// rester remembers how the panel is. It belongs to one goroutine.
type rester struct {
	run   func(ctx context.Context, command string) error
	words *power
	said  func(error)

	dark   bool
	failed time.Time // of the last attempt that failed
	last   string    // what was said of it
}

// retryAfter is how long a command that failed is left alone.
const retryAfter = time.Minute

// step switches the panel when it is not as it should be.
func (r *rester) step(ctx context.Context, dark bool, now time.Time) {
	if dark == r.dark || !r.failed.IsZero() && now.Sub(r.failed) < retryAfter && ctx.Err() == nil {
		return
	}
	command := r.words.on
	if dark {
		command = r.words.off
	}
	if err := r.run(ctx, command); err != nil {
		r.failed = now
		if err.Error() != r.last {
			r.last = err.Error()
			r.said(err)
		}
		return
	}
	r.dark, r.failed, r.last = dark, time.Time{}, ""
}

// run carries out a command of the installer's and says in one line what went wrong.
func (p *power) run(ctx context.Context, command string) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	shell, flag := "/bin/sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, command)
	cmd.WaitDelay = time.Second // a child that keeps the pipe open does not keep us
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() == context.DeadlineExceeded {
		return fmt.Errorf("%q did not end within %v", command, p.timeout)
	}
	words := strings.Join(strings.Fields(string(out)), " ")
	if len(words) > 200 {
		words = words[:200] + "…"
	}
	return fmt.Errorf("%q failed: %w; it says: %s", command, err, words)
}
