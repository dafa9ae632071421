package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/hub"
	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/view"
)

func TestADiskWithoutSpaceAnswersErrStorageLosesNothingAndHealsByItself(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.hub.watch("board/a")
		first := w.issue()
		w.do("a", queue.CallNext{Counter: 1})
		before := w.state("a")
		w.log.fill(true)
		lost := newID()
		call := Call{Key: "k", Hash: []byte{1}}
		for range 3 {
			_, err := w.e.Do(context.Background(), "a", queue.Issue{ID: lost, Service: "x"}, call)
			refused(t, err, ErrStorage)
			refused(t, err, journal.ErrNoSpace)
		}
		_, err := w.try("a", queue.Finish{Counter: 1})
		refused(t, err, ErrStorage)
		if now := w.state("a"); now != before {
			t.Fatalf("after the refusal the state is\n%s\nand it was\n%s", now, before)
		}
		if _, taken := w.e.index.get(lost); taken {
			t.Fatal("the refused id is still claimed")
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if b := w.hub.board(t); b.Trouble != troubleStorage || b.Calls[0].Call != 1 {
			t.Fatalf("the board says trouble %q", b.Trouble)
		}
		if p, err := w.e.Ticket(context.Background(), queue.TicketID(first.ID)); err != nil || p.Trouble != troubleStorage {
			t.Fatal(p.Trouble, err)
		}
		if err := w.e.Ready(context.Background()); !errors.Is(err, ErrStorage) {
			t.Fatal(err)
		}
		// The id that was refused here is free elsewhere once there is space.
		w.log.fill(false)
		time.Sleep(probeEvery + 100*time.Millisecond)
		synctest.Wait()
		if b := w.hub.board(t); b.Trouble != "" {
			t.Fatalf("with space again the board still says %q", b.Trouble)
		}
		r, err := w.e.Do(context.Background(), "a", queue.Issue{ID: lost, Service: "x"}, call)
		if err != nil || r.Repeated || !r.Created || r.Ticket.Number != "A002" {
			t.Fatalf("the refused request again: %+v, %v", r, err)
		}
		w.crash()
		if p, err := w.e.Ticket(context.Background(), lost); err != nil || p.Ticket.Number != "A002" {
			t.Fatal(p, err)
		}
	})
}

func TestReadsDoNotKeepAFullDiskFromBeingTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.log.fill(true)
		_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
		refused(t, err, ErrStorage)
		w.log.fill(false)
		var trouble string
		for range 50 { // someone asks ten times a second
			time.Sleep(100 * time.Millisecond)
			w.e.View(context.Background(), "a", func(_ *queue.State, p view.Stamp) error {
				trouble = p.Trouble
				return nil
			})
		}
		if trouble != "" {
			t.Fatal("the trouble is still shown after five seconds with space")
		}
	})
}

func TestAFullDiskAtMidnightDoesNotSpinAndTheDayEndsWhenThereIsSpace(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id := queue.TicketID(w.issue().ID)
		w.until(0, "23:59")
		w.log.fill(true)
		tries := 0
		w.log.set(func(l *memLog) {
			inner := l.fault
			l.fault = func(a journal.Append) (error, bool) {
				tries++
				return inner(a)
			}
		})
		w.until(1, "00:10")
		w.log.mu.Lock()
		n := tries
		w.log.mu.Unlock()
		if n == 0 || n > 2*10*60/2+4 { // two centres, every two seconds
			t.Fatalf("%d appends in ten minutes", n)
		}
		w.log.fill(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if p, err := w.e.Ticket(context.Background(), id); err != nil || p.Ticket.State != "expired" {
			t.Fatal(p.Ticket.State, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.store.stream("a").seals == 0 {
			t.Error("the day was not sealed")
		}
	})
}

func TestACommitThatMayOrMayNotHaveHappenedStopsTheEngine(t *testing.T) {
	for _, persisted := range []bool{false, true} {
		t.Run(fmt.Sprintf("persisted=%t", persisted), func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				ctx := context.Background()
				w.hub.watch("board/a")
				w.issue()
				time.Sleep(time.Second)
				w.hub.watch("board/a")
				saves := w.store.stream("a").saves
				w.log.set(func(l *memLog) {
					l.fault = func(journal.Append) (error, bool) {
						return fmt.Errorf("%w: the test's fsync", journal.ErrAmbiguous), persisted
					}
				})
				id, call := newID(), Call{Key: "k", Hash: []byte{1}}
				_, err := w.e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, call)
				refused(t, err, ErrStorage)
				synctest.Wait()
				if err := <-w.ran; !errors.Is(err, journal.ErrAmbiguous) {
					t.Fatalf("Run returned %v", err)
				}
				w.log.set(func(l *memLog) { l.fault = nil })
				_, err = w.try("a", queue.CallNext{Counter: 1})
				refused(t, err, ErrStorage)
				err = w.e.View(ctx, "a", func(*queue.State, view.Stamp) error {
					t.Error("a state was shown of which nobody knows whether it is on disk")
					return nil
				})
				refused(t, err, ErrStorage)
				time.Sleep(time.Minute)
				if n := len(w.hub.of("board/a")); n != 0 {
					t.Errorf("%d boards were shown of such a state", n)
				}
				w.shut()
				if n := w.store.stream("a").saves; n != saves {
					t.Error("a snapshot was saved of such a state")
				}
				// The next process knows, and the repeated request is answered accordingly.
				w.open()
				r, err := w.e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, call)
				if err != nil || r.Repeated != persisted || r.Ticket.Number != "A002" {
					t.Fatalf("asked again: %+v, %v", r, err)
				}
			})
		})
	}
}

