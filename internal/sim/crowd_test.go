package sim

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/queue"
)

// crowded runs the training crowd in a bubble of time.
func crowded(t *testing.T, f func(t *testing.T, c *city, s *queue.State)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2025, 7, 14, 10, 0, 0, 0, time.FixedZone("", 7*3600))))
		c := newCity(little())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			Crowd(ctx, c, little(), 1, slog.New(slog.DiscardHandler))
			close(done)
		}()
		f(t, c, c.halls["thuan-hoa"].s)
		cancel()
		<-done
	})
}

// after lets time pass and looks at the hall while nobody acts.
func after(c *city, d time.Duration, look func()) {
	time.Sleep(d) // of the bubble: it takes no time
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	look()
}

func TestTheCrowdKeepsTheBusiestCentreLively(t *testing.T) {
	crowded(t, func(t *testing.T, c *city, s *queue.State) {
		for range 60 { // through an hour
			after(c, time.Minute, func() {
				for _, l := range s.Lines {
					if len(l.Waiting) > 2*crowdLine {
						t.Fatalf("%d wait for %s", len(l.Waiting), l.ID)
					}
				}
			})
		}
		after(c, 0, func() {
			if s.LastCall < 20 {
				t.Errorf("%d calls in an hour", s.LastCall)
			}
			if n := s.Counter(3); n.State != queue.CounterClosed || n.Served != 0 {
				t.Errorf("the last counter is %s and has served %d", n.State, n.Served)
			}
			if n := len(c.halls["an-cuu"].s.Tickets); n != 0 {
				t.Errorf("%d tickets at the other centre", n)
			}
			waiting := 0
			for _, l := range s.Lines {
				waiting += len(l.Waiting)
			}
			if waiting == 0 {
				t.Error("nobody waits for whoever tries the demo")
			}
		})
	})
}

// A clerk who takes over a counter has it, and the crowd comes back when nobody
// has touched it for a while.
func TestTheCrowdGivesWay(t *testing.T) {
	crowded(t, func(t *testing.T, c *city, s *queue.State) {
		must := func(cmd queue.Command) {
			t.Helper()
			if _, err := c.do(c.halls["thuan-hoa"], cmd); err != nil {
				t.Fatalf("%T: %v", cmd, err)
			}
		}
		n := s.Counter(1)
		holding := func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return n.Ticket != "" && s.Tickets[n.Ticket].State == queue.Called
		}
		for !holding() {
			time.Sleep(time.Second)
		}
		after(c, 0, func() { must(queue.Start{Counter: 1}) }) // before the crowd does
		mine := n.Ticket
		after(c, 150*time.Second, func() {
			if n.Ticket != mine || s.Tickets[mine].State != queue.Serving {
				t.Errorf("counter 1 holds %s, which is %s", n.Ticket, s.Tickets[mine].State)
			}
			must(queue.CallNext{Counter: 1, Finish: true})
			mine = n.Ticket
		})
		after(c, 170*time.Second, func() {
			if n.Ticket != mine {
				t.Errorf("the crowd took the counter back after less than %s", crowdAway)
			}
			must(queue.Finish{Counter: 1})
			must(queue.CloseCounter{Counter: 1})
		})
		after(c, 170*time.Second, func() {
			if n.State != queue.CounterClosed {
				t.Errorf("the crowd opened the counter again: %s", n.State)
			}
		})
		var calls uint64
		after(c, 0, func() { calls = s.LastCall })
		after(c, 10*time.Minute, func() {
			if n.State != queue.CounterOpen || s.LastCall == calls {
				t.Errorf("the crowd did not come back: %s", n.State)
			}
		})
	})
}

// After a restart, counters hold tickets of the crowd from before.
func TestTheCrowdFindsItsCountersAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour)
		c := newCity(little())
		h := c.halls["thuan-hoa"]
		for _, cmd := range []queue.Command{queue.OpenCounter{Counter: 1}, queue.Issue{ID: "0000000000000001", Service: "chung-thuc"}, queue.CallNext{Counter: 1}} {
			if _, err := c.do(h, cmd); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		Crowd(ctx, c, little(), 1, slog.New(slog.DiscardHandler))
		if got := h.s.Tickets["0000000000000001"]; got.State != queue.Done {
			t.Errorf("the ticket from before is %s", got.State)
		}
		if h.s.LastCall < 4 {
			t.Errorf("%d calls", h.s.LastCall)
		}
	})
}
