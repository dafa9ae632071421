package sim

import (
	"context"
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
	last uint64                    // newest call seen
	seen map[uint64]view.BoardCall // as it was first shown
}

// see takes a board. A hole in the calls is filled from the list, as a display does.
func (s *screen) see(ctx context.Context, b view.Board) {
	at := time.Now()
	s.mu.Lock()
	for i, c := range b.Calls {
		if i > 0 && c.Call == b.Calls[i-1].Call {
			s.h.k.fault("no call is shown twice: the board of %s has call %d (%s) again", s.name, c.Call, c.Number)
		} else if i > 0 && c.Call < b.Calls[i-1].Call {
			s.h.k.fault("calls are in order: the board of %s has %d after %d", s.name, c.Call, b.Calls[i-1].Call)
		}
		if was, ok := s.seen[c.Call]; ok && (was.Number != c.Number || was.Counter != c.Counter) {
			s.h.k.fault("a call stays as it was: %s showed call %d as %s to counter %d, and then as %s to counter %d", s.name, c.Call, was.Number, was.Counter, c.Number, c.Counter)
		}
	}
	last := s.last
	s.mu.Unlock()
	next := b.Calls
	for len(next) > 0 && next[0].Call <= last {
		next = next[1:]
	}
	newest := b.LastCall // also of a call that was withdrawn before it was shown
	if n := len(next); n > 0 {
		newest = max(newest, next[n-1].Call)
	}
	if newest > last+uint64(len(next)) {
		all, err := s.h.o.Link.Calls(ctx, s.h.c.ID, last)
		if err != nil {
			if ctx.Err() == nil {
				s.h.k.fault("a screen can fill a hole: %s after %d: %v", s.name, last, err)
			}
			return
		}
		s.dropped(b, all, newest)
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

// dropped finds calls that a board lacks though it has older and newer ones. Those
// that were withdrawn are rightly gone.
func (s *screen) dropped(b view.Board, all []view.BoardCall, newest uint64) {
	if len(b.Calls) == 0 {
		return
	}
	for _, c := range all {
		on := slices.ContainsFunc(b.Calls, func(x view.BoardCall) bool { return x.Call == c.Call })
		if !on && !c.Withdrawn && c.Call > b.Calls[0].Call && c.Call <= newest {
			s.h.k.fault("no board drops a call: that of %s lacks call %d (%s)", s.name, c.Call, c.Number)
		}
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
			continue
		}
		s.seen[c.Call] = c
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
// who asked may still be under way; then it is measured when that is here.
func (k *checker) arrivedAt(key string, at time.Time, l *latencies) {
	k.mu.Lock()
	asked, ok := k.sent[key]
	if !ok {
		k.late = append(k.late, lateArrival{key, at, l})
	}
	k.mu.Unlock()
	if ok {
		l.add(at.Sub(asked.at))
	}
}
