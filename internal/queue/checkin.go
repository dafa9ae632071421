package queue

import (
	"cmp"
	"fmt"
	"time"
)

// CheckIn turns an appointment into a ticket of the same id, with the next number of
// its service. From its hour on it goes before others (see Next); whoever comes after
// the grace time waits as a walk-in. Checking in again returns the ticket.
type CheckIn struct {
	ID       TicketID
	Source   string
	Language string // of the person who stands there; "" keeps the booked one
}

func (c CheckIn) decide(s *State, d *decision) error {
	if t := s.Ticket(c.ID); t != nil {
		d.out.Ticket, d.out.Existing = t.ID, true
		return nil
	}
	a, err := s.needAppointment(c.ID)
	if err != nil {
		return err
	}
	if a.State != Booked {
		return a.over()
	}
	l, err := s.needLine(a.Service)
	if err != nil {
		return err
	}
	e := CheckedIn{Booked: a.Hour, Issued: Issued{Ticket: a.ID, Number: fmt.Sprintf("%s%03d", l.Prefix, l.Last+1), Seq: l.Last + 1, Place: s.Place + 1,
		Service: a.Service, Priority: a.Priority, Source: c.Source, Language: cmp.Or(c.Language, a.Language), Reference: a.Reference}}
	if err := (Issue{ID: a.ID, Source: e.Source, Language: e.Language}).check(s); err != nil {
		return err
	}
	if _, known := s.Class(a.Priority); !known {
		e.Priority = "" // the group is gone; the hour is not
	}
	if e.Due, err = s.mayCheckIn(a, l, d.now); err != nil {
		return err
	}
	d.out.Ticket = a.ID
	d.emit(e)
	return nil
}

// mayCheckIn says why an appointment cannot be checked in at an instant, or which hour
// its ticket is due, none when it is too late for that. Pauses and daily limits do not
// hold an hour that was promised; whoever comes late is under them like anyone.
func (s *State) mayCheckIn(a *Appointment, l *Line, now time.Time) (due time.Time, err error) {
	hour := a.Hour.In(s.Location())
	if a.Day != s.DayOf(now) {
		return due, refuse(ErrOtherDay, "the appointment is for %s; today is %s", s.hourInWords(hour), s.DayOf(now)).With("at", hour).With("day", string(a.Day))
	}
	if s.DayEnded {
		return due, refuse(ErrDayEnded, "the day %s was ended; no more numbers are given today", s.Day)
	}
	if from := s.CheckInFrom(a); now.Before(from) {
		return due, refuse(ErrEarly, "check-in for %s opens at %s", hour.Format("15:04"), from.Format("15:04")).With("at", hour).With("opens_at", from)
	}
	if now.After(s.LateAfter(a)) {
		return due, s.MayIssue(l, now)
	}
	return a.Hour, nil
}

// CheckInFrom is when check-in opens.
func (s *State) CheckInFrom(a *Appointment) time.Time {
	return a.Hour.Add(-s.Policy.Appointments.Early()).In(s.Location())
}

// LateAfter is until when the appointment goes first.
func (s *State) LateAfter(a *Appointment) time.Time {
	return a.Hour.Add(s.Policy.Appointments.Late()).In(s.Location())
}

// CheckedIn is an appointment that became a ticket.
type CheckedIn struct {
	Issued           // Due is zero for one that came too late
	Booked time.Time `json:"b"`
}

func (CheckedIn) kind() string { return "checked-in" }

func (e CheckedIn) apply(s *State, at time.Time) {
	e.Issued.apply(s, at)
	s.Tickets[e.Ticket].Booked = e.Booked
	s.unbook(e.Ticket)
}
