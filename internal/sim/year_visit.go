package sim

import (
	"context"
	"slices"
	"time"

	"moiso/internal/queue"
)

func (p *past) arrive(ctx context.Context, v *person) error {
	id := queue.TicketID(p.text())
	c := queue.Issue{ID: id, Service: queue.ServiceID(v.service), Source: "kiosk"}
	if classes := p.s.Policy.Classes; v.priority && len(classes) > 0 {
		c.Priority = classes[p.r.IntN(len(classes))].ID
	}
	if _, err := p.do(ctx, c, queue.Meta{Actor: p.kiosk, Device: p.kiosk, Source: "kiosk"}); err != nil {
		return err
	}
	p.people[id] = v
	p.sum.Visits++
	if p.Progress != nil {
		p.Progress(1)
	}
	if v.cancel {
		p.after(3*time.Minute, func() error {
			if t := p.s.Tickets[id]; t == nil || t.State != queue.Waiting {
				return nil // was called before
			}
			_, err := p.do(ctx, queue.Cancel{Ticket: id}, queue.Meta{Source: "phone"})
			return err
		})
	}
	p.wake(ctx, c.Service)
	return nil
}

// wake has an idle counter of a service call; any idle counter for the service "".
func (p *past) wake(ctx context.Context, id queue.ServiceID) {
	i := slices.IndexFunc(p.idle, func(n queue.CounterID) bool { return id == "" || p.s.Counter(n).Serves(id) })
	if i < 0 {
		return
	}
	n := p.idle[i]
	p.idle = slices.Delete(p.idle, i, i+1)
	p.after(4*time.Second, func() error { return p.call(ctx, n, false) })
}

// call lets a counter call whoever is next; finish ends its visit in hand.
func (p *past) call(ctx context.Context, n queue.CounterID, finish bool) error {
	var c queue.Command = queue.CallNext{Counter: n, Finish: finish}
	switch {
	case p.now > lastCall && finish:
		c = queue.Finish{Counter: n}
	case p.now > lastCall:
		p.idle = append(p.idle, n)
		return nil
	case !finish && len(p.parked) > 0:
		c = queue.CallTicket{Counter: n, Ticket: p.parked[0]}
		p.parked = p.parked[1:]
	}
	if _, err := p.do(ctx, c, p.clerk(n)); err != nil {
		return err
	}
	t := p.s.Tickets[p.s.Counter(n).Ticket]
	switch {
	case t != nil:
		return p.called(ctx, n, t)
	case len(p.parked) > 0:
		return p.call(ctx, n, false)
	}
	p.idle = append(p.idle, n)
	return nil
}

// called has the called person do what was drawn.
func (p *past) called(ctx context.Context, n queue.CounterID, t *queue.Ticket) error {
	v, id, clerk := p.people[t.ID], t.ID, p.clerk(n)
	free := func() { p.after(8*time.Second, func() error { return p.call(ctx, n, false) }) }
	if v.recall {
		v.recall = false
		p.after(25*time.Second, func() error {
			_, err := p.do(ctx, queue.Recall{Counter: n}, clerk)
			if err == nil {
				err = p.called(ctx, n, t)
			}
			return err
		})
		return nil
	}
	switch {
	case v.putBack:
		v.putBack = false
		p.after(10*time.Second, func() error {
			_, err := p.do(ctx, queue.PutBack{Counter: n}, clerk)
			free()
			return err
		})
	case v.noShow:
		v.noShow = false
		p.after(time.Minute, func() error {
			_, err := p.do(ctx, queue.NoShow{Counter: n}, clerk)
			free()
			if v.returns {
				p.after(6*time.Minute, func() error { return p.comeBack(ctx, id) })
			}
			return err
		})
	default:
		p.after(30*time.Second, func() error {
			if _, err := p.do(ctx, queue.Start{Counter: n}, clerk); err != nil {
				return err
			}
			p.at(p.now+max(v.visit, 10*time.Second), func() error { return p.visited(ctx, n, t, free) })
			return nil
		})
	}
	return nil
}

// visited ends a visit, or sends the person on.
func (p *past) visited(ctx context.Context, n queue.CounterID, t *queue.Ticket, free func()) error {
	v, clerk, id := p.people[t.ID], p.clerk(n), t.ID
	var c queue.Command
	switch to := queue.ServiceID(v.transfer); {
	case v.park:
		v.park = false
		c = queue.Park{Counter: n, Reason: "đi photocopy"}
		p.after(10*time.Minute, func() error {
			p.parked = append(p.parked, id)
			p.wake(ctx, "")
			return nil
		})
	case to != "" && to != t.Service:
		v.transfer = ""
		c = queue.Transfer{Counter: n, Service: to}
		defer p.wake(ctx, to)
	case v.together:
		return p.call(ctx, n, true)
	default:
		c = queue.Finish{Counter: n}
	}
	_, err := p.do(ctx, c, clerk)
	free()
	return err
}

func (p *past) comeBack(ctx context.Context, id queue.TicketID) error {
	_, err := p.do(ctx, queue.Return{Ticket: id}, queue.Meta{Source: "phone"})
	if err == nil {
		p.wake(ctx, p.s.Tickets[id].Service)
	}
	return err
}
