package queue

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTheQueueBehavesAsItsPlainModel sends random commands to both and compares
// everything after each.
func TestTheQueueBehavesAsItsPlainModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHall(t)
		m := newModel(morning)
		services := []ServiceID{notary, civil, land}
		classes := []ClassID{"", "", elder, merit}
		issued, printed := 0, 0
		h.given(GiveLane{Device: "d_1"})
		for _, l := range h.s.Lines {
			few := l.Service
			few.AppointmentsHour = 2
			h.given(SetService{few})
		}

		printing := 0
		service := func() ServiceID { return rapid.SampledFrom(services).Draw(t, "service") }
		class := func() ClassID { return rapid.SampledFrom(classes).Draw(t, "class") }
		counter := func() CounterID { return CounterID(rapid.IntRange(1, 3).Draw(t, "counter")) }
		// Mostly a ticket of late, or any at all, or one that was never given.
		ticket := func() TicketID {
			return id(max(rapid.IntRange(max(0, issued-12), issued).Draw(t, "ticket"), 0))
		}
		do := func(c Command, code func() Code) {
			m.pass(h.now)
			_, err := h.try(c)
			m.stamp = h.s.LastAt
			want := code()
			var e *Error
			got := Code("")
			if errors.As(err, &e) {
				got = e.Code
			} else if err != nil {
				t.Fatalf("%T: an error that is no refusal: %v", c, err)
			}
			if got != want {
				t.Fatalf("%T%+v: got %q (%v), the model says %q", c, c, got, err, want)
			}
		}
		verb := func(f func()) func(*rapid.T) { return func(*rapid.T) { f() } }

		t.Repeat(map[string]func(*rapid.T){
			"issue": verb(func() {
				s, k, n := service(), class(), rapid.IntRange(max(0, issued-2), issued).Draw(t, "id")
				var due time.Time
				if rapid.IntRange(0, 6).Draw(t, "appointment") == 0 {
					due = h.now.Add(time.Duration(rapid.IntRange(-3, 20).Draw(t, "due")) * time.Minute)
				}
				do(Issue{ID: id(n), Service: s, Priority: k, Due: due}, func() Code { return m.issue(id(n), s, k, due) })
				issued = max(issued, n+1)
			}),
			"appoint": verb(func() {
				s, k, n := service(), class(), rapid.IntRange(max(0, issued-2), issued).Draw(t, "id")
				at := h.now.Add(time.Duration(rapid.IntRange(-5, 300).Draw(t, "in")) * time.Minute)
				if rapid.IntRange(0, 3).Draw(t, "another day") == 0 {
					at = at.AddDate(0, 0, rapid.IntRange(1, 32).Draw(t, "days"))
				}
				do(Appoint{ID: id(n), Service: s, Priority: k, At: at}, func() Code { return m.appoint(id(n), s, k, at) })
				issued = max(issued, n+1)
			}),
			"cancel appointment": verb(func() {
				tk := ticket()
				do(CancelAppointment{tk}, func() Code { return m.unappoint(tk) })
			}),
			"check in": verb(func() {
				tk := ticket()
				do(CheckIn{ID: tk}, func() Code { return m.checkIn(tk) })
			}),
			"merge": verb(func() {
				do(Tick{}, func() Code { return "" })
				next := h.protected()
				c, papers := h.drawSlips(t, &printed, &issued)
				do(c, func() Code { m.merge(papers, next); return "" })
			}),
			"call next": verb(func() {
				n, finish := counter(), rapid.Bool().Draw(t, "finish")
				do(CallNext{n, finish}, func() Code { return m.callNext(n, finish) })
			}),
			"call ticket": verb(func() {
				n, tk := counter(), ticket()
				h.meta.OutOfTurn = rapid.Bool().Draw(t, "permitted")
				reason := rapid.SampledFrom([]string{"", "gấp"}).Draw(t, "reason")
				do(CallTicket{n, tk, reason}, func() Code { return m.callTicket(n, tk, h.meta.OutOfTurn, reason) })
			}),
			"recall": verb(func() { n := counter(); do(Recall{Counter: n}, func() Code { return m.simple("recall", n) }) }),
			"start":  verb(func() { n := counter(); do(Start{Counter: n}, func() Code { return m.simple("start", n) }) }),
			"finish": verb(func() { n := counter(); do(Finish{Counter: n}, func() Code { return m.finish(n) }) }),
			"no-show": verb(func() {
				n := counter()
				do(NoShow{Counter: n}, func() Code { return m.simple("no-show", n) })
			}),
			"park": verb(func() { n := counter(); do(Park{Counter: n}, func() Code { return m.simple("park", n) }) }),
			"refer": verb(func() {
				n := counter()
				do(Refer{Counter: n, Reference: rapid.SampledFrom([]string{"", "H57"}).Draw(t, "dossier")}, func() Code { _, code := m.inHand(n, Called, Serving); return code })
			}),
			"put back": verb(func() { n := counter(); do(PutBack{Counter: n}, func() Code { return m.putBack(n) }) }),
			"reopen":   verb(func() { n := counter(); do(Reopen{Counter: n}, func() Code { return m.reopen(n) }) }),
			"transfer": verb(func() {
				n, second := counter(), rapid.Bool().Draw(t, "second")
				s := rapid.SampledFrom([]ServiceID{"", notary, civil, land}).Draw(t, "to service")
				to := CounterID(rapid.IntRange(0, 3).Draw(t, "to counter"))
				do(Transfer{Counter: n, Service: s, To: to, Second: second}, func() Code { return m.transfer(n, s, to, second) })
			}),
			"cancel": verb(func() {
				tk := ticket()
				do(Cancel{Ticket: tk}, func() Code { return m.ofTicket("cancel", tk, "", "") })
			}),
			"restore": verb(func() { tk := ticket(); do(Restore{tk}, func() Code { return m.ofTicket("restore", tk, "", "") }) }),
			"return":  verb(func() { tk := ticket(); do(Return{tk}, func() Code { return m.ofTicket("return", tk, "", "") }) }),
			"change service": verb(func() {
				tk, s := ticket(), service()
				do(ChangeService{tk, s}, func() Code { return m.ofTicket("change", tk, s, "") })
			}),
			"set priority": verb(func() {
				tk, k := ticket(), class()
				do(SetPriority{tk, k}, func() Code { return m.ofTicket("priority", tk, "", k) })
			}),
			"print": verb(func() {
				tk := ticket()
				printing++
				c := OrderPrint{ID: pid(printing), Ticket: tk, Device: fmt.Sprint("d_", printing)}
				do(c, func() Code { return m.ofTicket("print", tk, "", "") })
				if h.s.Print(c.ID) != nil && rapid.Bool().Draw(t, "ends") {
					do(EndPrint{c.ID, c.Device, PrintDone, ""}, func() Code { return "" })
				}
			}),
			"counter": verb(func() {
				n, what := counter(), rapid.SampledFrom([]string{"open", "open", "pause", "close"}).Draw(t, "what")
				c := map[string]Command{"open": OpenCounter{n}, "pause": PauseCounter{n}, "close": CloseCounter{n}}[what]
				do(c, func() Code { return m.counter(what, n) })
			}),
			"policy": verb(func() {
				p := h.s.Policy
				p.Mode, p.Every = rapid.SampledFrom([]Mode{Strict, Interleaved}).Draw(t, "mode"), rapid.IntRange(1, 3).Draw(t, "every")
				changed := p.Mode != h.s.Policy.Mode || p.Every != h.s.Policy.Every
				do(SetPolicy{p}, func() Code {
					m.strict, m.every = p.Mode == Strict, p.Every
					if changed {
						clear(m.credit)
						for _, o := range m.people {
							o.cost = 0
						}
					}
					return ""
				})
			}),
			"minutes pass": verb(func() {
				h.now = h.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "tens")) * 10 * time.Second)
				do(Tick{}, func() Code { return "" })
			}),
			"the clock is set back": verb(func() {
				h.now = h.now.Add(-time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			}),
			"a night passes": verb(func() {
				if rapid.IntRange(0, 7).Draw(t, "rarely") == 0 {
					h.now = h.now.Add(24 * time.Hour)
					do(Tick{}, func() Code { return "" })
				}
			}),
			"end day": verb(func() {
				if rapid.IntRange(0, 7).Draw(t, "rarely") == 0 {
					do(EndDay{}, func() Code { return m.endDay() })
				}
			}),
			"restart": verb(func() {
				s, err := RestoreSnapshot(must(h.s.Snapshot()))
				if err != nil {
					t.Fatal(err)
				}
				h.s = s // everything goes on from the snapshot
			}),
			"": func(t *rapid.T) {
				if err := errors.Join(m.differs(h.s), soundState(h.s), positionsAgree(h.s), soundLog(h.records)); err != nil {
					t.Fatal(err)
				}
				if len(h.records)%8 == 0 {
					if err := h.replays(); err != nil {
						t.Fatal(err)
					}
				}
			},
		})
		if err := h.replays(); err != nil {
			t.Fatal(fmt.Errorf("at the end: %w", err))
		}
	})
}

// positionsAgree: Position may decline to answer, but an answer is the order's, and
// the counts behind it are those of the line.
func positionsAgree(s *State) error {
	for _, l := range s.Lines {
		var counted Line
		for _, id := range l.Waiting {
			counted.count(s.Tickets[id], 1)
		}
		if counted.priorities != l.priorities || counted.passable != l.passable {
			return fmt.Errorf("line %s counts %d priority and %d passable tickets; there are %d and %d", l.ID, l.priorities, l.passable, counted.priorities, counted.passable)
		}
		for i, c := range s.LineOrder(l.ID, s.LastAt) {
			if got, known := s.Position(c.Ticket); known && got != i+1 {
				return fmt.Errorf("%s is at place %d of %s; Position says %d", c.Ticket.Number, i+1, l.ID, got)
			}
		}
	}
	return nil
}
