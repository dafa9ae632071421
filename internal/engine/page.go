package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// found is what an id stands for: a ticket, or an appointment that is none yet. One of
// the two is set.
type found struct {
	ticket      *view.TicketPage
	appointment *view.AppointmentPage
}

func (f found) encode() (view.Head, []byte, error) {
	if f.ticket != nil {
		b, err := json.Marshal(f.ticket)
		return f.ticket.Head, b, err
	}
	b, err := json.Marshal(f.appointment)
	return f.appointment.Head, b, err
}

// Ticket gives the page of a ticket, also of a day that is over. An appointment is none.
func (e *Engine) Ticket(ctx context.Context, id queue.TicketID) (view.TicketPage, error) {
	f, err := e.page(ctx, id)
	if err != nil {
		return view.TicketPage{}, err
	}
	if f.ticket == nil {
		a := f.appointment.Appointment
		return view.TicketPage{}, (&queue.Error{Code: queue.ErrNotCheckedIn.Code,
			Message: fmt.Sprintf("%s is an appointment for %s and no ticket before it is checked in", id, a.At.Format("15:04 on 2006-01-02"))}).
			With("at", a.At).With("state", a.State)
	}
	return *f.ticket, nil
}

// Appointment gives the page of an appointment, also of one that was checked in.
func (e *Engine) Appointment(ctx context.Context, id queue.TicketID) (view.AppointmentPage, error) {
	f, err := e.page(ctx, id)
	switch {
	case errors.Is(err, queue.ErrUnknownTicket), err == nil && f.appointment == nil:
		return view.AppointmentPage{}, &queue.Error{Code: queue.ErrUnknownAppointment.Code, Message: fmt.Sprintf("there is no appointment %s", id)}
	case err != nil:
		return view.AppointmentPage{}, err
	}
	return *f.appointment, nil
}

// page finds what an id stands for. A ticket that came of an appointment has both pages.
func (e *Engine) page(ctx context.Context, id queue.TicketID) (found, error) {
	home, after, open, err := e.find(ctx, id)
	if err != nil {
		return found{}, err
	}
	var f found
	var past *queue.State // the centre's settings, when the ticket has left its state
	var today queue.Day
	var version int64
	var sealedTo journal.Pos
	_, err = e.ask(ctx, string(home), &request{look: func(k *cell) error {
		c := k.m.(*center)
		v, trouble := c.shown()
		f = e.pageFrom(c.state, id, c.stamp(v, trouble))
		if f == (found{}) {
			past, today, sealedTo, version = c.state.Configuration(), c.state.Day, k.sealedTo, v
		}
		return nil
	}})
	if err != nil || past == nil {
		return f, err
	}
	if open {
		// Its day is over; whether it is sealed by now only the journal can say.
		after = sealedTo
		_, pos, found, err := e.o.Log.FindID(ctx, rawID(id))
		if err != nil {
			return f, fmt.Errorf("%w (%w)", ErrStorage, err)
		}
		if found {
			after = pos
		}
	}
	if err := e.replayPast(ctx, home, id, after, past); err != nil {
		return f, err
	}
	if past.Ticket(id) == nil {
		past.Day = today // by which it shows whether an appointment was missed
	}
	if f = e.pageFrom(past, id, view.Stamp{Epoch: e.o.Epoch, Version: version, Now: e.o.Now()}); f == (found{}) {
		return f, &queue.Error{Code: queue.ErrUnknownTicket.Code, Message: fmt.Sprintf("there is no ticket %s", id)}
	}
	return f, nil
}

// pageFrom is what a state says of an id, nothing where it knows none.
func (e *Engine) pageFrom(s *queue.State, id queue.TicketID, p view.Stamp) (f found) {
	url := e.o.TicketURL(id)
	if t := s.Ticket(id); t != nil {
		page := view.TicketPageOf(s, t, view.NewPositions(s, p.Now), url, p)
		f.ticket = &page
	}
	if page, ok := view.AppointmentPageOf(s, id, url, p); ok {
		f.appointment = &page
	}
	return f
}

// replayPast reads a ticket or an appointment of a day that is over into s, which is the
// centre's configuration of today: the records about it, from the block the journal
// names, under the names of that day.
func (e *Engine) replayPast(ctx context.Context, c queue.CenterID, id queue.TicketID, after journal.Pos, s *queue.State) error {
	var last *queue.Ticket
	var lastDay string // of the newest record about it
	begun := false
	for entry, err := range e.o.Log.Read(ctx, string(c), after) {
		if err != nil {
			return fmt.Errorf("%w (%w)", ErrStorage, err)
		}
		if last != nil && !last.Held() && entry.Day > lastDay {
			break // a ticket that is at no counter when its day ends has its last state
		}
		if a := s.Appointment(id); a != nil && entry.Day > string(a.Day) {
			break // and so has an appointment that nobody checked in
		}
		for _, b := range entry.Records {
			rec, err := queue.DecodeRecord(b)
			if err != nil {
				return err
			}
			if slip, is := rec.Event.(queue.SlipIdentified); is && !begun && slip.ID == id {
				// The id on a slip that a clerk called by its number: its ticket has another,
				// and began earlier on the same day.
				if err := e.replayPast(ctx, c, slip.Ticket, after, s); err != nil {
					return err
				}
				s.Apply(rec)
				return nil
			}
			if !begun && !queue.Begins(rec.Event, id) || !queue.Concerns(rec.Event, id) {
				continue
			}
			begun = true
			s.Day, lastDay = rec.Day, string(rec.Day)
			s.Apply(rec)
			if t := s.Ticket(id); t != nil {
				last = t
			}
		}
	}
	if begun {
		s.NameAsOf(s.LastAt)
	}
	return nil
}

// afterItsDay says of an appointment that has left the state what became of it.
func (e *Engine) afterItsDay(ctx context.Context, c queue.Command, unknown error) error {
	var id queue.TicketID
	switch c := c.(type) {
	case queue.CheckIn:
		id = c.ID
	case queue.CancelAppointment:
		id = c.ID
	}
	page, err := e.Appointment(ctx, id)
	if err != nil {
		return unknown
	}
	a := page.Appointment
	return (&queue.Error{Code: queue.ErrAppointmentOver.Code, Message: fmt.Sprintf("the appointment %s was for %s, which is over", id, a.At.Format("15:04 on 2006-01-02"))}).
		With("state", a.State).With("at", a.At)
}
