package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

func (w *world) page(id string) string {
	w.t.Helper()
	p, err := w.e.Ticket(context.Background(), queue.TicketID(id))
	if err != nil {
		w.t.Fatalf("ticket %s: %v", id, err)
	}
	return p.Ticket.Number + " " + p.Ticket.State
}

func TestADayEndsByItsTimerAndItsTicketsAreFoundForEver(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.hub.watch("board/a")
		done, held, parked, waits := w.issue().ID, w.issue().ID, w.issue().ID, w.issue().ID
		w.do("a", queue.CallNext{Counter: 1})
		w.do("a", queue.CallNext{Counter: 1, Finish: true})
		w.do("a", queue.CallNext{Counter: 2})
		w.do("a", queue.Park{Counter: 2})
		w.until(1, "00:01") // nobody asks anything
		if b := w.hub.board(t); b.Services[0].Waiting != 0 {
			t.Fatalf("%d wait on the board of the new day", b.Services[0].Waiting)
		}
		if w.store.stream("a").seals != 1 {
			t.Fatalf("%d seals", w.store.stream("a").seals)
		}
		want := map[string]string{done: "A001 done", held: "A002 called", parked: "A003 expired", waits: "A004 expired"}
		check := func(when string) {
			t.Helper()
			for id, s := range want {
				if got := w.page(id); got != s {
					t.Errorf("%s: %s, want %s", when, got, s)
				}
				r := w.do("a", queue.Issue{ID: queue.TicketID(id), Service: "x"})
				if r.Created || r.Ticket.Number+" "+r.Ticket.State != s {
					t.Errorf("%s: issued again: %+v, want %s", when, r, s)
				}
				_, err := w.try("b", queue.Issue{ID: queue.TicketID(id), Service: "x"})
				refused(t, err, ErrIDTaken)
				if c, err := w.e.CenterOf(ctx, queue.TicketID(id)); err != nil || c != "a" {
					t.Errorf("%s: centre %s, %v", when, c, err)
				}
				if _, err := w.e.Doc(ctx, hub.Topic("ticket/a/"+id)); err != nil {
					t.Errorf("%s: a phone that looks at its ticket gets %v", when, err)
				}
			}
		}
		check("after midnight")
		fresh := w.issue()
		if fresh.Number != "A001" {
			t.Errorf("the first number of the day is %s", fresh.Number)
		}
		w.restart()
		check("after a restart")
		w.do("a", queue.Finish{Counter: 1})
		want[held] = "A002 done"
		w.do("a", queue.Reopen{Counter: 1})
		w.do("a", queue.Finish{Counter: 1})
		check("when the held one was finished")
		w.crash()
		check("after a crash")
		w.until(1, "00:01")
		want[fresh.ID] = "A001 expired"
		check("a day later")
		w.e.index.mu.RLock()
		n := len(w.e.index.m)
		w.e.index.mu.RUnlock()
		if n != 0 {
			t.Errorf("%d ids of days that are over are still in memory", n)
		}
		w.crash()
		check("a day later, after a crash")
	})
}

func TestADayIsTurnedByTheFirstCommandAfterItToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.until(0, "23:59")
		old := w.issue()
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		go w.issue() // the append hangs over midnight, so the timer is late
		synctest.Wait()
		again, next := make(chan Reply, 1), make(chan Reply, 1)
		w.until(1, "00:00")
		go func() { again <- w.do("a", queue.Issue{ID: queue.TicketID(old.ID), Service: "x"}) }()
		synctest.Wait()
		go func() { next <- w.do("a", queue.Issue{ID: newID(), Service: "x"}) }()
		synctest.Wait()
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		if r := <-again; r.Created || r.Ticket.Number != "A001" || r.Ticket.State != "expired" {
			t.Errorf("yesterday's id just after midnight: %+v", r)
		}
		r := <-next
		if r.Ticket.Number != "A001" || r.Ticket.Day != "2000-01-02" {
			t.Errorf("today's first ticket: %+v", r.Ticket)
		}
		w.until(1, "00:01") // today's first stands in the batch that began the day: it is found as well
		if got := w.page(r.Ticket.ID); got != "A001 expired" {
			t.Errorf("a day later the first ticket of the day is %s", got)
		}
	})
}

func TestADayEndedByHandStaysEndedUntilMidnight(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		held, waits := w.issue().ID, w.issue().ID
		w.do("a", queue.CallNext{Counter: 1})
		w.do("a", queue.EndDay{})
		if got := w.page(waits); got != "A002 expired" {
			t.Error(got)
		}
		_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
		refused(t, err, queue.ErrDayEnded)
		w.do("a", queue.Finish{Counter: 1})
		w.crash()
		_, err = w.try("a", queue.Issue{ID: newID(), Service: "x"})
		refused(t, err, queue.ErrDayEnded)
		w.until(1, "00:01")
		if n := w.issue().Number; n != "A001" {
			t.Error(n)
		}
		if a, b := w.page(held), w.page(waits); a != "A001 done" || b != "A002 expired" {
			t.Error(a, b)
		}
	})
}

