package queue

import "time"

// PutBack takes a call back: the ticket waits again at its old place, and the
// call is withdrawn from the boards. A manager uses it to free what a vanished
// clerk held.
type PutBack struct {
	Counter CounterID
	Ticket  TicketID // optional
}

func (c PutBack) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	d.out.Ticket = t.ID
	d.emit(WasPutBack{Ticket: t.ID})
	return nil
}

// WasPutBack is a call taken back.
type WasPutBack struct {
	Ticket TicketID `json:"t"`
}

func (WasPutBack) kind() string { return "put-back" }

func (e WasPutBack) apply(s *State, at time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	s.release(t)
	for i := len(s.Calls) - 1; i >= 0 && t.Calls > 0; i-- {
		if s.Calls[i].Ticket == t.ID && !s.Calls[i].Withdrawn {
			s.Calls[i].Withdrawn = true
			t.Calls--
		}
	}
	charged := t.Charged
	t.State = Waiting // and WaitSince stays: the wait was never over
	t.CalledAt, t.StartedAt, t.Calls, t.Charged, t.Why = time.Time{}, time.Time{}, 0, 0, ""
	if l := s.anyLine(t.Service); s.requeue(t, at) && l != nil {
		l.Others = max(l.Others-charged, 0)
		s.dropCredit(l)
	}
}
