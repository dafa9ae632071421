package queue

import "testing"

func TestRecall(t *testing.T) {
	try(t, []rule{
		{name: "announces again under a new call", given: states[Called], when: Recall{Counter: 1}, then: []Event{Recalled{Ticket: id(1), Call: 2}},
			after: func(h *hall) {
				tk, last := h.ticket(1), h.s.Calls[len(h.s.Calls)-1]
				if tk.State != Called || tk.Counter != 1 || tk.Calls != 2 || tk.Place != 1 {
					h.t.Fatalf("got %+v", tk)
				}
				if !last.Again || last.Number != "A001" || last.Counter != 1 || last.Call != 2 {
					h.t.Fatalf("announced %+v", last)
				}
			}},
		{name: "naming the ticket", given: states[Called], when: Recall{Counter: 1, Ticket: id(1)}, then: []Event{Recalled{Ticket: id(1), Call: 2}}},
		{name: "serving", given: states[Serving], when: Recall{Counter: 1}, code: ErrWrongState,
			words: []string{"ticket A001 is being served at counter 1 and cannot be called again", "finish, park, transfer and put-back"}},
		{name: "nothing in hand", when: Recall{Counter: 1}, code: ErrNoTicket, words: []string{"counter 1"}},
		{name: "another counter's ticket", given: states[Called], when: Recall{Counter: 2, Ticket: id(1)}, code: ErrWrongCounter, words: []string{"A001 is at counter 1, not at counter 2"}},
		{name: "unknown counter", when: Recall{Counter: 8}, code: ErrUnknownCounter},
		{name: "unknown ticket", when: Recall{Counter: 1, Ticket: id(8)}, code: ErrUnknownTicket},
	})
	onlyFrom(t, func(tk TicketID) Command { return Recall{Counter: 1, Ticket: tk} }, Called)
}
