package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/hub"
	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/view"
)

func TestNothingIsPublishedOrAcknowledgedBeforeItIsDurable(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.hub.watch("board/a")
		time.Sleep(time.Second)
		w.hub.watch("board/a") // forget what was shown
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		issued, looked := make(chan Reply, 1), make(chan int, 1)
		go func() { issued <- w.do("a", queue.Issue{ID: newID(), Service: "x"}) }()
		synctest.Wait()
		go func() {
			w.e.View(context.Background(), "a", func(s *queue.State, _ view.Stamp) error {
				looked <- len(s.Tickets)
				return nil
			})
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(issued) > 0 || len(looked) > 0 || len(w.hub.of("board/a")) > 0 {
			t.Fatalf("before the append ended: %d answers, %d looks, %d boards", len(issued), len(looked), len(w.hub.of("board/a")))
		}
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		if r := <-issued; r.Ticket.Number != "A001" || !r.Created {
			t.Fatalf("answer %+v", r)
		}
		if n := <-looked; n != 1 {
			t.Fatalf("a look saw %d tickets", n)
		}
		if b := w.hub.board(t); b.Services[0].Waiting != 1 {
			t.Fatalf("the board says %d wait", b.Services[0].Waiting)
		}
	})
}

func TestCommandsOfOneCentreAreDecidedInTheOrderInWhichTheyEnteredItsMailbox(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		numbers := make([]string, 600) // more than two batches
		for i := range numbers {
			go func() { numbers[i] = w.do("a", queue.Issue{ID: newID(), Service: "x"}).Ticket.Number }()
			synctest.Wait()
		}
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		synctest.Wait()
		for i, n := range numbers {
			if want := fmt.Sprintf("A%03d", i+1); n != want {
				t.Fatalf("request %d got %s", i+1, n)
			}
		}
		if n := len(w.store.streams["a"].entries); n > len(settings("a"))+5 {
			t.Fatalf("600 commands that waited together made %d appends", n)
		}
	})
}

func TestAFullMailboxAnswersErrBusyAtOnceAndNeverBlocksTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.mailbox = 4
		w.restart()
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		for range 5 { // one in hand, four in the mailbox
			go w.issue()
			synctest.Wait()
		}
		start := time.Now()
		_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
		refused(t, err, ErrBusy)
		if time.Since(start) != 0 {
			t.Error("the caller waited")
		}
		if _, err := w.try("b", queue.Issue{ID: newID(), Service: "zzz"}); err == nil {
			t.Error("no refusal")
		} else {
			refused(t, err, queue.ErrUnknownService) // another centre has its own mailbox
		}
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		synctest.Wait()
		if n := w.issue().Number; n != "A006" {
			t.Fatalf("the next number is %s", n)
		}
	})
}

func TestAClosedEngineHasAnsweredWhatWasInTheMailboxes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		errs := make(chan error, 1000)
		for range 1000 {
			go func() {
				_, err := w.try("a", queue.Issue{ID: newID(), Service: "x"})
				errs <- err
			}()
		}
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- w.e.Close(context.Background()) }()
		synctest.Wait()
		_, err := w.try("a", queue.CallNext{Counter: 1})
		refused(t, err, ErrStopping)
		_, err = w.try("b", queue.CallNext{Counter: 1})
		refused(t, err, ErrStopping)
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		w.open()
		if n := w.issue().Number; n != "A1001" {
			t.Fatalf("the next number is %s", n)
		}
	})
}

func TestACentreNobodyUsesLeavesMemoryAndComesBackOnDemand(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		first := w.issue()
		w.hub.watch("board/b")
		inMemory := func(name string) bool {
			w.e.mu.RLock()
			defer w.e.mu.RUnlock()
			return w.e.cells[name] != nil
		}
		d, err := w.e.Doc(context.Background(), "board/a")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if inMemory("a") || !inMemory("b") || !inMemory(CityStream) {
			t.Fatal("only the centre that nobody uses or watches should have left memory")
		}
		w.setClock(-time.Minute)
		again, err := w.e.Doc(context.Background(), "board/a")
		if err != nil || again.Version <= d.Version {
			t.Fatalf("version %d after %d: %v", again.Version, d.Version, err)
		}
		w.setClock(time.Minute)
		if n := w.issue().Number; n != "A002" || !inMemory("a") {
			t.Fatalf("number %s", n)
		}
		if p, err := w.e.Ticket(context.Background(), queue.TicketID(first.ID)); err != nil || *p.Ticket.Position != 1 {
			t.Fatal(p, err)
		}
		// The day of a centre out of memory ends all the same.
		time.Sleep(11 * time.Minute)
		w.until(1, "00:01")
		if !inMemory("a") {
			t.Error("its day ended, and it was not brought back")
		}
		if p, err := w.e.Ticket(context.Background(), queue.TicketID(first.ID)); err != nil || p.Ticket.State != "expired" {
			t.Fatal(p.Ticket.State, err)
		}
	})
}

