package queue

import (
	"testing"
)

func TestChangeService(t *testing.T) {
	try(t, []rule{
		{name: "of a waiting ticket", given: []step{take(1, notary), take(2, civil)}, when: ChangeService{id(1), civil}, then: []Event{ServiceChanged{id(1), civil}},
			after: func(h *hall) {
				if h.line(notary) != "" || h.line(civil) != "A001 H001" {
					h.t.Fatalf("lines %q and %q", h.line(notary), h.line(civil))
				}
			}},
		{name: "of a called ticket, which stays where it is", given: states[Called], when: ChangeService{id(1), land}, then: []Event{ServiceChanged{id(1), land}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Called || tk.Service != land || h.line(land) != "" {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "to the same", given: states[Waiting], when: ChangeService{id(1), notary}, same: true},
		{name: "unknown service", given: states[Waiting], when: ChangeService{id(1), "x"}, code: ErrUnknownService},
		{name: "unknown ticket", when: ChangeService{id(1), civil}, code: ErrUnknownTicket},
		{name: "a ticket kept for a counter is kept no longer", given: []step{states[Called], Transfer{Counter: 1, To: 2}}, when: ChangeService{id(1), land}, then: []Event{ServiceChanged{id(1), land}},
			after: func(h *hall) {
				if got := h.calls(3, 1); got != "A001/arrival" {
					h.t.Fatalf("counter 3 called %s", got)
				}
			}},
		{name: "the credit goes with the last priority ticket", given: []step{takeAs(9, notary, elder), take(1, notary), take(2, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}},
			when: ChangeService{id(9), civil}, then: []Event{ServiceChanged{id(9), civil}},
			after: func(h *hall) {
				if h.s.Line(notary).Others != 0 || h.s.Line(civil).Others != 0 {
					h.t.Fatalf("credit %d and %d", h.s.Line(notary).Others, h.s.Line(civil).Others)
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return ChangeService{tk, land} }, Waiting, Called)
}

// Changing the field is no way around the two calls that a returned person waits.
func TestAReturnedPersonWaitsAsManyCallsInAnotherLine(t *testing.T) {
	h := newHall(t)
	h.given(states[Missed], take(2, notary), take(3, notary), take(4, civil), take(5, civil), Return{id(1)},
		CallNext{Counter: 1}, Finish{Counter: 1}, // one of the two
		ChangeService{id(1), civil})
	if got := h.calls(3, 3); got != "H001/arrival A001/returned H002/arrival" {
		t.Errorf("called %s", got)
	}
	h.sound()
}

func TestSetPriority(t *testing.T) {
	try(t, []rule{
		{name: "of a waiting ticket", given: states[Waiting], when: SetPriority{id(1), elder}, then: []Event{PrioritySet{id(1), elder}}},
		{name: "of a called ticket", given: states[Called], when: SetPriority{id(1), merit}, then: []Event{PrioritySet{id(1), merit}}},
		{name: "taken away", given: []step{takeAs(1, notary, elder)}, when: SetPriority{id(1), ""}, then: []Event{PrioritySet{id(1), ""}}},
		{name: "the same", given: []step{takeAs(1, notary, elder)}, when: SetPriority{id(1), elder}, same: true},
		{name: "unknown group", given: states[Waiting], when: SetPriority{id(1), "vip"}, code: ErrUnknownClass, words: []string{"vip", "cao-tuoi"}},
		{name: "unknown ticket", when: SetPriority{id(1), elder}, code: ErrUnknownTicket},
		{name: "the credit goes with the last priority ticket", given: []step{takeAs(9, notary, elder), take(1, notary), take(2, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}},
			when: SetPriority{id(9), ""}, then: []Event{PrioritySet{id(9), ""}},
			after: func(h *hall) {
				if got := h.s.Line(notary).Others; got != 0 {
					h.t.Fatalf("credit %d", got)
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return SetPriority{tk, elder} }, Waiting, Called)
}
