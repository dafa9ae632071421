package queue

import (
	"testing"
	"time"
)

func TestReturn(t *testing.T) {
	try(t, []rule{
		{name: "behind the next two calls of the service", given: []step{states[Missed], 10 * time.Minute}, when: Return{id(1)}, then: []Event{CameBack{Ticket: id(1), After: 3}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Waiting || tk.Place != 1 || !tk.WaitSince.Equal(h.now) || !tk.EndedAt.IsZero() {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "at the last moment", given: []step{states[Missed], 30 * time.Minute}, when: Return{id(1)}, then: []Event{CameBack{Ticket: id(1), After: 3}}},
		{name: "too late", given: []step{states[Missed], 30*time.Minute + time.Second}, when: Return{id(1)}, code: ErrTooLate, words: []string{"A001", "08:30"}},
		{name: "unknown", when: Return{id(9)}, code: ErrUnknownTicket},
		{name: "missed after the day was ended by hand", given: []step{states[Called], EndDay{}, NoShow{Counter: 1}}, when: Return{id(1)}, code: ErrDayEnded, words: []string{"A001", "2025-07-14"}},
		{name: "missed on the day after its own", given: []step{states[Called], 24 * time.Hour, NoShow{Counter: 1}}, when: Return{id(1)}, code: ErrDayEnded, words: []string{"2025-07-14"}},
		{name: "its service was removed", given: []step{states[Missed], RemoveService{notary}}, when: Return{id(1)}, code: ErrUnknownService, words: []string{"chung-thuc"}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Return{tk} }, Missed)
}

func TestTheGraceTimeEndsWithTheDay(t *testing.T) {
	h := newHall(t)
	h.given(15*time.Hour+50*time.Minute, states[Missed])
	want := time.Date(2025, 7, 15, 0, 0, 0, 0, saigon)
	if got := h.s.ReturnBy(h.ticket(1)); !got.Equal(want) {
		t.Errorf("missed at 23:50, may come back until %s", got.In(saigon))
	}
}

func TestAReturnedPersonComesAfterTwoCallsOfTheService(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), take(2, notary), take(3, notary), take(4, notary), take(5, civil), take(6, civil),
		CallNext{Counter: 1}, NoShow{Counter: 1}, Return{id(1)},
		CallNext{Counter: 3}, Finish{Counter: 3}) // a call of another service does not count
	if got := h.calls(1, 4); got != "A002/arrival A003/arrival A001/returned A004/arrival" {
		t.Errorf("called %s", got)
	}
	h.sound()
}

func TestAReturnedPersonIsCalledAtOnceWhenNobodyElseWaits(t *testing.T) {
	h := newHall(t)
	h.given(states[Missed], Return{id(1)})
	if got := h.calls(1, 1); got != "A001/returned" {
		t.Errorf("called %s", got)
	}
}

func TestSomebodyMayMissTwice(t *testing.T) {
	h := newHall(t)
	h.given(states[Missed], Return{id(1)}, CallNext{Counter: 1}, NoShow{Counter: 1}, take(2, notary), take(3, notary), take(4, notary), Return{id(1)})
	if got := h.calls(1, 4); got != "A002/arrival A003/arrival A001/returned A004/arrival" {
		t.Errorf("called %s", got)
	}
	h.sound()
}
