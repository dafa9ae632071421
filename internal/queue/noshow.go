package queue

import "time"

// NoShow gives up on a called person who did not come. The person may come back
// within the grace time of the policy.
type NoShow struct {
	Counter CounterID
	Ticket  TicketID // optional
}

func (c NoShow) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Called {
		return t.wrongState("marked as a no-show")
	}
	d.out.Ticket = t.ID
	d.emit(NotShown{Ticket: t.ID})
	return nil
}

// NotShown is a call that nobody answered.
type NotShown struct {
	Ticket TicketID `json:"t"`
}

func (NotShown) kind() string { return "missed" }

func (e NotShown) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.State, t.EndedAt = Missed, at
		s.release(t)
	}
}
