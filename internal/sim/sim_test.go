package sim

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// little is a day with everything in it.
func little() Scenario {
	services := []Service{{"chung-thuc", 3, 4 * time.Minute}, {"ho-tich", 2, 8 * time.Minute}}
	counters := []Counter{{1, []string{"chung-thuc"}}, {2, []string{"chung-thuc", "ho-tich"}}, {3, []string{"ho-tich"}}}
	return Scenario{Name: "little", Open: 4 * time.Hour, Seed: 7,
		Behaviour: Behaviour{Priority: 0.2, NoShow: 0.15, Return: 0.6, Transfer: 0.15, Park: 0.15, Recall: 0.3, Cancel: 0.05, PutBack: 0.1, Finish: 0.5},
		Centers: []Center{
			{ID: "thuan-hoa", Tickets: 60, Services: services, Counters: counters},
			{ID: "an-cuu", Tickets: 30, Services: services, Counters: counters},
		}}
}

// play sends the crowd to a city in a bubble of time.
func play(t *testing.T, lies lie, change func(*city, *Options)) (r Result, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// Ten in the morning, far from the centre's midnight.
		time.Sleep(time.Until(time.Date(2025, 7, 14, 10, 0, 0, 0, time.FixedZone("", 7*3600))))
		c := newCity(little())
		c.lie, c.delay = lies, time.Millisecond
		o := Options{Scenario: little(), Link: c, Speed: 60, Displays: 2, Phones: true}
		if change != nil {
			change(c, &o)
		}
		r, err = Run(t.Context(), o)
	})
	return r, err
}

func TestAnHonestServerHoldsEveryPromise(t *testing.T) {
	for _, speed := range []float64{0, 60, 1} {
		r, err := play(t, lie{}, func(_ *city, o *Options) { o.Speed = speed })
		if err != nil || len(r.Broken) > 0 {
			t.Fatalf("at speed %v: %v, %q", speed, err, r.Broken)
		}
		if r.Issued != 90 || r.Over != r.Visits || r.Visits != 90 || r.Phones != 90 || r.Screens != 4 ||
			r.NoShows == 0 || r.Returned == 0 || r.Moved == 0 || r.Parked == 0 || r.Finished < 70 || r.Calls < 90 {
			t.Errorf("at speed %v: %+v", speed, r)
		}
		if r.Issue.N != 90 || r.Screen.N == 0 || r.Phone.N == 0 || r.Call.P99 < r.Call.P50 || r.Call.Max < r.Call.P99 {
			t.Errorf("latencies at speed %v: %+v %+v %+v %+v", speed, r.Issue, r.Call, r.Screen, r.Phone)
		}
		if speed == 1 && r.Took < 3*time.Hour {
			t.Errorf("a day at its own pace took %s", r.Took)
		}
	}
}

// Midnight ends a day under the crowd's feet: what expires is no promise broken.
func TestTheCrowdMayStayPastMidnight(t *testing.T) {
	r, err := play(t, lie{}, func(c *city, o *Options) {
		c.now = func() time.Time { return time.Now().Add(12*time.Hour + 30*time.Minute) } // 22:30
		o.Speed = 1
	})
	if err != nil || len(r.Broken) > 0 || r.Over != r.Visits {
		t.Errorf("%v, %d of %d, %q", err, r.Over, r.Visits, r.Broken)
	}
}

