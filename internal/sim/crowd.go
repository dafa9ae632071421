package sim

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"moiso/internal/client"
)

// Crowd is the training crowd of a demo: at the busiest centres people come and are
// served at the pace of a real day, for ever. It leaves each centre's last counter
// to whoever tries the demo, never has more than a handful of people waiting in a
// line, and gives way: when a clerk takes over a counter, it leaves that counter
// until nobody has touched it for three minutes.
func Crowd(ctx context.Context, link Link, sc Scenario, centers int, log *slog.Logger) {
	busiest := slices.Clone(sc.Centers)
	slices.SortStableFunc(busiest, func(a, b Center) int { return cmp.Compare(b.Tickets, a.Tickets) })
	var wg sync.WaitGroup
	for _, c := range busiest[:min(centers, len(busiest))] {
		wg.Go(func() {
			c.Counters = c.Counters[:len(c.Counters)-1]
			newCrowdHall(sc, c, link, log).live(ctx)
		})
	}
	wg.Wait()
}

// Pace of the crowd: the door is watched this often, a line is kept about so long
// for each counter that serves it, and a counter that somebody took over is left
// alone until nobody has touched it for a while.
const (
	crowdStep  = 5 * time.Second
	crowdLine  = 3
	crowdFirst = 9 // people at the door when the demo starts
	crowdAway  = 3 * time.Minute
)

// crowdHall is one lively centre.
type crowdHall struct {
	c       Center
	link    Link
	log     *slog.Logger
	classes []string

	mu   sync.Mutex
	pool []person
	next int
}

func newCrowdHall(sc Scenario, c Center, link Link, log *slog.Logger) *crowdHall {
	return &crowdHall{c: c, link: link, log: log, pool: sc.people(c)}
}

func (h *crowdHall) live(ctx context.Context) {
	for {
		var err error
		if h.classes, err = h.link.Priorities(ctx, h.c.ID); err == nil {
			break
		}
		if !wait(ctx, crowdStep) {
			return
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for range crowdFirst {
			h.come(ctx)
		}
		for wait(ctx, crowdStep) {
			h.come(ctx)
		}
	})
	for i, n := range h.c.Counters {
		wg.Go(func() {
			if wait(ctx, time.Duration(i+1)*2*time.Second) {
				h.desk(ctx, n)
			}
		})
	}
	wg.Wait()
}

// person gives the next visit of the pool, round and round.
func (h *crowdHall) person() (p person, i int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i = h.next
	h.next++
	return h.pool[i%len(h.pool)], i
}

// come brings one person whose line has room, if there is one.
func (h *crowdHall) come(ctx context.Context) {
	b, err := h.link.Now(ctx, h.c.ID)
	if err != nil {
		return
	}
	room := map[string]bool{}
	for _, s := range b.Services {
		room[s.ID] = s.Waiting < crowdLine*max(1, h.serving(s.ID))
	}
	for range len(h.pool) {
		p, i := h.person()
		if !room[p.service] {
			continue
		}
		v := Visit{ID: client.NewTicketID(), Service: p.service}
		if p.priority && len(h.classes) > 0 {
			v.Priority = h.classes[i%len(h.classes)]
		}
		if _, err := h.link.Issue(ctx, h.c.ID, v); err != nil && ctx.Err() == nil {
			h.log.Debug("the crowd could not take a number", "center", h.c.ID, "error", err)
		}
		return
	}
}

// serving is how many of the crowd's counters serve a field.
func (h *crowdHall) serving(service string) (n int) {
	for _, c := range h.c.Counters {
		if slices.Contains(c.Services, service) {
			n++
		}
	}
	return n
}

// desk serves, and gives way to whoever takes the counter over.
func (h *crowdHall) desk(ctx context.Context, n Counter) {
	h.leave(ctx, n, false) // somebody may be at it from before
	for ctx.Err() == nil {
		t, err := h.link.Counter(ctx, h.c.ID, n.Number, "call-next", Body{})
		switch {
		case err != nil && someoneElse(err):
			h.leave(ctx, n, true)
		case err != nil || t == nil:
			wait(ctx, crowdStep)
		case !h.visit(ctx, n, t.ID):
			h.leave(ctx, n, true)
		}
	}
}

// visit serves the person who was called. It reports false when somebody else did
// something with the ticket.
func (h *crowdHall) visit(ctx context.Context, n Counter, ticket string) bool {
	p, _ := h.person()
	steps := []struct {
		after time.Duration
		verb  string
	}{{20 * time.Second, "start"}, {min(p.visit, 6*time.Minute) / 2, "finish"}}
	if p.noShow {
		steps = steps[:1]
		steps[0].verb = "no-show"
	}
	for _, s := range steps {
		if !wait(ctx, s.after) {
			return true
		}
		_, err := h.link.Counter(ctx, h.c.ID, n.Number, s.verb, Body{Ticket: ticket})
		for err != nil && !someoneElse(err) {
			if !wait(ctx, crowdStep) {
				return true
			}
			_, err = h.link.Counter(ctx, h.c.ID, n.Number, s.verb, Body{Ticket: ticket})
		}
		if err != nil {
			return false
		}
	}
	return true
}

// someoneElse reports whether a refusal shows that the counter or its ticket is in
// other hands; a server that is away or busy says nothing of the kind.
func someoneElse(err error) bool {
	switch refused(err) {
	case "", "busy", "storage_unavailable", "clock_unconfirmed", "rate_limited", "internal":
		return false
	}
	return true
}

// leave stays away from a counter until nobody has touched it for crowdAway, and
// takes it then. With taken unset, a counter without a ticket is taken at once.
func (h *crowdHall) leave(ctx context.Context, n Counter, taken bool) {
	was, since := "", time.Now()
	for ctx.Err() == nil {
		now, holds, ok := h.look(ctx, n)
		if ok && now != was {
			was, since = now, time.Now()
		}
		if ok && (!taken && !holds || time.Since(since) >= crowdAway) {
			if _, err := h.link.Counter(ctx, h.c.ID, n.Number, "open", Body{}); err == nil {
				if holds { // left behind, by somebody or by a crowd before a restart
					_, _ = h.link.Counter(ctx, h.c.ID, n.Number, "finish", Body{}) // if it cannot be, call-next will say so
				}
				return
			}
		}
		wait(ctx, crowdStep)
	}
}

// look describes a counter in words that change when somebody touches it.
func (h *crowdHall) look(ctx context.Context, n Counter) (words string, holds, ok bool) {
	b, err := h.link.Now(ctx, h.c.ID)
	if err != nil {
		return "", false, false
	}
	for _, c := range b.Counters {
		if c.Number != n.Number {
			continue
		}
		number := ""
		if c.TicketNumber != nil {
			number = *c.TicketNumber
		}
		return c.State + " " + number + " " + c.TicketState, number != "", true
	}
	return "", false, false
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
