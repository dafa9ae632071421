package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"moiso/internal/queue"
)

// Appointment is an hour kept for somebody, and what became of it.
type Appointment struct {
	ID          string    `json:"id"`
	Center      string    `json:"center"`
	Service     string    `json:"service"`
	At          time.Time `json:"at" doc:"The hour that was booked"`
	State       string    `json:"state" enum:"booked,checked_in,cancelled,missed"`
	CheckInFrom time.Time `json:"check_in_from"`
	LateAfter   time.Time `json:"late_after" doc:"Whoever checks in later waits as a walk-in"`
	Priority    string    `json:"priority,omitempty"`
	Language    string    `json:"language,omitempty"`
	Reference   string    `json:"reference,omitempty"`
	URL         string    `json:"url,omitempty" doc:"What the QR code carries: that of the ticket to come"`

	Number      string `json:"number,omitempty" doc:"Of its ticket, when it was checked in"`
	TicketState string `json:"ticket_state,omitempty" doc:"Where its ticket is"`
	Late        bool   `json:"late,omitempty" doc:"It was checked in too late to go first"`
}

// AppointmentPage is the document of view=ticket while the id is that of an appointment:
// all that the phone page shows. It has no member "ticket".
type AppointmentPage struct {
	Head
	Appointment Appointment  `json:"appointment"`
	CenterName  queue.Text   `json:"center_name"`
	CenterShort queue.Text   `json:"center_short"`
	ServiceName queue.Text   `json:"service_name"`
	Where       queue.Text   `json:"where"`
	Prepare     []queue.Text `json:"prepare"`
	Trouble     string       `json:"trouble,omitempty"`
}

// BookableHour is an hour that may be booked.
type BookableHour struct {
	At   time.Time `json:"at"`
	Left int       `json:"left" doc:"Appointments that it still takes; 0 is full"`
}

// AppointmentOf finds an appointment by its id, also one that became a ticket.
func AppointmentOf(s *queue.State, id queue.TicketID, url string) (Appointment, bool) {
	if a := s.Appointment(id); a != nil {
		v := appointment(s, a, url)
		// Where the centre stood still on its day nobody noted that it was over.
		if a.State == queue.Booked && a.Day < s.Day {
			v.State = string(queue.AppointmentMiss)
		}
		return v, true
	}
	t := s.Ticket(id)
	if t == nil || t.Booked.IsZero() {
		return Appointment{}, false
	}
	v := appointment(s, &queue.Appointment{ID: t.ID, Service: t.Service, Hour: t.Booked, State: checkedIn, Priority: t.Priority,
		Language: t.Language, Reference: t.Reference}, url)
	v.Number, v.TicketState, v.Late = t.Number, string(t.State), t.Due.IsZero()
	return v, true
}

// checkedIn is the state on the wire of an appointment that became a ticket.
const checkedIn queue.AppointmentState = "checked_in"

func appointment(s *queue.State, a *queue.Appointment, url string) Appointment {
	return Appointment{ID: string(a.ID), Center: string(s.Center.ID), Service: string(a.Service), At: a.Hour.In(s.Location()), State: string(a.State),
		CheckInFrom: s.CheckInFrom(a), LateAfter: s.LateAfter(a), Priority: string(a.Priority), Language: a.Language, Reference: a.Reference, URL: url}
}

// AppointmentsOf lists a day's, by their hours; of today also those that came. Without
// url the rows say nothing of the QR codes.
func AppointmentsOf(s *queue.State, day queue.Day, url func(queue.TicketID) string) []Appointment {
	out := []Appointment{}
	add := func(id queue.TicketID) {
		code := ""
		if url != nil {
			code = url(id)
		}
		if v, ok := AppointmentOf(s, id, code); ok {
			out = append(out, v)
		}
	}
	for _, a := range s.AppointmentsOn(day) {
		add(a.ID)
	}
	for id, t := range s.Tickets {
		if !t.Booked.IsZero() && s.DayOf(t.Booked) == day {
			add(id)
		}
	}
	slices.SortFunc(out, func(a, b Appointment) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out
}

// AppointmentFor finds what a dossier code stands for today: the next hour that is
// still to be checked in, else the last that was. Letters count in any case, since
// scanners and people write them in either.
func AppointmentFor(s *queue.State, reference string, url func(queue.TicketID) string) (found Appointment, ok bool) {
	for _, a := range AppointmentsOf(s, s.Day, url) {
		if a.Reference == "" || !strings.EqualFold(a.Reference, strings.TrimSpace(reference)) {
			continue
		}
		if a.State == string(queue.Booked) {
			return a, true
		}
		found, ok = a, true
	}
	return found, ok
}

// AppointmentPageOf is all that the holder of an appointment sees.
func AppointmentPageOf(s *queue.State, id queue.TicketID, url string, p Stamp) (AppointmentPage, bool) {
	a, ok := AppointmentOf(s, id, url)
	if !ok {
		return AppointmentPage{}, false
	}
	v := AppointmentPage{Head: p.head(s), Appointment: a, CenterName: s.Center.Name, CenterShort: s.Center.Short, Prepare: []queue.Text{}, Trouble: p.Trouble}
	for l := range lines(s) {
		if string(l.ID) == a.Service {
			v.ServiceName, v.Where = l.Name, l.Where
			if l.Prepare != nil {
				v.Prepare = l.Prepare
			}
		}
	}
	return v, true
}

// BookableOf lists the hours of a service that may be booked on a day.
func BookableOf(s *queue.State, l *queue.Line, day queue.Day, now time.Time) []BookableHour {
	out := []BookableHour{}
	for _, b := range s.BookableHours(l, day, now) {
		out = append(out, BookableHour{At: b.At, Left: b.Left})
	}
	return out
}
