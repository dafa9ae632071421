package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestIssueGivesTheNextNumber(t *testing.T) {
	due := morning.Add(time.Hour)
	try(t, []rule{
		{name: "first of the day", when: take(1, notary),
			then: []Event{Issued{Ticket: id(1), Number: "A001", Seq: 1, Place: 1, Service: notary, Source: "kiosk"}}},
		{name: "services count apart, arrival is common", given: []step{take(1, notary), take(2, notary)}, when: take(3, civil),
			then: []Event{Issued{Ticket: id(3), Number: "H001", Seq: 1, Place: 3, Service: civil, Source: "kiosk"}}},
		{name: "everything it carries", when: Issue{ID: id(1), Service: land, Priority: elder, Source: "phone", Language: "en", Reference: "H57.25-0001", Due: due},
			then: []Event{Issued{Ticket: id(1), Number: "K001", Seq: 1, Place: 1, Service: land, Priority: elder, Source: "phone", Language: "en", Reference: "H57.25-0001", Due: due.UTC()}}},
		{name: "a cancelled number is not given again", given: []step{take(1, notary), Cancel{Ticket: id(1)}}, when: take(2, notary),
			then: []Event{Issued{Ticket: id(2), Number: "A002", Seq: 2, Place: 2, Service: notary, Source: "kiosk"}}},
		{name: "A999 is followed by A1000", given: []step{func(h *hall) { h.s.Line(notary).Last = 999; h.records = nil }, func(h *hall) { h.t = silent{h.t} }}, when: take(1, notary),
			then: []Event{Issued{Ticket: id(1), Number: "A1000", Seq: 1000, Place: 1, Service: notary, Source: "kiosk"}}},
		{name: "unknown service", when: take(1, "thue"), code: ErrUnknownService, words: []string{`"thue"`, "chung-thuc, ho-tich and dat-dai"}},
		{name: "unknown priority", when: takeAs(1, notary, "vip"), code: ErrUnknownClass, words: []string{`"vip"`, "cao-tuoi and co-cong"}},
		{name: "lower-case id", when: Issue{ID: "abcdefghjkmnpqrs", Service: notary}, code: ErrInvalid, words: []string{"Crockford"}},
		{name: "short id", when: Issue{ID: "12", Service: notary}, code: ErrInvalid, words: []string{"16 characters"}},
		{name: "language", when: Issue{ID: id(1), Service: notary, Language: "fr"}, code: ErrInvalid, words: []string{`"fr"`}},
		{name: "long reference", when: Issue{ID: id(1), Service: notary, Reference: strings.Repeat("x", 65)}, code: ErrInvalid, words: []string{"65 bytes", "64"}},
		{name: "reference that is no text", when: Issue{ID: id(1), Service: notary, Reference: "\xff"}, code: ErrInvalid, words: []string{"reference"}},
		{name: "long source", when: Issue{ID: id(1), Service: notary, Source: strings.Repeat("k", 33)}, code: ErrInvalid, words: []string{"source"}},
	})
}

// silent lets the check of gap-free numbers pass where a test skips 998 of them;
// any other fault is still reported.
type silent struct{ reporter }

func (s silent) Fatalf(format string, args ...any) {
	if m := fmt.Sprintf(format, args...); !strings.Contains(m, "was given after count") && !strings.Contains(m, "the replay differs") {
		s.reporter.Fatalf(format, args...)
	}
}

func TestIssuingAnIdAgainGivesTheSameTicketInEveryState(t *testing.T) {
	for st, past := range states {
		t.Run(string(st), func(t *testing.T) {
			h := newHall(t)
			h.given(past...)
			before := len(h.records)
			// Another service in the repeat changes nothing: the id is the key.
			out, err := h.try(take(1, civil))
			if err != nil || !out.Existing || out.Ticket != id(1) || len(h.records) != before {
				t.Fatalf("got %+v, %v", out, err)
			}
		})
	}
}

