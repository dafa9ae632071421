package queue

import (
	"slices"
	"strings"
	"time"
)

// CallNext calls whoever is next for a counter. With Finish it first ends the
// visit in hand, in the same command. The outcome's Ticket is the one called, ""
// when nobody waits.
type CallNext struct {
	Counter CounterID
	Finish  bool
}

func (c CallNext) decide(s *State, d *decision) error {
	n, err := s.mayCall(c.Counter, c.Finish)
	if err != nil {
		return err
	}
	if n.Ticket != "" {
		pausing := n.Pausing
		d.finish(s.Tickets[n.Ticket])
		if pausing {
			return nil // the counter asked to pause after this visit
		}
	}
	next := s.Next(c.Counter, d.now)
	if next.Ticket == nil {
		return nil
	}
	d.call(next.Ticket, c.Counter, next.Why, "")
	return nil
}

// CallTicket calls a named ticket: a parked one, a returned one, the one that is
// next anyway, or, with permission and a reason, any that waits.
type CallTicket struct {
	Counter CounterID
	Ticket  TicketID
	Reason  string
}

func (c CallTicket) decide(s *State, d *decision) error {
	t, err := s.needTicket(c.Ticket)
	if err != nil {
		return err
	}
	if _, err := s.mayCall(c.Counter, false); err != nil {
		return err
	}
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	why := ByChoice
	switch {
	case t.State == Parked:
		why = ByRecallLater
	case t.State != Waiting:
		return t.wrongState("called")
	case t.Returned:
		why = ByReturn
	default:
		if next := s.Next(c.Counter, d.now); next.Ticket == t {
			why = next.Why
			break
		}
		if !d.meta.OutOfTurn {
			return refuse(ErrOutOfTurn, "ticket %s is not next at counter %d; calling it out of turn needs a permission", t.Number, c.Counter).With("number", t.Number)
		}
		if strings.TrimSpace(c.Reason) == "" {
			return refuse(ErrReasonRequired, "ticket %s is not next at counter %d; say why it is called out of turn", t.Number, c.Counter).With("field", "reason")
		}
	}
	d.call(t, c.Counter, why, strings.TrimSpace(c.Reason))
	return nil
}

// mayCall gives the counter if it is open and free; with finish it may hold a ticket.
func (s *State) mayCall(n CounterID, finish bool) (*Counter, error) {
	c, err := s.needCounter(n)
	if err != nil {
		return nil, err
	}
	if c.State != CounterOpen {
		return nil, refuse(ErrCounterState, "counter %d is %s; open it before calling", n, c.State).With("state", string(c.State))
	}
	if c.Ticket != "" && !finish {
		t := s.Tickets[c.Ticket]
		return nil, refuse(ErrCounterBusy, "counter %d holds ticket %s, which %s; finish, park or transfer it first", n, t.Number, inWords[t.State]).
			With("ticket", string(t.ID)).With("number", t.Number).With("state", string(t.State))
	}
	return c, nil
}

func (d *decision) call(t *Ticket, n CounterID, why Why, reason string) {
	d.out.Ticket = t.ID
	d.emit(CalledTo{Ticket: t.ID, Counter: n, Call: d.state.LastCall + 1, Why: why, Policy: d.state.Policy.Version, Reason: reason})
}

// CalledTo announces a ticket at a counter.
type CalledTo struct {
	Ticket  TicketID  `json:"t"`
	Counter CounterID `json:"c"`
	Call    uint64    `json:"call"`
	Why     Why       `json:"why"`
	Policy  int       `json:"pol"` // version of the rule it was called under
	Reason  string    `json:"r,omitempty"`
}

func (CalledTo) kind() string { return "called" }

func (e CalledTo) apply(s *State, at time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	t.Charged = 0 // a parked ticket is called back at no line's expense
	if t.State == Waiting {
		before := 0
		l := s.anyLine(t.Service)
		if l != nil {
			before = l.Others
		}
		s.dequeue(t)
		t.ReturnAfter = 0 // its turn has come; a put-back does not make it wait for others again
		if l != nil {
			l.Others += charge(l.Others, t.Priority != "", s.priorityWaits(l))
			t.Charged = l.Others - before
			l.Calls++
		}
	}
	t.State, t.Counter, t.Call, t.Calls, t.Why = Called, e.Counter, e.Call, 1, e.Why
	t.CalledAt, t.StartedAt, t.EndedAt, t.Reason = at, time.Time{}, time.Time{}, e.Reason
	if c := s.Counter(e.Counter); c != nil {
		c.Ticket = t.ID
	}
	s.announce(t, at, false)
}

// announce adds a call to the list that boards and screens follow.
func (s *State) announce(t *Ticket, at time.Time, again bool) {
	s.LastCall = max(s.LastCall, t.Call)
	s.Calls = append(s.Calls, Call{Call: t.Call, Number: t.Number, Counter: t.Counter, Service: t.Service, At: at,
		Ticket: t.ID, Again: again, Priority: t.Priority != "", Language: t.Language})
}

// CallsAfter gives the calls after a number, oldest first, withdrawn ones marked.
func (s *State) CallsAfter(n uint64) []Call {
	i := len(s.Calls)
	for i > 0 && s.Calls[i-1].Call > n {
		i--
	}
	return slices.Clone(s.Calls[i:]) // a put-back marks them in place
}
