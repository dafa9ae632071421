package queue

import "time"

// Recall repeats the announcement of a ticket that was called and has not come.
// It leaves the ticket's place and its counter unchanged.
type Recall struct {
	Counter CounterID
	Ticket  TicketID // optional: must then be the one at the counter
}

func (c Recall) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Called {
		return t.wrongState("called again")
	}
	d.out.Ticket = t.ID
	d.emit(Recalled{Ticket: t.ID, Call: s.LastCall + 1})
	return nil
}

// Recalled announces a called ticket again, under a new call number.
type Recalled struct {
	Ticket TicketID `json:"t"`
	Call   uint64   `json:"call"`
}

func (Recalled) kind() string { return "recalled" }

func (e Recalled) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.Call = e.Call
		t.Calls++
		s.announce(t, at, true)
	}
}
