package queue

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// route is a past and the calls that must follow at one counter.
type route struct {
	name  string
	given []step
	at    CounterID
	want  string
}

func follow(t *testing.T, routes []route) {
	t.Helper()
	for _, r := range routes {
		t.Run(r.name, func(t *testing.T) {
			h := newHall(t)
			h.given(r.given...)
			times := len(strings.Fields(r.want))
			var shown []string
			for _, c := range h.s.Order(r.at, h.now, 0) {
				shown = append(shown, c.Ticket.Number+"/"+string(c.Why))
			}
			got := h.calls(r.at, times)
			if got != r.want {
				t.Errorf("called %s\n  want %s", got, r.want)
			}
			for len(shown) < times {
				shown = append(shown, "-")
			}
			if s := strings.Join(shown[:times], " "); s != got {
				t.Errorf("the list showed %s", s)
			}
			h.sound()
		})
	}
}

func lineUp(from, to int, s ServiceID) []step {
	var out []step
	for n := from; n <= to; n++ {
		out = append(out, take(n, s))
	}
	return out
}

func TestRoutingByArrival(t *testing.T) {
	follow(t, []route{
		{"one line", lineUp(1, 3, notary), 1, "A001/arrival A002/arrival A003/arrival -"},
		{"several services of a counter in order of arrival", []step{take(1, civil), take(2, notary), take(3, civil), take(4, land)}, 2, "H001/arrival A001/arrival H002/arrival -"},
		{"a transferred ticket keeps its arrival", []step{take(1, notary), take(2, land), take(3, land), CallNext{Counter: 1}, Transfer{Counter: 1, Service: land}}, 3, "A001/arrival K001/arrival K002/arrival"},
	})
}

func TestRoutingOfAppointments(t *testing.T) {
	at := func(n int, s ServiceID, d time.Duration) step {
		return Issue{ID: id(n), Service: s, Due: morning.Add(d)}
	}
	follow(t, []route{
		{"due ones first, by hour, then by arrival", []step{take(1, notary), at(2, notary, -time.Minute), at(3, notary, -2*time.Minute), at(4, notary, -time.Minute)}, 1,
			"A003/appointment A002/appointment A004/appointment A001/arrival"},
		{"exactly at its hour", []step{take(1, notary), at(2, notary, 0)}, 1, "A002/appointment A001/arrival"},
		{"not before its hour while others wait", []step{at(1, notary, time.Hour), take(2, notary), take(3, notary)}, 1, "A002/arrival A003/arrival A001/arrival"},
		{"before priority", []step{takeAs(1, notary, elder), at(2, notary, 0), SetPolicy{Policy{Mode: Strict, Classes: []Class{{ID: elder, Rank: 1}}}}}, 1, "A002/appointment A001/priority"},
		{"across the services of a counter, ties by arrival", []step{at(1, civil, 0), at(2, notary, 0), at(3, civil, -time.Second)}, 2, "H002/appointment H001/appointment A001/appointment"},
		{"a priority ticket with a future hour takes no turn before it",
			[]step{Issue{ID: id(1), Service: notary, Priority: elder, Due: morning.Add(time.Hour)}, lineUp(2, 5, notary)}, 1, "A002/arrival A003/arrival A004/arrival A005/arrival A001/arrival"},
	})
}

func TestRoutingStrict(t *testing.T) {
	strict := SetPolicy{Policy{Mode: Strict, GraceS: 1800, Classes: []Class{{ID: elder, Rank: 1}, {ID: merit, Rank: 2}, {ID: "tre-em", Rank: 1}}}}
	follow(t, []route{
		{"by rank, then by arrival", []step{strict, take(1, notary), takeAs(2, notary, merit), takeAs(3, notary, elder), takeAs(4, notary, "tre-em"), takeAs(5, notary, elder)}, 1,
			"A003/priority A004/priority A005/priority A002/priority A001/arrival"},
		{"across services", []step{strict, takeAs(1, notary, merit), takeAs(2, civil, elder), takeAs(3, notary, elder), take(4, civil)}, 2, "H001/priority A002/priority A001/priority H002/arrival"},
		{"a group no longer there comes after the others", []step{strict, takeAs(1, notary, "tre-em"), take(2, notary), takeAs(3, notary, merit),
			SetPolicy{Policy{Mode: Strict, Classes: []Class{{ID: elder, Rank: 1}, {ID: merit, Rank: 2}}}}}, 1, "A003/priority A001/priority A002/arrival"},
		{"a returned one waits its two calls all the same", []step{strict, takeAs(1, notary, elder), CallNext{Counter: 1}, NoShow{Counter: 1}, lineUp(2, 4, notary), Return{id(1)}}, 1,
			"A002/arrival A003/arrival A001/priority A004/arrival"},
	})
}

