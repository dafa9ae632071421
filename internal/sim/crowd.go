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
// line, and gives way: when a clerk takes over a counter, it leaves that counter.
func Crowd(ctx context.Context, link Link, sc Scenario, centers int, log *slog.Logger) {
	busiest := slices.Clone(sc.Centers)
	slices.SortStableFunc(busiest, func(a, b Center) int { return cmp.Compare(b.Tickets, a.Tickets) })
	var wg sync.WaitGroup
	for _, c := range busiest[:min(centers, len(busiest))] {
		wg.Go(func() {
			c.Counters = c.Counters[:max(1, len(c.Counters)-1)]
			newCrowdHall(sc, c, link, log).live(ctx)
		})
	}
	wg.Wait()
}

// Pace of the crowd: the door is watched this often, and a line is kept about so long.
const (
	crowdStep  = 5 * time.Second
	crowdLine  = 4
	crowdFirst = 9 // people at the door when the demo starts
)

// crowdHall is one lively centre.
type crowdHall struct {
	c    Center
	link Link
	log  *slog.Logger
	sc   Scenario
	pool []person
	next int
	mu   sync.Mutex
}

func newCrowdHall(sc Scenario, c Center, link Link, log *slog.Logger) *crowdHall {
	return &crowdHall{c: c, link: link, log: log, sc: sc, pool: sc.people(c)}
}

func (h *crowdHall) live(ctx context.Context) {
	classes, err := h.link.Priorities(ctx, h.c.ID)
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	for range crowdFirst {
		h.come(ctx, classes)
	}
	wg.Go(func() {
		for wait(ctx, crowdStep) {
			if h.short(ctx) {
				h.come(ctx, classes)
			}
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
func (h *crowdHall) person() person {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pool[h.next%len(h.pool)]
	h.next++
	return p
}

func (h *crowdHall) come(ctx context.Context, classes []string) {
	p := h.person()
	v := Visit{ID: client.NewTicketID(), Service: p.service}
	if p.priority && len(classes) > 0 {
		v.Priority = classes[h.next%len(classes)]
	}
	if _, err := h.link.Issue(ctx, h.c.ID, v); err != nil && ctx.Err() == nil {
		h.log.Debug("the crowd could not take a number", "center", h.c.ID, "error", err)
	}
}

// short reports whether there is room for one more in the lines.
func (h *crowdHall) short(ctx context.Context) bool {
	n, err := h.link.Waiting(ctx, h.c.ID)
	return err == nil && n < crowdLine*len(h.c.Counters)
}

// desk serves until ctx ends or somebody else takes the counter over.
func (h *crowdHall) desk(ctx context.Context, n Counter) {
	if _, err := h.link.Counter(ctx, h.c.ID, n.Number, "open", Body{}); err != nil {
		return
	}
	for ctx.Err() == nil {
		t, err := h.link.Counter(ctx, h.c.ID, n.Number, "call-next", Body{})
		if err != nil {
			// Someone else works here now; look again later.
			if !wait(ctx, 30*time.Second) {
				return
			}
			continue
		}
		if t == nil {
			if !wait(ctx, crowdStep) {
				return
			}
			continue
		}
		p := h.person()
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
				return
			}
			if _, err := h.link.Counter(ctx, h.c.ID, n.Number, s.verb, Body{Ticket: t.ID}); err != nil {
				break // somebody did it by hand
			}
		}
	}
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
