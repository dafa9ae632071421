package queue

import (
	"testing"
	"time"
)

func TestSetCenter(t *testing.T) {
	base := setting[0].(SetCenter).Config
	with := func(f func(c *CenterConfig)) SetCenter { c := base; f(&c); return SetCenter{c} }
	try(t, []rule{
		{name: "the same", when: SetCenter{base}, same: true},
		{name: "renamed", when: with(func(c *CenterConfig) { c.Name.EN = "x" }), then: []Event{CenterSet{with(func(c *CenterConfig) { c.Name.EN = "x" }).Config}}},
		{name: "another id", when: with(func(c *CenterConfig) { c.ID = "phu-bai" }), code: ErrConflict, words: []string{"thuan-hoa", "phu-bai"}},
		{name: "bad id", when: with(func(c *CenterConfig) { c.ID = "Thuận Hóa" }), code: ErrInvalid, words: []string{"lower-case"}},
		{name: "no name", when: with(func(c *CenterConfig) { c.Name.VI = " " }), code: ErrInvalid, words: []string{"Vietnamese name"}},
		{name: "no zone", when: with(func(c *CenterConfig) { c.TimeZone = "" }), code: ErrInvalid, words: []string{"IANA"}},
		{name: "unknown zone", when: with(func(c *CenterConfig) { c.TimeZone = "Asia/Hue" }), code: ErrInvalid, words: []string{"Asia/Hue"}},
		{name: "the machine's own zone", when: with(func(c *CenterConfig) { c.TimeZone = "Local" }), code: ErrInvalid, words: []string{"Local"}},
		{name: "a zone further east brings the next day", given: []step{15*time.Hour + 30*time.Minute, take(1, notary)}, when: with(func(c *CenterConfig) { c.TimeZone = "Asia/Tokyo" }),
			then: []Event{CenterSet{with(func(c *CenterConfig) { c.TimeZone = "Asia/Tokyo" }).Config}, DayEnded{}, DayStarted{Day: "2025-07-15"}}},
		{name: "a zone further west does not bring yesterday back", given: []step{16*time.Hour + 30*time.Minute, Tick{}}, when: with(func(c *CenterConfig) { c.TimeZone = "Europe/Berlin" }),
			then: []Event{CenterSet{with(func(c *CenterConfig) { c.TimeZone = "Europe/Berlin" }).Config}}},
	})
}

func TestTheFirstDayBeginsWithTheZone(t *testing.T) {
	s := New()
	out, err := Decide(s, setting[0].(Command), Meta{Now: time.Date(2025, 7, 14, 18, 0, 0, 0, time.UTC)})
	if err != nil || len(out.Records) != 2 || out.Records[1].Event != (DayStarted{Day: "2025-07-15"}) || out.Records[0].Day != "" {
		t.Errorf("got %+v, %v", out, err)
	}
	if s.NextTick().IsZero() || !New().NextTick().IsZero() {
		t.Error("only a centre with a zone has a next tick")
	}
}

func TestSetHours(t *testing.T) {
	try(t, []rule{
		{name: "new ones", when: SetHours{hue}, then: []Event{HoursSet{hue}}},
		{name: "the same, with an empty list for none", when: SetHours{Hours{AllDay: true, Periods: []Period{}}}, same: true},
		{name: "wrong ones", when: SetHours{Hours{LastIssueS: -1}}, code: ErrInvalid, words: []string{"last_issue_s"}},
	})
}

