package queue

import (
	"strings"
	"testing"
	"time"
)

// at is 8 o'clock of the hall and so much later.
func later(d time.Duration) time.Time { return morning.Add(d).UTC() }

func book(n int, in time.Duration) Command {
	return Appoint{ID: id(n), Service: notary, At: morning.Add(in), Reference: "H57.25-0001"}
}

func booked(n int, in time.Duration) Appointed {
	return Appointed{ID: id(n), Service: notary, Hour: later(in), Reference: "H57.25-0001"}
}

func TestAppoint(t *testing.T) {
	office := SetHours{Hours{LastIssueS: 1800, Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1, 2, 3, 4, 5}, Spans: []Span{{"07:30", "11:30"}, {"13:30", "17:00"}}}}}}
	two := SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực", EN: "Notary"}, AppointmentsHour: 2}}
	try(t, []rule{
		{name: "an hour of today", when: book(1, 90*time.Minute), then: []Event{booked(1, 90*time.Minute)}},
		{name: "with all it may carry", when: Appoint{ID: id(1), Service: notary, At: morning.Add(time.Hour), Priority: elder, Language: "en", Reference: " H57 "},
			then: []Event{Appointed{ID: id(1), Service: notary, Hour: later(time.Hour), Priority: elder, Language: "en", Reference: "H57"}}},
		{name: "to the minute", when: Appoint{ID: id(1), Service: notary, At: morning.Add(time.Hour + 40*time.Second)}, then: []Event{Appointed{ID: id(1), Service: notary, Hour: later(time.Hour)}}},
		{name: "again changes nothing", given: []step{book(1, time.Hour)}, when: book(1, 2*time.Hour), same: true},
		{name: "again after the check-in", given: []step{book(1, time.Hour), CheckIn{ID: id(1)}}, when: book(1, time.Hour), same: true},
		{name: "the last day that can be booked", when: book(1, 30*24*time.Hour), then: []Event{booked(1, 30*24*time.Hour)}},
		{name: "a day too far", when: book(1, 31*24*time.Hour), code: ErrInvalid, words: []string{"30 days"}},
		{name: "as far as the centre says", given: []step{SetPolicy{Policy{Mode: Strict, Appointments: AppointmentRules{AheadDays: 2}}}}, when: book(1, 3*24*time.Hour), code: ErrInvalid, words: []string{"2 days"}},
		{name: "an hour that is over", given: []step{time.Hour}, when: book(1, time.Hour), code: ErrInvalid, words: []string{"09:00 on 2025-07-14", "over"}},
		{name: "outside of the hours", given: []step{office}, when: book(1, 4*time.Hour), code: ErrClosed, words: []string{"Notary", "12:00"}},
		{name: "after the last number of the day", given: []step{office}, when: book(1, 8*time.Hour+30*time.Minute), code: ErrClosed, words: []string{"16:30"}},
		{name: "a Saturday", given: []step{office}, when: book(1, 5*24*time.Hour), code: ErrClosed},
		{name: "hours of the service's own", given: []step{office, SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, Hours: &Hours{AllDay: true}}}}, when: book(1, 4*time.Hour), then: []Event{booked(1, 4*time.Hour)}},
		{name: "a full hour", given: []step{two, book(1, time.Hour), book(2, time.Hour+30*time.Minute)}, when: book(3, time.Hour+59*time.Minute), code: ErrHourFull, words: []string{"Notary", "09:59"}},
		{name: "the hour after a full one", given: []step{two, book(1, time.Hour), book(2, time.Hour)}, when: book(3, 2*time.Hour), then: []Event{booked(3, 2*time.Hour)}},
		{name: "a full hour with one who came already", given: []step{two, book(1, time.Hour), book(2, time.Hour), CheckIn{ID: id(1)}}, when: book(3, time.Hour), code: ErrHourFull},
		{name: "a full hour of which one was given back", given: []step{two, book(1, time.Hour), book(2, time.Hour), CancelAppointment{id(1)}}, when: book(3, time.Hour), then: []Event{booked(3, time.Hour)}},
		{name: "unknown service", when: Appoint{ID: id(1), Service: "x", At: morning.Add(time.Hour)}, code: ErrUnknownService},
		{name: "unknown priority", when: Appoint{ID: id(1), Service: notary, At: morning.Add(time.Hour), Priority: "x"}, code: ErrUnknownClass},
		{name: "long reference", when: Appoint{ID: id(1), Service: notary, At: morning.Add(time.Hour), Reference: strings.Repeat("x", 65)}, code: ErrInvalid},
		{name: "malformed id", when: Appoint{ID: "x", Service: notary, At: morning.Add(time.Hour)}, code: ErrInvalid},
		{name: "today after its end", given: []step{EndDay{}}, when: book(1, time.Hour), code: ErrDayEnded},
		{name: "tomorrow after today's end", given: []step{EndDay{}}, when: book(1, 24*time.Hour), then: []Event{booked(1, 24*time.Hour)}},
		{name: "while issuing is paused", given: []step{PauseIssuing{Reason: "mất điện"}}, when: book(1, time.Hour), then: []Event{booked(1, time.Hour)}},
	})
	h := &hall{t: t, s: New(), now: morning}
	_, err := h.try(book(1, time.Hour))
	refused(t, err, ErrNotConfigured)
}

func TestAnAppointmentIsNoTicket(t *testing.T) {
	given := []step{book(1, time.Hour)}
	try(t, []rule{
		{name: "cannot be issued", given: given, when: take(1, notary), code: ErrNotCheckedIn, words: []string{"09:00 on 2025-07-14"}},
		{name: "cannot be cancelled as one", given: given, when: Cancel{Ticket: id(1)}, code: ErrNotCheckedIn},
		{name: "cannot be called", given: given, when: CallTicket{Counter: 1, Ticket: id(1)}, code: ErrNotCheckedIn},
		{name: "cannot be taken in as a slip", given: given, when: Adopt{Counter: 1, ID: id(1)}, code: ErrNotCheckedIn},
		{name: "is not next", given: given, when: CallNext{Counter: 1}, then: nil},
		{name: "keeps its service", given: given, when: RemoveService{notary}, code: ErrConflict, words: []string{"1 appointments"}},
		{name: "given back it does not", given: []step{given, CancelAppointment{id(1)}}, when: RemoveService{notary}, then: []Event{ServiceRemoved{notary}}},
	})
}

func TestBookableHoursAreThoseThatCanBeBooked(t *testing.T) {
	h := newHall(t)
	h.given(SetHours{Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1, 2}, Spans: []Span{{"07:30", "09:30"}, {"13:30", "14:00"}}}}}},
		SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực"}, AppointmentsHour: 2}}, book(1, time.Hour), book(2, time.Hour), book(3, 30*time.Minute))
	hours := func(day Day) string {
		var out []string
		for _, b := range h.s.BookableHours(h.s.Line(notary), day, h.now) {
			out = append(out, b.At.Format("15:04")+"/"+itoa(b.Left))
		}
		return strings.Join(out, " ")
	}
	for day, want := range map[Day]string{
		"2025-07-14": "08:30/1 09:00/0 13:30/2", // 8 o'clock is now
		"2025-07-15": "07:30/2 08:00/2 08:30/2 09:00/2 13:30/2",
		"2025-07-16": "", "2025-07-13": "", "2025-09-01": "", "heute": "",
	} {
		if got := hours(day); got != want {
			t.Errorf("%s offers %q; want %q", day, got, want)
		}
	}
}
