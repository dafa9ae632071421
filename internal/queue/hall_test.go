package queue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Names of the hall in which the verbs are tried.
const (
	notary = ServiceID("chung-thuc") // A, at counters 1 and 2
	civil  = ServiceID("ho-tich")    // H, at counters 2 and 3
	land   = ServiceID("dat-dai")    // K, at counter 3
	elder  = ClassID("cao-tuoi")     // rank 1
	merit  = ClassID("co-cong")      // rank 2
)

var (
	saigon  = must(time.LoadLocation("Asia/Ho_Chi_Minh"))
	morning = time.Date(2025, 7, 14, 8, 0, 0, 0, saigon)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// id is the nth ticket's id.
func id(n int) TicketID { return TicketID(fmt.Sprintf("%016d", n)) }

// reporter is what testing.T and rapid.T share.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// hall is a centre under test. Every record it makes is kept.
type hall struct {
	t       reporter
	s       *State
	now     time.Time
	meta    Meta // Now is set from now
	records []Record
}

// step is a Command that must succeed, a time.Duration that passes, or a
// func(*hall) that changes who asks.
type step any

var setting = []step{
	SetCenter{CenterConfig{ID: "thuan-hoa", Name: Text{VI: "Trung tâm Thuận Hóa", EN: "Thuan Hoa centre"}, Short: Text{VI: "phường Thuận Hóa"}, TimeZone: "Asia/Ho_Chi_Minh"}},
	SetHours{Hours{AllDay: true}},
	SetPolicy{Policy{Mode: Interleaved, Every: 2, GraceS: 1800, Classes: []Class{{ID: elder, Name: Text{VI: "Người cao tuổi"}, Rank: 1}, {ID: merit, Name: Text{VI: "Người có công"}, Rank: 2}}}},
	SetService{Service{ID: notary, Prefix: "A", Name: Text{VI: "Chứng thực", EN: "Notary"}}},
	SetService{Service{ID: civil, Prefix: "H", Name: Text{VI: "Hộ tịch"}}},
	SetService{Service{ID: land, Prefix: "K", Name: Text{VI: "Đất đai"}}},
	SetCounter{CounterConfig{Number: 1, Services: []ServiceID{notary}}},
	SetCounter{CounterConfig{Number: 2, Services: []ServiceID{notary, civil}}},
	SetCounter{CounterConfig{Number: 3, Services: []ServiceID{civil, land}}},
	OpenCounter{1}, OpenCounter{2}, OpenCounter{3},
}

// newHall is a centre at 8 o'clock, open round the clock, with three open counters.
func newHall(t reporter) *hall {
	t.Helper()
	h := &hall{t: t, s: New(), now: morning, meta: Meta{Actor: "lan", Device: "desk-1", Source: "desk"}}
	h.given(setting...)
	return h
}

// try carries out a command and keeps its records.
func (h *hall) try(c Command) (Outcome, error) {
	h.meta.Now = h.now
	out, err := Decide(h.s, c, h.meta)
	h.records = append(h.records, out.Records...)
	return out, err
}

func (h *hall) given(steps ...step) {
	h.t.Helper()
	for i, s := range steps {
		switch s := s.(type) {
		case time.Duration:
			h.now = h.now.Add(s)
		case func(*hall):
			s(h)
		case Command:
			if _, err := h.try(s); err != nil {
				h.t.Fatalf("given step %d, %T%+v: %v", i, s, s, err)
			}
		case []step:
			h.given(s...)
		default:
			h.t.Fatalf("given step %d is a %T", i, s)
		}
	}
}

func (h *hall) ticket(n int) *Ticket {
	h.t.Helper()
	t := h.s.Tickets[id(n)]
	if t == nil {
		h.t.Fatalf("there is no ticket %d", n)
	}
	return t
}

// line gives the numbers that wait for a service, in order of place.
func (h *hall) line(service ServiceID) string {
	var out []string
	for _, t := range h.s.anyLine(service).Waiting {
		out = append(out, h.s.Tickets[t].Number)
	}
	return strings.Join(out, " ")
}

// calls calls whoever is next at a counter n times, ending each visit at once, and
// gives the numbers called with their reasons.
func (h *hall) calls(n CounterID, times int) string {
	h.t.Helper()
	var out []string
	for range times {
		o, err := h.try(CallNext{Counter: n, Finish: true})
		if err != nil {
			h.t.Fatalf("call next: %v", err)
		}
		if o.Ticket == "" {
			out = append(out, "-")
			continue
		}
		t := h.s.Tickets[o.Ticket]
		out = append(out, t.Number+"/"+string(t.Why))
	}
	return strings.Join(out, " ")
}

func eventsOf(rs []Record) []Event {
	var out []Event
	for _, r := range rs {
		out = append(out, r.Event)
	}
	return out
}

// take is somebody's nth ticket.
func take(n int, s ServiceID) Command { return Issue{ID: id(n), Service: s, Source: "kiosk"} }
func takeAs(n int, s ServiceID, class ClassID) Command {
	return Issue{ID: id(n), Service: s, Priority: class, Source: "kiosk"}
}

func outOfTurn(h *hall) { h.meta.OutOfTurn = true }

// rule is a case of a verb: given a past, when a command, then events or a refusal.
type rule struct {
	name  string
	given []step
	when  Command
	then  []Event // exactly these, unless code is set
	same  bool    // done before: no events, Existing
	code  *Error
	words []string // the refusal says each of them
	after func(h *hall)
}

func try(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			h := newHall(t)
			h.given(r.given...)
			before := must(h.s.Snapshot())
			out, err := h.try(r.when)
			if r.code != nil {
				refused(t, err, r.code, r.words...)
				if len(out.Records) == 0 && string(before) != string(must(h.s.Snapshot())) {
					t.Error("a refused command changed the state")
				}
			} else if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if r.code == nil || r.then != nil {
				if d := cmp.Diff(r.then, eventsOf(out.Records)); d != "" {
					t.Errorf("events (-want +got):\n%s", d)
				}
			}
			if out.Existing != r.same {
				t.Errorf("Existing is %v", out.Existing)
			}
			if r.after != nil {
				r.after(h)
			}
			h.sound()
		})
	}
}