func TestStartingReadsTodaysRecordsOnly(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for range 6 {
			for range 10 {
				w.issue()
			}
			w.until(1, "08:00")
		}
		first := w.issue()
		today := w.store.streams["a"].last()
		w.crash()
		w.log.mu.Lock()
		reads := slices.Clone(w.log.reads)
		w.log.mu.Unlock()
		// Each centre's records since midnight: the day's start, and one ticket at a.
		if len(reads) > 8 {
			t.Errorf("%d entries were read at the start: %v of %d", len(reads), reads, today)
		}
		if got := w.page(first.ID); got != "A001 waiting" {
			t.Error(got)
		}
	})
}

func TestALongDaySavesSnapshotsLessAndLessOften(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.every = 1000
		w.restart()
		saves := w.store.stream("a").saves
		const n = 7*1000 + 500
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				for range n / 100 {
					w.issue()
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		if k := w.store.stream("a").saves - saves; k != 3 {
			t.Fatalf("%d records made %d snapshots, want 3: at one, three and seven thousand", n, k)
		}
	})
}

func TestMidnightUnderLoadLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.until(0, "23:59")
		type got struct{ id, number, day string }
		all := make(chan got, 100_000)
		var wg sync.WaitGroup
		stop := w.now().Add(2 * time.Minute)
		for i := range 8 {
			wg.Go(func() {
				for k := 0; w.now().Before(stop); k++ {
					r := w.do([]queue.CenterID{"a", "b"}[i%2], queue.Issue{ID: newID(), Service: "x"})
					all <- got{r.Ticket.ID, string('a'+rune(i%2)) + r.Ticket.Number, r.Ticket.Day}
					time.Sleep(time.Duration(300+17*i) * time.Millisecond)
				}
			})
		}
		for i := range 2 {
			wg.Go(func() {
				for w.now().Before(stop) {
					w.do("a", queue.CallNext{Counter: queue.CounterID(i + 1), Finish: true})
					time.Sleep(600 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		close(all)
		days, seen := map[string]int{}, map[string]bool{}
		for g := range all {
			if key := g.day + g.number; seen[key] {
				t.Fatalf("%s twice", key)
			} else {
				seen[key] = true
			}
			if days[g.day]++; days[g.day]%50 != 1 {
				continue
			}
			if _, err := w.e.Ticket(context.Background(), queue.TicketID(g.id)); err != nil {
				t.Fatalf("%+v: %v", g, err)
			}
		}
		if days["2000-01-01"] < 500 || days["2000-01-02"] < 500 || len(days) != 2 {
			t.Fatalf("tickets by day: %v", days)
		}
	})
}

func TestAnOpeningHourIsShownWhenItComes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.SetHours{Hours: queue.Hours{Periods: []queue.Period{{From: "01-01", To: "12-31",
			Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, Spans: []queue.Span{{From: "07:30", To: "11:30"}, {From: "13:00", To: "17:00"}}}}}})
		w.hub.watch("board/a")
		for _, hm := range []string{"11:30", "13:00", "17:00"} {
			at, _ := time.Parse("15:04", hm)
			w.until(0, at.Add(-time.Minute).Format("15:04"))
			w.hub.watch("board/a")
			w.until(0, at.Add(time.Minute).Format("15:04"))
			if n := len(w.hub.of("board/a")); n != 1 {
				t.Errorf("%d boards at %s", n, hm)
			}
		}
	})
}

func TestAForwardJumpOfTheClockHoldsRecordsUntilItIsConfirmed(t *testing.T) {
	release := map[string]func(*world){
		"confirmed by an admin":   func(w *world) { w.e.ConfirmClock("an") },
		"synchronised by kernel":  func(w *world) { w.synced.Store(true) },
		"set back where it was":   func(w *world) { w.setClock(-365 * 24 * time.Hour) },
		"confirmed over midnight": func(w *world) { time.Sleep(15 * time.Hour); w.e.ConfirmClock("an") },
	}
	for how, f := range release {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				ctx := context.Background()
				w.hub.watch("board/a")
				call := Call{Key: "k", Hash: []byte{1}}
				id := newID()
				if _, err := w.e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, call); err != nil {
					t.Fatal(err)
				}
				w.setClock(4 * time.Minute) // allowed
				w.issue()
				entries := w.store.pos
				w.setClock(365 * 24 * time.Hour)
				_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
				refused(t, err, ErrClock)
				refused(t, w.e.Ready(ctx), ErrClock)
				if s := w.e.Clock(); !s.Held || s.Reason == "" {
					t.Errorf("status %+v", s)
				}
				if r, err := w.e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, call); err != nil || !r.Repeated {
					t.Errorf("an answer given before is not given again: %+v, %v", r, err)
				}
				if n := w.log.probes; n > 1 {
					t.Errorf("%d probes", n)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if b := w.hub.board(t); b.Trouble != troubleClock {
					t.Errorf("the board says trouble %q", b.Trouble)
				}
				if w.store.pos != entries {
					t.Fatal("something was recorded while the clock was not trusted")
				}
				f(w)
				time.Sleep(time.Minute)
				synctest.Wait()
				if s := w.e.Clock(); s.Held {
					t.Fatalf("status %+v", s)
				}
				w.issue()
				if b := w.hub.board(t); b.Trouble != "" {
					t.Errorf("the board says trouble %q", b.Trouble)
				}
			})
		})
	}
}

