package report

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
)

var eight = time.Date(2025, 7, 14, 8, 0, 0, 0, time.FixedZone("", 7*3600))

func id(n int) queue.TicketID { return queue.TicketID(fmt.Sprintf("%016d", n)) }

// morning is a centre with two counters for A and one for H. Four people wait for
// A, the third with priority; the fourth was missed and came back; A001 is parked.
func morning(t *testing.T) []queue.Record {
	t.Helper()
	s, now := queue.New(), eight
	var out []queue.Record
	for _, c := range []queue.Command{
		queue.SetCenter{Config: queue.CenterConfig{ID: "thuan-hoa", Name: queue.Text{VI: "T"}, Short: queue.Text{VI: "T"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		queue.SetHours{Hours: queue.Hours{AllDay: true}},
		queue.SetPolicy{Policy: queue.Policy{Mode: queue.Strict, GraceS: 1800, Classes: []queue.Class{{ID: "cao-tuoi", Rank: 1, Name: queue.Text{VI: "C"}}}}},
		queue.SetService{Service: queue.Service{ID: "a", Prefix: "A", Name: queue.Text{VI: "A"}}},
		queue.SetService{Service: queue.Service{ID: "h", Prefix: "H", Name: queue.Text{VI: "H"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"a"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 2, Services: []queue.ServiceID{"h"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 3, Services: []queue.ServiceID{"a"}}},
		queue.OpenCounter{Counter: 1}, queue.OpenCounter{Counter: 2},
		queue.Issue{ID: id(1), Service: "a"}, queue.Issue{ID: id(2), Service: "a"},
		queue.CallNext{Counter: 1}, queue.Park{Counter: 1}, // call 1
		queue.CallNext{Counter: 1}, queue.NoShow{Counter: 1}, queue.Return{Ticket: id(2)}, // call 2
		queue.Issue{ID: id(3), Service: "a"}, queue.Issue{ID: id(4), Service: "a", Priority: "cao-tuoi"}, queue.Issue{ID: id(5), Service: "a"},
	} {
		now = now.Add(time.Second)
		o, err := queue.Decide(s, c, queue.Meta{Now: now})
		if err != nil {
			t.Fatalf("%T: %v", c, err)
		}
		out = append(out, o.Records...)
	}
	return out
}

func given(records []queue.Record, err error) iter.Seq2[queue.Record, error] {
	return func(yield func(queue.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(queue.Record{}, err)
		}
	}
}

// calls audits the morning and one more call.
func calls(t *testing.T, more ...queue.Event) []AuditedCall {
	t.Helper()
	records := morning(t)
	for _, e := range more {
		records = append(records, queue.Record{At: eight.Add(time.Minute), Day: "2025-07-14", Event: e})
	}
	var out []AuditedCall
	for a, err := range Audit(given(records, nil), "2025-07-14") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func TestTheAuditNamesEveryKindOfFault(t *testing.T) {
	good := queue.CalledTo{Ticket: id(4), Counter: 1, Call: 3, Why: queue.ByPriority, Policy: 1}
	with := func(f func(c *queue.CalledTo)) queue.CalledTo { c := good; f(&c); return c }
	for _, c := range []struct {
		name   string
		before []queue.Event
		call   queue.CalledTo
		fault  string // "" for none
	}{
		{"who is next", nil, good, ""},
		{"a parked ticket", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(1), queue.ByRecallLater }), ""},
		{"who came back, by name", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(2), queue.ByReturn }), ""},
		{"a slip shown at the counter", []queue.Event{queue.Adopted{Ticket: id(11), Number: "AK001", Place: 99, Service: "chung-thuc"}}, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(11), queue.BySlip }), ""},
		{"a slip that is none", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(3), queue.BySlip }), "A004 was next"},
		{"a choice with its reason", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why, c.Reason = id(5), queue.ByChoice, "ốm" }), ""},
		{"an unknown ticket", nil, with(func(c *queue.CalledTo) { c.Ticket = id(9) }), "was not known"},
		{"another rule", nil, with(func(c *queue.CalledTo) { c.Policy = 2 }), "names version 2 of the rule; version 1 was in force"},
		{"a number left out", nil, with(func(c *queue.CalledTo) { c.Call = 4 }), "its number is 4; the call before was 2"},
		{"a number twice", nil, with(func(c *queue.CalledTo) { c.Call = 2 }), "its number is 2; the call before was 2"},
		{"a closed counter", nil, with(func(c *queue.CalledTo) { c.Counter = 3 }), "counter 3 was not open"},
		{"no such counter", nil, with(func(c *queue.CalledTo) { c.Counter = 8 }), "counter 8 was not open"},
		{"a busy counter", []queue.Event{good}, with(func(c *queue.CalledTo) { c.Ticket, c.Call, c.Why = id(3), 4, queue.ByArrival }), "counter 1 held another ticket"},
		{"not parked", nil, with(func(c *queue.CalledTo) { c.Why = queue.ByRecallLater }), "A004 was not parked"},
		{"parked, called as if it waited", nil, with(func(c *queue.CalledTo) { c.Ticket = id(1) }), "A001 was not waiting"},
		{"parked, chosen", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why, c.Reason = id(1), queue.ByChoice, "x" }), "A001 was not waiting"},
		{"a choice without reason", nil, with(func(c *queue.CalledTo) { c.Why, c.Reason = queue.ByChoice, " " }), "gives no reason"},
		{"someone else was next", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(3), queue.ByArrival }), "A004 was next"},
		{"another cause", nil, with(func(c *queue.CalledTo) { c.Why = queue.ByArrival }), "it says arrival; the rule says priority"},
		{"nobody returned", nil, with(func(c *queue.CalledTo) { c.Ticket, c.Why = id(3), queue.ByReturn }), "A004 was next"},
		{"a counter that does not serve it", nil, with(func(c *queue.CalledTo) { c.Counter = 2 }), "nobody waited for counter 2"},
	} {
		got := calls(t, append(c.before, c.call)...)
		last := got[len(got)-1]
		if c.fault == "" && last.Fault != "" || !strings.Contains(last.Fault, c.fault) {
			t.Errorf("%s: %q, wanted %q", c.name, last.Fault, c.fault)
		}
		for _, a := range got[:len(got)-1] {
			if a.Fault != "" {
				t.Errorf("%s: call %d: %q", c.name, a.Call, a.Fault)
			}
		}
	}
}

func TestAnAuditedCallTellsWhoWaited(t *testing.T) {
	got := calls(t)
	if len(got) != 2 || got[0].Number != "A001" || got[1].Call != 2 {
		t.Fatalf("%+v", got)
	}
	last := calls(t, queue.CalledTo{Ticket: id(4), Counter: 1, Call: 3, Why: queue.ByPriority, Policy: 1})[2]
	var order []string
	for _, w := range last.Waiting {
		order = append(order, w.Number)
	}
	if len(order) != 4 || order[0] != "A004" || !last.Waiting[0].Priority || last.Waiting[0].For <= 0 {
		t.Errorf("waiting: %+v", last.Waiting)
	}
}

func TestTheAuditKeepsToItsDayAndPassesErrorsOn(t *testing.T) {
	for a := range Audit(given(morning(t), nil), "2025-07-15") {
		t.Errorf("another day has %+v", a)
	}
	broken := errors.New("torn")
	n := 0
	for _, err := range Audit(given(morning(t), broken), "2025-07-14") {
		if err != nil && !errors.Is(err, broken) {
			t.Error(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d, wanted two calls and an error", n)
	}
	for range Audit(given(morning(t), broken), "2025-07-14") {
		break // who has seen enough may stop
	}
}
