package queue

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Park sets a visit aside while the person fetches something. A parked ticket
// belongs to the centre: any counter may call it back.
type Park struct {
	Counter CounterID
	Ticket  TicketID // optional
	Reason  string
}

// MaxReason is the longest reason, in bytes.
const MaxReason = 200

func checkReason(reason string) error {
	if !utf8.ValidString(reason) {
		// The journal would keep other bytes than the state.
		return refuse(ErrInvalid, "the reason is not text").With("field", "reason")
	}
	if len(reason) > MaxReason {
		return refuse(ErrInvalid, "the reason has %d bytes; at most %d are kept", len(reason), MaxReason).With("field", "reason")
	}
	return nil
}

func (c Park) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	d.out.Ticket = t.ID
	d.emit(SetAside{Ticket: t.ID, Reason: strings.TrimSpace(c.Reason)})
	return nil
}

// SetAside is a parked visit.
type SetAside struct {
	Ticket TicketID `json:"t"`
	Reason string   `json:"r,omitempty"`
}

func (SetAside) kind() string { return "parked" }

func (e SetAside) apply(s *State, at time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.State, t.EndedAt, t.Reason = Parked, at, e.Reason
		s.release(t)
	}
}
