package queue

import (
	"maps"
	"slices"
	"time"
)

// EndDay ends the business day by hand: whoever still waits is told to come
// again, and no number is given before the next day begins at midnight.
type EndDay struct{}

func (EndDay) decide(s *State, d *decision) error {
	if s.Center.ID == "" {
		return refuse(ErrNotConfigured, "the centre has not been set up, so there is no day to end")
	}
	if s.DayEnded {
		d.out.Existing = true
		return nil
	}
	d.emit(DayEnded{ByHand: true})
	return nil
}

// DayEnded expires the tickets that wait, are parked or were missed, and marks the
// day's appointments that nobody checked in as missed. A ticket at
// a counter stays there and is finished by its clerk; it still belongs to its day.
type DayEnded struct {
	ByHand bool `json:"by_hand,omitempty"`
}

func (DayEnded) kind() string { return "day-ended" }

func (DayEnded) apply(s *State, at time.Time) {
	for _, id := range s.ticketIDs() {
		switch t := s.Tickets[id]; t.State {
		case Waiting, Parked, Missed:
			t.State, t.EndedAt = Expired, at
		}
	}
	for _, l := range s.Lines {
		l.Waiting, l.Others, l.priorities, l.passable = nil, 0, 0, 0
	}
	for _, a := range s.Appointments {
		if a.State == Booked && a.Day <= s.Day {
			a.State = AppointmentMiss
		}
	}
	s.DayEnded = true
}

// leftOver reports whether a day that was ended by hand has tickets that were at a
// counter then and were parked or missed since; they expire at midnight.
func (s *State) leftOver() bool {
	for _, t := range s.Tickets {
		if t.State == Waiting || t.State == Parked || t.State == Missed {
			return true
		}
	}
	return false
}

// Over reports whether the business day of a ticket has ended: it may be finished
// where it is, but can wait no more.
func (s *State) Over(t *Ticket) bool { return s.DayEnded || t.Day != s.Day }

// cannotWait refuses to put a ticket of an ended day into a line.
func (s *State) cannotWait(t *Ticket) error {
	if !s.Over(t) {
		return nil
	}
	return refuse(ErrDayEnded, "the day %s of ticket %s has ended; it cannot wait any more", t.Day, t.Number).With("number", t.Number)
}

// DayStarted opens a business day: numbers begin at 001 again, pauses of issuing
// are over, and tickets that are at no counter leave the state (the journal keeps
// them). Counters left open are closed, unless the centre never closes.
type DayStarted struct {
	Day Day `json:"day"`
}

func (DayStarted) kind() string { return "day-started" }

func (e DayStarted) apply(s *State, _ time.Time) {
	s.Day, s.DayEnded, s.Pause, s.Finished = e.Day, false, nil, nil
	maps.DeleteFunc(s.Tickets, func(_ TicketID, t *Ticket) bool { return !t.Held() })
	maps.DeleteFunc(s.Aliases, func(_, id TicketID) bool { return s.Tickets[id] == nil })
	maps.DeleteFunc(s.Appointments, func(_ TicketID, a *Appointment) bool { return a.Day < e.Day })
	if len(s.Appointments) == 0 {
		s.Appointments = nil // as a snapshot gives it back
	}
	s.Refused, s.Prints = nil, nil
	for _, l := range s.Lines {
		l.Last, l.Issued, l.Calls, l.Others, l.Waiting, l.Pause = 0, 0, 0, 0, nil, nil
		l.priorities, l.passable = 0, 0
	}
	for _, c := range s.Counters {
		c.Served = 0
		if !s.Hours.AllDay && c.Ticket == "" {
			c.State, c.Pausing, c.Clerk = CounterClosed, false, ""
		}
	}
	if extra := len(s.Calls) - KeepCalls; extra > 0 {
		s.Calls = slices.Clone(s.Calls[extra:])
	}
}

// ticketIDs gives the ids of all tickets in a fixed order.
func (s *State) ticketIDs() []TicketID { return slices.Sorted(maps.Keys(s.Tickets)) }
