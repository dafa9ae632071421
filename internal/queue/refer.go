package queue

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Refer writes the dossier code (mã hồ sơ) of the visit at a counter beside its
// ticket, so that what a counter received can be matched with the dossier system.
// An empty one takes it away. It moves nobody.
type Refer struct {
	Counter   CounterID
	Ticket    TicketID // optional
	Reference string
}

func checkReference(reference string) error {
	if !utf8.ValidString(reference) {
		return refuse(ErrInvalid, "the reference is not text").With("field", "reference")
	}
	if len(reference) > MaxReference {
		return refuse(ErrInvalid, "the reference has %d bytes; at most %d are kept", len(reference), MaxReference).With("field", "reference")
	}
	return nil
}

func (c Refer) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if err := checkReference(c.Reference); err != nil {
		return err
	}
	d.out.Ticket = t.ID
	r := strings.TrimSpace(c.Reference)
	if r == t.Reference {
		d.out.Existing = true
		return nil
	}
	d.emit(Referred{Ticket: t.ID, Reference: r})
	return nil
}

// Referred is the dossier code of a visit.
type Referred struct {
	Ticket    TicketID `json:"t"`
	Reference string   `json:"r,omitempty"`
}

func (Referred) kind() string { return "referred" }

func (e Referred) apply(s *State, _ time.Time) {
	if t := s.Tickets[e.Ticket]; t != nil {
		t.Reference = e.Reference
	}
}
