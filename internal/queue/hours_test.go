package queue

import (
	"strings"
	"testing"
	"time"
)

// Huế's hours (QĐ 4010/QĐ-UBND), issuing until half an hour before closing.
var hue = Hours{LastIssueS: 1800, Periods: []Period{
	{From: "04-01", To: "09-30", Days: []time.Weekday{1, 2, 3, 4, 5}, Spans: []Span{{"07:00", "11:30"}, {"13:30", "17:30"}}},
	{From: "10-01", To: "03-31", Days: []time.Weekday{1, 2, 3, 4, 5}, Spans: []Span{{"07:00", "11:30"}, {"13:00", "17:00"}}},
}}

func TestHours(t *testing.T) {
	for _, c := range []struct {
		at     string
		open   bool
		next   string // first instant of issuing from then on
		change string
	}{
		{"2025-07-14 06:59", false, "2025-07-14 07:00", "2025-07-14 07:00"},
		{"2025-07-14 07:00", true, "2025-07-14 07:00", "2025-07-14 11:30"},
		{"2025-07-14 11:29", true, "2025-07-14 11:29", "2025-07-14 11:30"},
		{"2025-07-14 11:30", false, "2025-07-14 13:30", "2025-07-14 13:30"},
		{"2025-07-14 16:59", true, "2025-07-14 16:59", "2025-07-14 17:00"},
		{"2025-07-14 17:00", false, "2025-07-15 07:00", "2025-07-15 07:00"}, // last issue, not closing
		{"2025-07-18 17:00", false, "2025-07-21 07:00", "2025-07-21 07:00"}, // over the weekend
		{"2025-09-30 17:00", false, "2025-10-01 07:00", "2025-10-01 07:00"}, // into the other season
		{"2025-10-01 13:00", true, "2025-10-01 13:00", "2025-10-01 16:30"},
		{"2025-12-31 16:30", false, "2026-01-01 07:00", "2026-01-01 07:00"}, // over New Year
	} {
		at := must(time.ParseInLocation("2006-01-02 15:04", c.at, saigon))
		if got := hue.Open(at); got != c.open {
			t.Errorf("%s: open is %v", c.at, got)
		}
		if got, ok := hue.NextOpen(at); !ok || got.Format("2006-01-02 15:04") != c.next {
			t.Errorf("%s: opens at %s, %v; want %s", c.at, got, ok, c.next)
		}
		if got, ok := hue.NextChange(at); !ok || got.Format("2006-01-02 15:04") != c.change {
			t.Errorf("%s: changes at %s, %v; want %s", c.at, got, ok, c.change)
		}
	}
}

// Hours across midnight are two spans, one a day; issuing goes on without a gap.
func TestHoursAcrossMidnight(t *testing.T) {
	night := Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, Spans: []Span{{"00:00", "02:00"}, {"22:00", "24:00"}}}}}
	if err := night.Validate(); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"21:59": false, "22:00": true, "23:59": true, "00:00": true, "01:59": true, "02:00": false} {
		when := must(time.ParseInLocation("2006-01-02 15:04", "2025-07-14 "+at, saigon))
		if got := night.Open(when); got != want {
			t.Errorf("%s: open is %v", at, got)
		}
	}
}

func TestHoursThatNeverOpenOrNeverClose(t *testing.T) {
	if _, ok := (Hours{}).NextOpen(morning); ok || (Hours{}).Open(morning) {
		t.Error("the zero value is not closed for ever")
	}
	if _, ok := (Hours{}).NextChange(morning); ok {
		t.Error("the zero value changes")
	}
	all := Hours{AllDay: true}
	if at, ok := all.NextOpen(morning); !ok || !at.Equal(morning) || !all.Open(morning) {
		t.Error("all day is not open")
	}
	if _, ok := all.NextChange(morning); ok {
		t.Error("all day changes")
	}
	long := Hours{LastIssueS: 5 * 3600, Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1}, Spans: []Span{{"08:00", "11:00"}, {"13:00", "14:00"}}}}}
	if got, _ := long.NextOpen(morning); got.Day() != 14 || !long.Open(morning) || long.Open(morning.Add(time.Hour)) {
		t.Errorf("a last issue before the last span leaves %s", got)
	}
}

func TestHoursOnADayThatLosesAnHour(t *testing.T) {
	berlin := must(time.LoadLocation("Europe/Berlin"))
	h := Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{0}, Spans: []Span{{"02:00", "04:00"}, {"09:00", "12:00"}}}}}
	for at, want := range map[string]bool{"2025-03-30T01:30:00+02:00": true, "2025-03-30T00:59:00+01:00": false, "2025-03-30T01:59:00Z": true, "2025-03-30T02:00:00Z": false, "2025-03-30T09:00:00+02:00": true, "2025-03-30T12:00:00+02:00": false} {
		when := must(time.Parse(time.RFC3339, at)).In(berlin)
		// 02:00 to 03:00 does not exist on this day; the hour after it does.
		if want && when.Hour() < 3 {
			continue
		}
		if got := h.Open(when); got != want {
			t.Errorf("%s: open is %v", when, got)
		}
	}
}

func TestHoursSayWhatIsWrong(t *testing.T) {
	one := func(s Span) Hours {
		return Hours{Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1}, Spans: []Span{s}}}}
	}
	for want, h := range map[string]Hours{
		"7:30":          one(Span{"7:30", "09:00"}),
		"09:0":          one(Span{"07:30", "09:0"}),
		"25:00":         one(Span{"07:30", "25:00"}),
		"empty":         one(Span{"09:00", "09:00"}),
		"out of order":  {Periods: []Period{{From: "01-01", To: "12-31", Spans: []Span{{"13:00", "15:00"}, {"08:00", "11:00"}}}}},
		"1-1":           {Periods: []Period{{From: "1-1", To: "12-31"}}},
		"02-30":         {Periods: []Period{{From: "01-01", To: "02-30"}}},
		"weekday 7":     {Periods: []Period{{From: "01-01", To: "12-31", Days: []time.Weekday{7}}}},
		"last_issue_s":  {LastIssueS: -1},
		"out of order ": {Periods: []Period{{From: "01-01", To: "12-31", Spans: []Span{{"08:00", "11:00"}, {"10:00", "12:00"}}}}},
	} {
		if err := h.Validate(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%+v: %v; want something about %s", h, err, want)
		}
	}
	if err := hue.Validate(); err != nil {
		t.Error(err)
	}
}