func TestACallerWhoLeavesIsAnsweredAndWhatWasNotBegunIsNotDone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		gate := make(chan struct{})
		w.log.set(func(l *memLog) { l.gate = gate })
		go w.issue()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := w.e.Do(ctx, "a", queue.Issue{ID: newID(), Service: "x"}, Call{})
		refused(t, err, context.DeadlineExceeded)
		err = w.e.View(ctx, "a", func(*queue.State, view.Stamp) error {
			t.Error("a look was made for one who had left")
			return nil
		})
		refused(t, err, context.DeadlineExceeded)
		if d := time.Since(start); d != time.Second {
			t.Errorf("the caller left after %s", d)
		}
		w.log.set(func(l *memLog) { l.gate = nil })
		close(gate)
		synctest.Wait()
		if n := w.issue().Number; n != "A002" {
			t.Errorf("the next number is %s: the request of one who had left was carried out", n)
		}
	})
}

func TestBoardsAreShownAtOnceWhenIdleAndCoalescedWhenCallsComeFast(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for range 200 {
			w.issue()
		}
		w.hub.watch("board/a")
		time.Sleep(time.Second)
		w.hub.watch("board/a")
		start := time.Now()
		w.do("a", queue.CallNext{Counter: 1})
		if n := len(w.hub.of("board/a")); n != 1 || time.Since(start) != 0 {
			t.Fatalf("%d boards after a call at an idle centre, %s later", n, time.Since(start))
		}
		for range 50 { // in no time at all
			w.do("a", queue.CallNext{Counter: 1, Finish: true})
		}
		if n := len(w.hub.of("board/a")); n != 1 {
			t.Fatalf("%d boards within a moment", n)
		}
		time.Sleep(urgentGap + time.Millisecond)
		synctest.Wait()
		b := w.hub.board(t)
		if n := len(w.hub.of("board/a")); n != 2 {
			t.Fatalf("%d boards 8 ms later", n)
		}
		if len(b.Calls) < 20 || b.Calls[len(b.Calls)-1].Call != 51 {
			t.Fatalf("the board's calls end with %+v", b.Calls[len(b.Calls)-1])
		}
		for i := 1; i < len(b.Calls); i++ {
			if b.Calls[i].Call != b.Calls[i-1].Call+1 {
				t.Fatal("a call was skipped")
			}
		}
		// Only counts change: a board every 100 ms.
		time.Sleep(time.Second)
		w.hub.watch("board/a")
		for range 100 {
			w.issue()
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if n := len(w.hub.of("board/a")); n < 9 || n > 11 {
			t.Fatalf("%d boards in a second of issues", n)
		}
	})
}

func TestVersionsOnlyGrowAlsoOverARestartAndAClockSetBack(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		last := map[hub.Topic]int64{}
		topics := []hub.Topic{"board/a", "city"}
		look := func(when string) {
			t.Helper()
			for _, topic := range topics {
				d, err := w.e.Doc(ctx, topic)
				if err != nil || d.Version < last[topic] {
					t.Fatalf("%s: %s has version %d after %d: %v", when, topic, d.Version, last[topic], err)
				}
				last[topic] = d.Version
			}
		}
		grow := func(when string) {
			t.Helper()
			before := last["board/a"]
			w.issue()
			time.Sleep(time.Second)
			look(when)
			if last["board/a"] <= before {
				t.Fatalf("%s: the version stayed %d", when, before)
			}
		}
		grow("at first")
		w.crash()
		look("after a first crash")
		w.setClock(-2 * time.Hour)
		w.hub.watch("board/a")
		grow("an hour back")
		if n := len(w.hub.of("board/a")); n == 0 {
			t.Fatal("a clock set back holds the boards")
		}
		w.restart()
		topics = topics[:1] // the city's versions are kept by the clock alone
		look("after a restart")
		grow("after a restart")
		w.synced.Store(true)
		w.setClock(2 * time.Hour)
		grow("with the clock right again")
		w.crash()
		look("after a crash")
		grow("after a crash")
	})
}

