package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/directory"
	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

func newID() queue.TicketID {
	var b [16]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = queue.TicketIDAlphabet[b[i]&31]
	}
	return queue.TicketID(b[:])
}

// screens is a hub whose sockets are lists.
type screens struct {
	mu   sync.Mutex
	docs map[hub.Topic][]hub.Doc // by watched topic
}

func (s *screens) watch(topics ...hub.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range topics {
		s.docs[t] = []hub.Doc{}
	}
}

func (s *screens) leave(t hub.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, t)
}

func (s *screens) Publish(t hub.Topic, d hub.Doc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.docs[t]; ok {
		s.docs[t] = append(have, d)
	}
}

func (s *screens) Subscribers(t hub.Topic) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.docs[t]; ok {
		return 1
	}
	return 0
}

func (s *screens) Topics(prefix string) (out []hub.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.docs {
		if strings.HasPrefix(string(t), prefix) {
			out = append(out, t)
		}
	}
	return out
}

func (s *screens) of(t hub.Topic) []hub.Doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.docs[t])
}

// board is the newest board of centre a.
func (s *screens) board(t *testing.T) (b view.Board) {
	t.Helper()
	docs := s.of("board/a")
	if len(docs) == 0 {
		t.Fatal("no board was shown")
	}
	if err := json.Unmarshal(docs[len(docs)-1].Bytes, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// world is an engine over a journal in memory, with centres a and b in Huế. Every test
// that has one ends with the invariants of the product.
type world struct {
	t       *testing.T
	store   *memStore
	log     *memLog
	e       *Engine
	hub     *screens
	mailbox int
	idle    time.Duration
	every   int // records before a snapshot
	synced  atomic.Bool
	ran     chan error // of Run
	cancel  func()     // of Run

	mu     sync.Mutex
	offset time.Duration // of the clock
}

var zone = func() *time.Location {
	l, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		panic(err)
	}
	return l
}()

// bubble runs f on a world in which the clock is the test's. It begins on 1 January
// 2000 at 10:00 in Huế.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: newStore(), hub: &screens{docs: map[hub.Topic][]hub.Doc{}}}
		time.Sleep(3 * time.Hour) // the bubble's, which begins at midnight UTC
		w.open()
		w.configure("a")
		w.configure("b")
		t.Cleanup(w.check)
		f(t, w)
	})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

// setClock moves the clock against monotonic time.
func (w *world) setClock(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += by
}

func (w *world) options(l *memLog) Options {
	return Options{Log: l, Hub: w.hub, Epoch: "E", Now: w.now, Synced: func() bool { return w.synced.Load() }, Mailbox: w.mailbox, Idle: w.idle, snapshotEvery: w.every}
}

func (w *world) open() {
	w.t.Helper()
	if w.cancel != nil {
		w.cancel()
	}
	w.log = &memLog{memStore: w.store}
	var err error
	if w.e, err = Open(context.Background(), w.options(w.log)); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := w.e
	w.ran = make(chan error, 1)
	ran := w.ran
	go func() { ran <- e.Run(ctx) }()
	w.cancel = cancel
}

