package queue

import "time"

// hour is an appointment.
type hour struct {
	service ServiceID
	class   ClassID
	hour    time.Time
	state   AppointmentState
}

func (h *hour) day() string { return h.hour.In(saigon).Format(time.DateOnly) }

// appoint books an hour; the hall is open round the clock and takes two an hour.
func (m *model) appoint(id TicketID, s ServiceID, class ClassID, at time.Time) Code {
	if m.person(id) != nil || m.hours[id] != nil {
		return ""
	}
	h := &hour{s, class, at.Truncate(time.Minute), Booked}
	days := func(t time.Time) time.Time {
		y, mo, d := t.In(saigon).Date()
		return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
	}
	switch {
	case !h.hour.After(m.clock) || days(h.hour).Sub(days(m.clock)) > 30*24*time.Hour:
		return ErrInvalid.Code
	case m.ended && h.day() == m.day:
		return ErrDayEnded.Code
	}
	same := func(t time.Time) bool {
		return t.In(saigon).Format("2006-01-02 15") == h.hour.In(saigon).Format("2006-01-02 15")
	}
	taken := 0
	for _, o := range m.hours {
		if o.service == s && o.state == Booked && same(o.hour) {
			taken++
		}
	}
	for _, p := range m.people {
		if p.service == s && !p.booked.IsZero() && p.state != Cancelled && same(p.booked) {
			taken++
		}
	}
	if taken >= 2 {
		return ErrHourFull.Code
	}
	m.hours[id] = h
	return ""
}

func (m *model) unappoint(id TicketID) Code {
	p, h := m.person(id), m.hours[id]
	switch {
	case p != nil && !p.booked.IsZero():
		return ErrAppointmentOver.Code
	case h == nil:
		return ErrUnknownAppointment.Code
	case h.state == AppointmentMiss:
		return ErrAppointmentOver.Code
	}
	h.state = AppointmentOff
	return ""
}

func (m *model) checkIn(id TicketID) Code {
	if m.person(id) != nil {
		return ""
	}
	h := m.hours[id]
	switch {
	case h == nil:
		return ErrUnknownAppointment.Code
	case h.state != Booked:
		return ErrAppointmentOver.Code
	case h.day() != m.day:
		return ErrOtherDay.Code
	case m.clock.Before(h.hour.Add(-time.Hour)):
		return ErrEarly.Code
	}
	due := h.hour
	if m.clock.After(h.hour.Add(15 * time.Minute)) {
		due = time.Time{}
	}
	delete(m.hours, id)
	m.issue(id, h.service, h.class, due)
	m.person(id).booked = h.hour
	return ""
}