func TestATicketIsSentToAPhoneOnlyWhenItChangedAndNeverTooSeldom(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		a, b := w.issue(), w.issue()
		topic := hub.Topic("ticket/a/" + b.ID)
		w.hub.watch(topic)
		if _, err := w.e.Doc(ctx, topic); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.hub.watch(topic)
		w.issue() // behind: nothing changes for b
		time.Sleep(time.Second)
		if n := len(w.hub.of(topic)); n != 0 {
			t.Fatalf("%d documents, though nothing changed", n)
		}
		w.do("a", queue.CallNext{Counter: 1}) // a
		time.Sleep(time.Second)
		if n := len(w.hub.of(topic)); n != 1 {
			t.Fatalf("%d documents after one change", n)
		}
		// One phone leaves, another comes between two publications and is given a state
		// that is taken back before the next.
		w.hub.leave(topic)
		w.issue() // shows a board now: the next is 100 ms away
		w.do("a", queue.PutBack{Counter: 1})
		time.Sleep(time.Second)
		w.do("a", queue.Issue{ID: newID(), Service: "y"})
		w.hub.watch(topic)
		w.do("a", queue.Cancel{Ticket: queue.TicketID(a.ID)})
		d, err := w.e.Doc(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		var seen view.TicketPage
		w.do("a", queue.Restore{Ticket: queue.TicketID(a.ID)})
		time.Sleep(time.Second)
		synctest.Wait()
		for _, d := range append([]hub.Doc{d}, w.hub.of(topic)...) {
			seen = view.TicketPage{}
			if err := json.Unmarshal(d.Bytes, &seen); err != nil {
				t.Fatal(err)
			}
		}
		if *seen.Ticket.Position != 2 {
			t.Fatalf("the phone says position %d, and it is 2", *seen.Ticket.Position)
		}
	})
}

func TestIndexedIdsOfAnotherCentreAreTaken(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id := queue.TicketID(w.issue().ID)
		_, err := w.try("b", queue.Issue{ID: id, Service: "x"})
		refused(t, err, ErrIDTaken)
		if r := w.do("a", queue.Issue{ID: id, Service: "y"}); r.Created || r.Ticket.Number != "A001" {
			t.Fatalf("issued again: %+v", r)
		}
		other := newID()
		if _, err := w.try("a", queue.Issue{ID: other, Service: "none"}); err == nil {
			t.Fatal("no refusal")
		}
		if r := w.do("b", queue.Issue{ID: other, Service: "x"}); !r.Created {
			t.Fatal("a refused request kept the id")
		}
		if c, err := w.e.CenterOf(context.Background(), other); err != nil || c != "b" {
			t.Fatal(c, err)
		}
		_, err = w.e.Do(context.Background(), "c", queue.CallNext{}, Call{})
		refused(t, err, ErrUnknownCenter)
		if near := err.(*queue.Error).Detail["near"]; !slices.Equal(near.([]string), []string{"a", "b"}) {
			t.Errorf("near: %v", near)
		}
	})
}

func TestACentreThatCannotBeReadIsRefusedAndTheOthersGoOn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.idle = time.Minute
		w.restart()
		w.issue()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.log.mu.Lock()
		s := w.store.streams["a"]
		good := *s.snapshot
		s.snapshot = &journal.Snapshot{Pos: good.Pos, Next: good.Next, Bytes: []byte("{")}
		w.log.mu.Unlock()
		_, err := w.try("a", queue.CallNext{Counter: 1})
		refused(t, err, ErrStorage)
		if !strings.Contains(err.Error(), "snapshot of a") {
			t.Errorf("the error does not say what is wrong: %v", err)
		}
		w.do("b", queue.Issue{ID: newID(), Service: "x"})
		w.log.mu.Lock()
		s.snapshot = &good
		w.log.mu.Unlock()
		if n := w.issue().Number; n != "A002" {
			t.Fatalf("number %s", n)
		}
	})
}
