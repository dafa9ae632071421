package queue

import (
	"strings"
	"testing"
	"time"
)

func TestCancel(t *testing.T) {
	try(t, []rule{
		{name: "leaves the line", given: []step{take(1, notary), take(2, notary)}, when: Cancel{id(1), " về nhà "}, then: []Event{WasCancelled{id(1), "về nhà"}},
			after: func(h *hall) {
				if h.line(notary) != "A002" || h.ticket(1).State != Cancelled {
					h.t.Fatalf("got %+v", h.ticket(1))
				}
			}},
		{name: "long reason", given: states[Waiting], when: Cancel{id(1), strings.Repeat("x", 201)}, code: ErrInvalid},
		{name: "unknown", when: Cancel{Ticket: id(1)}, code: ErrUnknownTicket, words: []string{"today"}},
	})
	onlyFrom(t, func(tk TicketID) Command { return Cancel{Ticket: tk} }, Waiting)
}

func TestRestore(t *testing.T) {
	limit := SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, DailyLimit: 2}}
	try(t, []rule{
		{name: "its old place", given: []step{states[Cancelled], take(2, notary), 4 * time.Minute}, when: Restore{id(1)}, then: []Event{Restored{id(1)}},
			after: func(h *hall) {
				if tk := h.ticket(1); h.line(notary) != "A001 A002" || !tk.WaitSince.Equal(morning) || !tk.EndedAt.IsZero() {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "at the last moment", given: []step{states[Cancelled], 5 * time.Minute}, when: Restore{id(1)}, then: []Event{Restored{id(1)}}},
		{name: "too late", given: []step{states[Cancelled], 5*time.Minute + time.Millisecond}, when: Restore{id(1)}, code: ErrTooLate, words: []string{"A001", "08:05"}},
		{name: "the day was ended", given: []step{states[Cancelled], EndDay{}}, when: Restore{id(1)}, code: ErrDayEnded, words: []string{"A001"}},
		{name: "over midnight it is gone", given: []step{16*time.Hour - time.Minute, states[Cancelled], 2 * time.Minute}, when: Restore{id(1)}, code: ErrUnknownTicket,
			then: []Event{DayEnded{}, DayStarted{Day: "2025-07-15"}}},
		{name: "its service was removed", given: []step{states[Cancelled], RemoveService{notary}}, when: Restore{id(1)}, code: ErrUnknownService},
		{name: "a full day's limit does not keep it out", given: []step{limit, states[Cancelled], take(2, notary)}, when: Restore{id(1)}, then: []Event{Restored{id(1)}}},
		{name: "unknown", when: Restore{id(1)}, code: ErrUnknownTicket},
	})
	onlyFrom(t, func(tk TicketID) Command { return Restore{tk} }, Cancelled)
}
