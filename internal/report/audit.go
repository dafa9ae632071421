// Package report reads the journal's records back: the audit of a day's calls.
// It is pure: records come in, facts come out.
package report

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"moiso/internal/queue"
)

// AuditedCall is one call of a day, seen against the rule in force at that moment.
type AuditedCall struct {
	Call    uint64
	At      time.Time
	Counter queue.CounterID
	Number  string
	Service queue.ServiceID
	Why     queue.Why
	Reason  string // of a call out of turn
	Policy  int    // version of the rule
	Actor   string
	Waiting []Waited // everyone this counter could have called, in the order of the rule
	Fault   string   // how the call broke the rule, "" when it did not
}

// Waited is a ticket that waited at the moment of a call.
type Waited struct {
	Number   string
	Priority bool
	For      time.Duration
	Why      queue.Why
}

// Audit replays a centre's records and gives every call of a business day. Who was
// next is computed afresh from the state before the call, with the rule of then.
func Audit(records iter.Seq2[queue.Record, error], day queue.Day) iter.Seq2[AuditedCall, error] {
	return func(yield func(AuditedCall, error) bool) {
		s := queue.New()
		for r, err := range records {
			if err != nil {
				yield(AuditedCall{}, err)
				return
			}
			if c, ok := r.Event.(queue.CalledTo); ok && r.Day == day {
				if !yield(audited(s, r, c), nil) {
					return
				}
			}
			s.Apply(r)
			if r.Day > day {
				return
			}
		}
	}
}

func audited(s *queue.State, r queue.Record, c queue.CalledTo) AuditedCall {
	a := AuditedCall{Call: c.Call, At: r.At.In(s.Location()), Counter: c.Counter, Why: c.Why, Reason: c.Reason, Policy: c.Policy, Actor: r.Actor}
	t := s.Tickets[c.Ticket]
	if t == nil {
		a.Fault = fmt.Sprintf("ticket %s was not known", c.Ticket)
		return a
	}
	a.Number, a.Service = t.Number, t.Service
	for _, o := range s.Order(c.Counter, r.At, 0) {
		a.Waiting = append(a.Waiting, Waited{Number: o.Ticket.Number, Priority: o.Ticket.Priority != "", For: r.At.Sub(o.Ticket.WaitSince), Why: o.Why})
	}
	a.Fault = fault(s, r, c, t)
	return a
}

// fault says how a call broke the rule, "" when it kept it.
func fault(s *queue.State, r queue.Record, c queue.CalledTo, t *queue.Ticket) string {
	if c.Policy != s.Policy.Version {
		return fmt.Sprintf("it names version %d of the rule; version %d was in force", c.Policy, s.Policy.Version)
	}
	if c.Call != s.LastCall+1 {
		return fmt.Sprintf("its number is %d; the call before was %d", c.Call, s.LastCall)
	}
	if n := s.Counter(c.Counter); n == nil || n.State != queue.CounterOpen {
		return fmt.Sprintf("counter %d was not open", c.Counter)
	} else if n.Ticket != "" {
		return fmt.Sprintf("counter %d held another ticket", c.Counter)
	}
	if c.Why == queue.ByRecallLater {
		if t.State != queue.Parked {
			return fmt.Sprintf("ticket %s was not parked", t.Number)
		}
		return ""
	}
	if t.State != queue.Waiting {
		return fmt.Sprintf("ticket %s was not waiting", t.Number)
	}
	switch {
	case c.Why == queue.ByChoice && strings.TrimSpace(c.Reason) == "":
		return "it was out of turn and gives no reason"
	case c.Why == queue.ByChoice:
		return ""
	case c.Why == queue.BySlip && t.Offline:
		return "" // whoever shows the slip of a kiosk that was cut off is served
	case c.Why == queue.ByReturn && t.Returned:
		return "" // a returned person may be called by name
	}
	switch next := s.Next(c.Counter, r.At); {
	case next.Ticket == nil:
		return fmt.Sprintf("nobody waited for counter %d", c.Counter)
	case next.Ticket != t:
		return fmt.Sprintf("ticket %s was next (%s)", next.Ticket.Number, next.Why)
	case next.Why != c.Why:
		return fmt.Sprintf("it says %s; the rule says %s", c.Why, next.Why)
	}
	return ""
}