func TestABatchThatFailsIsRefusedWhole(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		go w.issue() // goes through; the others gather behind it
		synctest.Wait()
		ids := make([]queue.TicketID, 20)
		errs := make([]error, len(ids))
		for i := range ids {
			ids[i] = newID()
			go func() {
				_, errs[i] = w.e.Do(context.Background(), "a", queue.Issue{ID: ids[i], Service: "x"}, Call{Key: string(ids[i]), Hash: []byte{1}})
			}()
		}
		var domain error
		looked := -1
		go func() { _, domain = w.try("a", queue.Recall{Counter: 2}) }()
		go w.e.View(context.Background(), "a", func(s *queue.State, _ view.Stamp) error {
			looked = len(s.Tickets)
			return nil
		})
		synctest.Wait()
		n := 0
		w.log.set(func(l *memLog) {
			l.gate = nil
			l.fault = func(journal.Append) (error, bool) {
				if n++; n == 1 {
					return nil, false
				}
				return journal.ErrNoSpace, false
			}
		})
		close(gate)
		synctest.Wait()
		for _, err := range errs {
			refused(t, err, ErrStorage)
		}
		refused(t, domain, ErrStorage) // it was decided on a state that never was
		if looked != 1 {
			t.Errorf("a look with the failed batch saw %d tickets", looked)
		}
		w.log.fill(false)
		for i, id := range ids {
			r, err := w.e.Do(context.Background(), "a", queue.Issue{ID: id, Service: "x"}, Call{Key: string(id), Hash: []byte{1}})
			if want := fmt.Sprintf("A%03d", i+2); err != nil || r.Repeated || r.Ticket.Number != want {
				t.Fatalf("again: %+v, %v; want %s", r, err, want)
			}
		}
	})
}

func TestACommandWithAKeyIsCarriedOutOnceAlsoAfterACrash(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for range 9 {
			w.issue()
		}
		call := Call{Key: "an/1", Hash: []byte{1}}
		first, err := w.e.Do(ctx, "a", queue.CallNext{Counter: 1, Finish: true}, call)
		if err != nil || first.Repeated {
			t.Fatal(first, err)
		}
		same := func(when string) {
			t.Helper()
			r, err := w.e.Do(ctx, "a", queue.CallNext{Counter: 1, Finish: true}, call)
			if err != nil || !r.Repeated || r.Ticket.ID != first.Ticket.ID || r.Ticket.State != "called" || r.Ticket.Call != first.Ticket.Call {
				t.Fatalf("%s the answer is %+v, %v", when, r, err)
			}
			_, err = w.e.Do(ctx, "a", queue.CallNext{Counter: 1, Finish: true}, Call{Key: "an/1", Hash: []byte{2}})
			refused(t, err, ErrKeyReused)
		}
		same("at once")
		w.crash()
		same("after a crash")
		w.restart()
		same("after a restart")
		// At the same time: one is carried out.
		replies := make(chan Reply, 16)
		for range 16 {
			go func() {
				r, err := w.e.Do(ctx, "a", queue.CallNext{Counter: 2}, Call{Key: "an/2", Hash: []byte{3}})
				if err != nil {
					t.Error(err)
				}
				replies <- r
			}()
		}
		fresh, ticket := 0, ""
		for range 16 {
			r := <-replies
			if !r.Repeated {
				fresh++
			}
			if ticket == "" {
				ticket = r.Ticket.ID
			}
			if r.Ticket.ID != ticket {
				t.Error("one key was answered with two tickets")
			}
		}
		if fresh != 1 {
			t.Fatalf("%d of 16 were carried out", fresh)
		}
		// What was refused or changed nothing is not remembered.
		busy := Call{Key: "an/3", Hash: []byte{4}}
		_, err = w.e.Do(ctx, "a", queue.CallNext{Counter: 2}, busy)
		refused(t, err, queue.ErrCounterBusy)
		w.do("a", queue.Finish{Counter: 2})
		if r, err := w.e.Do(ctx, "a", queue.CallNext{Counter: 2}, busy); err != nil || r.Repeated {
			t.Fatal(r, err)
		}
		// Over the seal of its day, for 48 hours.
		w.until(1, "09:00")
		if w.store.stream("a").seals == 0 {
			t.Fatal("no seal")
		}
		same("the day after")
		w.crash()
		same("the day after, after a crash")
		w.until(1, "09:59")
		same("47 hours later")
		w.until(0, "10:01")
		r, err := w.e.Do(ctx, "a", queue.CallNext{Counter: 1, Finish: true}, call)
		if err != nil || r.Repeated {
			t.Fatalf("after 48 hours: %+v, %v", r, err)
		}
	})
}