func TestAClockSetBackReopensNoDay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.until(1, "00:10")
		first := w.issue()
		w.setClock(-time.Hour)
		second := w.issue()
		if first.Day != second.Day || second.Number != "A002" || second.IssuedAt.Before(first.IssuedAt) {
			t.Errorf("%+v after %+v", second, first)
		}
		w.crash()
		if third := w.issue(); third.Number != "A003" || third.Day != first.Day {
			t.Errorf("%+v", third)
		}
		time.Sleep(2 * time.Hour)
		if n := w.issue().Number; n != "A004" {
			t.Error(n)
		}
	})
}

func TestAStartSixtyDaysAfterTheLastRecordIsHeld(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id := w.issue().ID
		w.shut()
		time.Sleep(59 * 24 * time.Hour)
		w.open()
		if w.e.Clock().Held {
			t.Fatal("held after 59 days")
		}
		w.issue()
		w.shut()
		time.Sleep(61 * 24 * time.Hour)
		w.open()
		_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
		refused(t, err, ErrClock)
		w.hub.watch("board/a")
		time.Sleep(time.Second)
		synctest.Wait()
		d, err := w.e.Doc(context.Background(), "board/a")
		if err != nil || len(d.Bytes) == 0 {
			t.Fatal(err)
		}
		w.e.ConfirmClock("an")
		time.Sleep(probeEvery + time.Second)
		if n := w.issue().Number; n != "A001" {
			t.Error(n)
		}
		if got := w.page(id); got != "A001 expired" {
			t.Error(got)
		}
	})
}

func TestAnArchivedTicketIsReadFromItsDayOnly(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var ids []string
		for range 8 {
			ids = append(ids, w.issue().ID)
			for range 5 {
				w.issue()
			}
			w.until(1, "08:00")
		}
		for i, id := range ids {
			w.log.set(func(l *memLog) { l.reads = nil })
			if got := w.page(id); got != "A001 expired" {
				t.Fatalf("day %d: %s", i, got)
			}
			if n := len(w.log.reads); n > 20 {
				t.Fatalf("day %d: %d entries were read for one ticket", i, n)
			}
		}
		if _, err := w.e.Ticket(context.Background(), newID()); !errors.Is(err, queue.ErrUnknownTicket) {
			t.Error(err)
		}
		if _, err := w.e.Resolve(context.Background(), "a", fmt.Sprintf("A%03d", 999)); !errors.Is(err, queue.ErrUnknownTicket) {
			t.Error(err)
		}
		n := w.issue()
		if id, err := w.e.Resolve(context.Background(), "a", " a001 "); err != nil || string(id) != n.ID {
			t.Error(id, err)
		}
	})
}

func TestAnArchivedTicketKeepsTheNamesOfItsDay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var center queue.CenterConfig
		var service queue.Service
		if err := w.e.View(context.Background(), "a", func(s *queue.State, _ view.Stamp) error {
			center, service = s.Center, s.Line("x").Service
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		rename := func(name string) {
			center.Name.VI, service.Name.VI = "Trung tâm "+name, "Lĩnh vực "+name
			w.do("a", queue.SetCenter{Config: center})
			w.do("a", queue.SetService{Service: service})
		}
		names := []string{"một", "hai", "ba"}
		var ids []string
		for _, name := range names {
			rename(name)
			ids = append(ids, w.issue().ID)
			w.until(1, "08:00")
		}
		rename("nay")
		w.do("a", queue.RemoveService{Service: "x"})
		for _, when := range []string{"running", "started again"} {
			for i, name := range names {
				p, err := w.e.Ticket(context.Background(), queue.TicketID(ids[i]))
				if err != nil {
					t.Fatal(err)
				}
				if p.CenterName.VI != "Trung tâm "+name || p.ServiceName.VI != "Lĩnh vực "+name {
					t.Errorf("%s: the ticket of day %d is of %q, %q", when, i, p.CenterName.VI, p.ServiceName.VI)
				}
			}
			w.restart()
		}
	})
}
