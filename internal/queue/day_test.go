package queue

import (
	"testing"
	"time"
)

func TestEndDay(t *testing.T) {
	try(t, []rule{
		{name: "expires who waits, is parked or was missed", when: EndDay{}, then: []Event{DayEnded{ByHand: true}},
			given: []step{take(1, notary), take(2, notary), take(3, notary), take(4, notary), take(5, notary), take(6, notary),
				CallNext{Counter: 1}, Park{Counter: 1}, CallNext{Counter: 1}, NoShow{Counter: 1}, CallNext{Counter: 1}, CallNext{Counter: 2}, Finish{Counter: 2}, Cancel{Ticket: id(5)}, time.Minute},
			after: func(h *hall) {
				for n, want := range map[int]TicketState{1: Expired, 2: Expired, 3: Called, 4: Done, 5: Cancelled, 6: Expired} {
					if got := h.ticket(n).State; got != want {
						h.t.Fatalf("ticket %d is %s; want %s", n, got, want)
					}
				}
				if !h.ticket(6).EndedAt.Equal(h.now) || h.line(notary) != "" {
					h.t.Fatalf("got %+v", h.ticket(6))
				}
			}},
		{name: "twice", given: []step{EndDay{}}, when: EndDay{}, same: true},
	})
	_, err := Decide(New(), EndDay{}, Meta{Now: morning})
	refused(t, err, ErrNotConfigured)
}

func TestADayEndedByHandStaysEndedUntilMidnight(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), EndDay{}, 15*time.Hour+59*time.Minute)
	_, err := h.try(take(2, notary))
	refused(t, err, ErrDayEnded)
	before := len(h.records)
	h.given(time.Minute, take(2, notary))
	got := eventsOf(h.records[before:])
	if got[0] != (DayStarted{Day: "2025-07-15"}) || h.ticket(2).Number != "A001" {
		t.Errorf("midnight brought %v", got)
	}
	h.sound()
}

func TestADayEndsAtMidnightAndNotBefore(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), 16*time.Hour-time.Millisecond, Tick{})
	if h.ticket(1).State != Waiting {
		t.Fatal("expired early")
	}
	if got := h.s.NextTick(); !got.Equal(h.now.Add(time.Millisecond)) {
		t.Errorf("the next tick is at %s", got)
	}
	before := len(h.records)
	h.given(time.Millisecond, Tick{})
	r := h.records[before:]
	if len(r) != 2 || r[0].Event != (DayEnded{}) || r[0].Day != "2025-07-14" || r[1].Event != (DayStarted{Day: "2025-07-15"}) || r[1].Day != "2025-07-15" {
		t.Errorf("midnight brought %+v", r)
	}
	h.sound()
}

// A refused command still turns the day over: its records are facts of time.
func TestARefusedCommandStillBringsTheNewDay(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), 24*time.Hour)
	out, err := h.try(Recall{Counter: 1})
	refused(t, err, ErrNoTicket)
	if len(out.Records) != 2 || h.s.Day != "2025-07-15" {
		t.Errorf("records %+v", out.Records)
	}
	h.sound()
}

func TestDaysWithoutACommandPassUnnamed(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), 10*24*time.Hour)
	before := len(h.records)
	h.given(take(2, notary))
	if got := h.records[before:]; len(got) != 3 || got[1].Event != (DayStarted{Day: "2025-07-24"}) {
		t.Errorf("got %+v", got)
	}
	h.sound()
}

func TestCountersCloseOverNightUnlessTheCentreNeverCloses(t *testing.T) {
	weekdays := Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, Spans: []Span{{"00:00", "24:00"}}}}}
	for _, c := range []struct {
		hours Hours
		want  CounterState
	}{{Hours{AllDay: true}, CounterOpen}, {weekdays, CounterClosed}} {
		h := newHall(t)
		h.given(SetHours{c.hours}, take(1, civil), CallNext{Counter: 3}, take(2, notary), CallNext{Counter: 1}, Finish{Counter: 1}, 24*time.Hour, Tick{})
		if got := h.s.Counter(1); got.State != c.want || got.Served != 0 {
			t.Errorf("all day %v: counter 1 is %+v", c.hours.AllDay, got)
		}
		if got := h.s.Counter(3); got.State != CounterOpen || got.Ticket != id(1) {
			t.Errorf("the counter that holds a ticket is %+v", got)
		}
		h.given(PutBack{Counter: 3}) // a manager frees what stayed; it expires
		if got := h.ticket(1).State; got != Expired {
			t.Errorf("yesterday's ticket is %s", got)
		}
		h.sound()
	}
}

func TestTheCreditAndTheCallsOfAServiceBeginAgain(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), take(1, notary), take(2, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, Finish{Counter: 1}, 24*time.Hour, Tick{})
	if l := h.s.Line(notary); l.Others != 0 || l.Calls != 0 || l.Last != 0 || l.Issued != 0 || len(l.Waiting) != 0 {
		t.Errorf("got %+v", l)
	}
}
