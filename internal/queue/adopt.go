package queue

import (
	"strings"
	"time"
)

// Adopt calls a slip of a kiosk that is cut off, before the server knows of it: the
// clerk scanned or typed what is on paper. The merge finds it later by its id, or by
// its number where the id could not be read.
type Adopt struct {
	Counter CounterID
	ID      TicketID // of the slip; one made for the occasion with Unread
	Unread  bool     // the id on the slip is not known
	Number  string
	Service ServiceID // "" to be told from the number
}

func (c Adopt) decide(s *State, d *decision) error {
	if k := s.Ticket(c.ID); k != nil {
		return CallTicket{Counter: c.Counter, Ticket: k.ID}.decide(s, d)
	}
	a := s.Appointments[c.ID]
	if a != nil && c.Number == "" {
		return s.NotCheckedIn(a)
	}
	number := strings.ToUpper(strings.TrimSpace(c.Number))
	l, err := s.laneLine(number, c.Service)
	if err != nil {
		return err
	}
	if id, ok := ParseTicketID(string(c.ID)); !ok || id != c.ID {
		return refuse(ErrInvalid, "the ticket id %q is not 16 characters of Crockford base32 in upper case", c.ID).With("field", "ticket")
	}
	for _, t := range s.Tickets {
		if t.Number == number && t.Day == s.Day {
			return refuse(ErrNumberTaken, "ticket %s is known and %s; call it by its number", number, inWords[t.State]).With("number", number)
		}
	}
	if s.DayEnded {
		return refuse(ErrDayEnded, "the day %s was ended; nobody is called any more", s.Day)
	}
	if _, err := s.mayCall(c.Counter, false); err != nil {
		return err
	}
	e := Adopted{Ticket: c.ID, Number: number, Place: s.Place + 1, Service: l.ID, Unidentified: c.Unread}
	if a != nil {
		e.Booked = a.Hour
	}
	d.emit(e)
	d.call(s.Tickets[c.ID], c.Counter, BySlip, "")
	return nil
}

// LaneNumber reports whether a number is of a kiosk's lane of this centre.
func (s *State) LaneNumber(number string) bool {
	_, letter, ok := parseLaneNumber(strings.ToUpper(strings.TrimSpace(number)))
	return ok && s.laneHolder(letter) != ""
}

// laneLine finds the service of a lane number.
func (s *State) laneLine(number string, named ServiceID) (*Line, error) {
	prefix, letter, ok := parseLaneNumber(number)
	if !ok || s.laneHolder(letter) == "" {
		return nil, refuse(ErrUnknownTicket, "no ticket of today has the number %s, and no kiosk gives out numbers like it", number).With("number", number)
	}
	if named != "" {
		return s.needLine(named)
	}
	for _, l := range s.Lines {
		if l.Prefix == prefix && !l.Removed {
			return l, nil
		}
	}
	return nil, refuse(ErrUnknownService, "no field has the prefix %s; say which one the slip %s is for", prefix, number).With("field", "service")
}

// Adopted is a slip that a clerk took in.
type Adopted struct {
	Ticket       TicketID  `json:"t"`
	Number       string    `json:"n"`
	Place        int64     `json:"p"`
	Service      ServiceID `json:"s"`
	Unidentified bool      `json:"u,omitempty"`
	Booked       time.Time `json:"b,omitzero"` // of the appointment that the kiosk checked in
}

func (Adopted) kind() string { return "adopted" }

func (e Adopted) apply(s *State, at time.Time) {
	t := &Ticket{ID: e.Ticket, Number: e.Number, Day: s.Day, Service: e.Service, State: Waiting, Source: "kiosk", Place: e.Place,
		Offline: true, Uncertain: true, Unidentified: e.Unidentified, Booked: e.Booked, Arrived: at, IssuedAt: at, WaitSince: at}
	s.Tickets[t.ID] = t
	s.unbook(t.ID)
	s.Place = max(s.Place, e.Place)
	if l := s.anyLine(e.Service); l != nil {
		l.Issued++
	}
	s.enqueue(t)
}

// SlipIdentified is the id of a slip that was called by its number: the phone that
// scanned it finds its ticket.
type SlipIdentified struct {
	Ticket TicketID `json:"t"` // under which it is kept
	ID     TicketID `json:"id"`
}

func (SlipIdentified) kind() string { return "slip-identified" }

func (e SlipIdentified) apply(s *State, _ time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil || s.Tickets[e.ID] != nil {
		return
	}
	t.Unidentified = false
	if s.Aliases == nil {
		s.Aliases = map[TicketID]TicketID{}
	}
	s.Aliases[e.ID] = t.ID
}
