package queue

import "time"

// Return puts a missed person who came back into the line again, after the next
// two calls of the service.
type Return struct {
	Ticket TicketID
}

// ReturnBy is until when a missed person may come back.
func (s *State) ReturnBy(t *Ticket) time.Time {
	by := t.EndedAt.Add(time.Duration(s.Policy.GraceS) * time.Second)
	if end := s.Midnight(); t.Day == s.Day && by.After(end) {
		return end // the ticket expires with its day
	}
	return by
}

func (c Return) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Missed {
		return t.wrongState("marked as back")
	}
	if by := s.ReturnBy(t); d.now.After(by) {
		return refuse(ErrTooLate, "ticket %s could come back until %s; please take a new number", t.Number, by.In(s.Location()).Format("15:04")).
			With("return_by", by.In(s.Location()))
	}
	if err := s.cannotWait(t); err != nil {
		return err
	}
	if _, err := s.needLine(t.Service); err != nil {
		return err // removed since
	}
	d.out.Ticket = t.ID
	after := uint64(0)
	if l := s.anyLine(t.Service); l != nil {
		after = l.Calls + ReturnAfter
	}
	d.emit(CameBack{Ticket: t.ID, After: after})
	return nil
}

// CameBack is a missed person in line again.
type CameBack struct {
	Ticket TicketID `json:"t"`
	After  uint64   `json:"after"` // calls of the service today before its turn
}

func (CameBack) kind() string { return "returned" }

func (e CameBack) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.State, t.WaitSince, t.ReturnAfter, t.Returned, t.EndedAt = Waiting, at, e.After, true, time.Time{}
		s.enqueue(t)
	}
}
