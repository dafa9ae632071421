package queue

import (
	"strings"
	"time"
)

// Cancel gives up a place. It can be restored for five minutes.
type Cancel struct {
	Ticket TicketID
	Reason string
}

func (c Cancel) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	if t.State != Waiting {
		return t.wrongState("cancelled")
	}
	d.out.Ticket = t.ID
	d.emit(WasCancelled{Ticket: t.ID, Reason: strings.TrimSpace(c.Reason)})
	return nil
}

// WasCancelled is a place given up.
type WasCancelled struct {
	Ticket TicketID `json:"t"`
	Reason string   `json:"r,omitempty"`
}

func (WasCancelled) kind() string { return "cancelled" }

func (e WasCancelled) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		s.dequeue(t)
		t.State, t.EndedAt, t.Reason = Cancelled, at, e.Reason
	}
}

// Restore takes a cancellation back: the ticket waits again at its old place.
type Restore struct {
	Ticket TicketID
}

func (c Restore) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if t.State != Cancelled {
		return t.wrongState("restored")
	}
	if by := t.EndedAt.Add(RestoreWithin); d.now.After(by) {
		return refuse(ErrTooLate, "ticket %s could be restored until %s; please take a new number", t.Number, by.In(s.Location()).Format("15:04")).
			With("restore_by", by.In(s.Location()))
	}
	if err := s.cannotWait(t); err != nil {
		return err
	}
	if _, err := s.needLine(t.Service); err != nil {
		return err // removed since
	}
	d.out.Ticket = t.ID
	d.emit(Restored{Ticket: t.ID})
	return nil
}

// Restored is a cancelled ticket in line again.
type Restored struct {
	Ticket TicketID `json:"t"`
}

func (Restored) kind() string { return "restored" }

func (e Restored) apply(s *State, _ time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.State, t.EndedAt, t.Reason = Waiting, time.Time{}, ""
		s.enqueue(t)
	}
}
