package queue

import (
	"strings"
	"testing"
	"time"
)

func called(n int, c CounterID, call uint64, why Why) CalledTo {
	return CalledTo{Ticket: id(n), Counter: c, Call: call, Why: why, Policy: 1}
}

func TestCallNext(t *testing.T) {
	try(t, []rule{
		{name: "nobody waits", when: CallNext{Counter: 1}},
		{name: "nobody waits for this counter", given: []step{take(1, land)}, when: CallNext{Counter: 1}},
		{name: "the first", given: []step{take(1, notary), take(2, notary)}, when: CallNext{Counter: 1}, then: []Event{called(1, 1, 1, ByArrival)},
			after: func(h *hall) {
				tk := h.ticket(1)
				if tk.State != Called || tk.Counter != 1 || !tk.CalledAt.Equal(h.now) || h.s.Counter(1).Ticket != id(1) || h.line(notary) != "A002" {
					h.t.Fatalf("got %+v", tk)
				}
			}},
		{name: "call numbers go on", given: []step{take(1, notary), take(2, civil), CallNext{Counter: 1}, Recall{Counter: 1}}, when: CallNext{Counter: 3}, then: []Event{called(2, 3, 3, ByArrival)}},
		{name: "busy", given: []step{take(1, notary), take(2, notary), CallNext{Counter: 1}}, when: CallNext{Counter: 1},
			code: ErrCounterBusy, words: []string{"counter 1 holds ticket A001", "has been called"}},
		{name: "busy serving", given: []step{states[Serving]}, when: CallNext{Counter: 1}, code: ErrCounterBusy, words: []string{"A001", "is being served"}},
		{name: "finish and call in one", given: []step{take(1, notary), take(2, notary), CallNext{Counter: 1}}, when: CallNext{Counter: 1, Finish: true},
			then: []Event{Finished{Ticket: id(1)}, called(2, 1, 2, ByArrival)}},
		{name: "finish with nobody behind", given: []step{take(1, notary), CallNext{Counter: 1}}, when: CallNext{Counter: 1, Finish: true}, then: []Event{Finished{Ticket: id(1)}}},
		{name: "finish with nothing in hand", given: []step{take(1, notary)}, when: CallNext{Counter: 1, Finish: true}, then: []Event{called(1, 1, 1, ByArrival)}},
		{name: "finish when about to pause calls nobody", given: []step{take(1, notary), take(2, notary), CallNext{Counter: 1}, PauseCounter{1}}, when: CallNext{Counter: 1, Finish: true},
			then: []Event{Finished{Ticket: id(1)}}, after: func(h *hall) {
				if h.s.Counter(1).State != CounterPaused {
					h.t.Fatalf("counter 1 is %s", h.s.Counter(1).State)
				}
			}},
		{name: "paused", given: []step{PauseCounter{1}}, when: CallNext{Counter: 1}, code: ErrCounterState, words: []string{"counter 1 is paused"}},
		{name: "closed", given: []step{CloseCounter{1}}, when: CallNext{Counter: 1}, code: ErrCounterState, words: []string{"counter 1 is closed"}},
		{name: "unknown counter", when: CallNext{Counter: 9}, code: ErrUnknownCounter, words: []string{"counter 9", "1, 2 and 3"}},
	})
}

