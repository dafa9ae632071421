package queue

import (
	"fmt"
	"testing"
	"time"
)

func pid(n int) PrintID { return PrintID(id(900 + n)) }

// order is a slip of a ticket on a device.
func order(n, ticket int, device string) OrderPrint {
	return OrderPrint{ID: pid(n), Ticket: id(ticket), Device: device}
}

func TestOrderPrint(t *testing.T) {
	kiosk := Issue{ID: id(1), Service: notary, Source: "kiosk"}
	desk := Issue{ID: id(1), Service: notary, Source: "desk"}
	full := []step{desk}
	for i := range openPrints {
		full = append(full, take(10+i, notary), order(i, 10+i, "d_station"))
	}
	try(t, []rule{
		{name: "of one that waits", given: []step{desk}, when: order(1, 1, "d_station"), then: []Event{PrintOrdered{ID: pid(1), Ticket: id(1), Device: "d_station"}},
			after: func(h *hall) {
				if p := h.s.Print(pid(1)); p == nil || p.Number != "A001" || p.State != PrintOpen || !p.At.Equal(morning) {
					h.t.Fatalf("got %+v", p)
				}
			}},
		{name: "a kiosk gave it out, so a slip may be about", given: []step{kiosk}, when: order(1, 1, "d_station"), then: []Event{PrintOrdered{ID: pid(1), Ticket: id(1), Device: "d_station", Again: true}}},
		{name: "the same order again", given: []step{desk, order(1, 1, "d_station")}, when: order(1, 1, "d_station"), same: true},
		{name: "the same order for another device", given: []step{desk, order(1, 1, "d_station")}, when: order(1, 1, "d_kiosk"), same: true},
		{name: "a second touch", given: []step{desk, order(1, 1, "d_station")}, when: order(2, 1, "d_station"), same: true},
		{name: "on another device meanwhile", given: []step{desk, order(1, 1, "d_station")}, when: order(2, 1, "d_kiosk"), then: []Event{PrintOrdered{ID: pid(2), Ticket: id(1), Device: "d_kiosk"}}},
		{name: "once more", given: []step{desk, order(1, 1, "d_station"), EndPrint{pid(1), "d_station", PrintDone, ""}}, when: order(2, 1, "d_station"), then: []Event{PrintOrdered{ID: pid(2), Ticket: id(1), Device: "d_station", Again: true}}},
		{name: "after one that may have come out", given: []step{desk, order(1, 1, "d_station"), EndPrint{pid(1), "d_station", PrintDoubtful, "cut_off"}}, when: order(2, 1, "d_station"), then: []Event{PrintOrdered{ID: pid(2), Ticket: id(1), Device: "d_station", Again: true}}},
		{name: "after one that did not", given: []step{desk, order(1, 1, "d_station"), EndPrint{pid(1), "d_station", PrintFailed, "paper_out"}}, when: order(2, 1, "d_station"), then: []Event{PrintOrdered{ID: pid(2), Ticket: id(1), Device: "d_station"}}},
		{name: "too many at once", given: full, when: order(99, 1, "d_station"), code: ErrPrinterBusy, words: []string{"16 slips"}},
		{name: "not too many for another", given: full, when: order(99, 1, "d_other"), then: []Event{PrintOrdered{ID: pid(99), Ticket: id(1), Device: "d_other"}}},
		{name: "an unknown ticket", when: order(1, 1, "d_station"), code: ErrUnknownTicket},
		{name: "no id", given: []step{desk}, when: OrderPrint{ID: "x", Ticket: id(1), Device: "d_station"}, code: ErrInvalid, words: []string{`"x"`}},
		{name: "no device", given: []step{desk}, when: OrderPrint{ID: pid(1), Ticket: id(1)}, code: ErrInvalid},
	})
	onlyFrom(t, func(tk TicketID) Command { return OrderPrint{ID: pid(1), Ticket: tk, Device: "d_station"} }, Waiting, Called, Serving, Parked, Missed)
}

