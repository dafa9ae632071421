package sim

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/client"
	"moiso/internal/view"
)

// hall is one centre on the day.
type hall struct {
	*run
	c       Center
	people  []person
	classes []string
	began   time.Time       // by the server's clock, in the centre's zone
	watch   context.Context // of screens and phones; ends after the comparison
	moves   atomic.Int64    // answers that changed something

	watchers errgroup.Group // screens and phones
	away     sync.WaitGroup // people on their way back

	mu      sync.Mutex
	tickets map[string]*visit // by ticket id
	open    int               // visits that have not ended
	arrived bool              // everyone has come
	parked  []string          // tickets to be called back
	news    chan struct{}     // closed and renewed at each change of the board or of the visits
	board   view.Board
	phones  []*phone

	screens []*screen
}

// visit is one person's way through the hall. Guarded by the hall's mu.
type visit struct {
	person
	id          string
	number      string
	acted       bool // transferred, parked or put back already
	calls       int
	lastCall    uint64
	lastCounter int
	end         string // the state the ticket must end in, "" while under way
}

func newHall(r *run, c Center) *hall {
	return &hall{run: r, c: c, people: r.o.Scenario.people(c), tickets: map[string]*visit{}, open: c.Tickets, news: make(chan struct{})}
}

// play runs the centre from its first arrival to its last visit.
func (h *hall) play(ctx context.Context) error {
	last, err := h.enter(ctx)
	if err != nil {
		return err
	}
	var leave context.CancelFunc
	h.watch, leave = context.WithCancel(ctx)
	defer func() {
		leave()
		_ = h.watchers.Wait() // what they saw is in the checker
	}()
	for i := range h.o.Displays {
		s := &screen{h: h, name: fmt.Sprintf("screen %d of %s", i+1, h.c.ID), last: last, seen: map[uint64]view.BoardCall{}, first: i == 0}
		h.screens = append(h.screens, s)
		h.watchers.Go(func() error {
			err := h.o.Link.Board(h.watch, h.c.ID, func(b view.Board) { s.see(h.watch, b) })
			if h.watch.Err() == nil {
				h.k.fault("every screen sees every call: %s cannot watch any more: %v", s.name, err)
			}
			return nil
		})
	}
	g, work := errgroup.WithContext(ctx)
	still, gone := context.WithCancel(work)
	g.Go(func() error { return h.watchdog(still) })
	g.Go(func() error { return h.arrivals(work) })
	var desks errgroup.Group
	for _, n := range h.c.Counters {
		desks.Go(func() error {
			if err := h.clerk(work, n); err != nil {
				return fmt.Errorf("counter %d: %w", n.Number, err)
			}
			return nil
		})
	}
	g.Go(func() error {
		defer gone()
		return desks.Wait()
	})
	err = g.Wait()
	h.away.Wait()
	if err != nil {
		return err
	}
	return h.compare(ctx, last)
}

// enter looks around before the first person comes. It gives the newest call.
func (h *hall) enter(ctx context.Context) (last uint64, err error) {
	if h.classes, err = h.o.Link.Priorities(ctx, h.c.ID); err != nil {
		return 0, err
	}
	b, err := h.o.Link.Now(ctx, h.c.ID)
	if err != nil {
		return 0, err
	}
	h.began = b.At
	for _, s := range b.Services {
		if s.Waiting > 0 {
			return 0, fmt.Errorf("%w: %d wait for %s", ErrInUse, s.Waiting, s.ID)
		}
	}
	for _, n := range b.Counters {
		if n.TicketNumber != nil {
			return 0, fmt.Errorf("%w: counter %d has %s", ErrInUse, n.Number, *n.TicketNumber)
		}
	}
	before, err := h.o.Link.Calls(ctx, h.c.ID, 0)
	if err != nil {
		return 0, err
	}
	last = b.LastCall
	if n := len(before); n > 0 {
		last = max(last, before[n-1].Call)
	}
	return last, nil
}

