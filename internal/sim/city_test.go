package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"moiso/internal/client"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// city is a server of the tests: the real domain without journal and network, and
// with a place for lies. It is a Link.
type city struct {
	mu    sync.Mutex
	halls map[string]*building
	lie   lie
	now   func() time.Time
	delay time.Duration // of every answer
}

// lie changes what the city says. Its fields may be nil.
type lie struct {
	issued  func(n int, t *view.Ticket)
	called  func(h *building, n queue.CounterID, t *view.Ticket) // after the command
	command func(h *building, verb string, c queue.Command) bool // true: it is only said to be done
	board   func(b *view.Board)
	calls   func(calls []view.BoardCall) []view.BoardCall
	phone   func(t *view.TicketPage) bool // false: it is not sent
	ticket  func(t *view.Ticket)
}

type building struct {
	s       *queue.State
	version int64
	issued  int
	news    chan struct{}
	known   map[queue.TicketID]queue.Ticket // also those of a day that is over
}

func newCity(sc Scenario) *city {
	c := &city{halls: map[string]*building{}, now: time.Now}
	for _, k := range sc.Centers {
		h := &building{s: queue.New(), news: make(chan struct{}), known: map[queue.TicketID]queue.Ticket{}}
		cmds := []queue.Command{
			queue.SetCenter{Config: queue.CenterConfig{ID: queue.CenterID(k.ID), Name: queue.Text{VI: k.ID}, Short: queue.Text{VI: k.ID}, TimeZone: "Asia/Ho_Chi_Minh"}},
			queue.SetHours{Hours: queue.Hours{AllDay: true}},
			queue.SetPolicy{Policy: queue.Policy{Mode: queue.Interleaved, Every: 2, GraceS: 1800, Classes: []queue.Class{{ID: "cao-tuoi", Rank: 1, Name: queue.Text{VI: "Người cao tuổi"}}}}},
		}
		for i, s := range k.Services {
			cmds = append(cmds, queue.SetService{Service: queue.Service{ID: queue.ServiceID(s.ID), Prefix: string("AHKM"[i]), Name: queue.Text{VI: s.ID}}})
		}
		for _, n := range k.Counters {
			var ids []queue.ServiceID
			for _, id := range n.Services {
				ids = append(ids, queue.ServiceID(id))
			}
			cmds = append(cmds, queue.SetCounter{Config: queue.CounterConfig{Number: queue.CounterID(n.Number), Services: ids}})
		}
		for _, cmd := range cmds {
			if _, err := queue.Decide(h.s, cmd, queue.Meta{Now: c.now()}); err != nil {
				panic(err)
			}
		}
		c.halls[k.ID] = h
	}
	return c
}

// do carries a command out and tells whoever watches. THE CALLER MUST HOLD mu.
func (c *city) do(h *building, cmd queue.Command) (queue.Outcome, error) {
	out, err := queue.Decide(h.s, cmd, queue.Meta{Now: c.now(), Actor: "demo"})
	var refusal *queue.Error
	if errors.As(err, &refusal) {
		return out, &client.Error{Status: 409, Code: string(refusal.Code), Detail: refusal.Error()}
	}
	for id, t := range h.s.Tickets {
		h.known[id] = *t
	}
	h.changed()
	return out, err
}

func (h *building) changed() {
	h.version++
	close(h.news)
	h.news = make(chan struct{})
}

