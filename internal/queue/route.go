package queue

import (
	"cmp"
	"math"
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

// router is a working copy of what routing looks at. Its lists shrink from the
// head as tickets are taken, so that a long line is ordered in one pass.
type router struct {
	s     *State
	lines []*routerLine
}

type routerLine struct {
	waiting  []*Ticket // by place
	due      []*Ticket // those with an appointment, by hour, then place
	first    []ranked  // those with priority, by rank, then place
	priority int       // priority tickets of the whole line, also those kept for another counter
	others   int
	calls    uint64
}

type ranked struct {
	*Ticket
	rank int
}

func (s *State) routerFor(c *Counter) *router {
	r := &router{s: s}
	for _, l := range s.Lines {
		if len(l.Waiting) == 0 {
			continue
		}
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
	rl := &routerLine{others: l.Others, calls: l.Calls, waiting: make([]*Ticket, 0, len(l.Waiting))}
	for _, id := range l.Waiting {
		t := r.s.Tickets[id]
		if t == nil {
			continue
		}
		if t.Priority != "" {
			rl.priority++
		}
		if !mine(t) {
			continue
		}
		rl.waiting = append(rl.waiting, t)
		if t.Priority != "" {
			rl.first = append(rl.first, ranked{t, r.s.rank(t)})
		}
		if !t.Due.IsZero() {
			rl.due = append(rl.due, t)
		}
	}
	if len(rl.waiting) == 0 {
		return
	}
	slices.SortStableFunc(rl.first, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	slices.SortStableFunc(rl.due, func(a, b *Ticket) int { return a.Due.Compare(b.Due) })
	r.lines = append(r.lines, rl)
}

// ready reports whether a ticket's turn may come now.
func (l *routerLine) ready(t *Ticket, now time.Time) bool {
	return l.calls >= t.ReturnAfter && !t.Due.After(now)
}

// rank is that of the ticket's class; a class that is no longer there comes last.
func (s *State) rank(t *Ticket) int {
	if c, ok := s.Class(t.Priority); ok {
		return c.Rank
	}
	return math.MaxInt
}

func (r *router) pick(now time.Time) Choice {
	if t := r.pickDue(now); t != nil {
		return Choice{t, ByAppointment}
	}
	if t, why := r.pickPriority(now); t != nil {
		return Choice{t, why}
	}
	var best *Ticket
	for _, l := range r.lines {
		for _, t := range l.waiting {
			if l.ready(t, now) {
				if best == nil || t.Place < best.Place {
					best = t
				}
				break // the rest of the line came later
			}
		}
	}
	if best == nil { // nobody else waits: those who were passed over
		for _, l := range r.lines {
			if len(l.waiting) > 0 && (best == nil || l.waiting[0].Place < best.Place) {
				best = l.waiting[0]
			}
		}
	}
	switch {
	case best == nil:
		return Choice{}
	case best.Returned:
		return Choice{best, ByReturn}
	}
	return Choice{best, ByArrival}
}

// pickDue finds the due appointment of the earliest hour.
func (r *router) pickDue(now time.Time) *Ticket {
	var best *Ticket
	for _, l := range r.lines {
		for _, t := range l.due {
			if t.Due.After(now) {
				break
			}
			if !l.ready(t, now) {
				continue
			}
			if best == nil || t.Due.Before(best.Due) || t.Due.Equal(best.Due) && t.Place < best.Place {
				best = t
			}
			break
		}
	}
	return best
}

// pickPriority finds the priority ticket whose turn it is, if it is one's turn.
func (r *router) pickPriority(now time.Time) (*Ticket, Why) {
	p := r.s.Policy
	strict := p.Mode == Strict
	var best ranked
	for _, l := range r.lines {
		if !strict && l.others < max(p.Every, 1) {
			continue
		}
		i := slices.IndexFunc(l.first, func(t ranked) bool { return l.ready(t.Ticket, now) })
		if i < 0 {
			continue
		}
		t := l.first[i]
		if best.Ticket == nil || strict && t.rank < best.rank || (!strict || t.rank == best.rank) && t.Place < best.Place {
			best = t
		}
	}
	if strict {
		return best.Ticket, ByPriority
	}
	return best.Ticket, ByTurn
}

// take removes a chosen ticket and keeps the counts as a call would.
func (r *router) take(t *Ticket) {
	for _, l := range r.lines {
		i := slices.Index(l.waiting, t)
		if i < 0 {
			continue
		}
		l.waiting = without(l.waiting, i)
		if t.Priority != "" {
			l.first = without(l.first, slices.IndexFunc(l.first, func(o ranked) bool { return o.Ticket == t }))
			l.priority--
		}
		if !t.Due.IsZero() {
			l.due = without(l.due, slices.Index(l.due, t))
		}
		l.others += charge(l.others, t.Priority != "", l.priority > 0)
		l.calls++
		return
	}
}

// without takes one item out, cheaply at the head.
func without[T any](list []T, i int) []T {
	if i == 0 {
		return list[1:]
	}
	return slices.Delete(list, i, i+1)
}

func (r *router) all(now time.Time, limit int) []Choice {
	total := 0
	for _, l := range r.lines {
		total += len(l.waiting)
	}
	if limit > 0 {
		total = min(total, limit)
	}
	out := make([]Choice, 0, total)
	for len(out) < total {
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

// Position is a waiting ticket's place in LineOrder, 1 for the next one, where it
// can be told without working out the order; false where it cannot.
//
// Nobody is passed over in a line without returned no-shows and appointments. There
// the order is that of arrival when nobody has priority; and an ordinary ticket that
// came last is last, since everyone before it goes by arrival at the latest.
func (s *State) Position(t *Ticket) (int, bool) {
	l := s.anyLine(t.Service)
	if l == nil || t.State != Waiting || l.passable > 0 {
		return 0, false
	}
	n := len(l.Waiting)
	if n > 0 && l.Waiting[n-1] == t.ID && t.Priority == "" {
		return n, true
	}
	if l.priorities > 0 {
		return 0, false
	}
	i, found := slices.BinarySearchFunc(l.Waiting, t.Place, func(id TicketID, place int64) int { return cmp.Compare(s.Tickets[id].Place, place) })
	return i + 1, found
}
