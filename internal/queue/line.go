package queue

import "slices"

// enqueue puts a waiting ticket at its place in its line.
func (s *State) enqueue(t *Ticket) {
	l := s.anyLine(t.Service)
	if l == nil {
		return
	}
	// Most arrivals belong at the end.
	i := len(l.Waiting)
	for i > 0 {
		before := s.Tickets[l.Waiting[i-1]]
		if before == nil || before.Place < t.Place {
			break
		}
		i--
	}
	l.Waiting = slices.Insert(l.Waiting, i, t.ID)
	l.count(t, 1)
}

// count keeps the counts of special tickets when t comes (1) or goes (-1).
func (l *Line) count(t *Ticket, by int) {
	if t.Priority != "" {
		l.priorities += by
	}
	if t.ReturnAfter > 0 || !t.Due.IsZero() {
		l.passable += by
	}
}

// dequeue takes a ticket out of its line. The interleaving credit goes when no
// priority ticket is left to use it (DESIGN, routing).
func (s *State) dequeue(t *Ticket) {
	l := s.anyLine(t.Service)
	if l == nil {
		return
	}
	if i := slices.Index(l.Waiting, t.ID); i >= 0 {
		l.Waiting = slices.Delete(l.Waiting, i, i+1)
		l.count(t, -1)
	}
	s.dropCredit(l)
}

// dropCredit keeps a line without priority tickets from collecting credit.
func (s *State) dropCredit(l *Line) {
	if l.Others > 0 && !s.priorityWaits(l) {
		l.Others = 0
	}
}

func (s *State) priorityWaits(l *Line) bool { return l.priorities > 0 }

// held gives the ticket at a counter, and checks that it is the one named when
// one is named.
func (s *State) held(n CounterID, named TicketID) (*Counter, *Ticket, error) {
	c, err := s.needCounter(n)
	if err != nil {
		return nil, nil, err
	}
	if named != "" && named != c.Ticket {
		t, err := s.needTicket(named)
		if err != nil {
			return nil, nil, err
		}
		if t.Held() {
			return nil, nil, refuse(ErrWrongCounter, "ticket %s is at counter %d, not at counter %d", t.Number, t.Counter, n).With("counter", t.Counter)
		}
		return nil, nil, t.wrongState("handled at counter " + itoa(int(n)))
	}
	if c.Ticket == "" {
		return nil, nil, refuse(ErrNoTicket, "counter %d holds no ticket", n)
	}
	return c, s.Tickets[c.Ticket], nil
}

// release lets go of the ticket at a counter; a pause that was asked for meanwhile
// takes effect.
func (s *State) release(t *Ticket) {
	for _, c := range s.Counters {
		if c.Ticket == t.ID {
			c.Ticket = ""
			if c.Pausing {
				c.Pausing, c.State = false, CounterPaused
			}
		}
	}
}

var inWords = map[TicketState]string{
	Waiting: "is waiting", Called: "has been called", Serving: "is being served", Parked: "is parked", Missed: "was missed",
	Done: "is done", Cancelled: "was cancelled", Expired: "has expired",
}

// wrongState refuses a move and says what the present state allows.
func (t *Ticket) wrongState(what string) *Error {
	where := ""
	if t.Held() {
		where = " at counter " + itoa(int(t.Counter))
	}
	return refuse(ErrWrongState, "ticket %s %s%s and cannot be %s; allowed now: %s", t.Number, inWords[t.State], where, what, list(Allowed(t.State))).
		With("state", string(t.State)).With("allowed", Allowed(t.State)).With("number", t.Number)
}

// Allowed names the verbs that a state allows, as in the routes.
func Allowed(st TicketState) []string {
	switch st {
	case Waiting:
		return []string{"call-next", "call", "cancel", "change-service", "set-priority"}
	case Called:
		return []string{"recall", "start", "finish", "no-show", "park", "transfer", "put-back", "change-service", "set-priority"}
	case Serving:
		return []string{"finish", "park", "transfer", "put-back"}
	case Parked:
		return []string{"call"}
	case Missed:
		return []string{"return"}
	case Done:
		return []string{"reopen"}
	case Cancelled:
		return []string{"restore"}
	}
	return nil
}
