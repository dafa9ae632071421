package queue

import (
	"testing"
)

func TestAClerkMayCallASlipThatTheServerDoesNotKnow(t *testing.T) {
	lane := []step{GiveLane{Device: "d_1"}, take(1, notary)}
	call := func(n uint64) CalledTo {
		return CalledTo{Ticket: id(11), Counter: 1, Call: n, Why: BySlip, Policy: 1}
	}
	try(t, []rule{
		{name: "by id and number", given: lane, when: Adopt{Counter: 1, ID: id(11), Number: "ak007"},
			then: []Event{Adopted{Ticket: id(11), Number: "AK007", Place: 2, Service: notary}, call(1)}},
		{name: "for a field that is named", given: lane, when: Adopt{Counter: 1, ID: id(11), Number: "ZK007", Service: civil},
			then: []Event{Adopted{Ticket: id(11), Number: "ZK007", Place: 2, Service: civil}, call(1)}},
		{name: "no kiosk has that letter", given: lane, when: Adopt{Counter: 1, ID: id(11), Number: "AM007"}, code: ErrUnknownTicket, words: []string{"AM007"}},
		{name: "a number of no lane", given: lane, when: Adopt{Counter: 1, ID: id(11), Number: "A007"}, code: ErrUnknownTicket},
		{name: "no field has that prefix", given: lane, when: Adopt{Counter: 1, ID: id(11), Number: "QK007"}, code: ErrUnknownService, words: []string{"prefix Q", "QK007"}},
		{name: "a malformed id", given: lane, when: Adopt{Counter: 1, ID: "x", Number: "AK007"}, code: ErrInvalid},
		{name: "a number that is known", given: append(lane, Merge{Device: "d_1", Tickets: []LaneTicket{slip(12, notary, "AK007", morning)}}),
			when: Adopt{Counter: 1, ID: id(11), Number: "AK007"}, code: ErrNumberTaken, words: []string{"AK007", "is waiting"}},
		{name: "a busy counter", given: append(lane, CallNext{Counter: 1}), when: Adopt{Counter: 1, ID: id(11), Number: "AK007"}, code: ErrCounterBusy},
		{name: "after the end of the day", given: append(lane, EndDay{}), when: Adopt{Counter: 1, ID: id(11), Number: "AK007"}, code: ErrDayEnded},
		{name: "a slip that was merged meanwhile is called as any ticket", given: append(lane, Merge{Device: "d_1", Tickets: []LaneTicket{slip(11, notary, "AK007", morning)}}),
			when: Adopt{Counter: 1, ID: id(11), Number: "AK007"}, code: ErrOutOfTurn},
	})
}

func TestASlipThatAClerkTookInIsMergedWithoutDoublingIt(t *testing.T) {
	for _, unread := range []bool{false, true} {
		h := morningHall(t)
		made := id(11)
		if unread {
			made = id(99)
		}
		h.given(Adopt{Counter: 1, ID: made, Unread: unread, Number: "AK001"}, Start{Counter: 1})
		m := merged(slip(11, notary, "AK001", clock(8, 1)), slip(12, notary, "AK002", clock(8, 2)))
		want(t, "results", h.merge(m), "existing merged")
		want(t, "again", h.merge(m), "existing existing")
		k := h.s.Ticket(id(11))
		if k == nil || k.State != Serving || k.Number != "AK001" || k.Unidentified {
			t.Errorf("unread %v: the id on the slip finds %+v", unread, k)
		}
		h.given(Finish{Counter: 1}, Reopen{Counter: 1, Ticket: made})
		h.sound()
		h.given(Finish{Counter: 1}, day, Tick{})
		if h.s.Ticket(id(11)) != nil || len(h.s.Aliases) != 0 {
			t.Errorf("the day after there is %v", h.s.Aliases)
		}
		h.sound()
	}
}

// A typing error is mended by the merge: the number on paper is the one that counts.
func TestAMistypedNumberIsMendedByTheMerge(t *testing.T) {
	h := morningHall(t)
	h.given(Adopt{Counter: 1, ID: id(11), Number: "AK010"})
	want(t, "results", h.merge(merged(slip(11, notary, "AK001", clock(8, 1)))), "renumbered")
	if k := h.ticket(11); k.Number != "AK001" || k.State != Called {
		t.Errorf("it is %+v", k)
	}
	h.sound()
}

func TestWhichNumbersAreOfALane(t *testing.T) {
	h := morningHall(t)
	for number, is := range map[string]bool{"AK001": true, " ak12345 ": true, "A001": false, "AM001": false, "AK01": false, "QK001": true, "": false} {
		if h.s.LaneNumber(number) != is {
			t.Errorf("%q is of a lane: %v", number, !is)
		}
	}
}