func TestSetPolicy(t *testing.T) {
	strict := Policy{Mode: Strict, GraceS: 600, Classes: []Class{{ID: elder, Rank: 1}}}
	second := strict
	second.Version = 2
	now := setting[2].(SetPolicy).Policy
	try(t, []rule{
		{name: "makes a new version", when: SetPolicy{strict}, then: []Event{PolicySet{second}}},
		{name: "whatever version is asked for", when: SetPolicy{Policy{Version: 77, Mode: Strict, GraceS: 600, Classes: strict.Classes}}, then: []Event{PolicySet{second}}},
		{name: "the same", when: SetPolicy{now}, same: true},
		{name: "mode", when: SetPolicy{Policy{Mode: "fair"}}, code: ErrInvalid, words: []string{`"fair"`}},
		{name: "every 0", when: SetPolicy{Policy{Mode: Interleaved}}, code: ErrInvalid, words: []string{"every 0"}},
		{name: "every 21", when: SetPolicy{Policy{Mode: Interleaved, Every: 21}}, code: ErrInvalid},
		{name: "grace", when: SetPolicy{Policy{Mode: Strict, GraceS: 86401}}, code: ErrInvalid},
		{name: "an age nobody reaches", when: SetPolicy{Policy{Mode: Strict, Classes: []Class{{ID: elder, MinAge: 200}}}}, code: ErrInvalid, words: []string{"cao-tuoi", "200"}},
		{name: "a group twice", when: SetPolicy{Policy{Mode: Strict, Classes: []Class{{ID: elder}, {ID: elder}}}}, code: ErrInvalid, words: []string{"cao-tuoi"}},
		{name: "credit begins again, and a put-back gives none of the old back", when: SetPolicy{strict},
			given: []step{takeAs(9, notary, elder), takeAs(8, notary, elder), take(1, notary), take(2, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, Finish{Counter: 1},
				CallTicket{Counter: 1, Ticket: id(2), Reason: "x"}, Finish{Counter: 1}, CallNext{Counter: 1}}, then: []Event{PolicySet{second}},
			after: func(h *hall) {
				h.given(PutBack{Counter: 1})
				if got := h.s.Line(notary).Others; got != 0 {
					h.t.Fatalf("credit %d", got)
				}
			}},
	})
	h := newHall(t)
	h.given(SetPolicy{strict}, take(1, notary), CallNext{Counter: 1})
	if e := h.records[len(h.records)-1].Event.(CalledTo); e.Policy != 2 {
		t.Errorf("the call names version %d of the rule", e.Policy)
	}
}

func TestSetService(t *testing.T) {
	base := Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực", EN: "Notary"}}
	with := func(f func(v *Service)) SetService { v := base; f(&v); return SetService{v} }
	fresh := Service{ID: "xay-dung", Prefix: "X", Name: Text{VI: "Xây dựng"}}
	try(t, []rule{
		{name: "new, at the end", when: SetService{fresh}, then: []Event{ServiceSet{fresh}}, after: func(h *hall) {
			if l := h.s.Lines[len(h.s.Lines)-1]; l.ID != "xay-dung" {
				h.t.Fatalf("the last line is %s", l.ID)
			}
		}},
		{name: "the same, with an empty list for none", when: with(func(v *Service) { v.Prepare = []Text{} }), same: true},
		{name: "changed while people wait", given: states[Waiting], when: with(func(v *Service) { v.TargetS = 600 }), then: []Event{ServiceSet{with(func(v *Service) { v.TargetS = 600 }).Service}},
			after: func(h *hall) {
				if h.line(notary) != "A001" {
					h.t.Fatalf("the line is %q", h.line(notary))
				}
			}},
		{name: "bad id", when: with(func(v *Service) { v.ID = "Chứng" }), code: ErrInvalid},
		{name: "bad prefix", when: with(func(v *Service) { v.Prefix = "A1" }), code: ErrInvalid, words: []string{`"A1"`}},
		{name: "no name", when: with(func(v *Service) { v.Name = Text{} }), code: ErrInvalid},
		{name: "bad hours", when: with(func(v *Service) { v.Hours = &Hours{LastIssueS: -1} }), code: ErrInvalid, words: []string{"chung-thuc"}},
		{name: "bad limit", when: with(func(v *Service) { v.DailyLimit = -1 }), code: ErrInvalid},
		{name: "another's prefix", when: with(func(v *Service) { v.Prefix = "H" }), code: ErrConflict, words: []string{"H belongs to ho-tich"}},
		{name: "another prefix before the first number", when: with(func(v *Service) { v.Prefix = "B" }), then: []Event{ServiceSet{with(func(v *Service) { v.Prefix = "B" }).Service}}},
		{name: "another prefix after the first number", given: states[Cancelled], when: with(func(v *Service) { v.Prefix = "B" }), code: ErrConflict, words: []string{"A today"}},
		{name: "the prefix of one removed today, with numbers about", given: []step{states[Done], RemoveService{notary}}, when: SetService{Service{ID: "x", Prefix: "A", Name: Text{VI: "x"}}}, code: ErrConflict},
		{name: "the prefix of one removed yesterday", given: []step{states[Done], RemoveService{notary}, 24 * time.Hour, Tick{}}, when: SetService{Service{ID: "x", Prefix: "A", Name: Text{VI: "x"}}},
			then: []Event{ServiceSet{Service{ID: "x", Prefix: "A", Name: Text{VI: "x"}}}}},
		{name: "one removed comes back and counts on", given: []step{states[Done], RemoveService{notary}}, when: SetService{base}, then: []Event{ServiceSet{base}},
			after: func(h *hall) {
				h.given(take(2, notary))
				if got := h.ticket(2).Number; got != "A002" {
					h.t.Fatalf("the next number is %s", got)
				}
			}},
	})
}

func TestRemoveService(t *testing.T) {
	try(t, []rule{
		{name: "nobody about", given: states[Done], when: RemoveService{notary}, then: []Event{ServiceRemoved{notary}},
			after: func(h *hall) {
				_, err := h.try(take(2, notary))
				refused(h.t, err, ErrUnknownService, "ho-tich and dat-dai")
			}},
		{name: "somebody waits", given: states[Waiting], when: RemoveService{notary}, code: ErrConflict, words: []string{"1 people wait", "chung-thuc"}},
		{name: "somebody is called, and might be put back", given: states[Called], when: RemoveService{notary}, code: ErrConflict, words: []string{"chung-thuc"}},
		{name: "somebody is parked", given: states[Parked], when: RemoveService{notary}, code: ErrConflict},
		{name: "twice", given: []step{RemoveService{notary}}, when: RemoveService{notary}, code: ErrUnknownService},
	})
}

func TestSetCounter(t *testing.T) {
	try(t, []rule{
		{name: "new ones stand in order of number", given: []step{SetCounter{CounterConfig{Number: 12, Services: []ServiceID{land}}}}, when: SetCounter{CounterConfig{Number: 5}}, then: []Event{CounterSet{CounterConfig{Number: 5}}},
			after: func(h *hall) {
				var got []CounterID
				for _, c := range h.s.Counters {
					got = append(got, c.Number)
				}
				if len(got) != 5 || got[3] != 5 || got[4] != 12 || h.s.Counter(5).State != CounterClosed {
					h.t.Fatalf("got %v", got)
				}
			}},
		{name: "the same", when: SetCounter{CounterConfig{Number: 1, Services: []ServiceID{notary}}}, same: true},
		{name: "other services while it holds a ticket", given: states[Called], when: SetCounter{CounterConfig{Number: 1, Services: []ServiceID{land}}}, then: []Event{CounterSet{CounterConfig{Number: 1, Services: []ServiceID{land}}}},
			after: func(h *hall) { h.given(Start{Counter: 1}, Finish{Counter: 1}) }},
		{name: "number 0", when: SetCounter{CounterConfig{}}, code: ErrInvalid, words: []string{"1 and 999"}},
		{name: "unknown service", when: SetCounter{CounterConfig{Number: 1, Services: []ServiceID{"x"}}}, code: ErrUnknownService},
	})
}

func TestRemoveCounter(t *testing.T) {
	try(t, []rule{
		{name: "closed", given: []step{CloseCounter{1}}, when: RemoveCounter{1}, then: []Event{CounterRemoved{1}},
			after: func(h *hall) {
				_, err := h.try(OpenCounter{1})
				refused(h.t, err, ErrUnknownCounter, "2 and 3")
				h.given(SetCounter{CounterConfig{Number: 1, Services: []ServiceID{notary}}}, OpenCounter{1})
			}},
		{name: "open", when: RemoveCounter{1}, code: ErrConflict, words: []string{"counter 1 is open"}},
		{name: "holding a ticket", given: states[Serving], when: RemoveCounter{1}, code: ErrConflict},
		{name: "unknown", when: RemoveCounter{9}, code: ErrUnknownCounter},
	})
}
