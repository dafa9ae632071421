package queue

import "time"

// ChangeService corrects the service of a waiting or called ticket. Number and
// order of arrival are kept.
type ChangeService struct {
	Ticket  TicketID
	Service ServiceID
}

func (c ChangeService) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Waiting && t.State != Called {
		return t.wrongState("moved to another service")
	}
	if _, err := s.needLine(c.Service); err != nil {
		return err
	}
	d.out.Ticket = t.ID
	if t.Service == c.Service {
		d.out.Existing = true
		return nil
	}
	d.emit(ServiceChanged{Ticket: t.ID, Service: c.Service})
	return nil
}

// ServiceChanged is a ticket in the line it should have been in.
type ServiceChanged struct {
	Ticket  TicketID  `json:"t"`
	Service ServiceID `json:"s"`
}

func (ServiceChanged) kind() string { return "service-changed" }

func (e ServiceChanged) apply(s *State, _ time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	if t.State == Waiting {
		s.dequeue(t)
	}
	// A returned person has as many calls still to wait for in the new line as in
	// the old one. What the call of a called ticket did to the credit of the old
	// line stays there.
	after := uint64(0)
	if from, to := s.anyLine(t.Service), s.anyLine(e.Service); from != nil && to != nil && t.ReturnAfter > from.Calls {
		after = to.Calls + t.ReturnAfter - from.Calls
	}
	t.Service, t.Target, t.ReturnAfter, t.Charged = e.Service, 0, after, 0
	if t.State == Waiting {
		s.enqueue(t)
	}
}

// SetPriority gives a waiting or called ticket a priority group, or takes it away ("").
type SetPriority struct {
	Ticket   TicketID
	Priority ClassID
}

func (c SetPriority) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Waiting && t.State != Called {
		return t.wrongState("given another priority")
	}
	if err := s.checkClass(c.Priority); err != nil {
		return err
	}
	d.out.Ticket = t.ID
	if t.Priority == c.Priority {
		d.out.Existing = true
		return nil
	}
	d.emit(PrioritySet{Ticket: t.ID, Priority: c.Priority})
	return nil
}

// PrioritySet is a ticket in another priority group.
type PrioritySet struct {
	Ticket   TicketID `json:"t"`
	Priority ClassID  `json:"y"`
}

func (PrioritySet) kind() string { return "priority-set" }

func (e PrioritySet) apply(s *State, _ time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	l := s.anyLine(t.Service)
	if l == nil {
		t.Priority = e.Priority
		return
	}
	waits := t.State == Waiting
	if waits {
		l.count(t, -1)
	}
	t.Priority = e.Priority
	if waits {
		l.count(t, 1)
	}
	s.dropCredit(l)
}
