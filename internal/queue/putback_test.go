package queue

import (
	"testing"
	"time"
)

func TestPutBack(t *testing.T) {
	for _, from := range []TicketState{Called, Serving} {
		try(t, []rule{{name: "from " + string(from), given: []step{states[from], take(2, notary)}, when: PutBack{Counter: 1}, then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				tk := h.ticket(1)
				if tk.State != Waiting || h.line(notary) != "A001 A002" || !tk.CalledAt.IsZero() || !tk.StartedAt.IsZero() || h.s.Counter(1).Ticket != "" {
					h.t.Fatalf("got %+v in %s", tk, h.line(notary))
				}
				if !h.s.Calls[0].Withdrawn || h.s.LastCall != 1 {
					h.t.Fatalf("the call stayed: %+v", h.s.Calls)
				}
			}}})
	}
	try(t, []rule{
		{name: "withdraws the recalls too, but not the calls of an earlier turn", when: PutBack{Counter: 2},
			given: []step{states[Parked], take(2, civil), CallTicket{Counter: 2, Ticket: id(1)}, Recall{Counter: 2}}, then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				for i, want := range []bool{false, true, true} {
					if h.s.Calls[i].Withdrawn != want {
						h.t.Fatalf("call %d: %+v", i+1, h.s.Calls[i])
					}
				}
			}},
		{name: "the wait goes on since it began", when: PutBack{Counter: 3}, given: []step{states[Serving], 10 * time.Minute,
			Transfer{Counter: 1, Service: land, Second: true}, 5 * time.Minute, CallNext{Counter: 3}, time.Minute}, then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				if got := h.ticket(1).WaitSince; !got.Equal(morning.Add(10 * time.Minute)) {
					h.t.Fatalf("waits since %s", got)
				}
			}},
		{name: "after the day was ended it expires", given: []step{states[Serving], EndDay{}, time.Minute}, when: PutBack{Counter: 1}, then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Expired || !tk.EndedAt.Equal(h.now) {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "on the next day it expires and leaves that day's credit alone", when: PutBack{Counter: 1},
			given: []step{takeAs(1, notary, elder), CallNext{Counter: 1}, 24 * time.Hour, takeAs(2, notary, elder), take(3, notary), take(4, notary), take(5, notary),
				outOfTurn, CallTicket{Counter: 2, Ticket: id(3), Reason: "x"}},
			then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				if h.ticket(1).State != Expired || h.s.Line(notary).Others != 1 || h.line(notary) != "A001 A003 A004" {
					h.t.Fatalf("got %+v, credit %d", h.ticket(1), h.s.Line(notary).Others)
				}
			}},
		{name: "nothing in hand", when: PutBack{Counter: 1}, code: ErrNoTicket},
		{name: "the counter's pause takes effect", given: []step{states[Called], PauseCounter{1}}, when: PutBack{Counter: 1}, then: []Event{WasPutBack{Ticket: id(1)}},
			after: func(h *hall) {
				if h.s.Counter(1).State != CounterPaused {
					h.t.Fatalf("got %+v", h.s.Counter(1))
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return PutBack{Counter: 1, Ticket: tk} }, Called, Serving)
}

func TestPutBackGivesTheCreditBack(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), take(1, notary), take(2, notary), take(3, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, Finish{Counter: 1},
		CallTicket{Counter: 1, Ticket: id(2), Reason: "x"}, Finish{Counter: 1})
	l := h.s.Line(notary)
	if l.Others != 2 {
		t.Fatalf("credit %d", l.Others)
	}
	h.given(CallNext{Counter: 1})
	if tk := h.s.Tickets[h.s.Counter(1).Ticket]; tk.ID != id(9) || tk.Why != ByTurn || l.Others != 0 {
		t.Fatalf("called %+v, credit %d", tk, l.Others)
	}
	h.given(PutBack{Counter: 1})
	if l.Others != 2 {
		t.Errorf("the turn was spent on a call that was taken back: credit %d", l.Others)
	}
	h.given(outOfTurn, CallTicket{Counter: 1, Ticket: id(3), Reason: "x"})
	if l.Others != 3 {
		t.Errorf("credit %d", l.Others)
	}
	h.given(PutBack{Counter: 1})
	if l.Others != 2 {
		t.Errorf("an ordinary call taken back still counts: credit %d", l.Others)
	}
	h.sound()
}

func TestPutBackLeavesNoCreditWhereNoPriorityWaits(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), take(1, notary), take(2, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, Finish{Counter: 1},
		CallTicket{Counter: 1, Ticket: id(2), Reason: "x"}, Finish{Counter: 1}, CallNext{Counter: 1},
		SetPriority{Ticket: id(9)}, PutBack{Counter: 1})
	if got := h.s.Line(notary).Others; got != 0 {
		t.Errorf("credit %d while nobody has priority", got)
	}
	h.sound()
}

func TestAServiceChangedAtTheCounterLeavesCreditInItsOldLine(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), takeAs(8, civil, elder), take(1, notary), take(2, civil), outOfTurn,
		CallTicket{Counter: 3, Ticket: id(2), Reason: "x"}, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"},
		ChangeService{Ticket: id(1), Service: civil}, PutBack{Counter: 1})
	if a, c := h.s.Line(notary).Others, h.s.Line(civil).Others; a != 1 || c != 1 {
		t.Errorf("credit is %d and %d; the call of A001 was charged to notary", a, c)
	}
	h.sound()
}
