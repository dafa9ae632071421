package queue

import (
	"strings"
	"testing"
	"time"
)

func TestPark(t *testing.T) {
	try(t, []rule{
		{name: "from serving", given: states[Serving], when: Park{Counter: 1, Reason: " đi sao y "}, then: []Event{SetAside{Ticket: id(1), Reason: "đi sao y"}},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Parked || h.s.Counter(1).Ticket != "" {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "from called", given: states[Called], when: Park{Counter: 1}, then: []Event{SetAside{Ticket: id(1)}}},
		{name: "long reason", given: states[Called], when: Park{Counter: 1, Reason: strings.Repeat("x", 201)}, code: ErrInvalid, words: []string{"201"}},
		{name: "reason that is no text", given: states[Called], when: Park{Counter: 1, Reason: "\xfe"}, code: ErrInvalid},
		{name: "nothing in hand", when: Park{Counter: 1}, code: ErrNoTicket},
	})
	onlyFrom(t, func(tk TicketID) Command { return Park{Counter: 1, Ticket: tk} }, Called, Serving)
}

func TestAParkedTicketBelongsToTheCentre(t *testing.T) {
	h := newHall(t)
	h.given(states[Parked], take(2, land), CallNext{Counter: 3}, Finish{Counter: 3},
		CloseCounter{1}, CallTicket{Counter: 3, Ticket: id(1)}, Start{Counter: 3}, Finish{Counter: 3})
	if tk := h.ticket(1); tk.State != Done || tk.Counter != 3 || tk.Why != ByRecallLater {
		t.Errorf("got %+v", tk)
	}
	h.sound()
}

func TestCallNextPassesParkedTicketsOver(t *testing.T) {
	h := newHall(t)
	h.given(states[Parked])
	if got := h.calls(1, 1); got != "-" {
		t.Errorf("called %s", got)
	}
}

func TestWhatIsParkedAfterADayWasEndedByHandExpiresAtMidnight(t *testing.T) {
	h := newHall(t)
	h.given(states[Serving], take(2, notary), CallNext{Counter: 2}, EndDay{}, Park{Counter: 1}, NoShow{Counter: 2})
	if a, b := h.ticket(1).State, h.ticket(2).State; a != Parked || b != Missed {
		t.Fatalf("the tickets are %s and %s", a, b)
	}
	h.given(CallTicket{Counter: 1, Ticket: id(1)}, Park{Counter: 1}) // it can still be called back
	before := len(h.records)
	h.given(16*time.Hour, Tick{})
	got := eventsOf(h.records[before:])
	if len(got) != 2 || got[0] != (DayEnded{}) || got[1] != (DayStarted{Day: "2025-07-15"}) {
		t.Errorf("midnight brought %v: the journal must say that the rest expired", got)
	}
	h.sound()
}
