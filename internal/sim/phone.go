package sim

import (
	"context"
	"sync"
	"time"

	"moiso/internal/view"
)

// phone watches one ticket and must be told its call and its end.
type phone struct {
	v *visit

	mu      sync.Mutex
	state   string
	told    uint64 // newest call it was told
	counter int    // where that sent it
}

// phone gives a visit a phone that watches until the ticket has ended.
func (h *hall) phone(v *visit) {
	p := &phone{v: v}
	h.mu.Lock()
	h.phones = append(h.phones, p)
	h.mu.Unlock()
	h.n.phones.Add(1)
	h.watchers.Go(func() error {
		ctx, stop := context.WithCancel(h.watch)
		defer stop()
		err := h.o.Link.Phone(ctx, h.c.ID, v.id, func(d view.TicketPage) {
			if p.see(h, d.Ticket) {
				stop()
			}
		})
		if ctx.Err() == nil {
			h.k.fault("every phone is told its call: that of %s cannot watch: %v", v.id, err)
		}
		return nil
	})
}

// see takes a document; true ends the watch.
func (p *phone) see(h *hall, t view.Ticket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = t.State
	if t.Call > p.told && t.Counter != nil {
		p.told, p.counter = t.Call, *t.Counter
		h.k.arrivedAt(callKey(h.c.ID, t.Call), time.Now(), h.k.phone)
	}
	return t.State == "done" || t.State == "cancelled" || t.State == "expired"
}

// lacks says what a phone was not told of a visit that has ended, "" for nothing.
// THE CALLER MUST HOLD the hall's mu.
func (p *phone) lacks() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch v := p.v; {
	case p.told < v.lastCall:
		return "was not told of it"
	case v.lastCall != 0 && p.counter != v.lastCounter:
		return "was sent to another counter"
	case p.state != v.end && !(v.end == "missed" && p.state == "expired"): // which midnight makes of it
		return "was not told how it ended"
	}
	return ""
}
