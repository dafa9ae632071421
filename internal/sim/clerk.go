package sim

import (
	"context"
	"fmt"
	"time"

	"moiso/internal/view"
)

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
		if err != nil && refused(err) != "" {
			return nil, h.expired(ctx, back, err)
		}
	} else {
		t, err = h.o.Link.Counter(ctx, h.c.ID, n.Number, "call-next", Body{Finish: finish})
	}
	if err != nil || t == nil {
		return nil, err
	}
	h.k.call.add(time.Since(asked))
	h.k.taken(t.ID, t.Number, n.Number)
	h.called(n, t, asked)
	return t, nil
}

// called notes a call or a recall.
func (h *hall) called(n Counter, t *view.Ticket, asked time.Time) {
	h.k.asked(h.c.ID, t.Call, askedCall{asked, t.Number, n.Number})
	h.n.calls.Add(1)
	h.moves.Add(1)
	if t.Counter == nil || *t.Counter != n.Number {
		h.k.fault("a call goes to the counter that asked: %s of %s was called by %d and sent elsewhere", t.Number, h.c.ID, n.Number)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if v := h.tickets[t.ID]; v != nil {
		v.lastCall, v.lastCounter = t.Call, n.Number
	}
}

// expired takes a refusal that midnight explains: the ticket's day has ended.
func (h *hall) expired(ctx context.Context, id string, because error) error {
	t, err := h.o.Link.Ticket(ctx, id)
	if err != nil {
		return err
	}
	h.mu.Lock()
	v, at := h.tickets[id], h.board.At
	h.mu.Unlock()
	if v == nil || t.State != "expired" {
		return because
	}
	if !at.IsZero() && !h.nightBetween(at) {
		h.k.fault("a ticket expires with its day and not before: %s of %s", t.Number, h.c.ID)
	}
	h.ended(v, "expired")
	return nil
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
	if v.end != "" {
		h.k.fault("who has left is not called: %s of %s was called after it was %s", t.Number, h.c.ID, v.end)
		h.mu.Unlock()
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
		h.called(n, again, asked)
	}
	switch {
	case first && v.putBack:
		return false, h.sendOn(ctx, n, v, "put-back", Body{})
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
		return false, h.sendOn(ctx, n, v, "park", Body{Reason: "đi photocopy"})
	case first && v.transfer != "" && v.transfer != t.Service:
		return false, h.sendOn(ctx, n, v, "transfer", Body{Service: v.transfer})
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
	if err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	h.moves.Add(1)
	return t, nil
}

// sendOn lets a ticket go that is to be called again. One whose day has ended
// cannot wait any more: it is finished where it is.
func (h *hall) sendOn(ctx context.Context, n Counter, v *visit, verb string, b Body) error {
	_, err := h.verb(ctx, n, v.id, verb, b)
	if refused(err) == "day_ended" {
		if _, err = h.verb(ctx, n, v.id, "finish", Body{}); err == nil {
			h.ended(v, "done")
		}
		return err
	}
	if err != nil {
		return err
	}
	switch verb {
	case "transfer":
		h.n.moved.Add(1)
	case "park":
		h.n.parked.Add(1)
		h.mu.Lock()
		h.parked = append(h.parked, v.id)
		h.changed()
		h.mu.Unlock()
	}
	return nil
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
	h.away.Go(func() {
		if h.pass(ctx, 4*time.Minute) != nil {
			return
		}
		switch _, err := h.o.Link.Act(ctx, v.id, "return"); {
		case err == nil:
			h.n.returned.Add(1)
			h.moves.Add(1)
		case ctx.Err() != nil:
		case h.expired(ctx, v.id, err) != nil:
			h.k.fault("a missed person may come back: %s of %s: %v", v.number, h.c.ID, err)
			h.ended(v, "missed")
		}
	})
	return nil
}
