package queue

import "slices"

// MissingCounter is the refusal for a counter the centre does not have.
func (s *State) MissingCounter(n CounterID) error {
	_, err := s.needCounter(n)
	return err
}

// MissingService is the refusal for a service the centre does not offer.
func (s *State) MissingService(id ServiceID) error {
	_, err := s.needLine(id)
	return err
}

// Configuration is a centre with the settings of s and nothing of its day, on which
// records of a day that is over can be read.
func (s *State) Configuration() *State {
	c := New()
	c.Center, c.Hours, c.Policy, c.Former = s.Center, s.Hours, s.Policy, slices.Clone(s.Former)
	for _, l := range s.Lines {
		c.Lines = append(c.Lines, &Line{Service: l.Service, Removed: l.Removed})
	}
	for _, k := range s.Counters {
		c.Counters = append(c.Counters, &Counter{CounterConfig: k.CounterConfig, State: CounterClosed, Removed: k.Removed})
	}
	return c
}

// Concerns reports whether an event is about a ticket or the appointment before it: its own, or the end of a day.
func Concerns(e Event, id TicketID) bool {
	switch e := e.(type) {
	case Issued:
		return e.Ticket == id
	case Appointed:
		return e.ID == id
	case AppointmentCancelled:
		return e.ID == id
	case CheckedIn:
		return e.Ticket == id
	case CalledTo:
		return e.Ticket == id
	case Recalled:
		return e.Ticket == id
	case Started:
		return e.Ticket == id
	case Finished:
		return e.Ticket == id
	case NotShown:
		return e.Ticket == id
	case CameBack:
		return e.Ticket == id
	case SetAside:
		return e.Ticket == id
	case Referred:
		return e.Ticket == id
	case Transferred:
		return e.Ticket == id
	case WasPutBack:
		return e.Ticket == id
	case Reopened:
		return e.Ticket == id
	case WasCancelled:
		return e.Ticket == id
	case Restored:
		return e.Ticket == id
	case ServiceChanged:
		return e.Ticket == id
	case PrioritySet:
		return e.Ticket == id
	case Merged:
		return slices.ContainsFunc(e.Tickets, func(m MergedTicket) bool { return m.Ticket == id })
	case Renumbered:
		return e.Ticket == id
	case Adopted:
		return e.Ticket == id
	case SlipIdentified:
		return e.Ticket == id || e.ID == id
	case DayEnded:
		return true
	}
	return false
}

// Begins reports whether an event can be the first about a ticket; of an appointment's
// that is its booking, or in a later day's records alone its check-in.
func Begins(e Event, id TicketID) bool {
	switch e := e.(type) {
	case Issued:
		return e.Ticket == id
	case Appointed:
		return e.ID == id
	case CheckedIn:
		return e.Ticket == id
	case Adopted:
		return e.Ticket == id
	case Merged:
		return Concerns(e, id)
	}
	return false
}

// Brought lists the ids that an event makes known to the centre.
func Brought(e Event) []TicketID {
	switch e := e.(type) {
	case Issued:
		return []TicketID{e.Ticket}
	case Appointed:
		return []TicketID{e.ID}
	case Adopted:
		return []TicketID{e.Ticket}
	case SlipIdentified:
		return []TicketID{e.ID}
	case Merged:
		out := make([]TicketID, len(e.Tickets))
		for i, m := range e.Tickets {
			out[i] = m.Ticket
		}
		return out
	}
	return nil
}
