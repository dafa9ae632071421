package queue

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func here(n int) CheckIn { return CheckIn{ID: id(n), Source: "kiosk"} }

// came is the ticket of an appointment at 9 o'clock.
func came(due bool) CheckedIn {
	e := CheckedIn{Issued: Issued{Ticket: id(1), Number: "A001", Seq: 1, Place: 1, Service: notary, Source: "kiosk", Reference: "H57.25-0001"}, Booked: later(time.Hour)}
	if due {
		e.Due = e.Booked
	}
	return e
}

func TestCheckIn(t *testing.T) {
	nine := book(1, time.Hour)
	limit := SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, DailyLimit: 1}}
	try(t, []rule{
		{name: "an hour before", given: []step{nine}, when: here(1), then: []Event{came(true)},
			after: func(h *hall) {
				if tk := h.ticket(1); tk.State != Waiting || !tk.Due.Equal(later(time.Hour)) || h.s.Appointments != nil {
					h.t.Fatalf("got %+v, and %v is left", tk, h.s.Appointments)
				}
			}},
		{name: "at the end of the grace time", given: []step{nine, 75 * time.Minute}, when: here(1), then: []Event{came(true)}},
		{name: "too late for its hour: a walk-in", given: []step{nine, 75*time.Minute + time.Second}, when: here(1), then: []Event{came(false)}},
		{name: "too early", given: []step{book(1, 61*time.Minute)}, when: here(1), code: ErrEarly, words: []string{"09:01", "08:01"}},
		{name: "a window of the centre's own", given: []step{SetPolicy{Policy{Mode: Strict, Appointments: AppointmentRules{EarlyS: 600, LateS: 60}}}, nine}, when: here(1), code: ErrEarly, words: []string{"08:50"}},
		{name: "a grace time of the centre's own", given: []step{SetPolicy{Policy{Mode: Strict, Appointments: AppointmentRules{LateS: 60}}}, nine, 62 * time.Minute}, when: here(1), then: []Event{came(false)}},
		{name: "another day", given: []step{book(1, 24*time.Hour)}, when: here(1), code: ErrOtherDay, words: []string{"08:00 on 2025-07-15", "today is 2025-07-14"}},
		{name: "on its own day", given: []step{book(1, 25*time.Hour), 24 * time.Hour}, when: CheckIn{ID: id(1), Source: "kiosk", Language: "en"}, then: []Event{DayEnded{}, DayStarted{"2025-07-15"},
			CheckedIn{Issued: Issued{Ticket: id(1), Number: "A001", Seq: 1, Place: 1, Service: notary, Source: "kiosk", Language: "en", Reference: "H57.25-0001", Due: later(25 * time.Hour)}, Booked: later(25 * time.Hour)}}},
		{name: "again gives the same ticket", given: []step{nine, here(1)}, when: here(1), same: true},
		{name: "again when it was served", given: []step{nine, here(1), CallNext{Counter: 1, Finish: true}, Finish{Counter: 1}}, when: here(1), same: true},
		{name: "cancelled", given: []step{nine, CancelAppointment{id(1)}}, when: here(1), code: ErrAppointmentOver, words: []string{"cancelled"}},
		{name: "the day was ended", given: []step{nine, EndDay{}}, when: here(1), code: ErrAppointmentOver, words: []string{"not used"}},
		{name: "the day after it is gone", given: []step{nine, 24 * time.Hour}, when: here(1), code: ErrUnknownAppointment, then: []Event{DayEnded{}, DayStarted{"2025-07-15"}}},
		{name: "all numbers of the day are out", given: []step{limit, nine, take(2, notary)}, when: here(1), then: []Event{func() Event {
			e := came(true)
			e.Number, e.Seq, e.Place = "A002", 2, 2
			return e
		}()}},
		{name: "all numbers are out and it is late", given: []step{limit, nine, take(2, notary), 2 * time.Hour}, when: here(1), code: ErrNoMoreNumbers},
		{name: "issuing is paused", given: []step{nine, PauseIssuing{Reason: "đông"}}, when: here(1), then: []Event{came(true)}},
		{name: "issuing is paused and it is late", given: []step{nine, PauseIssuing{Reason: "đông"}, 2 * time.Hour}, when: here(1), code: ErrIssuingPaused},
		{name: "its group is no more", given: []step{Appoint{ID: id(1), Service: notary, At: morning.Add(time.Hour), Priority: elder, Reference: "H57.25-0001"}, SetPolicy{Policy{Mode: Strict}}}, when: here(1), then: []Event{came(true)}},
		{name: "a long source", given: []step{nine}, when: CheckIn{ID: id(1), Source: string(make([]byte, 33))}, code: ErrInvalid},
		{name: "unknown", when: here(1), code: ErrUnknownAppointment},
	})
}