// enter waits as the network would, and locks the city.
func (c *city) enter(ctx context.Context, center string) (*building, error) {
	if c.delay > 0 {
		wait(ctx, c.delay)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	h := c.halls[center]
	if h == nil {
		c.mu.Unlock()
		return nil, &client.Error{Status: 404, Code: "unknown_center"}
	}
	return h, nil
}

func (c *city) ticketOf(h *building, id queue.TicketID) *view.Ticket {
	t := h.s.Tickets[id]
	if t == nil {
		old, ok := h.known[id]
		if !ok {
			return nil
		}
		if old.State == queue.Waiting || old.State == queue.Parked || old.State == queue.Missed {
			old.State = queue.Expired
		}
		t = &old
	}
	v := view.TicketOf(h.s, t, view.NewPositions(h.s, c.now()), "")
	return &v
}

func (c *city) Issue(ctx context.Context, center string, v Visit) (view.Ticket, error) {
	h, err := c.enter(ctx, center)
	if err != nil {
		return view.Ticket{}, err
	}
	defer c.mu.Unlock()
	if _, err := c.do(h, queue.Issue{ID: queue.TicketID(v.ID), Service: queue.ServiceID(v.Service), Priority: queue.ClassID(v.Priority)}); err != nil {
		return view.Ticket{}, err
	}
	t := c.ticketOf(h, queue.TicketID(v.ID))
	h.issued++
	if c.lie.issued != nil {
		c.lie.issued(h.issued, t)
	}
	return *t, nil
}

func (c *city) Counter(ctx context.Context, center string, counter int, verb string, b Body) (*view.Ticket, error) {
	h, err := c.enter(ctx, center)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	n, id := queue.CounterID(counter), queue.TicketID(b.Ticket)
	var cmd queue.Command
	switch verb {
	case "open":
		cmd = queue.OpenCounter{Counter: n}
	case "close":
		cmd = queue.CloseCounter{Counter: n}
	case "call-next":
		cmd = queue.CallNext{Counter: n, Finish: b.Finish}
	case "call":
		cmd = queue.CallTicket{Counter: n, Ticket: id}
	case "recall":
		cmd = queue.Recall{Counter: n}
	case "start":
		cmd = queue.Start{Counter: n}
	case "finish":
		cmd = queue.Finish{Counter: n}
	case "no-show":
		cmd = queue.NoShow{Counter: n}
	case "park":
		cmd = queue.Park{Counter: n, Reason: b.Reason}
	case "put-back":
		cmd = queue.PutBack{Counter: n}
	case "transfer":
		cmd = queue.Transfer{Counter: n, Service: queue.ServiceID(b.Service)}
	default:
		return nil, fmt.Errorf("no verb %q", verb)
	}
	if c.lie.command != nil && c.lie.command(h, verb, cmd) {
		return c.ticketOf(h, h.s.Counter(n).Ticket), nil
	}
	out, err := c.do(h, cmd)
	if err != nil || out.Ticket == "" {
		return nil, err
	}
	t := c.ticketOf(h, out.Ticket)
	if verb == "call-next" && c.lie.called != nil {
		c.lie.called(h, n, t)
	}
	return t, nil
}

func (c *city) Act(ctx context.Context, id, verb string) (view.Ticket, error) {
	if err := ctx.Err(); err != nil {
		return view.Ticket{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.home(id)
	var cmd queue.Command = queue.Cancel{Ticket: queue.TicketID(id)}
	if verb == "return" {
		cmd = queue.Return{Ticket: queue.TicketID(id)}
	}
	if _, err := c.do(h, cmd); err != nil {
		return view.Ticket{}, err
	}
	return *c.ticketOf(h, queue.TicketID(id)), nil
}

func (c *city) home(id string) *building {
	for _, h := range c.halls {
		if _, ok := h.known[queue.TicketID(id)]; ok {
			return h
		}
	}
	return nil
}

func (c *city) Ticket(_ context.Context, id string) (view.Ticket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.home(id)
	if h == nil {
		return view.Ticket{}, &client.Error{Status: 404, Code: "unknown_ticket"}
	}
	t := c.ticketOf(h, queue.TicketID(id))
	if c.lie.ticket != nil {
		c.lie.ticket(t)
	}
	return *t, nil
}

func (c *city) Calls(ctx context.Context, center string, after uint64) ([]view.BoardCall, error) {
	h, err := c.enter(ctx, center)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	var out []view.BoardCall
	for _, k := range h.s.CallsAfter(after) {
		out = append(out, view.CallOf(h.s, k))
	}
	if c.lie.calls != nil {
		out = c.lie.calls(out)
	}
	return out, nil
}

func (c *city) Now(ctx context.Context, center string) (view.Board, error) {
	h, err := c.enter(ctx, center)
	if err != nil {
		return view.Board{}, err
	}
	defer c.mu.Unlock()
	return view.BoardOf(h.s, view.Stamp{Epoch: "E", Version: h.version, Now: c.now()}), nil
}

// follow gives what make says now and after every change.
func follow[T any](ctx context.Context, c *city, center string, make func(h *building) (T, bool), f func(T)) error {
	for {
		h, err := c.enter(ctx, center)
		if err != nil {
			return err
		}
		d, ok := make(h)
		news := h.news
		c.mu.Unlock()
		if ok {
			f(d)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *city) Board(ctx context.Context, center string, f func(view.Board)) error {
	return follow(ctx, c, center, func(h *building) (view.Board, bool) {
		b := view.BoardOf(h.s, view.Stamp{Epoch: "E", Version: h.version, Now: c.now()})
		if c.lie.board != nil {
			b.Calls = slices.Clone(b.Calls)
			c.lie.board(&b)
		}
		return b, true
	}, f)
}

func (c *city) Phone(ctx context.Context, center, id string, f func(view.TicketPage)) error {
	return follow(ctx, c, center, func(h *building) (view.TicketPage, bool) {
		t := c.ticketOf(h, queue.TicketID(id))
		if t == nil {
			return view.TicketPage{}, false
		}
		p := view.TicketPage{Ticket: *t}
		return p, c.lie.phone == nil || c.lie.phone(&p)
	}, f)
}

func (c *city) Priorities(context.Context, string) ([]string, error) {
	return []string{"cao-tuoi"}, nil
}
