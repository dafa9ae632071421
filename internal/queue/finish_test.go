package queue

import (
	"testing"
	"time"
)

func TestFinish(t *testing.T) {
	try(t, []rule{
		{name: "ends the visit", given: []step{states[Serving], time.Minute}, when: Finish{Counter: 1}, then: []Event{Finished{Ticket: id(1)}},
			after: func(h *hall) {
				tk := h.ticket(1)
				if tk.State != Done || tk.EndedAt.Sub(tk.StartedAt) != time.Minute || h.s.Counter(1).Ticket != "" || h.s.Counter(1).Served != 1 {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "called and never started counts as started at the call", given: []step{states[Called], time.Minute}, when: Finish{Counter: 1}, then: []Event{Finished{Ticket: id(1)}},
			after: func(h *hall) {
				if tk := h.ticket(1); !tk.StartedAt.Equal(tk.CalledAt) || tk.EndedAt.Sub(tk.StartedAt) != time.Minute {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "nothing in hand", when: Finish{Counter: 1}, code: ErrNoTicket, words: []string{"counter 1 holds no ticket"}},
		{name: "not the one in hand", given: []step{states[Called], take(2, notary), CallNext{Counter: 2}}, when: Finish{Counter: 1, Ticket: id(2)}, code: ErrWrongCounter, words: []string{"A002 is at counter 2"}},
		{name: "the counter's pause takes effect", given: []step{states[Serving], PauseCounter{1}}, when: Finish{Counter: 1}, then: []Event{Finished{Ticket: id(1)}},
			after: func(h *hall) {
				if c := h.s.Counter(1); c.State != CounterPaused || c.Pausing {
					h.t.Fatalf("got %+v", c)
				}
			}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Finish{Counter: 1, Ticket: tk} }, Called, Serving)
}

func TestATicketOverMidnightIsFinishedAndBelongsToItsDay(t *testing.T) {
	h := newHall(t)
	h.given(states[Serving], take(2, notary), 16*time.Hour+time.Minute, Tick{})
	if tk := h.ticket(1); tk.State != Serving || tk.Day != "2025-07-14" || h.s.Day != "2025-07-15" {
		t.Fatalf("got %+v on %s", tk, h.s.Day)
	}
	if h.s.Tickets[id(2)] != nil {
		t.Error("a waiting ticket stayed over midnight")
	}
	h.given(take(3, notary), Finish{Counter: 1})
	if tk := h.ticket(1); tk.State != Done || tk.Day != "2025-07-14" {
		t.Errorf("got %+v", tk)
	}
	if got := h.ticket(3).Number; got != "A001" {
		t.Errorf("the new day begins with %s", got)
	}
	h.given(Reopen{Counter: 1}, Finish{Counter: 1}) // also then
	h.sound()
}
