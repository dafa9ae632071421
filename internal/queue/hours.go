package queue

import (
	"fmt"
	"time"
)

// Hours are the opening hours of a centre or a service. Tickets are issued
// within them. The zero value is closed for ever; AllDay is always open.
type Hours struct {
	AllDay  bool     `json:"all_day,omitempty"`
	Periods []Period `json:"periods,omitempty"`
	// LastIssueS is how long before the last closing of a day issuing stops, seconds.
	LastIssueS int `json:"last_issue_s,omitempty"`
}

// Period is a season of the year and its week.
type Period struct {
	From  string         `json:"from"`  // "04-01", first day, month-day
	To    string         `json:"to"`    // "09-30", last day; before From it wraps over New Year
	Days  []time.Weekday `json:"days"`  // 0 is Sunday
	Spans []Span         `json:"spans"` // in order, not overlapping
}

// Span is a time of day, "07:30" to "11:30", To exclusive.
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Validate says what is wrong, or nil.
func (h Hours) Validate() error {
	if h.LastIssueS < 0 {
		return fmt.Errorf("last_issue_s is negative")
	}
	for _, p := range h.Periods {
		for _, md := range []string{p.From, p.To} {
			if _, err := time.Parse("01-02", md); err != nil {
				return fmt.Errorf("period bound %q is not a month and day like 04-01", md)
			}
		}
		for _, d := range p.Days {
			if d < time.Sunday || d > time.Saturday {
				return fmt.Errorf("weekday %d is not 0 to 6", d)
			}
		}
		last := ""
		for _, s := range p.Spans {
			for _, v := range []string{s.From, s.To} {
				// Parse would take 7:30 too, which does not compare as text.
				if _, err := time.Parse("15:04", v); (err != nil || len(v) != 5) && v != "24:00" {
					return fmt.Errorf("hour %q is not like 07:30", v)
				}
			}
			if s.From >= s.To || s.From < last {
				return fmt.Errorf("span %s to %s is empty or out of order", s.From, s.To)
			}
			last = s.To
		}
	}
	return nil
}

// On gives the hours of the civil day of t, which must be in the centre's zone.
func (h Hours) On(t time.Time) []Span {
	if h.AllDay {
		return []Span{{From: "00:00", To: "24:00"}}
	}
	return h.spans(t)
}

// spans gives the spans in force on the civil day of t.
func (h Hours) spans(t time.Time) []Span {
	md := t.Format("01-02")
	for _, p := range h.Periods {
		in := p.From <= md && md <= p.To
		if p.From > p.To {
			in = md >= p.From || md <= p.To
		}
		if !in {
			continue
		}
		for _, d := range p.Days {
			if d == t.Weekday() {
				return p.Spans
			}
		}
	}
	return nil
}

// at puts a "15:04" on the civil day of t.
func at(t time.Time, hm string) time.Time {
	h := int(hm[0]-'0')*10 + int(hm[1]-'0')
	m := int(hm[3]-'0')*10 + int(hm[4]-'0')
	return time.Date(t.Year(), t.Month(), t.Day(), h, m, 0, 0, t.Location())
}

// issueSpans gives the spans of t's day as instants, cut at the last issue.
func (h Hours) issueSpans(t time.Time) [][2]time.Time {
	spans := h.spans(t)
	var out [][2]time.Time
	if len(spans) == 0 {
		return nil
	}
	last := at(t, spans[len(spans)-1].To).Add(-time.Duration(h.LastIssueS) * time.Second)
	for _, s := range spans {
		from, to := at(t, s.From), at(t, s.To)
		if to.After(last) {
			to = last
		}
		if from.Before(to) {
			out = append(out, [2]time.Time{from, to})
		}
	}
	return out
}

// Open reports whether tickets are issued at t, which must be in the centre's zone.
func (h Hours) Open(t time.Time) bool {
	if h.AllDay {
		return true
	}
	for _, s := range h.issueSpans(t) {
		if !t.Before(s[0]) && t.Before(s[1]) {
			return true
		}
	}
	return false
}

// NextOpen gives the first instant at or after t when tickets are issued; false
// when there is none within fourteen days.
func (h Hours) NextOpen(t time.Time) (time.Time, bool) {
	if h.Open(t) {
		return t, true
	}
	for day := range 15 {
		d := time.Date(t.Year(), t.Month(), t.Day()+day, 0, 0, 0, 0, t.Location())
		for _, s := range h.issueSpans(d) {
			if !s[0].Before(t) {
				return s[0], true
			}
		}
	}
	return time.Time{}, false
}

// NextChange gives the next instant after t when Open may answer otherwise;
// false when it will not within fourteen days.
func (h Hours) NextChange(t time.Time) (time.Time, bool) {
	if h.AllDay {
		return time.Time{}, false
	}
	for day := range 15 {
		d := time.Date(t.Year(), t.Month(), t.Day()+day, 0, 0, 0, 0, t.Location())
		for _, s := range h.issueSpans(d) {
			for _, edge := range s {
				if edge.After(t) {
					return edge, true
				}
			}
		}
	}
	return time.Time{}, false
}
