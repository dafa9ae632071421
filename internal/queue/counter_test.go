package queue

import (
	"testing"
)

func TestOpenCounter(t *testing.T) {
	try(t, []rule{
		{name: "closed", given: []step{CloseCounter{1}}, when: OpenCounter{1}, then: []Event{CounterOpened{1, "lan"}}},
		{name: "paused", given: []step{PauseCounter{1}}, when: OpenCounter{1}, then: []Event{CounterOpened{1, "lan"}}},
		{name: "open already", when: OpenCounter{1}, same: true},
		{name: "taken over", given: []step{func(h *hall) { h.meta.Actor = "minh" }}, when: OpenCounter{1}, then: []Event{CounterOpened{1, "minh"}}},
		{name: "taken over with its visit", given: []step{states[Serving], func(h *hall) { h.meta.Actor = "minh" }}, when: OpenCounter{1}, then: []Event{CounterOpened{1, "minh"}},
			after: func(h *hall) {
				if c := h.s.Counter(1); c.Clerk != "minh" || c.Ticket != id(1) {
					h.t.Fatalf("got %+v", c)
				}
			}},
		{name: "takes a pause back that has not begun", given: []step{states[Serving], PauseCounter{1}}, when: OpenCounter{1}, then: []Event{CounterOpened{1, "lan"}},
			after: func(h *hall) {
				h.given(Finish{Counter: 1})
				if c := h.s.Counter(1); c.State != CounterOpen {
					h.t.Fatalf("got %+v", c)
				}
			}},
		{name: "unknown", when: OpenCounter{7}, code: ErrUnknownCounter, words: []string{"counter 7", "1, 2 and 3"}},
	})
}

func TestPauseCounter(t *testing.T) {
	try(t, []rule{
		{name: "at once", when: PauseCounter{1}, then: []Event{CounterPausedNow{Counter: 1}},
			after: func(h *hall) {
				if h.s.Counter(1).State != CounterPaused {
					h.t.Fatalf("got %+v", h.s.Counter(1))
				}
			}},
		{name: "after the visit in hand", given: states[Serving], when: PauseCounter{1}, then: []Event{CounterPausedNow{Counter: 1, After: true}},
			after: func(h *hall) {
				if c := h.s.Counter(1); c.State != CounterOpen || !c.Pausing {
					h.t.Fatalf("got %+v", c)
				}
			}},
		{name: "twice", given: []step{PauseCounter{1}}, when: PauseCounter{1}, same: true},
		{name: "twice before the visit ends", given: []step{states[Called], PauseCounter{1}}, when: PauseCounter{1}, same: true},
		{name: "closed", given: []step{CloseCounter{1}}, when: PauseCounter{1}, code: ErrCounterState, words: []string{"counter 1 is closed"}},
		{name: "unknown", when: PauseCounter{7}, code: ErrUnknownCounter},
	})
}

func TestCloseCounter(t *testing.T) {
	try(t, []rule{
		{name: "open", when: CloseCounter{1}, then: []Event{CounterClosedNow{1}},
			after: func(h *hall) {
				if c := h.s.Counter(1); c.State != CounterClosed || c.Clerk != "" {
					h.t.Fatalf("got %+v", c)
				}
			}},
		{name: "paused", given: []step{PauseCounter{1}}, when: CloseCounter{1}, then: []Event{CounterClosedNow{1}}},
		{name: "holding a called ticket", given: states[Called], when: CloseCounter{1}, code: ErrCounterBusy, words: []string{"counter 1", "A001", "has been called"}},
		{name: "holding a visit, pausing or not", given: []step{states[Serving], PauseCounter{1}}, when: CloseCounter{1}, code: ErrCounterBusy, words: []string{"A001", "is being served"}},
		{name: "closed", given: []step{CloseCounter{1}}, when: CloseCounter{1}, same: true},
		{name: "unknown", when: CloseCounter{7}, code: ErrUnknownCounter},
	})
}
