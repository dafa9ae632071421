package queue

import (
	"slices"
	"strconv"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Choice is a ticket and the rule that chose it.
type Choice struct {
	Ticket *Ticket
	Why    Why
}

// Next is the ticket that a counter calls next, and why. It is a pure function of
// the state and the hour; the zero Choice says that nobody waits for this counter.
//
// The order (DESIGN, routing): due appointments by their hour; then priority,
// either strictly by rank, or, interleaved, where a line has called Policy.Every
// others while a priority ticket waited; then order of arrival. A returned no-show
// is passed over until two calls of its service were made, and an appointment
// until its hour, unless nobody else waits.
func (s *State) Next(n CounterID, now time.Time) Choice {
	c := s.Counter(n)
	if c == nil {
		return Choice{}
	}
	return s.routerFor(c).pick(now)
}

// Order lists who a counter will call, in order, were it to call them all and
// nobody else came; at most limit (0 is all). Priority turns stand where they
// will be taken.
func (s *State) Order(n CounterID, now time.Time, limit int) []Choice {
	c := s.Counter(n)
	if c == nil {
		return nil
	}
	return s.routerFor(c).all(now, limit)
}

// LineOrder lists one service's line in the order of calls, as if one counter
// served it alone. A ticket's position is its index here plus one.
func (s *State) LineOrder(id ServiceID, now time.Time) []Choice {
	l := s.anyLine(id)
	if l == nil {
		return nil
	}
	r := &router{s: s}
	r.add(l, func(*Ticket) bool { return true })
	return r.all(now, 0)
}

// router is a working copy of what routing looks at.
type router struct {
	s     *State
	lines []*routerLine
}

type routerLine struct {
	waiting  []*Ticket // by place
	priority int       // how many of them are priority tickets
	others   int
	calls    uint64
}

func (s *State) routerFor(c *Counter) *router {
	r := &router{s: s}
	for _, l := range s.Lines {
		serves := c.Serves(l.ID)
		r.add(l, func(t *Ticket) bool {
			if t.Target == 0 {
				return serves
			}
			if t.Target == c.Number {
				return true
			}
			// Kept for another counter, as long as that one may still come to it.
			o := s.Counter(t.Target)
			return serves && (o == nil || o.State == CounterClosed)
		})
	}
	return r
}

func (r *router) add(l *Line, mine func(*Ticket) bool) {
	if len(l.Waiting) == 0 {
		return
	}
	rl := &routerLine{others: l.Others, calls: l.Calls, waiting: make([]*Ticket, 0, len(l.Waiting))}
	for _, id := range l.Waiting {
		if t := r.s.Tickets[id]; t != nil && mine(t) {
			rl.waiting = append(rl.waiting, t)
			if t.Priority != "" {
				rl.priority++
			}
		}
	}
	if len(rl.waiting) > 0 {
		r.lines = append(r.lines, rl)
	}
}

// ready reports whether a ticket's turn may come now.
func (l *routerLine) ready(t *Ticket, now time.Time) bool {
	return l.calls >= t.ReturnAfter && !t.Due.After(now)
}

func (r *router) rank(t *Ticket) int {
	c, _ := r.s.Class(t.Priority)
	return c.Rank
}

func (r *router) pick(now time.Time) Choice {
	var best Choice
	for _, l := range r.lines {
		for _, t := range l.waiting {
			if !t.Due.IsZero() && l.ready(t, now) && (best.Ticket == nil || t.Due.Before(best.Ticket.Due)) {
				best = Choice{t, ByAppointment}
			}
		}
	}
	if best.Ticket != nil {
		return best
	}
	if t, why := r.pickPriority(now); t != nil {
		return Choice{t, why}
	}
	for _, l := range r.lines {
		for _, t := range l.waiting {
			if l.ready(t, now) {
				if best.Ticket == nil || t.Place < best.Ticket.Place {
					best = Choice{t, ByArrival}
				}
				break // the rest of the line came later
			}
		}
	}
	if best.Ticket == nil {
		for _, l := range r.lines {
			for _, t := range l.waiting {
				if best.Ticket == nil || t.Place < best.Ticket.Place {
					best = Choice{t, ByArrival}
				}
			}
		}
	}
	if best.Ticket != nil && best.Ticket.Returned {
		best.Why = ByReturn
	}
	return best
}

// pickPriority finds the priority ticket whose turn it is, if it is one's turn.
func (r *router) pickPriority(now time.Time) (*Ticket, Why) {
	var best *Ticket
	p := r.s.Policy
	for _, l := range r.lines {
		if l.priority == 0 || p.Mode == Interleaved && l.others < max(p.Every, 1) {
			continue
		}
		var first *Ticket // of this line: lowest rank, then arrival
		for _, t := range l.waiting {
			if t.Priority != "" && l.ready(t, now) && (first == nil || r.rank(t) < r.rank(first)) {
				first = t
			}
		}
		if first == nil {
			continue
		}
		better := best == nil || first.Place < best.Place
		if best != nil && p.Mode == Strict && r.rank(first) != r.rank(best) {
			better = r.rank(first) < r.rank(best)
		}
		if better {
			best = first
		}
	}
	if p.Mode == Interleaved {
		return best, ByTurn
	}
	return best, ByPriority
}

// take removes a chosen ticket and keeps the counts as a call would.
func (r *router) take(t *Ticket) {
	for _, l := range r.lines {
		i := slices.Index(l.waiting, t)
		if i < 0 {
			continue
		}
		l.waiting = slices.Delete(l.waiting, i, i+1)
		if t.Priority != "" {
			l.priority--
		}
		l.others += charge(l.others, t.Priority != "", l.priority > 0)
		l.calls++
		return
	}
}

func (r *router) all(now time.Time, limit int) []Choice {
	var out []Choice
	for limit == 0 || len(out) < limit {
		c := r.pick(now)
		if c.Ticket == nil {
			break
		}
		out = append(out, c)
		r.take(c.Ticket)
	}
	return out
}

// charge is what a call does to its line's interleaving credit: an ordinary call
// adds one while a priority ticket waits, a priority call uses all of it up, and
// no credit is left when no priority ticket waits.
func charge(others int, priority, priorityWaits bool) int {
	if priority || !priorityWaits {
		return -others
	}
	return 1
}

// LineNext is the first of LineOrder.
func (s *State) LineNext(id ServiceID, now time.Time) Choice {
	l := s.anyLine(id)
	if l == nil {
		return Choice{}
	}
	r := &router{s: s}
	r.add(l, func(*Ticket) bool { return true })
	return r.pick(now)
}

// WaitingFor counts the tickets that a counter may be given.
func (s *State) WaitingFor(n CounterID) int {
	c := s.Counter(n)
	if c == nil {
		return 0
	}
	total := 0
	for _, l := range s.routerFor(c).lines {
		total += len(l.waiting)
	}
	return total
}