func TestRoutingInterleaved(t *testing.T) {
	follow(t, []route{
		{"one priority call for two others", []step{lineUp(1, 5, notary), takeAs(6, notary, elder), takeAs(7, notary, elder)}, 1,
			"A001/arrival A002/arrival A006/priority_turn A003/arrival A004/arrival A007/priority_turn A005/arrival"},
		{"no credit while no priority ticket waits", []step{lineUp(1, 7, notary), CallNext{Counter: 1}, CallNext{Counter: 1, Finish: true}, CallNext{Counter: 1, Finish: true}, takeAs(8, notary, elder)}, 1,
			"A004/arrival A005/arrival A008/priority_turn A006/arrival A007/arrival"},
		{"among themselves by rank, then by arrival", []step{lineUp(1, 4, notary), takeAs(5, notary, merit), takeAs(6, notary, elder)}, 1,
			"A001/arrival A002/arrival A006/priority_turn A003/arrival A004/arrival A005/priority_turn"},
		{"a priority ticket whose arrival comes uses the credit up", []step{take(1, notary), takeAs(2, notary, elder), lineUp(3, 5, notary), takeAs(6, notary, elder)}, 1,
			"A001/arrival A002/arrival A003/arrival A004/arrival A006/priority_turn A005/arrival"},
		{"alone it does not wait for a turn", []step{takeAs(1, notary, elder)}, 1, "A001/arrival"},
		{"every other", []step{SetPolicy{Policy{Mode: Interleaved, Every: 1, Classes: []Class{{ID: elder}}}}, lineUp(1, 3, notary), takeAs(4, notary, elder), takeAs(5, notary, elder)}, 1,
			"A001/arrival A004/priority_turn A002/arrival A005/priority_turn A003/arrival"},
		{"a counter of several services takes a due turn first, else the earliest arrival",
			[]step{take(1, civil), lineUp(2, 5, notary), takeAs(6, notary, elder)}, 2, "H001/arrival A001/arrival A002/arrival A005/priority_turn A003/arrival A004/arrival"},
		{"the turn is the service's, not the counter's: two services, each its own credit",
			[]step{lineUp(1, 3, notary), lineUp(4, 6, civil), takeAs(7, notary, elder), takeAs(8, civil, elder)}, 2,
			"A001/arrival A002/arrival A004/priority_turn A003/arrival H001/arrival H002/arrival H004/priority_turn H003/arrival"},
		{"of two due turns the earlier arrival", []step{lineUp(1, 3, notary), lineUp(4, 6, civil), takeAs(7, civil, merit), takeAs(8, notary, elder), outOfTurn,
			CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, CallTicket{Counter: 2, Ticket: id(4), Reason: "x"}, CallTicket{Counter: 3, Ticket: id(5), Reason: "x"}, Finish{Counter: 1}, CallTicket{Counter: 1, Ticket: id(2), Reason: "x"}, Finish{Counter: 2}}, 2,
			"H004/priority_turn A004/priority_turn A003/arrival H003/arrival"},
	})
}

func TestCreditGoesWithTheLastPriorityTicket(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), lineUp(1, 6, notary), outOfTurn, CallTicket{Counter: 1, Ticket: id(1), Reason: "x"},
		CallTicket{Counter: 2, Ticket: id(2), Reason: "x"}, Cancel{Ticket: id(9)}, takeAs(8, notary, elder))
	if got := h.calls(1, 4); got != "A004/arrival A005/arrival A008/priority_turn A006/arrival" {
		t.Errorf("called %s", got)
	}
	h.sound()
}

func TestInterleavingIsCountedAcrossCounters(t *testing.T) {
	h := newHall(t)
	h.given(lineUp(1, 6, notary), takeAs(7, notary, elder))
	got := h.calls(1, 1) + " " + h.calls(2, 1) + " " + h.calls(1, 1) + " " + h.calls(2, 1)
	if got != "A001/arrival A002/arrival A007/priority_turn A003/arrival" {
		t.Errorf("called %s", got)
	}
	h.sound()
}

func TestRoutingOfReturnedPeople(t *testing.T) {
	follow(t, []route{
		{"after the next two calls of its service", []step{states[Missed], lineUp(2, 5, notary), Return{id(1)}}, 1, "A002/arrival A003/arrival A001/returned A004/arrival"},
		{"at once when nobody else waits", []step{states[Missed], Return{id(1)}}, 1, "A001/returned"},
		{"of two, the earlier arrival", []step{take(1, notary), take(2, notary), CallNext{Counter: 1}, CallNext{Counter: 2}, NoShow{Counter: 1}, NoShow{Counter: 2}, lineUp(3, 5, notary), Return{id(2)}, Return{id(1)}}, 1,
			"A003/arrival A004/arrival A001/returned A002/returned A005/arrival"},
		{"calls of another service do not count", []step{states[Missed], take(2, civil), take(3, civil), take(4, civil), take(5, notary), take(6, notary), Return{id(1)}}, 2,
			"H001/arrival H002/arrival H003/arrival A002/arrival A003/arrival A001/returned"},
	})
}

