package queue

import "time"

// CancelAppointment gives an hour back. Cancelling again changes nothing.
type CancelAppointment struct{ ID TicketID }

func (c CancelAppointment) decide(s *State, d *decision) error {
	if t := s.Ticket(c.ID); t != nil && !t.Booked.IsZero() {
		return refuse(ErrAppointmentOver, "the appointment was checked in as ticket %s; cancel the ticket", t.Number).
			With("state", "checked_in").With("number", t.Number)
	}
	a, err := s.needAppointment(c.ID)
	if err != nil {
		return err
	}
	d.out.Appointment = a.ID
	switch a.State {
	case AppointmentOff:
		d.out.Existing = true
		return nil
	case AppointmentMiss:
		return a.over()
	}
	d.emit(AppointmentCancelled{ID: a.ID})
	return nil
}

// over refuses to use an appointment that is no more.
func (a *Appointment) over() *Error {
	what := "was cancelled"
	if a.State == AppointmentMiss {
		what = "was not used on its day"
	}
	return refuse(ErrAppointmentOver, "the appointment %s %s", a.ID, what).With("state", string(a.State))
}

// AppointmentCancelled is an hour that is free again.
type AppointmentCancelled struct {
	ID TicketID `json:"t"`
}

func (AppointmentCancelled) kind() string { return "appointment-cancelled" }

func (e AppointmentCancelled) apply(s *State, _ time.Time) {
	if a := s.Appointments[e.ID]; a != nil {
		a.State = AppointmentOff
	}
}
