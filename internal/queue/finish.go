package queue

import "time"

// Finish ends the visit at a counter. A ticket that was called but not started
// counts as started at its call.
type Finish struct {
	Counter CounterID
	Ticket  TicketID // optional
}

func (c Finish) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	d.out.Ticket = t.ID
	d.finish(t)
	return nil
}

func (d *decision) finish(t *Ticket) { d.emit(Finished{Ticket: t.ID}) }

// Finished is the end of a visit.
type Finished struct {
	Ticket TicketID `json:"t"`
}

func (Finished) kind() string { return "finished" }

func (e Finished) apply(s *State, at time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	if t.StartedAt.IsZero() {
		t.StartedAt = t.CalledAt
	}
	t.State, t.EndedAt = Done, at
	if c := s.Counter(t.Counter); c != nil {
		c.Served++
	}
	s.release(t)
	s.Finished = append(s.Finished, t.ID)
}
