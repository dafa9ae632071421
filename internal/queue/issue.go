package queue

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Issue gives out a number. Issuing an id that the centre already holds returns
// the ticket it was given to, so a lost answer can be asked for again.
type Issue struct {
	ID        TicketID
	Service   ServiceID
	Priority  ClassID
	Source    string
	Language  string    // "vi", "en" or ""
	Reference string    // dossier code, at most 64 bytes
	Due       time.Time // hour of an appointment, zero for none
}

// The longest dossier code and the longest source, in bytes.
const (
	MaxReference = 64
	MaxSource    = 32
)

func (c Issue) decide(s *State, d *decision) error {
	if t := s.Ticket(c.ID); t != nil {
		d.out.Ticket, d.out.Existing = t.ID, true
		return nil
	}
	if a := s.Appointments[c.ID]; a != nil {
		return s.NotCheckedIn(a)
	}
	if s.Center.ID == "" {
		return refuse(ErrNotConfigured, "the centre has not been set up, so it gives out no numbers")
	}
	l, err := s.needLine(c.Service)
	if err != nil {
		return err
	}
	if err := c.check(s); err != nil {
		return err
	}
	if err := s.MayIssue(l, d.now); err != nil {
		return err
	}
	d.out.Ticket = c.ID
	d.emit(Issued{Ticket: c.ID, Number: fmt.Sprintf("%s%03d", l.Prefix, l.Last+1), Seq: l.Last + 1, Place: s.Place + 1,
		Service: c.Service, Priority: c.Priority, Source: c.Source, Language: c.Language, Reference: c.Reference, Due: stamp(c.Due)})
	return nil
}

func (c Issue) check(s *State) error {
	if id, ok := ParseTicketID(string(c.ID)); !ok || id != c.ID {
		return refuse(ErrInvalid, "the ticket id %q is not 16 characters of Crockford base32 in upper case", c.ID).With("field", "id")
	}
	if len(c.Source) > MaxSource || !utf8.ValidString(c.Source) {
		return refuse(ErrInvalid, "the source %q is not one word of at most %d bytes", c.Source, MaxSource).With("field", "source")
	}
	if err := checkReference(c.Reference); err != nil {
		return err
	}
	if c.Language != "" && c.Language != "vi" && c.Language != "en" {
		return refuse(ErrInvalid, "the language %q is not vi or en", c.Language).With("field", "language")
	}
	return s.checkClass(c.Priority)
}

func (s *State) checkClass(id ClassID) error {
	if id == "" {
		return nil
	}
	if _, ok := s.Class(id); ok {
		return nil
	}
	var have []string
	for _, k := range s.Policy.Classes {
		have = append(have, string(k.ID))
	}
	return refuse(ErrUnknownClass, "there is no priority group %q here; there are %s", id, list(have)).With("priorities", have)
}

// MayIssue says why no ticket of a service can be taken at an instant, or nil.
func (s *State) MayIssue(l *Line, now time.Time) error {
	hours := s.HoursOf(l)
	local := now.In(s.Location())
	name := l.Name.EN
	if name == "" {
		name = l.Name.VI
	}
	if s.DayEnded && s.DayOf(now) <= s.Day {
		e := refuse(ErrDayEnded, "the day %s was ended; no more numbers are given today", s.Day)
		if at, ok := hours.NextOpen(s.Midnight()); ok {
			e = e.With("opens_at", at)
		}
		return e
	}
	for _, p := range []*Pause{s.Pause, l.Pause} {
		if p == nil {
			continue
		}
		e := refuse(ErrIssuingPaused, "issuing of %s is paused: %s", name, p.Reason).With("reason", p.Reason)
		if !p.Until.IsZero() {
			e = e.With("until", p.Until.In(s.Location()))
		}
		return e
	}
	if !hours.Open(local) {
		at, ok := hours.NextOpen(local)
		if !ok {
			return refuse(ErrClosed, "%s has no hours in the coming two weeks", name)
		}
		return refuse(ErrClosed, "%s gives out no numbers now; the next hour is %s", name, at.Format("2006-01-02 15:04")).With("opens_at", at)
	}
	if l.DailyLimit > 0 && l.Issued >= l.DailyLimit {
		return refuse(ErrNoMoreNumbers, "all %d numbers of %s for today are given out", l.DailyLimit, name)
	}
	return nil
}

// Issued is a new ticket in its line.
type Issued struct {
	Ticket    TicketID  `json:"t"`
	Number    string    `json:"n"`
	Seq       int       `json:"q"` // the counting part of the number
	Place     int64     `json:"p"`
	Service   ServiceID `json:"s"`
	Priority  ClassID   `json:"y,omitempty"`
	Source    string    `json:"o,omitempty"`
	Language  string    `json:"l,omitempty"`
	Reference string    `json:"r,omitempty"`
	Due       time.Time `json:"due,omitzero"`
}

func (Issued) kind() string { return "issued" }

func (e Issued) apply(s *State, at time.Time) {
	t := &Ticket{ID: e.Ticket, Number: e.Number, Day: s.Day, Service: e.Service, State: Waiting, Priority: e.Priority,
		Source: e.Source, Language: e.Language, Reference: e.Reference, Place: e.Place, Due: e.Due, IssuedAt: at, WaitSince: at}
	s.Tickets[t.ID] = t
	s.Place = max(s.Place, e.Place)
	if l := s.anyLine(e.Service); l != nil {
		l.Last = max(l.Last, e.Seq)
		l.Issued++
	}
	s.enqueue(t)
}