func TestAConflictIsCaughtUpWithAndDecidedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.hub.watch("board/a")
		other := &world{t: t, store: w.store, hub: &screens{docs: map[hub.Topic][]hub.Doc{}}}
		other.open()
		ids := make([]queue.TicketID, 10)
		for i := range ids { // by turns: each finds the other's record before its own
			ids[i] = newID()
			e := []*world{w, other}[i%2]
			r, err := e.e.Do(ctx, "a", queue.Issue{ID: ids[i], Service: "x"}, Call{Key: string(ids[i]), Hash: []byte{1}})
			if want := fmt.Sprintf("A%03d", i+1); err != nil || r.Ticket.Number != want || !r.Created {
				t.Fatalf("%+v, %v; want %s", r, err, want)
			}
		}
		// A repeated request at the other writer is known to it once it has caught up.
		if r, err := w.e.Do(ctx, "a", queue.Issue{ID: ids[9], Service: "x"}, Call{}); err != nil || r.Created && r.Ticket.Number == "A010" {
			t.Fatal(r, err)
		}
		called := map[string]bool{}
		for i := range ids {
			e := []*world{w, other}[i%2]
			r, err := e.e.Do(ctx, "a", queue.CallNext{Counter: 1, Finish: i > 0}, Call{})
			if err != nil || called[r.Ticket.ID] {
				t.Fatal(r, err)
			}
			called[r.Ticket.ID] = true
		}
		// One that loses always is told to come again, and loses no id by it.
		lost := newID()
		w.log.set(func(l *memLog) { l.fault = func(journal.Append) (error, bool) { return journal.ErrConflict, false } })
		_, err := w.try("b", queue.Issue{ID: lost, Service: "x"})
		refused(t, err, ErrBusy)
		if _, claimed := w.e.index.get(lost); claimed {
			t.Error("the id of a lost attempt is still claimed")
		}
		w.log.fill(false)
		if len(w.ran) > 0 {
			t.Fatal("conflicts stopped the engine")
		}
		w.do("b", queue.Issue{ID: lost, Service: "x"})
		other.shut()
		w.issue() // catches up with the last of the other's records
	})
}

func TestADayIsSealedAgainAfterAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id := queue.TicketID(w.issue().ID)
		w.until(0, "23:59")
		w.log.set(func(l *memLog) { l.full = journal.ErrNoSpace }) // of snapshots and seals only
		w.until(1, "00:30")
		if w.store.stream("a").seals != 0 {
			t.Fatal("sealed on a full disk")
		}
		page := func(when string) {
			t.Helper()
			p, err := w.e.Ticket(context.Background(), id)
			if err != nil || p.Ticket.State != "expired" || p.Ticket.Number != "A001" {
				t.Fatalf("%s: %+v, %v", when, p.Ticket, err)
			}
		}
		page("not sealed yet")
		if r := w.do("a", queue.Issue{ID: id, Service: "x"}); r.Created || r.Ticket.State != "expired" {
			t.Fatalf("issued again: %+v", r)
		}
		w.log.fill(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.store.stream("a").seals != 1 {
			t.Fatalf("%d seals", w.store.stream("a").seals)
		}
		page("sealed")
		if _, open := w.e.index.get(id); open {
			t.Error("the id is still in memory")
		}
		// A crash between the day's end and its seal.
		w.issue()
		w.until(0, "23:59")
		w.log.set(func(l *memLog) { l.full = journal.ErrNoSpace })
		w.until(1, "00:01")
		w.crash()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := w.store.stream("a").seals; n != 2 {
			t.Fatalf("%d seals after the crash", n)
		}
		if !strings.Contains(w.state("a"), `"tickets":{}`) {
			t.Error("tickets of the day before are still in the state")
		}
	})
}
