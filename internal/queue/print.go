package queue

import (
	"regexp"
	"slices"
	"time"
)

// PrintID names an order to print, in the form of a ticket's id. It is made by whoever
// orders, so that the same touch twice is one slip.
type PrintID string

// PrintState names are those on the wire.
type PrintState string

const (
	PrintOpen     PrintState = "ordered"
	PrintDone     PrintState = "printed"
	PrintFailed   PrintState = "failed"   // nothing came out
	PrintDoubtful PrintState = "doubtful" // it was cut off: look whether the slip is there
	PrintLate     PrintState = "late"     // its device did not answer in time, and does not print it any more
)

// Print is an order of the staff to print a ticket's slip on a device.
type Print struct {
	ID      PrintID    `json:"id"`
	Ticket  TicketID   `json:"ticket"`
	Number  string     `json:"number"`
	Device  string     `json:"device"`
	Again   bool       `json:"again,omitempty"` // a slip of this ticket may be about: it gets the mark of a reprint
	State   PrintState `json:"state"`
	Why     string     `json:"why,omitempty"` // of failed and doubtful, a word for programs
	At      time.Time  `json:"at"`
	EndedAt time.Time  `json:"ended_at,omitzero"`
}

// PrintWithin is how long an order waits for its device. A slip that came out later
// would lie there for somebody who has left.
const PrintWithin = 2 * time.Minute

const (
	openPrints  = 16  // of a device: about a minute of printing, as its own queue
	endedPrints = 100 // are remembered, until the day is over
)

// OrderPrint has a device print the slip of a ticket.
type OrderPrint struct {
	ID     PrintID
	Ticket TicketID
	Device string
}

func (c OrderPrint) decide(s *State, d *decision) error {
	if p := s.Print(c.ID); p != nil {
		d.out.Print, d.out.Existing = p.ID, true
		return nil
	}
	if _, ok := ParseTicketID(string(c.ID)); !ok {
		return refuse(ErrInvalid, "%q is not the id of an order: 16 characters of Crockford base32", c.ID).With("field", "id")
	}
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if !slices.Contains([]TicketState{Waiting, Called, Serving, Parked, Missed}, t.State) {
		return t.wrongState("printed")
	}
	if err := checkDevice(c.Device); err != nil {
		return err
	}
	open, again := 0, t.Source == "kiosk"
	for _, p := range s.Prints {
		if p.Ticket == t.ID && (p.State == PrintDone || p.State == PrintDoubtful) {
			again = true
		}
		if p.State != PrintOpen || p.Device != c.Device {
			continue
		}
		if p.Ticket == t.ID { // a second touch while the first is on its way
			d.out.Print, d.out.Existing = p.ID, true
			return nil
		}
		open++
	}
	if open >= openPrints {
		return refuse(ErrPrinterBusy, "%d slips wait for that printer already; wait a moment or take another", open)
	}
	d.out.Ticket, d.out.Print = t.ID, c.ID
	d.emit(PrintOrdered{ID: c.ID, Ticket: t.ID, Device: c.Device, Again: again})
	return nil
}

// Print finds an order of today.
func (s *State) Print(id PrintID) *Print {
	i := slices.IndexFunc(s.Prints, func(p Print) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Prints[i]
}

// PrintOrdered is a slip that a device is to print.
type PrintOrdered struct {
	ID     PrintID  `json:"p"`
	Ticket TicketID `json:"t"`
	Device string   `json:"d"`
	Again  bool     `json:"again,omitempty"`
}

func (PrintOrdered) kind() string { return "print-ordered" }

func (e PrintOrdered) apply(s *State, at time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil || s.Print(e.ID) != nil {
		return
	}
	s.Prints = append(s.Prints, Print{ID: e.ID, Ticket: e.Ticket, Number: t.Number, Device: e.Device, Again: e.Again, State: PrintOpen, At: at})
	ended := 0
	for _, p := range s.Prints {
		if p.State != PrintOpen {
			ended++
		}
	}
	for i := 0; ended > endedPrints; {
		if s.Prints[i].State == PrintOpen {
			i++
			continue
		}
		s.Prints = slices.Delete(s.Prints, i, i+1)
		ended--
	}
}

// EndPrint is what a device says became of an order. Saying it again changes nothing;
// what it says of an order that was given up as late counts.
type EndPrint struct {
	ID     PrintID
	Device string
	State  PrintState // printed, failed or doubtful
	Why    string
}

// whyForm is a word for programs: the state of a printer, like "paper_out".
var whyForm = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

func (c EndPrint) decide(s *State, d *decision) error {
	if !slices.Contains([]PrintState{PrintDone, PrintFailed, PrintDoubtful}, c.State) {
		return refuse(ErrInvalid, "an order to print ends as printed, failed or doubtful, not as %q", c.State).With("field", "state")
	}
	if c.Why != "" && !whyForm.MatchString(c.Why) {
		return refuse(ErrInvalid, "%.50q is not a word like paper_out", c.Why).With("field", "why")
	}
	p := s.Print(c.ID)
	if p == nil || p.Device != c.Device {
		return refuse(ErrUnknownPrint, "the device has no order %.40q of today", c.ID)
	}
	d.out.Print = p.ID
	if p.State != PrintOpen && p.State != PrintLate {
		d.out.Existing = true
		return nil
	}
	d.emit(PrintEnded{ID: c.ID, State: c.State, Why: c.Why})
	return nil
}

// PrintEnded is what became of an order.
type PrintEnded struct {
	ID    PrintID    `json:"p"`
	State PrintState `json:"state"`
	Why   string     `json:"why,omitempty"`
}

func (PrintEnded) kind() string { return "print-ended" }

func (e PrintEnded) apply(s *State, at time.Time) {
	if p := s.Print(e.ID); p != nil {
		p.State, p.Why, p.EndedAt = e.State, e.Why, at
	}
}

// lateAt is when an order is given up; zero for one that has ended.
func (p Print) lateAt() time.Time {
	if p.State != PrintOpen {
		return time.Time{}
	}
	return p.At.Add(PrintWithin)
}

// latePrints gives up the orders whose device did not answer in time.
func (d *decision) latePrints() {
	for _, p := range slices.Clone(d.state.Prints) {
		if at := p.lateAt(); !at.IsZero() && !d.now.Before(at) {
			d.emit(PrintEnded{ID: p.ID, State: PrintLate})
		}
	}
}