// Each lie of a server is found and named.
func TestEachLieIsFoundAndNamed(t *testing.T) {
	once := func() func(bool) bool { // true for the first true
		done := false
		return func(now bool) bool {
			if done || !now {
				return false
			}
			done = true
			return true
		}
	}
	first := once()
	second := once()
	third := once()
	for _, c := range []struct {
		name, want string
		lie        lie
		err        error
	}{
		{"a number twice", "no number twice", lie{issued: func(n int, t *view.Ticket) {
			if n == 10 {
				t.Number = "A001"
			}
			if n == 11 {
				t.Number = "A001"
			}
		}}, nil},
		{"a ticket at two counters", "no ticket at two counters", lie{called: func(h *building, n queue.CounterID, t *view.Ticket) {
			for _, o := range h.s.Counters {
				if o.Number != n && o.Ticket != "" && first(true) {
					t.ID = string(o.Ticket)
				}
			}
		}}, nil},
		{"a call missing on the boards", "no board drops a call", lie{board: func(b *view.Board) {
			for i, c := range b.Calls {
				if c.Call == 7 {
					b.Calls = append(b.Calls[:i], b.Calls[i+1:]...)
					return
				}
			}
		}}, nil},
		{"a call missing everywhere", "no call is lost", lie{
			board: func(b *view.Board) {
				for i, c := range b.Calls {
					if c.Call == 7 {
						b.Calls = append(b.Calls[:i], b.Calls[i+1:]...)
						return
					}
				}
			},
			calls: func(calls []view.BoardCall) (out []view.BoardCall) {
				for _, c := range calls {
					if c.Call != 7 {
						out = append(out, c)
					}
				}
				return out
			}}, nil},
		{"a call repeated", "no call is shown twice", lie{board: func(b *view.Board) {
			if n := len(b.Calls); n > 8 {
				b.Calls = append(b.Calls, b.Calls[n-1])
			}
		}}, nil},
		{"calls out of order", "calls are in order", lie{board: func(b *view.Board) {
			if n := len(b.Calls); n > 8 {
				b.Calls[n-1], b.Calls[n-2] = b.Calls[n-2], b.Calls[n-1]
			}
		}}, nil},
		{"a screen that sends people elsewhere", "a call stays as it was", lie{board: func(b *view.Board) {
			for i := range b.Calls {
				if b.Calls[i].Call == 5 {
					b.Calls[i].Counter = 9
				}
			}
		}}, nil},
		{"a call nobody asked for", "only what a clerk asks for is called", lie{called: func(h *building, n queue.CounterID, _ *view.Ticket) {
			if len(h.s.Calls) == 6 && second(true) {
				if _, err := queue.Decide(h.s, queue.Recall{Counter: n}, queue.Meta{Now: h.s.LastAt}); err != nil {
					panic(err)
				}
			}
		}}, nil},
		{"a phone that is told nothing", "every phone is told its call", lie{phone: func(p *view.TicketPage) bool { return !strings.HasSuffix(p.Ticket.Number, "007") }}, nil},
		{"a phone that is not told its call", "every phone is told its call", lie{phone: func(p *view.TicketPage) bool {
			p.Ticket.Call = 0
			return true
		}}, nil},
		{"a phone that is sent elsewhere", "was sent to another counter", lie{phone: func(p *view.TicketPage) bool {
			if p.Ticket.Counter != nil {
				n := 9
				p.Ticket.Counter = &n
			}
			return true
		}}, nil},
		{"a finish that is not kept", "a ticket is where its people brought it", lie{ticket: func(t *view.Ticket) {
			if strings.HasSuffix(t.Number, "003") && t.State == "done" {
				t.State = "serving"
			}
		}}, nil},
		{"a number that changes", "a number is kept", lie{ticket: func(t *view.Ticket) {
			if t.Number == "A004" {
				t.Number = "A400"
			}
		}}, nil},
		{"a person who is never called", "everyone is called", lie{command: func(h *building, verb string, _ queue.Command) bool {
			if verb == "call-next" && third(len(h.s.Tickets) >= 20 && len(h.s.Lines[0].Waiting) > 0) {
				h.s.Lines[0].Waiting = h.s.Lines[0].Waiting[:0]
			}
			return false
		}}, ErrStill},
		{"a stranger", "only tickets of this day are called", lie{called: func(h *building, _ queue.CounterID, t *view.Ticket) {
			if t.Number == "A005" {
				t.ID = "0000000000000000"
			}
		}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := play(t, c.lie, nil)
			if c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("the run ended with %v", err)
			}
			if !strings.Contains(strings.Join(r.Broken, "\n"), c.want) {
				t.Errorf("wanted %q, got %v and\n%s", c.want, err, strings.Join(r.Broken, "\n"))
			}
		})
	}
}

// A crowd that is sent home tells what it saw, and takes no half-sent command for a
// promise broken.
func TestACrowdThatIsSentHomeAccusesNobody(t *testing.T) {
	for _, after := range []time.Duration{time.Millisecond, 37 * time.Second, 111 * time.Second, 3 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(10 * time.Hour)
			c := newCity(little())
			c.delay = 3 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			r, err := Run(ctx, Options{Scenario: little(), Link: c, Speed: 60, Displays: 2, Phones: true})
			if !errors.Is(err, context.DeadlineExceeded) || len(r.Broken) > 0 || r.Over >= r.Visits {
				t.Errorf("after %s: %v, %d of %d, %q", after, err, r.Over, r.Visits, r.Broken)
			}
			var sb strings.Builder
			r.Print(&sb)
			if !strings.Contains(sb.String(), "visits were over when it stopped; no promise was broken until then.") || strings.Contains(sb.String(), "Every promise held") {
				t.Errorf("it prints\n%s", sb.String())
			}
		})
	}
}

func TestACentreInUseIsLeftAlone(t *testing.T) {
	_, err := play(t, lie{}, func(c *city, _ *Options) {
		if _, err := c.do(c.halls["an-cuu"], queue.Issue{ID: "0000000000000001", Service: "ho-tich"}); err != nil {
			t.Error(err)
		}
	})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "an-cuu") || !strings.Contains(err.Error(), "ho-tich") {
		t.Errorf("the run ended with %v", err)
	}
}

func TestProgressCountsUpToEveryVisit(t *testing.T) {
	last, total := -1, 0
	_, err := play(t, lie{}, func(_ *city, o *Options) {
		o.Progress = func(done, all int) {
			if done < last {
				t.Errorf("progress went back from %d to %d", last, done)
			}
			last, total = done, all
		}
	})
	if err != nil || last != 90 || total != 90 {
		t.Errorf("%v, %d of %d", err, last, total)
	}
}

func TestTheTableIsReadable(t *testing.T) {
	var sb strings.Builder
	Result{Scenario: "little", Visits: 2, Over: 2, Issued: 2, Calls: 3, Issue: Percentiles{2, time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond, 2500 * time.Microsecond},
		Broken: []string{"no number twice: A001"}}.Print(&sb)
	for _, want := range []string{"2 issued, 3 calls", "issue  2  1.00 ms  2.00 ms  2.00 ms  2.50 ms", "BROKEN: no number twice: A001"} {
		if !strings.Contains(sb.String(), want) {
			t.Errorf("%q is missing in\n%s", want, sb.String())
		}
	}
	if strings.Contains(sb.String(), "Every promise held") {
		t.Error("it says that every promise held")
	}
}
