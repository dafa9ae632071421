package queue

import (
	"testing"
	"time"
)

func TestAClockSetBackIsLoggedOnceAndStampsWait(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), time.Minute, CallNext{Counter: 1}, Start{Counter: 1})
	last := h.s.LastAt
	before := len(h.records)
	h.given(-10*time.Minute, Finish{Counter: 1}, time.Minute, take(2, notary))
	r := h.records[before:]
	if len(r) != 3 || r[0].Event != (ClockSetBack{Clock: last.Add(-10 * time.Minute)}) {
		t.Fatalf("got %+v", r)
	}
	for _, r := range r {
		if !r.At.Equal(last) {
			t.Errorf("%s is stamped %s; want %s", r.Event.kind(), r.At, last)
		}
	}
	if tk := h.ticket(1); tk.EndedAt.Before(tk.StartedAt) {
		t.Errorf("the visit lasted %s", tk.EndedAt.Sub(tk.StartedAt))
	}
	h.sound()
	before = len(h.records)
	h.given(9*time.Minute, take(3, notary), time.Minute, take(4, notary))
	r = h.records[before:]
	if len(r) != 3 || r[0].Event != (ClockCaughtUp{}) || !r[2].At.Equal(h.now) {
		t.Errorf("got %+v", r)
	}
	h.sound()
}

func TestAJitterOfTheClockIsNotWorthAnEvent(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary))
	before := len(h.records)
	h.given(-time.Second, take(2, notary))
	if r := h.records[before:]; len(r) != 1 || r[0].At.Before(h.records[before-1].At) {
		t.Errorf("got %+v", r)
	}
}

func TestAClockSetBackOverMidnightDoesNotReopenADay(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), 16*time.Hour, take(2, notary), -30*time.Minute, take(3, notary))
	if h.s.Day != "2025-07-15" || h.ticket(3).Number != "A002" || h.ticket(3).Day != "2025-07-15" {
		t.Errorf("day %s, ticket %+v", h.s.Day, h.ticket(3))
	}
	h.sound()
	h2 := newHall(t)
	h2.given(EndDay{}, -24*time.Hour)
	_, err := h2.try(take(1, notary))
	refused(t, err, ErrDayEnded)
	if h2.s.MayIssue(h2.s.Line(notary), h2.now) == nil {
		t.Error("the kiosk would offer numbers of a day that was ended")
	}
	h2.sound()
}

func TestStampsDoNotRunBackBeforeTheZoneIsKnown(t *testing.T) {
	h := &hall{t: t, s: New(), now: morning}
	h.given(SetPolicy{Policy{Mode: Strict}}, -time.Hour, SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "x"}}}, setting[0])
	h.sound()
	if h.s.Day != "2025-07-14" {
		t.Errorf("day %q", h.s.Day)
	}
}

func TestRecordsCarryWhoWhenAndWhere(t *testing.T) {
	h := newHall(t)
	h.now = morning.Add(1234567 * time.Nanosecond)
	h.given(take(1, notary))
	r := h.records[len(h.records)-1]
	if r.Actor != "lan" || r.Device != "desk-1" || r.Source != "desk" || r.Day != "2025-07-14" || !r.At.Equal(morning.Add(time.Millisecond)) || r.At.Location() != time.UTC {
		t.Errorf("got %+v", r)
	}
}

// Zones where a day has 23 or 25 hours, or no midnight, and the product's own.
func TestTheBusinessDayInZonesThatChangeTheirClocks(t *testing.T) {
	for _, c := range []struct{ zone, day, end string }{
		{"Asia/Ho_Chi_Minh", "2025-07-14", "2025-07-14T17:00:00Z"},
		{"Europe/Berlin", "2025-03-30", "2025-03-30T22:00:00Z"},       // 23 hours
		{"Europe/Berlin", "2025-10-26", "2025-10-26T23:00:00Z"},       // 25 hours
		{"America/Havana", "2025-03-08", "2025-03-09T05:00:00Z"},      // the next day begins at 01:00
		{"America/Havana", "2025-11-01", "2025-11-02T04:00:00Z"},      // the next day has midnight twice
		{"Asia/Beirut", "2025-03-29", "2025-03-29T22:00:00Z"},         // begins at 01:00, east
		{"America/Santiago", "2025-04-05", "2025-04-06T04:00:00Z"},    // 23:00 comes twice
		{"Australia/Lord_Howe", "2025-10-05", "2025-10-05T13:00:00Z"}, // half an hour
		{"Pacific/Kiritimati", "2025-12-31", "2025-12-31T10:00:00Z"},
	} {
		t.Run(c.zone+" "+c.day, func(t *testing.T) {
			loc := must(time.LoadLocation(c.zone))
			noon := must(time.ParseInLocation("2006-01-02 15:04", c.day+" 12:00", loc))
			end := must(time.Parse(time.RFC3339, c.end))
			h := &hall{t: t, s: New(), now: noon}
			h.given(SetCenter{CenterConfig{ID: "x", Name: Text{VI: "x"}, TimeZone: c.zone}}, SetHours{Hours{AllDay: true}}, setting[3], take(1, notary))
			if got := h.s.NextTick(); !got.Equal(end) {
				t.Fatalf("%s ends at %s; want %s", c.day, got.UTC(), end)
			}
			h.now = end.Add(-time.Millisecond)
			h.given(Tick{})
			if h.s.Day != Day(c.day) || h.ticket(1).State != Waiting {
				t.Fatalf("a moment before its end it is %s", h.s.Day)
			}
			h.now = end
			h.given(Tick{})
			if h.s.Day == Day(c.day) {
				t.Fatal("the day did not end")
			}
			h.sound()
		})
	}
}

func TestRefusalsAreWholeSentences(t *testing.T) {
	seen := map[Code]bool{}
	for _, e := range Errors() {
		if e.Code == "" || e.Message == "" || seen[e.Code] {
			t.Errorf("%+v", e)
		}
		seen[e.Code] = true
	}
	a := ErrTooLate.With("return_by", morning)
	if ErrTooLate.Detail != nil || a.Detail["return_by"] != "2025-07-14T08:00:00+07:00" {
		t.Errorf("With changed its base or lost the time: %v", a.Detail)
	}
}

func TestParseTicketID(t *testing.T) {
	for in, want := range map[string]TicketID{
		"0123456789ABCDEF": "0123456789ABCDEF", "ghjkmnpqrstvwxyz": "GHJKMNPQRSTVWXYZ", "oOiIlL0000000000": "0011110000000000",
		"": "", "0123456789ABCDE": "", "0123456789ABCDEFG": "", "U000000000000000": "", "u000000000000000": "", "-000000000000000": "", "Đ00000000000000": "",
	} {
		got, ok := ParseTicketID(in)
		if got != want || ok != (want != "") {
			t.Errorf("%q reads as %q, %v", in, got, ok)
		}
	}
}
