package queue

import (
	"strings"
	"time"
)

// Transfer sends a called or served person on to another service or counter. The
// number is kept; so is the order of arrival, unless it is a second procedure,
// which begins its wait now.
type Transfer struct {
	Counter CounterID
	Ticket  TicketID  // optional
	Service ServiceID // the new service; "" keeps it
	To      CounterID // the new counter; 0 is any that serves the service
	Second  bool      // a second procedure
	Reason  string
}

func (c Transfer) decide(s *State, d *decision) error {
	_, t, err := s.held(c.Counter, c.Ticket)
	if err != nil {
		return err
	}
	if err := s.cannotWait(t); err != nil {
		return err
	}
	if c.Service == "" && c.To == 0 {
		return refuse(ErrInvalid, "say to which service or counter ticket %s goes", t.Number).With("field", "service")
	}
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	if c.Service != "" {
		if _, err := s.needLine(c.Service); err != nil {
			return err
		}
	}
	if c.To != 0 {
		if _, err := s.needCounter(c.To); err != nil {
			return err
		}
		if c.To == c.Counter {
			return refuse(ErrInvalid, "ticket %s is at counter %d already", t.Number, c.To).With("field", "counter")
		}
	} else if c.Service == t.Service {
		return refuse(ErrInvalid, "ticket %s is in the line of %s already; name a counter or another service", t.Number, c.Service).With("field", "service")
	}
	e := Transferred{Ticket: t.ID, Service: t.Service, Target: c.To, Place: t.Place, Reason: strings.TrimSpace(c.Reason)}
	if c.Service != "" {
		e.Service = c.Service
	}
	if c.Second {
		e.Place, e.Second = s.Place+1, true
	}
	d.out.Ticket = t.ID
	d.emit(e)
	return nil
}

// Transferred is a ticket in another line.
type Transferred struct {
	Ticket  TicketID  `json:"t"`
	Service ServiceID `json:"s"`
	Target  CounterID `json:"c,omitempty"`
	Place   int64     `json:"p"`
	Second  bool      `json:"second,omitempty"`
	Reason  string    `json:"r,omitempty"`
}

func (Transferred) kind() string { return "transferred" }

func (e Transferred) apply(s *State, at time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	s.release(t)
	t.State, t.Service, t.Target, t.Place, t.WaitSince, t.Reason = Waiting, e.Service, e.Target, e.Place, at, e.Reason
	t.ReturnAfter, t.Returned, t.Calls, t.Charged = 0, false, 0, 0
	if e.Second {
		t.Arrived, t.Second = at, true
	}
	s.Place = max(s.Place, e.Place)
	s.requeue(t, at)
}

// requeue puts a ticket into its line and reports true; when its day has ended it
// expires instead.
func (s *State) requeue(t *Ticket, at time.Time) bool {
	if s.Over(t) {
		t.State, t.EndedAt = Expired, at
		return false
	}
	s.enqueue(t)
	return true
}