// refused checks a refusal's code and that its sentence says what it must.
func refused(t reporter, err error, code *Error, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, code) {
		t.Fatalf("got error %v; want %s", err, code.Code)
	}
	for _, w := range words {
		if !strings.Contains(e.Message, w) {
			t.Fatalf("the refusal %q does not say %q", e.Message, w)
		}
	}
	if e.Message == "" || strings.HasSuffix(e.Message, ".") {
		t.Fatalf("the refusal %q is not a sentence without full stop", e.Message)
	}
}

// states brings ticket 1, A001, into every state; at counter 1 where it has one.
var states = map[TicketState][]step{
	Waiting:   {take(1, notary)},
	Called:    {take(1, notary), CallNext{Counter: 1}},
	Serving:   {take(1, notary), CallNext{Counter: 1}, Start{Counter: 1}},
	Parked:    {take(1, notary), CallNext{Counter: 1}, Park{Counter: 1}},
	Missed:    {take(1, notary), CallNext{Counter: 1}, NoShow{Counter: 1}},
	Done:      {take(1, notary), CallNext{Counter: 1}, Finish{Counter: 1}},
	Cancelled: {take(1, notary), Cancel{Ticket: id(1)}},
	Expired:   {take(1, notary), EndDay{}},
}

// onlyFrom tries a verb on A001 in every state. From the states named it must be
// accepted; from any other it must be refused with wrong_state, in a sentence that
// names the ticket, its state and what is allowed, and change nothing.
func onlyFrom(t *testing.T, verb func(TicketID) Command, from ...TicketState) {
	t.Helper()
	for st, past := range states {
		t.Run("from "+string(st), func(t *testing.T) {
			h := newHall(t)
			h.given(outOfTurn)
			h.given(past...)
			if got := h.ticket(1).State; got != st {
				t.Fatalf("the past led to %s", got)
			}
			records := len(h.records)
			_, err := h.try(verb(id(1)))
			if slices.Contains(from, st) {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				h.sound()
				return
			}
			allowed := list(Allowed(st))
			refused(t, err, ErrWrongState, "ticket A001 "+inWords[st], "allowed now: "+allowed)
			var e *Error
			errors.As(err, &e)
			if e.Detail["state"] != string(st) || e.Detail["number"] != "A001" {
				t.Errorf("the problem document has %v", e.Detail)
			}
			if len(h.records) != records || h.ticket(1).State != st {
				t.Error("a refused verb left something behind")
			}
		})
	}
}
