package view

import (
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
)

func TestABoardCarriesTheLastCallsWithoutThoseWithdrawn(t *testing.T) {
	h := newHall(t)
	for n := range 40 {
		h.do(take(n, notary), queue.CallNext{Counter: 1, Finish: true})
	}
	h.do(take(41, notary), take(42, notary), queue.CallNext{Counter: 2}, queue.PutBack{Counter: 2})
	b := BoardOf(h.s, h.stamp())
	if len(b.Calls) != BoardCalls || b.Calls[BoardCalls-1].Call != 40 || b.Calls[0].Call != 11 || b.LastCall != 41 {
		t.Errorf("%d calls, %d to %d; the last number given is %d", len(b.Calls), b.Calls[0].Call, b.Calls[len(b.Calls)-1].Call, b.LastCall)
	}
	if got := CallOf(h.s, h.s.CallsAfter(40)[0]); !got.Withdrawn || got.At.Format(time.RFC3339) != "2025-07-14T08:00:00+07:00" {
		t.Errorf("the list of calls has %+v", got)
	}
}

func TestPositionsAreTheOrderOfCalls(t *testing.T) {
	h := newHall(t)
	h.do(take(1, notary), take(2, notary), take(3, notary), queue.Issue{ID: id(4), Service: notary, Priority: elder}, take(5, civil))
	pos := NewPositions(h.s, h.now)
	for n, want := range map[int]int{1: 1, 2: 2, 4: 3, 3: 4, 5: 1} {
		tk := TicketOf(h.s, h.s.Tickets[id(n)], pos, "")
		if tk.Position == nil || *tk.Position != want || *tk.Ahead != want-1 {
			t.Errorf("ticket %d stands at %v; want %d", n, tk.Position, want)
		}
	}
	h.do(queue.CallNext{Counter: 1})
	tk := TicketOf(h.s, h.s.Tickets[id(1)], NewPositions(h.s, h.now), "")
	if tk.Position != nil || tk.Ahead != nil || tk.Counter == nil || *tk.Counter != 1 {
		t.Errorf("a called ticket is %+v", tk)
	}
	h.do(queue.PutBack{Counter: 1})
	if tk := TicketOf(h.s, h.s.Tickets[id(1)], NewPositions(h.s, h.now), ""); tk.Counter != nil || tk.Position == nil {
		t.Errorf("a ticket put back is %+v", tk)
	}
}

func TestADeskShowsItsLineInTheOrderOfItsCalls(t *testing.T) {
	h := busy(t)
	h.do(queue.OpenCounter{Counter: 2}, queue.Finish{Counter: 2})
	d, _ := DeskOf(h.s, 2, clerk, h.stamp())
	if d.WaitingTotal != len(d.Waiting) || len(d.Waiting) == 0 {
		t.Fatalf("%d of %d", len(d.Waiting), d.WaitingTotal)
	}
	for i, row := range d.Waiting {
		h.do(queue.CallNext{Counter: 2, Finish: true})
		now, _ := DeskOf(h.s, 2, clerk, h.stamp())
		if now.Ticket == nil || now.Ticket.ID != row.ID || now.Ticket.Why != row.Why {
			t.Fatalf("row %d is %s for %s; called was %+v", i, row.Number, row.Why, now.Ticket)
		}
	}
	if _, ok := DeskOf(h.s, 9, clerk, h.stamp()); ok {
		t.Error("a counter that is not there has a page")
	}
}

func TestADeskIsBounded(t *testing.T) {
	h := newHall(t)
	for n := range 130 {
		h.do(take(n, notary))
	}
	for range 8 {
		h.do(queue.CallNext{Counter: 1, Finish: true}, time.Second)
	}
	d, _ := DeskOf(h.s, 1, clerk, h.stamp())
	if len(d.Waiting) != DeskWaiting || d.WaitingTotal != 122 || len(d.Finished) != DeskFinished || d.Finished[0].Number != "A007" || d.Served != 7 {
		t.Errorf("%d of %d wait, %d finished, first %s, %d served", len(d.Waiting), d.WaitingTotal, len(d.Finished), d.Finished[0].Number, d.Served)
	}
	if a := AssistOf(h.s, h.stamp()); len(a.Recent) != AssistRecent || a.Recent[0].Number != "A130" {
		t.Errorf("%d recent, first %s", len(a.Recent), a.Recent[0].Number)
	}
}