func TestCallTicket(t *testing.T) {
	two := []step{take(1, notary), take(2, notary)}
	try(t, []rule{
		{name: "the one that is next anyway", given: two, when: CallTicket{Counter: 1, Ticket: id(1)}, then: []Event{called(1, 1, 1, ByArrival)}},
		{name: "out of turn without permission", given: two, when: CallTicket{Counter: 1, Ticket: id(2), Reason: "xe chờ"}, code: ErrOutOfTurn, words: []string{"A002", "counter 1"}},
		{name: "out of turn without reason", given: []step{two, outOfTurn}, when: CallTicket{Counter: 1, Ticket: id(2), Reason: "  "}, code: ErrReasonRequired, words: []string{"A002"}},
		{name: "out of turn", given: []step{two, outOfTurn}, when: CallTicket{Counter: 1, Ticket: id(2), Reason: " xe cấp cứu chờ "},
			then: []Event{CalledTo{Ticket: id(2), Counter: 1, Call: 1, Why: ByChoice, Policy: 1, Reason: "xe cấp cứu chờ"}}},
		{name: "a reason has an end", given: []step{two, outOfTurn}, when: CallTicket{Counter: 1, Ticket: id(2), Reason: strings.Repeat("x", 201)}, code: ErrInvalid, words: []string{"201 bytes"}},
		{name: "another counter's service is out of turn", given: []step{take(1, land)}, when: CallTicket{Counter: 1, Ticket: id(1)}, code: ErrOutOfTurn},
		{name: "parked, at any counter, needs no permission", given: states[Parked], when: CallTicket{Counter: 3, Ticket: id(1)}, then: []Event{called(1, 3, 2, ByRecallLater)}},
		{name: "returned needs no permission and no waiting", given: []step{states[Missed], take(2, notary), Return{id(1)}}, when: CallTicket{Counter: 1, Ticket: id(1)}, then: []Event{called(1, 1, 2, ByReturn)}},
		{name: "busy", given: []step{two, CallNext{Counter: 1}}, when: CallTicket{Counter: 1, Ticket: id(2)}, code: ErrCounterBusy, words: []string{"A001"}},
		{name: "held by another", given: []step{two, CallNext{Counter: 1}}, when: CallTicket{Counter: 2, Ticket: id(1)}, code: ErrWrongState, words: []string{"A001 has been called at counter 1"}},
		{name: "paused", given: []step{two, PauseCounter{1}}, when: CallTicket{Counter: 1, Ticket: id(1)}, code: ErrCounterState},
		{name: "unknown", when: CallTicket{Counter: 1, Ticket: id(7)}, code: ErrUnknownTicket, words: []string{string(id(7))}},
	})
	onlyFrom(t, func(tk TicketID) Command { return CallTicket{Counter: 2, Ticket: tk, Reason: "x"} }, Waiting, Parked)
}

// A call from the parked ones is at no line's expense, and taking it back gives no
// line anything.
func TestCallingAParkedTicketLeavesTheCreditAlone(t *testing.T) {
	h := newHall(t)
	h.given(takeAs(9, notary, elder), take(1, notary), take(2, notary), outOfTurn,
		CallTicket{Counter: 1, Ticket: id(1), Reason: "x"}, Park{Counter: 1})
	before := h.s.Line(notary).Others
	if before != 1 {
		t.Fatalf("credit is %d after one ordinary call", before)
	}
	h.given(CallTicket{Counter: 1, Ticket: id(1)})
	calls := h.s.Line(notary).Calls
	h.given(PutBack{Counter: 1})
	if l := h.s.Line(notary); l.Others != before || l.Calls != calls {
		t.Errorf("credit went from %d to %d", before, l.Others)
	}
	h.sound()
}

func TestCallsAfterGivesTheTail(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), take(2, notary), CallNext{Counter: 1}, Recall{Counter: 1}, CallNext{Counter: 2}, PutBack{Counter: 1})
	for n, want := range map[uint64][]uint64{0: {1, 2, 3}, 1: {2, 3}, 3: {}, 99: {}} {
		got := h.s.CallsAfter(n)
		if len(got) != len(want) {
			t.Fatalf("after %d: %v", n, got)
		}
		for i, c := range got {
			if c.Call != want[i] || c.Withdrawn != (c.Ticket == id(1)) || c.Again != (c.Call == 2) {
				t.Errorf("after %d: %+v", n, c)
			}
		}
	}
	kept := h.s.CallsAfter(2)
	h.given(PutBack{Counter: 2})
	if kept[0].Withdrawn {
		t.Error("a list given out changed behind its reader")
	}
}

func TestTheLastCallsStayOverTheEndOfADay(t *testing.T) {
	h := newHall(t)
	for n := range KeepCalls + 50 {
		h.given(take(n, notary), CallNext{Counter: 1, Finish: true})
	}
	h.given(24*time.Hour, Tick{})
	if len(h.s.Calls) != KeepCalls || h.s.Calls[KeepCalls-1].Call != KeepCalls+50 {
		t.Errorf("%d calls are kept, the last is %d", len(h.s.Calls), h.s.Calls[len(h.s.Calls)-1].Call)
	}
	h.given(take(5000, notary), CallNext{Counter: 1, Finish: true})
	if h.s.LastCall != KeepCalls+51 {
		t.Errorf("the next day's first call is %d: call numbers never restart", h.s.LastCall)
	}
	h.sound()
}
