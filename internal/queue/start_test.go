package queue

import (
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	try(t, []rule{
		{name: "begins the visit", given: []step{states[Called], 90 * time.Second}, when: Start{Counter: 1}, then: []Event{Started{Ticket: id(1)}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Serving || tk.StartedAt.Sub(tk.CalledAt) != 90*time.Second {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "twice", given: states[Serving], when: Start{Counter: 1}, code: ErrWrongState, words: []string{"A001 is being served at counter 1"}},
		{name: "nothing in hand", when: Start{Counter: 1}, code: ErrNoTicket},
		{name: "another counter's ticket", given: states[Called], when: Start{Counter: 3, Ticket: id(1)}, code: ErrWrongCounter, words: []string{"A001 is at counter 1"}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Start{Counter: 1, Ticket: tk} }, Called)
}
