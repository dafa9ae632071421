package queue

import "time"

// Reopen takes a finish back, at the same counter and within two minutes.
type Reopen struct {
	Counter CounterID
	Ticket  TicketID // optional: the counter's last finished one
}

func (c Reopen) decide(s *State, d *decision) error {
	n, err := s.mayCall(c.Counter, false)
	if err != nil {
		return err
	}
	id := c.Ticket
	for i := len(s.Finished) - 1; i >= 0 && id == ""; i-- {
		if t := s.Tickets[s.Finished[i]]; t != nil && t.Counter == n.Number {
			id = t.ID
		}
	}
	if id == "" {
		return refuse(ErrNoTicket, "counter %d has finished no ticket today", n.Number)
	}
	t, err := s.needTicket(id)
	if err != nil {
		return err
	}
	if t.State != Done {
		return t.wrongState("reopened")
	}
	if t.Counter != n.Number {
		return refuse(ErrWrongCounter, "ticket %s was finished at counter %d; reopen it there", t.Number, t.Counter).With("counter", t.Counter)
	}
	if by := t.EndedAt.Add(ReopenWithin); d.now.After(by) {
		return refuse(ErrTooLate, "ticket %s could be reopened until %s", t.Number, by.In(s.Location()).Format("15:04:05")).With("reopen_by", by.In(s.Location()))
	}
	if _, err := s.needLine(t.Service); err != nil {
		return err // removed since: a put-back would lead nowhere
	}
	d.out.Ticket = t.ID
	d.emit(Reopened{Ticket: t.ID})
	return nil
}

// Reopened is a finished visit that goes on.
type Reopened struct {
	Ticket TicketID `json:"t"`
}

func (Reopened) kind() string { return "reopened" }

func (e Reopened) apply(s *State, _ time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	t.State, t.EndedAt = Serving, time.Time{}
	if c := s.Counter(t.Counter); c != nil {
		c.Ticket = t.ID
		c.Served = max(c.Served-1, 0)
	}
	for i := len(s.Finished) - 1; i >= 0; i-- {
		if s.Finished[i] == t.ID {
			s.Finished = append(s.Finished[:i:i], s.Finished[i+1:]...)
			break
		}
	}
}