func TestEndPrint(t *testing.T) {
	open := []step{take(1, notary), order(1, 1, "d_station")}
	end := func(s PrintState, why string) EndPrint { return EndPrint{pid(1), "d_station", s, why} }
	ended := func(s PrintState, why string) []Event { return []Event{PrintEnded{pid(1), s, why}} }
	try(t, []rule{
		{name: "printed", given: open, when: end(PrintDone, ""), then: ended(PrintDone, ""), after: func(h *hall) {
			if p := h.s.Print(pid(1)); p.State != PrintDone || p.EndedAt.IsZero() {
				h.t.Fatalf("got %+v", p)
			}
		}},
		{name: "not printed", given: open, when: end(PrintFailed, "paper_out"), then: ended(PrintFailed, "paper_out")},
		{name: "said again", given: append(open, end(PrintDone, "")), when: end(PrintDone, ""), same: true},
		{name: "the first word counts", given: append(open, end(PrintDoubtful, "cut_off")), when: end(PrintDone, ""), same: true},
		{name: "it was late, and came out all the same", given: append(open, PrintWithin, Tick{}), when: end(PrintDone, ""), then: ended(PrintDone, "")},
		{name: "another device's", given: open, when: EndPrint{pid(1), "d_kiosk", PrintDone, ""}, code: ErrUnknownPrint},
		{name: "unknown", when: end(PrintDone, ""), code: ErrUnknownPrint},
		{name: "no end", given: open, when: end(PrintOpen, ""), code: ErrInvalid, words: []string{"ordered"}},
		{name: "a device is never late by its own word", given: open, when: end(PrintLate, ""), code: ErrInvalid},
		{name: "a sentence", given: open, when: end(PrintFailed, "The paper is out."), code: ErrInvalid, words: []string{"The paper"}},
		{name: "on the next day it is over", given: []step{16*time.Hour - time.Minute, take(1, notary), order(1, 1, "d_station"), 90 * time.Second}, when: end(PrintDone, ""), code: ErrUnknownPrint,
			then: []Event{DayEnded{}, DayStarted{Day: "2025-07-15"}}},
	})
}

// An order that nobody took is given up by itself, at the hour at which the state says
// that it changes next.
func TestAnOrderToPrintLapses(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), order(1, 1, "d_station"), 30*time.Second, take(2, notary), order(2, 2, "d_station"))
	if at := h.s.NextTick(); !at.Equal(morning.Add(PrintWithin)) {
		t.Fatalf("it changes next at %s", at)
	}
	h.given(PrintWithin-30*time.Second-time.Millisecond, Tick{})
	if h.s.Print(pid(1)).State != PrintOpen {
		t.Fatal("it lapsed before its time")
	}
	h.given(time.Millisecond, Tick{})
	if a, b := h.s.Print(pid(1)), h.s.Print(pid(2)); a.State != PrintLate || b.State != PrintOpen {
		t.Fatalf("got %+v and %+v", a, b)
	}
	h.given(30*time.Second, Tick{})
	if h.s.Print(pid(2)).State != PrintLate || !h.s.NextTick().Equal(h.s.Midnight()) {
		t.Fatal("the second did not lapse")
	}
}

// Ended orders are remembered up to a limit; open ones are never forgotten.
func TestOrdersToPrintAreForgottenOldestFirst(t *testing.T) {
	h := newHall(t)
	h.given(take(1, notary), order(1, 1, "d_open"))
	for i := range endedPrints + 20 {
		h.given(take(10+i, notary), order(10+i, 10+i, "d_station"), EndPrint{pid(10 + i), "d_station", PrintDone, ""})
	}
	h.given(take(5, notary), order(5, 5, "d_station"))
	if n := len(h.s.Prints); n > endedPrints+2 {
		t.Fatalf("%d orders are kept", n)
	}
	if h.s.Print(pid(1)) == nil || h.s.Print(pid(10)) != nil || h.s.Print(pid(10+endedPrints+19)) == nil {
		t.Fatal(fmt.Sprint("the wrong ones were forgotten: ", len(h.s.Prints)))
	}
}