// shut stops the engine as the server does.
func (w *world) shut() {
	w.t.Helper()
	w.cancel()
	if err := w.e.Close(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// crash kills the process and starts it again.
func (w *world) crash() {
	w.t.Helper()
	w.log.set(func(l *memLog) { l.cut = true })
	w.shut()
	w.open()
}

func (w *world) restart() {
	w.t.Helper()
	w.shut()
	w.open()
}

func (w *world) configure(id queue.CenterID) {
	w.t.Helper()
	if err := w.e.DoCity(context.Background(), directory.AddCenter{ID: id, Name: queue.Text{VI: "Trung tâm"}, Short: queue.Text{VI: "phường"}}, Call{}); err != nil {
		w.t.Fatal(err)
	}
	for _, c := range settings(id) {
		w.do(id, c)
	}
}

func settings(id queue.CenterID) []queue.Command {
	return []queue.Command{
		queue.SetCenter{Config: queue.CenterConfig{ID: id, Name: queue.Text{VI: "Trung tâm"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		queue.SetHours{Hours: queue.Hours{AllDay: true}},
		queue.SetService{Service: queue.Service{ID: "x", Prefix: "A", Name: queue.Text{VI: "Chứng thực"}}},
		queue.SetService{Service: queue.Service{ID: "y", Prefix: "H", Name: queue.Text{VI: "Hộ tịch"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"x", "y"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 2, Services: []queue.ServiceID{"x"}}},
		queue.OpenCounter{Counter: 1}, queue.OpenCounter{Counter: 2},
	}
}

func (w *world) try(center queue.CenterID, c queue.Command) (Reply, error) {
	return w.e.Do(context.Background(), center, c, Call{Actor: "an", Source: "desk"})
}

func (w *world) do(center queue.CenterID, c queue.Command) Reply {
	w.t.Helper()
	r, err := w.try(center, c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return r
}

// issue takes a ticket of service x at centre a.
func (w *world) issue() *view.Ticket {
	w.t.Helper()
	return w.do("a", queue.Issue{ID: newID(), Service: "x"}).Ticket
}

func (w *world) state(center queue.CenterID) (snap string) {
	w.t.Helper()
	err := w.e.look(context.Background(), string(center), func(s *queue.State, _ view.Stamp) error {
		b, err := s.Snapshot()
		snap = string(b)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return snap
}

// until lets time pass to an hour of Huế, on the day that many days after this one.
func (w *world) until(days int, hm string) {
	w.t.Helper()
	at, err := time.ParseInLocation("15:04", hm, zone)
	if err != nil {
		w.t.Fatal(err)
	}
	n := w.now().In(zone)
	time.Sleep(time.Date(n.Year(), n.Month(), n.Day()+days, at.Hour(), at.Minute(), 0, 0, zone).Sub(n))
	synctest.Wait()
}

// check holds the world to the invariants: numbers unique and without gaps, a ticket at
// one counter at most, call numbers that strictly increase, and a journal that replays
// to the live state, also in a new engine.
func (w *world) check() {
	w.log.fill(false)
	synctest.Wait()
	broken := len(w.ran) > 0
	live := map[queue.CenterID]string{}
	for _, id := range []queue.CenterID{"a", "b"} {
		if !broken {
			live[id] = w.state(id)
		}
	}
	w.shut()
	for _, id := range []queue.CenterID{"a", "b"} {
		if replayed := w.replay(id); !broken && replayed != live[id] {
			w.t.Errorf("centre %s: the journal replays to\n%s\nand the live state is\n%s", id, replayed, live[id])
		}
	}
	w.open()
	for _, id := range []queue.CenterID{"a", "b"} {
		if err := CheckSnapshot(context.Background(), w.log, string(id)); err != nil {
			w.t.Error(err)
		}
		if now := w.state(id); !broken && now != live[id] && !w.clockHeld() && !w.newDay(id, live[id]) {
			w.t.Errorf("centre %s: a new engine reads\n%s\nand the old one had\n%s", id, now, live[id])
		}
	}
	w.shut()
}

func (w *world) clockHeld() bool { return w.e.Clock().Held }

// newDay tells whether the day of a state is over: a new engine has turned it then.
func (w *world) newDay(id queue.CenterID, snap string) bool {
	return !strings.Contains(snap, fmt.Sprintf(`"day":%q`, w.now().In(zone).Format(time.DateOnly)))
}

// replay applies a centre's records one by one and looks at the state after each.
func (w *world) replay(id queue.CenterID) string {
	s := queue.New()
	seq := map[string]int{} // day and prefix → last number
	ids := map[queue.TicketID]bool{}
	var call uint64
	for entry, err := range w.log.Read(context.Background(), string(id), 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, b := range entry.Records {
			r, err := queue.DecodeRecord(b)
			if err != nil {
				w.t.Fatal(err)
			}
			s.Apply(r)
			switch e := r.Event.(type) {
			case queue.Issued:
				key := string(r.Day) + e.Number[:1]
				if seq[key]++; e.Seq != seq[key] {
					w.t.Errorf("%s: number %s of %s comes as the %dth of its service", id, e.Number, r.Day, seq[key])
				}
				if ids[e.Ticket] {
					w.t.Errorf("%s: id %s was issued twice", id, e.Ticket)
				}
				ids[e.Ticket] = true
			case queue.CalledTo:
				if e.Call <= call {
					w.t.Errorf("%s: call %d comes after call %d", id, e.Call, call)
				}
				call = e.Call
			case queue.Recalled:
				if e.Call <= call {
					w.t.Errorf("%s: call %d comes after call %d", id, e.Call, call)
				}
				call = e.Call
			}
			at := map[queue.TicketID]queue.CounterID{}
			for _, c := range s.Counters {
				if c.Ticket == "" {
					continue
				}
				if n, twice := at[c.Ticket]; twice {
					w.t.Errorf("%s: ticket %s is at counters %d and %d", id, c.Ticket, n, c.Number)
				}
				at[c.Ticket] = c.Number
			}
			if string(r.Day) != entry.Day && entry.Day != "" && r.Day != "" {
				w.t.Errorf("%s: an entry of %s holds a record of %s", id, entry.Day, r.Day)
			}
		}
	}
	b, err := s.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// refused fails unless an error is this one.
func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}