func TestMissedPeopleAreListedWhileTheyMayReturn(t *testing.T) {
	h := newHall(t)
	h.do(take(1, notary), queue.CallNext{Counter: 1}, queue.NoShow{Counter: 1}, 30*time.Minute)
	if a := AssistOf(h.s, h.stamp()); len(a.Missed) != 1 || a.Missed[0].ReturnBy.Format("15:04") != "08:30" {
		t.Errorf("missed: %+v", a.Missed)
	}
	h.do(time.Second)
	if a := AssistOf(h.s, h.stamp()); len(a.Missed) != 0 {
		t.Errorf("missed: %+v", a.Missed)
	}
	h.do(take(2, notary), queue.CallNext{Counter: 1}, queue.EndDay{}, queue.NoShow{Counter: 1})
	if a := AssistOf(h.s, h.stamp()); len(a.Missed) != 0 {
		t.Errorf("after the day ended nobody may return, but listed are %+v", a.Missed)
	}
	if tk := TicketOf(h.s, h.s.Tickets[id(2)], NewPositions(h.s, h.now), ""); tk.State != "missed" || tk.ReturnBy != nil {
		t.Errorf("the phone is told %+v", tk)
	}
}

func TestAKioskSaysWhyNoNumberCanBeTaken(t *testing.T) {
	state := func(h *hall, s queue.ServiceID) KioskService {
		for _, v := range KioskOf(h.s, h.stamp()).Services {
			if v.ID == string(s) {
				return v
			}
		}
		t.Fatalf("no %s", s)
		return KioskService{}
	}
	h := newHall(t)
	if v := state(h, notary); !v.Open || v.Closed != "" || v.OpenCounters != 2 {
		t.Errorf("got %+v", v)
	}
	if v := state(h, land); v.OpenCounters != 0 {
		t.Errorf("no open counter serves land, but %+v", v)
	}
	h.do(take(1, land))
	if v := state(h, land); v.Open || v.Closed != "limit" {
		t.Errorf("got %+v", v)
	}
	h.do(queue.PauseIssuing{Reason: "mất điện"})
	if v := state(h, notary); v.Open || v.Closed != "paused" || v.Pause == nil || v.Pause.Reason != "mất điện" {
		t.Errorf("got %+v", v)
	}
	h.do(queue.ResumeIssuing{}, 4*time.Hour)
	if v := state(h, notary); v.Open || v.Closed != "hours" || v.OpensAt == nil || v.OpensAt.Format(time.RFC3339) != "2025-07-14T13:30:00+07:00" {
		t.Errorf("got %+v", v)
	}
	h.do(queue.EndDay{})
	if v := state(h, notary); v.Open || v.Closed != "day_ended" || v.OpensAt == nil || v.OpensAt.Format(time.RFC3339) != "2025-07-15T07:00:00+07:00" {
		t.Errorf("got %+v", v)
	}
}

func TestWhatWasRemovedIsShownNowhere(t *testing.T) {
	h := newHall(t)
	h.do(take(1, civil), queue.CallNext{Counter: 2}, queue.Finish{Counter: 2}, queue.RemoveService{Service: civil}, queue.RemoveCounter{Counter: 3})
	b, c := BoardOf(h.s, h.stamp()), CenterOf(h.s, h.now)
	if len(b.Services) != 2 || len(b.Counters) != 2 || len(c.Services) != 2 || len(c.Counters) != 2 {
		t.Errorf("%+v", b)
	}
	if got := strings.Join(b.Counters[1].Services, " "); got != "chung-thuc" {
		t.Errorf("counter 2 serves %s", got)
	}
	if got := SummaryOf(h.s); got.Issued != 1 || got.OpenCounters != 2 {
		t.Errorf("%+v: tickets of a removed service were given out all the same", got)
	}
}

