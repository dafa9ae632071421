package sim

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/client"
	"moiso/internal/view"
)

// settle is how long the last documents may take after the last visit.
const settle = 20 * time.Second

// hall is one centre on the day.
type hall struct {
	*run
	c       Center
	people  []person
	classes []string

	mu      sync.Mutex
	tickets map[string]*visit // by ticket id
	open    int               // visits that have not ended
	arrived bool              // everyone has come
	parked  []string          // tickets to be called back
	news    chan struct{}     // closed and renewed at each change of the board or of the visits
	board   view.Board

	screens []*screen
}

// visit is one person's way through the hall.
type visit struct {
	person
	id     string
	number string
	acted  bool // transferred, parked or put back already
	calls  int
	end    string // the state the ticket must end in, "" while under way
}

func newHall(r *run, c Center) *hall {
	return &hall{run: r, c: c, people: r.o.Scenario.people(c), tickets: map[string]*visit{}, open: c.Tickets, news: make(chan struct{})}
}

// play runs the centre from its first arrival to its last visit.
func (h *hall) play(ctx context.Context) error {
	var err error
	if h.classes, err = h.o.Link.Priorities(ctx, h.c.ID); err != nil {
		return err
	}
	before, err := h.o.Link.Calls(ctx, h.c.ID, 0)
	if err != nil {
		return err
	}
	last := uint64(0)
	if n := len(before); n > 0 {
		last = before[n-1].Call
	}
	watch, stop := context.WithCancel(ctx)
	defer stop()
	var screens errgroup.Group
	for i := range h.o.Displays {
		s := &screen{h: h, name: fmt.Sprintf("%s/%d", h.c.ID, i+1), last: last, first: i == 0}
		h.screens = append(h.screens, s)
		screens.Go(func() error { return h.o.Link.Board(watch, h.c.ID, func(b view.Board) { s.see(watch, b) }) })
	}
	g, work := errgroup.WithContext(ctx)
	g.Go(func() error { return h.arrivals(work) })
	for _, n := range h.c.Counters {
		g.Go(func() error {
			if err := h.clerk(work, n); err != nil {
				return fmt.Errorf("counter %d: %w", n.Number, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := h.compare(ctx, last); err != nil {
		return err
	}
	stop()
	_ = screens.Wait() // they end because they were told to
	return nil
}

// changed wakes whoever waits for news.
func (h *hall) changed() {
	close(h.news)
	h.news = make(chan struct{})
}

func (h *hall) arrivals(ctx context.Context) error {
	for i, p := range h.people {
		if i > 0 {
			if err := h.pass(ctx, p.arrives-h.people[i-1].arrives); err != nil {
				return err
			}
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
		h.phone(ctx, v.id)
	}
	if p.cancel {
		// Some are called before they can give up; then they stay.
		if _, err := h.o.Link.Act(ctx, v.id, "cancel"); err == nil {
			h.n.cancels.Add(1)
			h.ended(v, "cancelled")
		} else if refused(err) == "" {
			return err
		}
	}
	return nil
}

// ended notes the end of a visit.
func (h *hall) ended(v *visit, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v.end = state
	h.open--
	h.over.Add(1)
	h.changed()
}

// clerk opens a counter, serves until everyone is gone, and closes it.
func (h *hall) clerk(ctx context.Context, n Counter) error {
	if _, err := h.o.Link.Counter(ctx, h.c.ID, n.Number, "open", Body{}); err != nil {
		return err
	}
	finish := false // the visit in hand is finished together with the next call
	for {
		t, err := h.next(ctx, n, finish)
		if err != nil {
			return err
		}
		finish = false
		if t == nil {
			over, err := h.rest(ctx, n)
			if err != nil {
				return err
			}
			if over {
				break
			}
			continue
		}
		if finish, err = h.serve(ctx, n, t); err != nil {
			return err
		}
	}
	_, err := h.o.Link.Counter(ctx, h.c.ID, n.Number, "close", Body{})
	return err
}

// next calls a parked ticket back, or whoever is next.
func (h *hall) next(ctx context.Context, n Counter, finish bool) (*view.Ticket, error) {
	h.mu.Lock()
	var back string
	if !finish && len(h.parked) > 0 {
		back, h.parked = h.parked[0], h.parked[1:]
	}
	h.mu.Unlock()
	asked := time.Now()
	var t *view.Ticket
	var err error
	if back != "" {
		t, err = h.o.Link.Counter(ctx, h.c.ID, n.Number, "call", Body{Ticket: back})
	} else {
		t, err = h.o.Link.Counter(ctx, h.c.ID, n.Number, "call-next", Body{Finish: finish})
	}
	if err != nil || t == nil {
		return nil, err
	}
	h.k.call.add(time.Since(asked))
	h.n.calls.Add(1)
	h.k.asked(h.c.ID, t.Call, asked)
	h.k.taken(t.ID, t.Number, n.Number)
	return t, nil
}

// rest waits until there may be work, and reports whether the day is over.
func (h *hall) rest(ctx context.Context, n Counter) (bool, error) {
	timeout := time.NewTimer(2 * time.Second)
	defer timeout.Stop()
	for {
		h.mu.Lock()
		over, work, news := h.arrived && h.open == 0, h.waiting(n) || len(h.parked) > 0, h.news
		h.mu.Unlock()
		if over {
			return true, nil
		}
		if work {
			// The board may be older than our last call: do not spin on it.
			return false, h.breathe(ctx)
		}
		select {
		case <-news:
		case <-timeout.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (h *hall) breathe(ctx context.Context) error {
	t := time.NewTimer(20 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waiting reports whether the board shows work for a counter. THE CALLER MUST HOLD mu.
func (h *hall) waiting(n Counter) bool {
	for _, s := range h.board.Services {
		for _, id := range n.Services {
			if s.ID == id && s.Waiting > 0 {
				return true
			}
		}
	}
	return false
}

// serve does with a called ticket what its person was drawn to do. It reports
// whether the visit is left to be finished together with the next call.
func (h *hall) serve(ctx context.Context, n Counter, t *view.Ticket) (bool, error) {
	h.mu.Lock()
	v := h.tickets[t.ID]
	if v == nil {
		h.mu.Unlock()
		h.k.fault("only tickets of this day are called: %s (%s) is not of this crowd", t.Number, t.ID)
		_, err := h.verb(ctx, n, t.ID, "finish", Body{})
		return false, err
	}
	v.calls++
	first := !v.acted
	v.acted = v.acted || v.putBack || v.noShow || v.park || v.transfer != ""
	h.mu.Unlock()
	if v.recall && v.calls == 1 {
		asked := time.Now()
		again, err := h.verb(ctx, n, "", "recall", Body{})
		if err != nil {
			return false, err
		}
		h.k.asked(h.c.ID, again.Call, asked)
		h.n.calls.Add(1)
	}
	switch {
	case first && v.putBack:
		_, err := h.verb(ctx, n, t.ID, "put-back", Body{})
		return false, err
	case first && v.noShow:
		return false, h.missed(ctx, n, v)
	}
	if err := h.pass(ctx, 30*time.Second); err != nil { // the way to the counter
		return false, err
	}
	if _, err := h.verb(ctx, n, "", "start", Body{}); err != nil {
		return false, err
	}
	if err := h.pass(ctx, v.visit); err != nil {
		return false, err
	}
	switch {
	case first && v.park:
		if _, err := h.verb(ctx, n, t.ID, "park", Body{Reason: "đi photocopy"}); err != nil {
			return false, err
		}
		h.n.parked.Add(1)
		h.mu.Lock()
		h.parked = append(h.parked, t.ID)
		h.changed()
		h.mu.Unlock()
		return false, nil
	case first && v.transfer != "" && v.transfer != t.Service:
		_, err := h.verb(ctx, n, t.ID, "transfer", Body{Service: v.transfer})
		h.n.moved.Add(1)
		return false, err
	}
	h.n.finished.Add(1)
	if v.together {
		h.k.released(t.ID)
		h.ended(v, "done")
		return true, nil
	}
	if _, err := h.verb(ctx, n, t.ID, "finish", Body{}); err != nil {
		return false, err
	}
	h.ended(v, "done")
	return false, nil
}

// verb sends a counter's verb; released names the ticket that it lets go.
func (h *hall) verb(ctx context.Context, n Counter, released, verb string, b Body) (*view.Ticket, error) {
	if released != "" {
		h.k.released(released)
	}
	t, err := h.o.Link.Counter(ctx, h.c.ID, n.Number, verb, b)
	if err == nil && t == nil {
		err = fmt.Errorf("%s was answered without a ticket", verb)
	}
	return t, err
}

// missed marks a no-show; some of them come back.
func (h *hall) missed(ctx context.Context, n Counter, v *visit) error {
	if _, err := h.verb(ctx, n, v.id, "no-show", Body{}); err != nil {
		return err
	}
	h.n.noShows.Add(1)
	if !v.returns {
		h.ended(v, "missed")
		return nil
	}
	h.background.Go(func() {
		if h.pass(ctx, 4*time.Minute) != nil {
			return
		}
		if _, err := h.o.Link.Act(ctx, v.id, "return"); err != nil {
			h.k.fault("a missed person may come back: %s: %v", v.number, err)
			h.ended(v, "missed")
			return
		}
		h.n.returned.Add(1)
	})
	return nil
}
