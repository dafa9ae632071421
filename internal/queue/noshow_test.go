package queue

import "testing"

func TestNoShow(t *testing.T) {
	try(t, []rule{
		{name: "gives up on a called person", given: states[Called], when: NoShow{Counter: 1}, then: []Event{NotShown{Ticket: id(1)}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Missed || !tk.EndedAt.Equal(h.now) || h.s.Counter(1).Ticket != "" || h.s.Counter(1).Served != 0 {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "not once the visit began", given: states[Serving], when: NoShow{Counter: 1}, code: ErrWrongState, words: []string{"A001 is being served"}},
		{name: "nothing in hand", when: NoShow{Counter: 1}, code: ErrNoTicket},
		{name: "the counter's pause takes effect", given: []step{states[Called], PauseCounter{1}}, when: NoShow{Counter: 1}, then: []Event{NotShown{Ticket: id(1)}},
			after: func(h *hall) {
				if c := h.s.Counter(1); c.State != CounterPaused {
					h.t.Fatalf("got %+v", c)
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return NoShow{Counter: 1, Ticket: tk} }, Called)
}