func TestIssueSaysWhyNot(t *testing.T) {
	office := SetHours{Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1, 2, 3, 4, 5},
		Spans: []Span{{"07:00", "11:30"}, {"13:30", "17:30"}}}}, LastIssueS: 1800}}
	limit := SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực", EN: "Notary"}, DailyLimit: 2}}
	try(t, []rule{
		{name: "lunch", given: []step{office, 4 * time.Hour}, when: take(1, notary), code: ErrClosed, words: []string{"Notary", "2025-07-14 13:30"}},
		{name: "after the last issue", given: []step{office, 9 * time.Hour}, when: take(1, notary), code: ErrClosed, words: []string{"2025-07-15 07:00"}},
		{name: "on a Friday evening it is Monday", given: []step{office, (4*24 + 10) * time.Hour}, when: take(1, notary), code: ErrClosed, words: []string{"2025-07-21 07:00"},
			then: []Event{DayEnded{}, DayStarted{Day: "2025-07-18"}}},
		{name: "no hours at all", given: []step{SetHours{}}, when: take(1, notary), code: ErrClosed, words: []string{"two weeks"}},
		{name: "a service with its own hours", given: []step{SetService{Service{ID: civil, Prefix: "H", Name: Text{VI: "Hộ tịch"}, Hours: &Hours{}}}}, when: take(1, civil), code: ErrClosed, words: []string{"Hộ tịch"}},
		{name: "limit", given: []step{limit, take(1, notary), take(2, notary)}, when: take(3, notary), code: ErrNoMoreNumbers, words: []string{"2 numbers of Notary"}},
		{name: "a cancelled ticket keeps its share of the limit, since it can be restored", given: []step{limit, take(1, notary), take(2, notary), Cancel{Ticket: id(2)}}, when: take(3, notary), code: ErrNoMoreNumbers},
		{name: "a repeated id does not count", given: []step{limit, take(1, notary), take(1, notary)}, when: take(2, notary),
			then: []Event{Issued{Ticket: id(2), Number: "A002", Seq: 2, Place: 2, Service: notary, Source: "kiosk"}}},
		{name: "day ended", given: []step{EndDay{}}, when: take(1, notary), code: ErrDayEnded, words: []string{"2025-07-14"}},
	})
	h := newHall(t)
	h.given(office, 4*time.Hour)
	_, err := h.try(take(1, notary))
	if e := err.(*Error); e.Detail["opens_at"] != "2025-07-14T13:30:00+07:00" {
		t.Errorf("the problem document has %v", e.Detail)
	}
}

func TestNoNumberBeforeTheCentreIsSetUp(t *testing.T) {
	_, err := Decide(New(), take(1, notary), Meta{Now: morning})
	refused(t, err, ErrNotConfigured)
}

func TestNumbersBeginAgainEachDay(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), take(2, notary), 24*time.Hour, take(3, notary))
	if got := h.ticket(3); got.Number != "A001" || got.Day != "2025-07-15" {
		t.Errorf("got %s of %s", got.Number, got.Day)
	}
	h.sound()
}

func TestNumbersPastNineHundredNinetyNine(t *testing.T) {
	h := newHall(t)
	for n := 1; n <= 1001; n++ {
		h.given(take(n, notary))
	}
	for n, want := range map[int]string{1: "A001", 42: "A042", 999: "A999", 1000: "A1000", 1001: "A1001"} {
		if got := h.ticket(n).Number; got != want {
			t.Errorf("ticket %d is %s; want %s", n, got, want)
		}
	}
	h.sound()
}

// A million tickets over forty centres, with calls between, so that lines stay short.
func TestAMillionNumbersWithoutADuplicateOrAGap(t *testing.T) {
	total := 1_000_000
	if raceEnabled || testing.Short() {
		total = 60_000
	}
	const centres = 40
	services := []ServiceID{notary, civil, land}
	for c := range centres {
		h := newHall(t)
		h.records = nil
		seen := make(map[string]bool, total/centres)
		next := map[string]int{}
		for i := range total / centres {
			h.now = h.now.Add(3 * time.Second) // about a day of the round clock
			h.meta.Now = h.now
			out, err := Decide(h.s, take(c*total+i, services[i%3]), h.meta)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Records {
				e, ok := r.Event.(Issued)
				if !ok {
					continue
				}
				key := string(r.Day) + " " + e.Number
				line := string(r.Day) + " " + string(e.Service)
				next[line]++
				if seen[key] || e.Seq != next[line] || e.Number != fmt.Sprintf("%s%03d", h.s.Line(e.Service).Prefix, e.Seq) {
					t.Fatalf("%s came as number %d of its line", key, next[line])
				}
				seen[key] = true
			}
			h.meta.Now = h.now
			if _, err := Decide(h.s, CallNext{Counter: CounterID(1 + i%3), Finish: true}, h.meta); err != nil {
				t.Fatal(err)
			}
		}
		if len(seen) != total/centres {
			t.Fatalf("%d numbers of %d", len(seen), total/centres)
		}
	}
}
