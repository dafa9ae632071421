package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// AppointmentState names are those on the wire. A checked-in appointment is a ticket
// and no appointment any more.
type AppointmentState string

const (
	Booked          AppointmentState = "booked"
	AppointmentOff  AppointmentState = "cancelled"
	AppointmentMiss AppointmentState = "missed" // its day ended and nobody had come
)

// Appointment is an hour kept for somebody who is not here yet. It has no number and
// no place: checking in makes it a ticket of the same id. It leaves the state when its
// day is over.
type Appointment struct {
	ID        TicketID         `json:"id"`
	Service   ServiceID        `json:"service"`
	Hour      time.Time        `json:"hour"`
	Day       Day              `json:"day"`
	State     AppointmentState `json:"state"`
	Priority  ClassID          `json:"priority,omitempty"`
	Language  string           `json:"language,omitempty"`
	Reference string           `json:"reference,omitempty"`
}

// AppointmentRules say when hours can be booked and when people check in. A zero is
// the default.
type AppointmentRules struct {
	EarlyS    int `json:"early_s,omitempty"`    // check-in opens so long before the hour, seconds
	LateS     int `json:"late_s,omitempty"`     // who comes later than this after the hour waits as a walk-in, seconds
	AheadDays int `json:"ahead_days,omitempty"` // the farthest day that can be booked
}

// Early is how long before its hour an appointment can be checked in.
func (r AppointmentRules) Early() time.Duration {
	return time.Duration(cmp.Or(r.EarlyS, 3600)) * time.Second
}

// Late is how long after its hour an appointment still goes first.
func (r AppointmentRules) Late() time.Duration {
	return time.Duration(cmp.Or(r.LateS, 900)) * time.Second
}

// Ahead is how many days from today can be booked.
func (r AppointmentRules) Ahead() int { return cmp.Or(r.AheadDays, 30) }

func (r AppointmentRules) check() error {
	for name, v := range map[string]int{"early_s": r.EarlyS, "late_s": r.LateS} {
		if v < 0 || v > 86400 {
			return refuse(ErrInvalid, "%d s before or after the hour of an appointment is not between 0 and a day", v).With("field", name)
		}
	}
	if r.AheadDays < 0 || r.AheadDays > 366 {
		return refuse(ErrInvalid, "booking %d days ahead is not between 0 and a year", r.AheadDays).With("field", "ahead_days")
	}
	return nil
}

// BookEvery is the step in which hours are offered.
const BookEvery = 30 * time.Minute

// MostAnHour is how many appointments one hour of a service takes where the service
// says nothing else.
const MostAnHour = 60

// Appointment finds one that has not become a ticket.
func (s *State) Appointment(id TicketID) *Appointment { return s.Appointments[id] }

func (s *State) needAppointment(id TicketID) (*Appointment, error) {
	if a := s.Appointments[id]; a != nil {
		return a, nil
	}
	return nil, refuse(ErrUnknownAppointment, "there is no appointment %s in this centre", id)
}

// NotCheckedIn is the refusal to treat an appointment as the ticket it is not yet.
func (s *State) NotCheckedIn(a *Appointment) *Error {
	return refuse(ErrNotCheckedIn, "%s is an appointment for %s and no ticket before it is checked in", a.ID, s.hourInWords(a.Hour)).
		With("at", a.Hour.In(s.Location())).With("state", string(a.State))
}

// AppointmentsOn lists a day's, by their hours; those that became tickets are not among them.
func (s *State) AppointmentsOn(day Day) []*Appointment {
	out := slices.DeleteFunc(slices.Collect(maps.Values(s.Appointments)), func(a *Appointment) bool { return a.Day != day })
	slices.SortFunc(out, func(a, b *Appointment) int { return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.ID, b.ID)) })
	return out
}

// BookableHour is an hour that is offered and how many appointments it still takes.
type BookableHour struct {
	At   time.Time
	Left int
}

// BookableHours lists the hours of a service on a day that lie ahead.
func (s *State) BookableHours(l *Line, day Day, now time.Time) []BookableHour {
	var out []BookableHour
	begin, err := time.ParseInLocation(time.DateOnly, string(day), s.Location())
	if err != nil {
		return nil
	}
	for i := range int(24 * time.Hour / BookEvery) {
		at := time.Date(begin.Year(), begin.Month(), begin.Day(), 0, i*int(BookEvery/time.Minute), 0, 0, s.Location())
		if s.DayOf(at) != day || s.mayBook(l, at, now) != nil {
			continue
		}
		out = append(out, BookableHour{At: at, Left: s.leftInHour(l, at)})
	}
	return out
}

// mayBook says why an hour of a service cannot be booked, full hours apart, or nil.
func (s *State) mayBook(l *Line, at, now time.Time) error {
	local := at.In(s.Location())
	if !at.After(now) {
		return refuse(ErrInvalid, "the hour %s is over", s.hourInWords(at)).With("field", "at")
	}
	if s.DayEnded && s.DayOf(at) == s.Day {
		return refuse(ErrDayEnded, "the day %s was ended; nothing more is booked on it", s.Day)
	}
	last := now.In(s.Location()).AddDate(0, 0, s.Policy.Appointments.Ahead())
	if s.DayOf(at) > s.DayOf(last) {
		return refuse(ErrInvalid, "%s is more than %d days ahead", s.hourInWords(at), s.Policy.Appointments.Ahead()).With("field", "at").
			With("last_day", string(s.DayOf(last)))
	}
	if h := s.HoursOf(l); !h.Open(local) {
		e := refuse(ErrClosed, "%s is not open at %s", l.name(), s.hourInWords(at)).With("field", "at")
		if next, ok := h.NextOpen(local); ok {
			e = e.With("opens_at", next)
		}
		return e
	}
	return nil
}

// leftInHour counts what the clock hour of an instant still takes. A ticket that came
// of an appointment goes on counting.
func (s *State) leftInHour(l *Line, at time.Time) int {
	hour := func(t time.Time) string { return t.In(s.Location()).Format("2006-01-02 15") }
	left := cmp.Or(l.AppointmentsHour, MostAnHour)
	for _, a := range s.Appointments {
		if a.Service == l.ID && a.State == Booked && hour(a.Hour) == hour(at) {
			left--
		}
	}
	for _, t := range s.Tickets {
		if t.Service == l.ID && !t.Booked.IsZero() && t.State != Cancelled && hour(t.Booked) == hour(at) {
			left--
		}
	}
	return max(left, 0)
}

func (s *State) hourInWords(t time.Time) string {
	return t.In(s.Location()).Format("15:04 on 2006-01-02")
}

// name is the service's in English, where it has one.
func (l *Line) name() string { return cmp.Or(l.Name.EN, l.Name.VI) }

// unbook takes an appointment out of the state: it is a ticket now.
func (s *State) unbook(id TicketID) {
	delete(s.Appointments, id)
	if len(s.Appointments) == 0 {
		s.Appointments = nil // as a snapshot gives it back
	}
}
