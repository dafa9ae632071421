package queue

import "testing"

func TestRaiseAlert(t *testing.T) {
	paper := Alert{Device: "d_1", Kind: AlertPaper, Role: "kiosk", Place: "sảnh"}
	raised := func(a Alert) AlertRaised { a.Since = morning.UTC(); return AlertRaised{a} }
	cover, offline := Alert{Device: "d_1", Kind: AlertPrinter, Detail: "cover_open"}, Alert{Device: "d_1", Kind: AlertPrinter, Detail: "offline"}
	many := Alert{Device: "d_1", Kind: AlertMany, Service: notary, Count: 5}
	try(t, []rule{
		{name: "new", when: RaiseAlert{paper}, then: []Event{raised(paper)}},
		{name: "open already", given: []step{RaiseAlert{paper}}, when: RaiseAlert{paper}, same: true},
		{name: "with another detail", given: []step{RaiseAlert{cover}}, when: RaiseAlert{offline}, then: []Event{raised(offline)}, after: func(h *hall) {
			if len(h.s.Alerts) != 1 || h.s.Alerts[0].Detail != "offline" {
				h.t.Fatalf("open are %v", h.s.Alerts)
			}
		}},
		{name: "of another device", given: []step{RaiseAlert{paper}}, when: RaiseAlert{Alert{Device: "d_2", Kind: AlertPaper}}, then: []Event{raised(Alert{Device: "d_2", Kind: AlertPaper})},
			after: func(h *hall) {
				if len(h.s.Alerts) != 2 {
					h.t.Fatalf("open are %v", h.s.Alerts)
				}
			}},
		{name: "of a field", given: []step{RaiseAlert{Alert{Device: "d_1", Kind: AlertMany, Service: civil}}}, when: RaiseAlert{many}, then: []Event{raised(many)}},
		{name: "of no kind", when: RaiseAlert{Alert{Device: "d_1", Kind: "fire"}}, code: ErrInvalid, words: []string{`"fire"`}},
		{name: "of no device", when: RaiseAlert{Alert{Kind: AlertPaper}}, code: ErrInvalid},
	})
}

func TestClearAlert(t *testing.T) {
	paper := Alert{Device: "d_1", Kind: AlertPaper}
	try(t, []rule{
		{name: "open", given: []step{RaiseAlert{paper}}, when: ClearAlert{Device: "d_1", Kind: AlertPaper}, then: []Event{AlertCleared{Device: "d_1", Kind: AlertPaper}}, after: func(h *hall) {
			if len(h.s.Alerts) != 0 {
				h.t.Fatalf("open are %v", h.s.Alerts)
			}
		}},
		{name: "of another kind", given: []step{RaiseAlert{paper}}, when: ClearAlert{Device: "d_1", Kind: AlertSilent}, same: true},
		{name: "never raised", when: ClearAlert{Device: "d_1", Kind: AlertPaper}, same: true},
	})
}