func TestRoutingOfTicketsKeptForACounter(t *testing.T) {
	kept := []step{lineUp(1, 4, notary), CallNext{Counter: 1}, Transfer{Counter: 1, To: 2}}
	keptElder := []step{takeAs(1, notary, elder), lineUp(2, 6, notary), CallNext{Counter: 1}, Transfer{Counter: 1, To: 2}}
	follow(t, []route{
		{"its counter calls it at its place", kept, 2, "A001/arrival A002/arrival"},
		{"others pass it over", kept, 1, "A002/arrival A003/arrival A004/arrival -"},
		{"others may when its counter closes", []step{kept, CloseCounter{2}}, 1, "A001/arrival A002/arrival"},
		{"while it waits the line collects credit, which another counter cannot spend on it", keptElder, 1, "A002/arrival A003/arrival A004/arrival A005/arrival A006/arrival -"},
		{"and the credit is there when its counter comes", []step{keptElder, CallNext{Counter: 1}, CallNext{Counter: 1, Finish: true}, take(7, civil)}, 2, "A001/priority_turn A004/arrival"},
		{"a priority ticket kept elsewhere does not spoil the turns of the others", []step{keptElder, takeAs(7, notary, elder)}, 1, "A002/arrival A003/arrival A007/priority_turn A004/arrival"},
	})
}

func TestLineOrderOfAnUnknownServiceIsEmpty(t *testing.T) {
	h := newHall(t)
	if h.s.LineOrder("x", h.now) != nil || h.s.Order(99, h.now, 0) != nil || h.s.WaitingFor(99) != 0 || h.s.LineNext("x", h.now).Ticket != nil || h.s.Next(99, h.now).Ticket != nil {
		t.Error("somebody waits nowhere")
	}
}

// crowd puts a random hall together: lines, priorities, appointments, returned and
// kept tickets, credit in every stage.
func crowd(t *rapid.T) *hall {
	h := newHall(t)
	if rapid.Bool().Draw(t, "strict") {
		h.given(SetPolicy{Policy{Mode: Strict, GraceS: 1800, Classes: []Class{{ID: elder, Rank: 1}, {ID: merit, Rank: 2}}}})
	} else {
		h.given(SetPolicy{Policy{Mode: Interleaved, GraceS: 1800, Every: rapid.IntRange(1, 4).Draw(t, "every"), Classes: []Class{{ID: elder, Rank: 1}, {ID: merit, Rank: 2}}}})
	}
	services := []ServiceID{notary, civil, land}
	classes := []ClassID{"", "", "", elder, merit}
	for n := range rapid.IntRange(0, 25).Draw(t, "arrivals") {
		issue := Issue{ID: id(n), Service: rapid.SampledFrom(services).Draw(t, "service"), Priority: rapid.SampledFrom(classes).Draw(t, "class")}
		if rapid.IntRange(0, 5).Draw(t, "appointment") == 0 {
			issue.Due = h.now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "due")) * time.Minute)
		}
		h.given(issue, time.Second)
		c := CounterID(rapid.IntRange(1, 3).Draw(t, "counter"))
		switch rapid.IntRange(0, 6).Draw(t, "then") {
		case 0:
			h.given(CallNext{Counter: c, Finish: true})
		case 1:
			if o, _ := h.try(CallNext{Counter: c, Finish: true}); o.Ticket != "" {
				h.given(NoShow{Counter: c}, Return{o.Ticket})
			}
		case 2:
			if o, _ := h.try(CallNext{Counter: c, Finish: true}); o.Ticket != "" {
				h.given(Transfer{Counter: c, To: c%3 + 1})
			}
		case 3:
			if o, _ := h.try(CallNext{Counter: c, Finish: true}); o.Ticket != "" {
				h.given(PutBack{Counter: c})
			}
		}
	}
	return h
}

func TestTheListShownIsTheOrderOfTheCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := crowd(t)
		n := CounterID(rapid.IntRange(1, 3).Draw(t, "at"))
		want := h.s.Order(n, h.now, 0)
		if len(want) != h.s.WaitingFor(n) {
			t.Fatalf("the list has %d; %d wait", len(want), h.s.WaitingFor(n))
		}
		head := h.s.Order(n, h.now, 3)
		for i, c := range want {
			o, err := h.try(CallNext{Counter: n, Finish: true})
			if err != nil {
				t.Fatal(err)
			}
			if o.Ticket != c.Ticket.ID || h.s.Tickets[o.Ticket].Why != c.Why {
				t.Fatalf("call %d is %s for %s; the list said %s for %s", i, o.Ticket, h.s.Tickets[o.Ticket].Why, c.Ticket.ID, c.Why)
			}
			if i < len(head) && head[i] != c {
				t.Fatalf("the short list differs at %d", i)
			}
		}
		if o, _ := h.try(CallNext{Counter: n, Finish: true}); o.Ticket != "" {
			t.Fatalf("%s was not in the list", o.Ticket)
		}
	})
}

func TestLineOrderIsAPermutationOfTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := crowd(t)
		for _, l := range h.s.Lines {
			seen := map[TicketID]bool{}
			order := h.s.LineOrder(l.ID, h.now)
			for _, c := range order {
				if seen[c.Ticket.ID] || c.Ticket.Service != l.ID || c.Ticket.State != Waiting {
					t.Fatalf("%s stands twice, or wrongly, in %s", c.Ticket.Number, l.ID)
				}
				seen[c.Ticket.ID] = true
			}
			if len(seen) != len(l.Waiting) {
				t.Fatalf("%d of %d", len(seen), len(l.Waiting))
			}
			first := h.s.LineNext(l.ID, h.now)
			if len(order) > 0 && first != order[0] || len(order) == 0 && first.Ticket != nil {
				t.Fatalf("next is %+v, the line begins %+v", first, order)
			}
		}
	})
}

// Nobody starves in interleaved mode. While ever more people come, priority ones
// among them, a ticket that waits is called after a bounded number of calls of its
// service: each ordinary call takes an earlier arrival out, at most one priority
// call comes after every N of them, and a returned one waits for two calls.
func TestNobodyStarvesWhenInterleaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(1, 4).Draw(t, "every")
		h := newHall(t)
		h.given(SetPolicy{Policy{Mode: Interleaved, Every: every, GraceS: 1800, Classes: []Class{{ID: elder, Rank: 1}, {ID: merit, Rank: 2}}}})
		classes := []ClassID{"", elder, merit}
		n, before := 0, rapid.IntRange(0, 12).Draw(t, "before")
		come := func(class ClassID) {
			h.given(Issue{ID: id(n), Service: notary, Priority: class})
			n++
		}
		for range before {
			come(rapid.SampledFrom(classes).Draw(t, "class"))
		}
		me := id(n)
		come(rapid.SampledFrom(classes).Draw(t, "mine"))
		limit := before + 1
		if rapid.Bool().Draw(t, "missed") {
			h.given(outOfTurn, CallTicket{Counter: 1, Ticket: me, Reason: "x"}, NoShow{Counter: 1}, Return{me})
			limit += ReturnAfter
		}
		limit += limit/every + 2
		for i := 0; h.s.Tickets[me].State == Waiting; i++ {
			if i > limit {
				t.Fatalf("still waiting after %d calls, with %d before it and one turn for every %d", i, before, every)
			}
			for range rapid.IntRange(0, 3).Draw(t, "newcomers") {
				come(rapid.SampledFrom(classes).Draw(t, "class"))
			}
			c := CounterID(rapid.IntRange(1, 2).Draw(t, "counter"))
			h.given(CallNext{Counter: c, Finish: true})
		}
	})
}

// longLine has one priority ticket in five and one appointment in twenty-five.
func longLine(b *testing.B, n int) *hall {
	h := newHall(b)
	for i := range n {
		issue := Issue{ID: id(i), Service: notary}
		if i%5 == 0 {
			issue.Priority = elder
		}
		if i%25 == 1 {
			issue.Due = h.now.Add(time.Duration(i) * time.Minute)
		}
		h.given(issue)
	}
	return h
}

func BenchmarkOrderOf100Among500(b *testing.B) {
	h := longLine(b, 500)
	b.ReportAllocs()
	for b.Loop() {
		if len(h.s.Order(2, h.now, 100)) != 100 {
			b.Fatal("short")
		}
	}
}

func BenchmarkLineOrderOf500(b *testing.B) {
	h := longLine(b, 500)
	b.ReportAllocs()
	for b.Loop() {
		if len(h.s.LineOrder(notary, h.now)) != 500 {
			b.Fatal("short")
		}
	}
}

func BenchmarkNextAmong500(b *testing.B) {
	h := longLine(b, 500)
	b.ReportAllocs()
	for b.Loop() {
		if h.s.Next(1, h.now).Ticket == nil {
			b.Fatal("nobody")
		}
	}
}