// changed wakes whoever waits for news.
func (h *hall) changed() {
	close(h.news)
	h.news = make(chan struct{})
}

func (h *hall) arrivals(ctx context.Context) error {
	opened := time.Now()
	for i, p := range h.people {
		if err := h.until(ctx, opened, p.arrives-h.people[0].arrives); err != nil {
			return err
		}
		if err := h.arrive(ctx, p, i); err != nil {
			return err
		}
	}
	h.mu.Lock()
	h.arrived = true
	h.changed()
	h.mu.Unlock()
	return nil
}

func (h *hall) arrive(ctx context.Context, p person, i int) error {
	v := &visit{person: p, id: client.NewTicketID()}
	req := Visit{ID: v.id, Service: p.service}
	if p.priority && len(h.classes) > 0 {
		req.Priority = h.classes[i%len(h.classes)]
	}
	// The ticket is on the list before its answer, because a counter may call it first.
	h.mu.Lock()
	h.tickets[v.id] = v
	h.mu.Unlock()
	asked := time.Now()
	t, err := h.o.Link.Issue(ctx, h.c.ID, req)
	if err != nil {
		return fmt.Errorf("take a number for %s: %w", p.service, err)
	}
	h.k.issue.add(time.Since(asked))
	h.k.issued(h.c.ID, t.Day, t.Number, t.ID)
	h.n.issued.Add(1)
	if t.ID != v.id {
		h.k.fault("the id is kept: %s was asked for and %s came", v.id, t.ID)
	}
	h.mu.Lock()
	v.number = t.Number
	h.mu.Unlock()
	if h.o.Phones {
		h.phone(v)
	}
	if p.cancel {
		// Some are called before they can give up; then they stay.
		if _, err := h.o.Link.Act(ctx, v.id, "cancel"); err == nil {
			h.n.cancels.Add(1)
			h.ended(v, "cancelled")
		} else if refused(err) == "" {
			return fmt.Errorf("cancel %s: %w", t.Number, err)
		}
	}
	return nil
}

// ended notes the end of a visit.
func (h *hall) ended(v *visit, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.end != "" {
		h.k.fault("a visit ends once: %s of %s ended as %s and again as %s", v.number, h.c.ID, v.end, state)
		return
	}
	v.end = state
	h.open--
	h.over.Add(1)
	h.changed()
}

// watchdog looks after a hall in which nothing happens any more: people whose
// tickets expired at midnight go home, and if somebody is left waiting for ever,
// that is a promise broken and the end of the day.
func (h *hall) watchdog(ctx context.Context) error {
	const look = 5 * time.Second
	last, since := int64(-1), time.Now()
	for wait(ctx, look) {
		h.mu.Lock()
		arrived, open, at := h.arrived, h.open, h.board.At
		h.mu.Unlock()
		if n := h.moves.Load(); n != last || !arrived || open == 0 {
			last, since = n, time.Now()
			continue
		}
		if h.nightBetween(at) {
			if err := h.sweep(ctx); err != nil {
				return err
			}
		}
		if quiet := time.Since(since); quiet > h.patience() {
			h.k.fault("everyone is called: %d people of %s wait and nothing has happened for %s", open, h.c.ID, quiet.Round(time.Second))
			return ErrStill
		}
	}
	return nil
}

// sweep ends the visits whose tickets expired at midnight.
func (h *hall) sweep(ctx context.Context) error {
	h.mu.Lock()
	var left []*visit
	for _, v := range h.tickets {
		if v.end == "" && v.number != "" {
			left = append(left, v)
		}
	}
	h.mu.Unlock()
	for _, v := range left {
		t, err := h.o.Link.Ticket(ctx, v.id)
		if err != nil {
			return err
		}
		if t.State == "expired" {
			h.ended(v, "expired")
		}
	}
	return nil
}
