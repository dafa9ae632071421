package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"moiso/internal/view"
)

// screen is a lobby display: it must see every call once and in order.
type screen struct {
	h     *hall
	name  string
	first bool // this one feeds the hall's clerks

	mu   sync.Mutex
	last uint64 // newest call seen
	seen []uint64
	gone map[uint64]bool // withdrawn before it was seen
}

// see takes a board. A hole in the calls is filled from the list, as a display does.
func (s *screen) see(ctx context.Context, b view.Board) {
	at := time.Now()
	s.mu.Lock()
	for i, c := range b.Calls {
		if i > 0 && c.Call <= b.Calls[i-1].Call {
			s.h.k.fault("calls are in order: the board of %s has %d after %d", s.name, c.Call, b.Calls[i-1].Call)
		}
	}
	next := b.Calls
	for len(next) > 0 && next[0].Call <= s.last {
		next = next[1:]
	}
	hole := len(next) > 0 && int(next[len(next)-1].Call-s.last) != len(next)
	last := s.last
	s.mu.Unlock()
	if hole {
		all, err := s.h.o.Link.Calls(ctx, s.h.c.ID, last)
		if err != nil {
			if ctx.Err() == nil {
				s.h.k.fault("a screen can fill a hole: %s after %d: %v", s.name, last, err)
			}
			return
		}
		next = all
	}
	s.take(next, at)
	if s.first {
		s.h.mu.Lock()
		s.h.board = b
		s.h.changed()
		s.h.mu.Unlock()
	}
}

func (s *screen) take(calls []view.BoardCall, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range calls {
		if c.Call <= s.last {
			continue
		}
		if c.Call != s.last+1 {
			s.h.k.fault("no call is lost: %s has %d after %d", s.name, c.Call, s.last)
		}
		s.last = c.Call
		if c.Withdrawn {
			if s.gone == nil {
				s.gone = map[uint64]bool{}
			}
			s.gone[c.Call] = true
			continue
		}
		s.seen = append(s.seen, c.Call)
		s.h.k.shown(s.h.c.ID, c.Call, s.h.o.Displays, at)
	}
}

// shown notes that a screen shows a call; the last of a centre's screens gives the latency.
func (k *checker) shown(center string, call uint64, screens int, at time.Time) {
	key := callKey(center, call)
	k.mu.Lock()
	k.seen[key]++
	last := k.seen[key] == screens
	k.mu.Unlock()
	if last {
		k.arrivedAt(key, at, k.screen)
	}
}

// arrivedAt notes how long after the asking a call was seen. The answer to the one
// who asked may still be under way; then the call is too young to measure.
func (k *checker) arrivedAt(key string, at time.Time, l *latencies) {
	k.mu.Lock()
	asked, ok := k.sent[key]
	if !ok {
		k.late = append(k.late, lateArrival{key, at, l})
	}
	k.mu.Unlock()
	if ok {
		l.add(at.Sub(asked))
	}
}

// phone watches one ticket until it has ended and must be told its call.
func (h *hall) phone(ctx context.Context, id string) {
	h.n.phones.Add(1)
	h.background.Go(func() {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		told := uint64(0)
		err := h.o.Link.Phone(ctx, h.c.ID, id, func(p view.TicketPage) {
			t := p.Ticket
			if t.Call > told && t.Counter != nil {
				told = t.Call
				h.k.arrivedAt(callKey(h.c.ID, t.Call), time.Now(), h.k.phone)
			}
			if t.State == "done" || t.State == "cancelled" || t.State == "missed" && h.isOver(id) {
				if t.State != "cancelled" && told == 0 {
					h.k.fault("every phone is told its call: %s ended as %s and its phone saw no call", t.Number, t.State)
				}
				stop()
			}
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			h.k.fault("a phone can watch its ticket: %s: %v", id, err)
		}
	})
}

func (h *hall) isOver(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.tickets[id]
	return v == nil || v.end != "" || !v.returns
}

// compare checks the end of the day: every screen has every call, every ticket is
// in the state its person brought it to.
func (h *hall) compare(ctx context.Context, after uint64) error {
	calls, err := h.o.Link.Calls(ctx, h.c.ID, after)
	if err != nil {
		return err
	}
	for i, c := range calls {
		if c.Call != after+uint64(i)+1 {
			h.k.fault("calls are numbered without gaps: %s has %d where %d belongs", h.c.ID, c.Call, after+uint64(i)+1)
			break
		}
	}
	if n := len(calls); n > 0 {
		h.catchUp(ctx, calls[n-1].Call)
	}
	for _, s := range h.screens {
		s.mu.Lock()
		for _, c := range calls {
			if !c.Withdrawn && !slices.Contains(s.seen, c.Call) {
				h.k.fault("every screen sees every call: %s did not see call %d (%s)", s.name, c.Call, c.Number)
			}
		}
		if d := len(s.seen) - len(slices.Compact(slices.Sorted(slices.Values(s.seen)))); d > 0 {
			h.k.fault("no call is seen twice: %s saw %d again", s.name, d)
		}
		s.mu.Unlock()
	}
	return h.compareTickets(ctx)
}

// catchUp waits until every screen has the last call.
func (h *hall) catchUp(ctx context.Context, last uint64) {
	deadline := time.NewTimer(settle)
	defer deadline.Stop()
	for {
		behind := false
		for _, s := range h.screens {
			s.mu.Lock()
			behind = behind || s.last < last
			s.mu.Unlock()
		}
		h.mu.Lock()
		news := h.news
		h.mu.Unlock()
		if !behind {
			return
		}
		poll := time.NewTimer(50 * time.Millisecond)
		select {
		case <-news:
		case <-poll.C:
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		}
		poll.Stop()
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
		if t.State != v.end {
			h.k.fault("a ticket is where its people brought it: %s is %s, not %s", t.Number, t.State, v.end)
		}
		if t.Number != v.number {
			h.k.fault("a number is kept: %s became %s", v.number, t.Number)
		}
	}
	return nil
}
