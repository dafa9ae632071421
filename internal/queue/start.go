package queue

import "time"

// Start begins the visit of a called person who has come.
type Start struct {
	Counter CounterID
	Ticket  TicketID // optional
}

func (c Start) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Called {
		return t.wrongState("started")
	}
	d.out.Ticket = t.ID
	d.emit(Started{Ticket: t.ID})
	return nil
}

// Started is the beginning of a visit.
type Started struct {
	Ticket TicketID `json:"t"`
}

func (Started) kind() string { return "started" }

func (e Started) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.State, t.StartedAt = Serving, at
	}
}
