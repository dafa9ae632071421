package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"moiso/internal/view"
)

// settle is how long the last documents may take after the last visit.
const settle = 20 * time.Second

// compare checks the end of the day: every screen has every call, every phone was
// told, every ticket is in the state its person brought it to.
func (h *hall) compare(ctx context.Context, after uint64) error {
	calls, err := h.o.Link.Calls(ctx, h.c.ID, after)
	if err != nil {
		return err
	}
	if n := len(calls); n > 0 {
		if h.nightBetween(calls[n-1].At) { // the server keeps the last calls only
			after = max(after, calls[0].Call-1)
		}
		h.catchUp(ctx, func() bool {
			return !slices.ContainsFunc(h.screens, func(s *screen) bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.last < calls[n-1].Call
			})
		})
	}
	for i, c := range calls {
		if c.Call != after+uint64(i)+1 {
			h.k.fault("calls are numbered without gaps: %s has %d where %d belongs", h.c.ID, c.Call, after+uint64(i)+1)
			break
		}
	}
	h.compareScreens(calls)
	h.compareCalls(calls)
	h.comparePhones(ctx)
	return h.compareTickets(ctx)
}

// nightBetween reports whether the business day changed while the crowd was there.
func (h *hall) nightBetween(now time.Time) bool {
	return !h.began.IsZero() && h.began.Format(time.DateOnly) != now.In(h.began.Location()).Format(time.DateOnly)
}

func (h *hall) compareScreens(calls []view.BoardCall) {
	for _, s := range h.screens {
		s.mu.Lock()
		for _, c := range calls {
			switch was, ok := s.seen[c.Call]; {
			case !ok && !c.Withdrawn:
				h.k.fault("every screen sees every call: %s did not see call %d (%s)", s.name, c.Call, c.Number)
			case ok && (was.Number != c.Number || was.Counter != c.Counter):
				h.k.fault("a call stays as it was: %s showed call %d as %s to counter %d; it is %s to counter %d", s.name, c.Call, was.Number, was.Counter, c.Number, c.Counter)
			}
		}
		s.mu.Unlock()
	}
}

// compareCalls holds the list of calls against what the clerks were answered.
func (h *hall) compareCalls(calls []view.BoardCall) {
	h.k.mu.Lock()
	var broken []string
	for _, c := range calls {
		switch asked, ok := h.k.sent[callKey(h.c.ID, c.Call)]; {
		case !ok:
			broken = append(broken, fmt.Sprintf("only what a clerk asks for is called: nobody here asked for call %d of %s (%s)", c.Call, h.c.ID, c.Number))
		case asked.number != c.Number || asked.counter != c.Counter:
			broken = append(broken, fmt.Sprintf("a call stays as it was: the clerk of %s was answered %s to counter %d for call %d; it is %s to counter %d",
				h.c.ID, asked.number, asked.counter, c.Call, c.Number, c.Counter))
		}
	}
	h.k.mu.Unlock()
	for _, b := range broken {
		h.k.fault("%s", b)
	}
}

func (h *hall) comparePhones(ctx context.Context) {
	lacking := func() (out []string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, p := range h.phones {
			if what := p.lacks(); what != "" {
				out = append(out, fmt.Sprintf("every phone is told its call: %s of %s had call %d to counter %d, ended as %s, and its phone %s",
					p.v.number, h.c.ID, p.v.lastCall, p.v.lastCounter, p.v.end, what))
			}
		}
		return out
	}
	h.catchUp(ctx, func() bool { return len(lacking()) == 0 })
	for _, l := range lacking() {
		h.k.fault("%s", l)
	}
}

// catchUp waits until those who watch have what they should, as long as is fair.
func (h *hall) catchUp(ctx context.Context, done func() bool) {
	deadline := time.Now().Add(settle)
	for !done() && time.Now().Before(deadline) && ctx.Err() == nil {
		wait(ctx, 50*time.Millisecond)
	}
}

func (h *hall) compareTickets(ctx context.Context) error {
	h.mu.Lock()
	all := make([]*visit, 0, len(h.tickets))
	for _, v := range h.tickets {
		all = append(all, v)
	}
	h.mu.Unlock()
	slices.SortFunc(all, func(a, b *visit) int { return cmp.Compare(a.id, b.id) })
	for _, v := range all {
		t, err := h.o.Link.Ticket(ctx, v.id)
		if err != nil {
			return fmt.Errorf("ticket %s: %w", v.id, err)
		}
		if t.State != v.end && !(v.end == "missed" && t.State == "expired") {
			h.k.fault("a ticket is where its people brought it: %s of %s is %s, not %s", t.Number, h.c.ID, t.State, v.end)
		}
		if t.Number != v.number {
			h.k.fault("a number is kept: %s of %s became %s", v.number, h.c.ID, t.Number)
		}
	}
	return nil
}
