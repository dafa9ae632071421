package queue

import (
	"testing"
	"time"
)

func TestReopen(t *testing.T) {
	try(t, []rule{
		{name: "the last one finished here", given: []step{states[Done], 2 * time.Minute}, when: Reopen{Counter: 1}, then: []Event{Reopened{Ticket: id(1)}},
			after: func(h *hall) {
				tk := h.ticket(1)
				if tk.State != Serving || !tk.EndedAt.IsZero() || !tk.StartedAt.Equal(tk.CalledAt) || h.s.Counter(1).Ticket != id(1) || h.s.Counter(1).Served != 0 || len(h.s.Finished) != 0 {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "too late", given: []step{states[Done], 2*time.Minute + time.Millisecond}, when: Reopen{Counter: 1}, code: ErrTooLate, words: []string{"A001", "08:02:00"}},
		{name: "an earlier one by its name", given: []step{states[Done], take(2, notary), CallNext{Counter: 1, Finish: true}, Finish{Counter: 1}}, when: Reopen{Counter: 1, Ticket: id(1)}, then: []Event{Reopened{Ticket: id(1)}}},
		{name: "not one of another counter", given: []step{states[Done], take(2, notary), CallNext{Counter: 2}, Finish{Counter: 2}}, when: Reopen{Counter: 1}, then: []Event{Reopened{Ticket: id(1)}}},
		{name: "at another counter", given: states[Done], when: Reopen{Counter: 2, Ticket: id(1)}, code: ErrWrongCounter, words: []string{"A001 was finished at counter 1"}},
		{name: "while holding another", given: []step{states[Done], take(2, notary), CallNext{Counter: 1}}, when: Reopen{Counter: 1}, code: ErrCounterBusy, words: []string{"A002"}},
		{name: "nothing finished here", when: Reopen{Counter: 1}, code: ErrNoTicket, words: []string{"counter 1"}},
		{name: "at a closed counter", given: []step{states[Done], CloseCounter{1}}, when: Reopen{Counter: 1}, code: ErrCounterState},
		{name: "its service was removed", given: []step{states[Done], RemoveService{notary}}, when: Reopen{Counter: 1}, code: ErrUnknownService, words: []string{"chung-thuc"}},
		{name: "unknown ticket", given: states[Done], when: Reopen{Counter: 1, Ticket: id(7)}, code: ErrUnknownTicket},
	})
	t.Run("wrong states", func(t *testing.T) {
		for st, past := range states {
			h := newHall(t)
			h.given(past...)
			_, err := h.try(Reopen{Counter: 2, Ticket: id(1)})
			if st == Done {
				refused(t, err, ErrWrongCounter)
				continue
			}
			refused(t, err, ErrWrongState, "ticket A001 "+inWords[st], "cannot be reopened", "allowed now: "+list(Allowed(st)))
		}
	})
}

func TestReopenTwiceAndThenPutBack(t *testing.T) {
	h := newHall(t)
	h.given(states[Done], take(2, notary), Reopen{Counter: 1}, Finish{Counter: 1}, time.Minute, Reopen{Counter: 1}, PutBack{Counter: 1})
	if got := h.line(notary); got != "A001 A002" {
		t.Errorf("the line is %s", got)
	}
	h.sound()
}
