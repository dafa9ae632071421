package queue

import "slices"

// MissingCounter is the refusal for a counter the centre does not have.
func (s *State) MissingCounter(n CounterID) error {
	_, err := s.needCounter(n)
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

// Concerns reports whether an event is about a ticket: its own, or the end of a day.
func Concerns(e Event, id TicketID) bool {
	switch e := e.(type) {
	case Issued:
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
	case DayEnded:
		return true
	}
	return false
}