func TestADueAppointmentIsNext(t *testing.T) {
	nine := book(9, time.Hour)
	line := append(lineUp(1, 2, notary), takeAs(3, notary, elder))
	follow(t, []route{
		{"before its hour it lets others pass", []step{nine, here(9), line}, 1, "A002/arrival A003/arrival A004/priority_turn A001/arrival"},
		{"from its hour on it goes first", []step{nine, line, here(9), time.Hour}, 1, "A004/appointment A001/arrival A003/priority_turn A002/arrival"},
		{"the earlier hour first", []step{nine, book(8, 50*time.Minute), line, here(9), here(8), time.Hour}, 1, "A005/appointment A004/appointment A003/priority_turn A001/arrival"},
		{"too late it stands where it came", []step{nine, line, 80 * time.Minute, here(9)}, 1, "A001/arrival A002/arrival A003/priority_turn A004/arrival"},
		{"alone it is called before its hour", []step{nine, here(9)}, 1, "A001/arrival"},
	})
}

// A slip that a kiosk printed because the line broke while somebody checked in is the
// appointment's ticket: one person, one number, and the hour still counts.
func TestASlipOfACheckInIsTheAppointmentsTicket(t *testing.T) {
	slip := func(ago time.Duration) Command {
		return Merge{Device: "d_1", Tickets: []LaneTicket{{ID: id(1), Number: "AK001", Service: notary, IssuedAt: morning.Add(time.Hour - ago)}}}
	}
	for name, c := range map[string]struct {
		given  []step
		due    bool
		number string
	}{
		"the server never heard of it": {[]step{book(1, time.Hour), time.Hour, slip(5 * time.Minute)}, true, "AK001"},
		"only the answer was lost":     {[]step{book(1, time.Hour), 55 * time.Minute, here(1), 5 * time.Minute, slip(5 * time.Minute)}, true, "AK001"},
		"it came late":                 {[]step{book(1, 20*time.Minute), time.Hour, slip(5 * time.Minute)}, false, "AK001"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.given(GiveLane{Device: "d_1"})
			h.given(take(2, notary))
			h.given(c.given...)
			tk := h.ticket(1)
			if tk.Number != c.number || tk.Due.IsZero() == c.due || tk.Booked.IsZero() || tk.State != Waiting || h.s.Appointment(id(1)) != nil {
				t.Fatalf("got %+v", tk)
			}
			if next := h.s.Next(1, h.now); c.due && (next.Ticket != tk || next.Why != ByAppointment) {
				t.Fatalf("next is %+v", next)
			}
			h.sound()
			if err := h.replays(); err != nil {
				t.Fatal(err)
			}
		})
	}
	h := newHall(t)
	h.given(GiveLane{Device: "d_1"}, book(1, time.Hour), Adopt{Counter: 1, ID: id(1), Number: "AK001"})
	if tk := h.ticket(1); tk.State != Called || !tk.Booked.Equal(later(time.Hour)) {
		t.Fatalf("the clerk who scanned the slip got %+v", tk)
	}
	h.sound()
}

// Appointments go first and yet nobody starves: an hour takes a bounded number of them,
// so whoever has n people before him is called within the hours that n calls more than
// the appointments fill.
func TestNobodyStarvesBehindAppointments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		an, more := rapid.IntRange(1, 4).Draw(t, "appointments an hour"), rapid.IntRange(1, 3).Draw(t, "calls beyond them")
		h := newHall(t)
		h.given(SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, AppointmentsHour: an}})
		before := rapid.IntRange(0, 8).Draw(t, "before")
		n := 0
		for range before + 1 {
			h.given(take(n, notary))
			n++
		}
		me := id(n - 1)
		for hour := 1; h.s.Tickets[me].State == Waiting; hour++ {
			if hour > before/more+2 {
				t.Fatalf("still waiting after %d hours with %d before", hour, before)
			}
			for range an + 2 { // two too many, who are refused
				if _, err := h.try(Appoint{ID: id(n), Service: notary, At: h.now.Add(30 * time.Minute)}); err == nil {
					h.given(here(n))
				}
				n++
			}
			h.given(30 * time.Minute)
			h.given(take(n, notary)) // and others come
			n++
			for range an + more {
				h.given(CallNext{Counter: 1, Finish: true})
			}
			h.given(30 * time.Minute)
		}
	})
}
