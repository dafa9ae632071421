package api

import (
	"errors"
	"net/http"
	"time"

	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

type appointIn struct {
	InCenter
	Keyed
	Body AppointBody
}

// AppointBody asks for an hour.
type AppointBody struct {
	Service   string    `json:"service" doc:"Id of a service of the centre"`
	At        time.Time `json:"at" doc:"The hour; seconds are dropped"`
	ID        string    `json:"id,omitempty" doc:"16 characters of Crockford base32 (80 random bits), made by who books; booking it again gives the same appointment. The ticket will have it too"`
	Priority  string    `json:"priority,omitempty" doc:"Id of a priority group"`
	Language  string    `json:"language,omitempty" enum:"vi,en"`
	Reference string    `json:"reference,omitempty" doc:"A dossier code, at most 64 bytes: its receipt finds the appointment at the kiosk"`
}

type appointmentOut struct {
	Status int
	Body   *view.Appointment
}

func (a *API) appoint(rq *request, in *appointIn) (*appointmentOut, error) {
	id := newTicketID()
	if in.Body.ID != "" {
		var ok bool
		if id, ok = queue.ParseTicketID(in.Body.ID); !ok {
			return nil, refusal(codeInvalid, "%q is not a ticket id: 16 characters of Crockford base32", in.Body.ID).with("field", "id")
		}
	}
	call, err := rq.call(in.Key, "", in.Body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "appoint", queue.Appoint{ID: id, Service: queue.ServiceID(in.Body.Service), At: in.Body.At,
		Priority: queue.ClassID(in.Body.Priority), Language: in.Body.Language, Reference: in.Body.Reference}, call)
	if err != nil {
		return nil, err
	}
	out := &appointmentOut{http.StatusOK, reply.Appointment}
	if reply.Created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

type appointmentsIn struct {
	InCenter
	Day string `query:"day" doc:"A business day, 2025-07-14; left out, today"`
}

type appointmentsOut struct {
	Body []view.Appointment
}

func (a *API) appointments(rq *request, in *appointmentsIn) (*appointmentsOut, error) {
	out := &appointmentsOut{}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		day, err := dayOf(in.Day, s.Day)
		out.Body = view.AppointmentsOf(s, day, a.ticketURL)
		return err
	})
	return out, err
}

// dayOf reads a day of a query.
func dayOf(text string, today queue.Day) (queue.Day, error) {
	if text == "" {
		return today, nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", refusal(codeInvalid, "%q is not a day like 2025-07-14", text).with("field", "day")
	}
	return queue.Day(text), nil
}

type bookableIn struct {
	InCenter
	Service string `query:"service" required:"true"`
	Day     string `query:"day" doc:"A business day, 2025-07-14; left out, today"`
}

type bookableOut struct {
	Body []view.BookableHour
}

func (a *API) bookable(rq *request, in *bookableIn) (*bookableOut, error) {
	out := &bookableOut{}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
		day, err := dayOf(in.Day, s.Day)
		if err != nil {
			return err
		}
		l := s.Line(queue.ServiceID(in.Service))
		if l == nil {
			return s.MissingService(queue.ServiceID(in.Service))
		}
		out.Body = view.BookableOf(s, l, day, p.Now)
		return nil
	})
	return out, err
}

type appointmentOfIn struct {
	InCenter
	Reference string `query:"reference" required:"true" maxLength:"64" doc:"A dossier code, as the receipt has it"`
}

// appointmentOf lets a kiosk find the appointment of a dossier's receipt. It tells of
// today only, and of one code at a time.
func (a *API) appointmentOf(rq *request, in *appointmentOfIn) (*appointmentOut, error) {
	out := &appointmentOut{Status: http.StatusOK}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		v, ok := view.AppointmentFor(s, in.Reference, a.ticketURL)
		if !ok {
			return refusal(string(queue.ErrUnknownAppointment.Code), "no appointment of today has the dossier code %s", in.Reference)
		}
		out.Body = &v
		return nil
	})
	return out, err
}

func (a *API) appointment(rq *request, in *OfTicket) (*appointmentOut, error) {
	id, err := appointmentID(in.ID)
	if err != nil {
		return nil, err
	}
	page, err := a.engine.Appointment(rq.ctx, id)
	return &appointmentOut{http.StatusOK, &page.Appointment}, err
}

func appointmentID(text string) (queue.TicketID, error) {
	id, ok := queue.ParseTicketID(text)
	if !ok {
		return "", refusal(string(queue.ErrUnknownAppointment.Code), "%q is not an appointment's id: 16 characters of Crockford base32", text)
	}
	return id, nil
}

func (a *API) cancelAppointment(rq *request, in *bareTicketIn) (*appointmentOut, error) {
	id, err := a.inItsCenter(rq, in.ID)
	if err != nil {
		return nil, err
	}
	call, err := rq.call(in.Key, id, NoBody{})
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "cancel-appointment", queue.CancelAppointment{ID: id}, call)
	return &appointmentOut{http.StatusOK, reply.Appointment}, err
}

type checkInIn struct {
	OfTicket
	Keyed
	Body *CheckInBody
}

// CheckInBody says how the person checks in.
type CheckInBody struct {
	Source   string `json:"source,omitempty" enum:"kiosk,desk,phone,agent" doc:"Where the person stands; who may not say so is not believed"`
	Language string `json:"language,omitempty" enum:"vi,en" doc:"In which the person is called; left out, as it was booked"`
}

func (a *API) checkIn(rq *request, in *checkInIn) (*issueOut, error) {
	var body CheckInBody
	if in.Body != nil {
		body = *in.Body
	}
	id, err := a.inItsCenter(rq, in.ID)
	if err != nil {
		return nil, err
	}
	call, err := rq.call(in.Key, id, body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "check-in", queue.CheckIn{ID: id, Source: rq.claimed(body.Source), Language: body.Language}, call)
	if err != nil {
		return nil, err
	}
	out := &issueOut{http.StatusOK, reply.Ticket}
	if reply.Created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

// inItsCenter reads an appointment's id and finds the centre that keeps it.
func (a *API) inItsCenter(rq *request, text string) (queue.TicketID, error) {
	id, err := appointmentID(text)
	if err == nil && rq.center == "" {
		rq.center, err = a.engine.CenterOf(rq.ctx, id)
	}
	var q *queue.Error
	if errors.As(err, &q) && errors.Is(q, queue.ErrUnknownTicket) {
		err = &queue.Error{Code: queue.ErrUnknownAppointment.Code, Message: "there is no appointment " + string(id)}
	}
	return id, err
}

func (a *API) ticketURL(id queue.TicketID) string { return ticket.URL(a.o.PublicURL, id) }
