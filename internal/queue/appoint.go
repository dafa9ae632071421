package queue

import (
	"strings"
	"time"
)

// Appoint books an hour of a service. Nobody is named: whoever has the id, or the
// dossier whose code it carries, checks in with it. Booking an id again changes nothing.
type Appoint struct {
	ID        TicketID // becomes the ticket's
	Service   ServiceID
	At        time.Time // the hour, to the minute
	Priority  ClassID
	Language  string // "vi", "en" or ""
	Reference string // dossier code, at most 64 bytes
}

func (c Appoint) decide(s *State, d *decision) error {
	if s.Appointments[c.ID] != nil || s.Ticket(c.ID) != nil {
		d.out.Appointment, d.out.Existing = c.ID, true
		return nil
	}
	if s.Center.ID == "" {
		return refuse(ErrNotConfigured, "the centre has not been set up, so it keeps no hours")
	}
	l, err := s.needLine(c.Service)
	if err != nil {
		return err
	}
	if err := (Issue{ID: c.ID, Priority: c.Priority, Language: c.Language, Reference: c.Reference}).check(s); err != nil {
		return err
	}
	hour := stamp(c.At).Truncate(time.Minute)
	if err := s.mayBook(l, hour, d.now); err != nil {
		return err
	}
	if s.leftInHour(l, hour) == 0 {
		return refuse(ErrHourFull, "the hour of %s has all the appointments that %s takes", s.hourInWords(hour), l.name()).With("field", "at")
	}
	d.out.Appointment = c.ID
	d.emit(Appointed{ID: c.ID, Service: c.Service, Hour: hour, Priority: c.Priority, Language: c.Language, Reference: strings.TrimSpace(c.Reference)})
	return nil
}

// Appointed is an hour kept.
type Appointed struct {
	ID        TicketID  `json:"t"`
	Service   ServiceID `json:"s"`
	Hour      time.Time `json:"h"`
	Priority  ClassID   `json:"y,omitempty"`
	Language  string    `json:"l,omitempty"`
	Reference string    `json:"r,omitempty"`
}

func (Appointed) kind() string { return "appointed" }

func (e Appointed) apply(s *State, _ time.Time) {
	if s.Appointments == nil {
		s.Appointments = map[TicketID]*Appointment{}
	}
	s.Appointments[e.ID] = &Appointment{ID: e.ID, Service: e.Service, Hour: e.Hour, Day: s.DayOf(e.Hour), State: Booked,
		Priority: e.Priority, Language: e.Language, Reference: e.Reference}
}