func TestFind(t *testing.T) {
	h := busy(t)
	for _, c := range []struct {
		q    Search
		want string
	}{
		{Search{Service: civil}, "H002 H001"},
		{Search{Number: " a00", State: queue.Waiting}, "A006 A004"},
		{Search{State: queue.Done}, "A001"},
		{Search{State: queue.Cancelled}, "A007"},
		{Search{To: h.now.Add(-8 * time.Minute)}, "A001"},
		{Search{From: time.Date(2025, 7, 14, 8, 1, 0, 0, saigon), To: time.Date(2025, 7, 14, 8, 1, 0, 0, saigon)}, "H001 A002"},
		{Search{Number: "zz"}, ""},
		{Search{Limit: 2}, "A007 A006"},
	} {
		var got []string
		for _, r := range Rows(h.s, Find(h.s, c.q)) {
			got = append(got, r.Number)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v found %s; want %s", c.q, s, c.want)
		}
	}
}

func TestTheRuleInOneSentence(t *testing.T) {
	some := []queue.Class{{ID: elder}}
	for _, c := range []struct {
		p    queue.Policy
		want string
	}{
		{queue.Policy{Mode: queue.Interleaved, Every: 2}, "Numbers are called in the order they were taken"},
		{queue.Policy{Mode: queue.Strict, Classes: some}, "Priority numbers are called first"},
		{queue.Policy{Mode: queue.Interleaved, Every: 1, Classes: some}, "After every regular number, one priority number"},
		{queue.Policy{Mode: queue.Interleaved, Every: 3, Classes: some}, "After every 3 regular numbers, one priority number"},
	} {
		if got := Rule(c.p); got.EN != c.want || got.VI == "" {
			t.Errorf("%+v: %+v", c.p, got)
		}
	}
}

func TestTheMonitorCountsTicketsByState(t *testing.T) {
	h := busy(t)
	m := MonitorOf(h.s, clerk, h.stamp())
	total := 0
	for _, n := range m.States {
		total += n
	}
	if total != 10 || m.States["missed"] != 1 || m.States["parked"] != 1 || m.LastCall != h.s.LastCall {
		t.Errorf("%v", m.States)
	}
	if v := CounterOf(h.s.Counter(2)); v.Number != 2 || len(v.Services) != 2 || v.State != "open" {
		t.Errorf("%+v", v)
	}
}

// Documents outlive the state they were made from: another goroutine may encode
// them while the next command changes the state.
func TestADocumentDoesNotChangeWithTheState(t *testing.T) {
	h := busy(t)
	d, _ := DeskOf(h.s, 1, clerk, h.stamp())
	b := BoardOf(h.s, h.stamp())
	tiles, calls := len(b.Counters), len(b.Calls)
	h.do(queue.Finish{Counter: 1}, queue.PutBack{Counter: 2}, queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{land}}})
	if d.Ticket.State != "serving" || d.Serves[0] != "chung-thuc" || len(b.Counters) != tiles || len(b.Calls) != calls || *b.Counters[1].TicketNumber == "" {
		t.Errorf("%+v", d.Ticket)
	}
}

func BenchmarkBoardWith500Waiting(b *testing.B) {
	h := newHall(b)
	for n := range 500 {
		h.do(take(n, notary))
	}
	b.ReportAllocs()
	for b.Loop() {
		BoardOf(h.s, h.stamp())
	}
}

func BenchmarkDeskWith500Waiting(b *testing.B) {
	h := newHall(b)
	for n := range 500 {
		h.do(take(n, notary))
	}
	b.ReportAllocs()
	for b.Loop() {
		DeskOf(h.s, 1, clerk, h.stamp())
	}
}
