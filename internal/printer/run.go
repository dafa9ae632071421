package printer

import (
	"context"
	"time"
)

// Run prints and asks until ctx ends. A slip in hand is written to its end.
func (p *Printer) Run(ctx context.Context) error {
	defer p.machine.close()
	for ctx.Err() == nil {
		p.look(ctx)
		if t := p.take(); t != nil {
			p.put(ctx, t)
			continue
		}
		timer := time.NewTimer(p.o.Poll)
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// hold is how long the end of one slip is shown before the question about another.
const hold = 5 * time.Second

// look asks the printer and keeps the answer.
func (p *Printer) look(ctx context.Context) {
	s, detail := p.machine.look(ctx)
	now := time.Now()
	defer p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.become(s, detail, now)
	var lapsed []*job
	for _, t := range p.torn {
		switch {
		case t.state == JobFailed && s.Prints():
			t.asked = now
			p.keep(t, JobAsk)
		case t.state == JobAsk && now.Sub(t.asked) > p.o.Ask:
			lapsed = append(lapsed, t)
		}
	}
	for _, t := range lapsed {
		p.forget(t.Ticket)
		p.keep(t, JobFailed)
		p.drop(t.Ticket)
		p.over = append(p.over, t.Ticket)
	}
	if j := p.status.Job; j == nil || now.Sub(p.shown) >= hold || p.recent[j.Ticket] == JobAsk {
		p.question()
	}
}

// become takes over a state. THE CALLER MUST HOLD mu.
func (p *Printer) become(s State, detail string, now time.Time) {
	if p.status.State == s && p.status.Detail == detail {
		return
	}
	if p.status.State != s {
		p.status.Since = now
	}
	p.status.State, p.status.Detail = s, detail
	p.tell()
}

// take is the next slip, when there is one and the printer can take it. Where it
// cannot, those that wait have failed: their numbers are shown on the page.
func (p *Printer) take() *job {
	defer p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil
	}
	if !p.status.State.Prints() {
		for _, t := range p.queue {
			p.missed(t)
			p.show(t)
			p.status.Job.Why = p.status.Detail
		}
		p.shown = time.Now()
		p.queue = nil
		p.tell()
		return nil
	}
	t := p.queue[0]
	p.keep(t, JobPrinting)
	p.show(t)
	p.tell()
	return t
}

// missed keeps that nothing of a slip came out: its number is on the page. Who asked for
// one once more is asked whether it is still wanted. THE CALLER MUST HOLD mu.
func (p *Printer) missed(t *job) {
	p.keep(t, JobFailed)
	if t.Again {
		p.torn = append(p.torn, t)
	} else {
		p.over = append(p.over, t.Ticket)
	}
}

// put prints a slip and keeps how that went.
func (p *Printer) put(ctx context.Context, t *job) {
	picture := t.Job
	var err error
	if t.Again {
		picture.Bitmap, err = t.Bitmap.Reprint()
	}
	how := untouched
	if err == nil {
		p.begun(t)
		how, err = p.machine.print(ctx, picture)
	}
	defer p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = p.queue[1:]
	switch how {
	case whole:
		p.keep(t, JobPrinted)
		p.over = append(p.over, t.Ticket)
	case untouched:
		p.missed(t)
	case cutOff:
		t.begun = true
		p.keep(t, JobFailed)
		p.torn = append(p.torn, t)
	}
	p.show(t)
	if err != nil {
		p.status.Job.Why = err.Error()
	}
	p.shown = time.Now()
	p.tell()
}
