package queue

import (
	"strings"
	"testing"
	"time"
)

func TestTransfer(t *testing.T) {
	try(t, []rule{
		{name: "to a service: number and arrival are kept", given: []step{states[Serving], take(2, land), time.Minute}, when: Transfer{Counter: 1, Service: land, Reason: " nhầm "},
			then: []Event{Transferred{Ticket: id(1), Service: land, Place: 1, Reason: "nhầm"}},
			after: func(h *hall) {
				if tk := h.ticket(1); h.line(land) != "A001 K001" || tk.Number != "A001" || !tk.WaitSince.Equal(h.now) || h.s.Counter(1).Ticket != "" {
					h.t.Fatalf("got %+v in %s", tk, h.line(land))
				}
			}},
		{name: "a second procedure waits from now", given: []step{states[Serving], take(2, land)}, when: Transfer{Counter: 1, Service: land, Second: true},
			then: []Event{Transferred{Ticket: id(1), Service: land, Place: 3, Second: true}},
			after: func(h *hall) {
				if h.line(land) != "K001 A001" {
					h.t.Fatalf("the line is %s", h.line(land))
				}
			}},
		{name: "to a counter", given: states[Called], when: Transfer{Counter: 1, To: 2}, then: []Event{Transferred{Ticket: id(1), Service: notary, Target: 2, Place: 1}}},
		{name: "to a service at a counter", given: states[Called], when: Transfer{Counter: 1, Service: civil, To: 3}, then: []Event{Transferred{Ticket: id(1), Service: civil, Target: 3, Place: 1}}},
		{name: "nowhere", given: states[Called], when: Transfer{Counter: 1}, code: ErrInvalid, words: []string{"A001"}},
		{name: "to where it is", given: states[Called], when: Transfer{Counter: 1, To: 1}, code: ErrInvalid, words: []string{"A001 is at counter 1 already"}},
		{name: "to its own line", given: states[Called], when: Transfer{Counter: 1, Service: notary}, code: ErrInvalid, words: []string{"chung-thuc"}},
		{name: "unknown service", given: states[Called], when: Transfer{Counter: 1, Service: "x"}, code: ErrUnknownService},
		{name: "unknown counter", given: states[Called], when: Transfer{Counter: 1, To: 9}, code: ErrUnknownCounter},
		{name: "long reason", given: states[Called], when: Transfer{Counter: 1, To: 2, Reason: strings.Repeat("x", 201)}, code: ErrInvalid},
		{name: "nothing in hand", when: Transfer{Counter: 1, To: 2}, code: ErrNoTicket},
		{name: "on an ended day", given: []step{states[Called], EndDay{}}, when: Transfer{Counter: 1, To: 2}, code: ErrDayEnded, words: []string{"A001", "2025-07-14"}},
		{name: "of yesterday's ticket", given: []step{states[Called], 24 * time.Hour, take(2, notary)}, when: Transfer{Counter: 1, Service: land}, code: ErrDayEnded, words: []string{"A001", "2025-07-14"}},
		{name: "the counter's pause takes effect", given: []step{states[Called], PauseCounter{1}}, when: Transfer{Counter: 1, To: 2}, then: []Event{Transferred{Ticket: id(1), Service: notary, Target: 2, Place: 1}},
			after: func(h *hall) {
				if h.s.Counter(1).State != CounterPaused {
					h.t.Fatalf("got %+v", h.s.Counter(1))
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Transfer{Counter: 1, Ticket: tk, Service: land} }, Called, Serving)
}

func TestATransferredTicketIsKeptForItsCounterWhileThatIsThere(t *testing.T) {
	past := []step{take(1, notary), take(2, notary), CallNext{Counter: 1}, Transfer{Counter: 1, To: 2}}
	for _, c := range []struct {
		name string
		more []step
		one  string // what counter 1 calls
		two  string // what counter 2 calls then
	}{
		{"open", nil, "A002/arrival", "A001/arrival"},
		{"paused", []step{PauseCounter{2}, OpenCounter{2}, PauseCounter{2}}, "A002/arrival", ""},
		{"closed: whoever serves it may", []step{CloseCounter{2}}, "A001/arrival", ""},
		{"removed", []step{CloseCounter{2}, RemoveCounter{2}}, "A001/arrival", ""},
		{"closed and opened again", []step{CloseCounter{2}, OpenCounter{2}}, "A002/arrival", "A001/arrival"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			h.given(past...)
			h.given(c.more...)
			if got := h.calls(1, 1); got != c.one {
				t.Errorf("counter 1 called %s", got)
			}
			if c.two != "" {
				if got := h.calls(2, 1); got != c.two {
					t.Errorf("counter 2 called %s", got)
				}
			}
			h.sound()
		})
	}
}

func TestACounterCallsATicketKeptForItThoughItDoesNotServeTheService(t *testing.T) {
	h := newHall(t)
	h.given(take(1, land), CallNext{Counter: 3}, Transfer{Counter: 3, To: 1})
	if got := h.calls(3, 1); got != "-" {
		t.Errorf("counter 3 called %s", got)
	}
	if got := h.s.WaitingFor(1); got != 1 {
		t.Errorf("%d wait for counter 1", got)
	}
	if got := h.calls(1, 1); got != "K001/arrival" {
		t.Errorf("counter 1 called %s", got)
	}
}

func TestATransferredPersonIsNoLongerOneWhoReturned(t *testing.T) {
	h := newHall(t)
	h.given(states[Missed], take(2, land), Return{id(1)}, CallNext{Counter: 1}, Transfer{Counter: 1, Service: land, Second: true})
	if tk := h.ticket(1); tk.Returned || tk.ReturnAfter != 0 {
		t.Errorf("got %+v", tk)
	}
	h.meta.OutOfTurn = false
	_, err := h.try(CallTicket{Counter: 3, Ticket: id(1)})
	refused(t, err, ErrOutOfTurn, "A001")
	h.sound()
}

// In the strictest reading a transfer ends a turn: nothing of its call is left.
func TestATransferEndsTheTurn(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), CallNext{Counter: 1}, Recall{Counter: 1}, Transfer{Counter: 1, Service: land}, CallNext{Counter: 3}, PutBack{Counter: 3})
	for i, want := range []bool{false, false, true} {
		if h.s.Calls[i].Withdrawn != want {
			t.Errorf("call %d withdrawn: %v", i+1, h.s.Calls[i].Withdrawn)
		}
	}
	if got := h.ticket(1).Calls; got != 0 {
		t.Errorf("a waiting ticket counts %d calls", got)
	}
	h.sound()
}
