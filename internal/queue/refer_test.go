package queue

import (
	"strings"
	"testing"
)

func TestRefer(t *testing.T) {
	const code = "H57.12-250714-0042"
	try(t, []rule{
		{name: "while serving", given: states[Serving], when: Refer{Counter: 1, Reference: " " + code + "\n"}, then: []Event{Referred{Ticket: id(1), Reference: code}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.Reference != code || tk.State != Serving || h.s.Counter(1).Ticket != tk.ID {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "once called", given: states[Called], when: Refer{Counter: 1, Ticket: id(1), Reference: code}, then: []Event{Referred{Ticket: id(1), Reference: code}}},
		{name: "the same again", given: []step{states[Serving], Refer{Counter: 1, Reference: code}}, when: Refer{Counter: 1, Reference: code}, same: true},
		{name: "taken away", given: []step{states[Serving], Refer{Counter: 1, Reference: code}}, when: Refer{Counter: 1}, then: []Event{Referred{Ticket: id(1)}}},
		{name: "too long", given: states[Serving], when: Refer{Counter: 1, Reference: strings.Repeat("x", 65)}, code: ErrInvalid, words: []string{"65"}},
		{name: "no text", given: states[Serving], when: Refer{Counter: 1, Reference: "\xfe"}, code: ErrInvalid},
		{name: "nothing in hand", when: Refer{Counter: 1, Reference: code}, code: ErrNoTicket},
		{name: "another counter's ticket", given: states[Serving], when: Refer{Counter: 2, Ticket: id(1), Reference: code}, code: ErrWrongCounter, words: []string{"A001 is at counter 1"}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Refer{Counter: 1, Ticket: tk, Reference: code} }, Called, Serving)
}

func TestADossierCodeStaysWithATicketThatIsSentOn(t *testing.T) {
	h := newHall(t)
	h.given(states[Serving], Refer{Counter: 1, Reference: "H57-1"}, Transfer{Counter: 1, Service: civil}, CallNext{Counter: 2}, Start{Counter: 2}, Finish{Counter: 2})
	if tk := h.ticket(1); tk.Reference != "H57-1" || tk.State != Done {
		t.Errorf("got %+v", tk)
	}
	h.sound()
}
