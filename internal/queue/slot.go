package queue

import (
	"slices"
	"time"
)

// A slip of a kiosk that was cut off takes the place of its hour of issue, with
// three bounds: it never comes before a ticket of its service that is at a counter,
// nor before the next two that its service calls by order of arrival, nor before a
// slip of its service that was issued earlier. A priority slip waits for two calls of
// its service, as a returned person does, so that the next two stay the next two.

// slot is a ticket in the order of places, or a slip on its way into it.
type slot struct {
	place   int64 // 0 for a slip
	arrived time.Time
	service ServiceID
	own     time.Time // the hour that counts within its line
	waits   bool
	bars    bool // no slip of its service may come before it
	paper   bool // its hour is that on paper
	slip    int  // index of the slip, -1 for a ticket
}

// placeSlips gives those of the slips that wait their places.
// known are tickets of the same merge: a slip may come before them though they be next.
func (s *State) placeSlips(slips []MergedTicket, known map[TicketID]bool, now time.Time) {
	var order []slot
	for i := range slips {
		if slips[i].Expired || slips[i].Cancelled {
			continue
		}
		if order == nil {
			order = s.slots(slips, known, now)
		}
		order = s.insertSlip(order, &slips[i], i)
	}
	// Those behind a slip move back by one: its place is that of the ticket it was put
	// before, moved by the slips before it.
	next := s.Place + 1
	before := 0
	for _, o := range order {
		if o.slip >= 0 {
			before++
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		if o := order[i]; o.slip >= 0 {
			before--
			slips[o.slip].Place = next + int64(before)
		} else {
			next = o.place
		}
	}
}

// slots lists the tickets that have a place and may still come to wait for it, in order.
func (s *State) slots(slips []MergedTicket, known map[TicketID]bool, now time.Time) []slot {
	barred := s.nextTwo(slips, now)
	tickets := make([]*Ticket, 0, len(s.Tickets))
	for _, t := range s.Tickets {
		if t.Place > 0 && t.State != Done {
			tickets = append(tickets, t)
		}
	}
	slices.SortFunc(tickets, byPlace)
	out := make([]slot, 0, len(tickets)+len(slips))
	for _, t := range tickets {
		o := slot{place: t.Place, arrived: t.Arrived, service: t.Service, waits: t.State == Waiting, bars: t.Held() || barred[t.ID] && !known[t.ID], slip: -1}
		if o.arrived.IsZero() {
			o.arrived = t.IssuedAt
		}
		if o.own = o.arrived; t.Offline && !t.Second {
			o.own, o.paper = t.IssuedAt, true
		}
		out = append(out, o)
	}
	return out
}

// nextTwo are the tickets of the services of the slips that are called next because
// of their place.
func (s *State) nextTwo(slips []MergedTicket, now time.Time) map[TicketID]bool {
	out := map[TicketID]bool{}
	seen := map[ServiceID]bool{}
	for _, m := range slips {
		l := s.Line(m.Service)
		if l == nil || seen[m.Service] {
			continue
		}
		seen[m.Service] = true
		r := &router{s: s}
		r.add(l, func(*Ticket) bool { return true })
		for _, c := range r.all(now, 2) {
			if c.Why == ByArrival || c.Why == ByReturn {
				out[c.Ticket.ID] = true
			}
		}
	}
	return out
}

// insertSlip puts a slip into the order.
func (s *State) insertSlip(order []slot, m *MergedTicket, n int) []slot {
	i := len(order)
	for i > 0 && order[i-1].arrived.After(m.IssuedAt) {
		i--
	}
	at := i // by its hour
	for j := len(order) - 1; j >= i; j-- {
		o := order[j]
		if o.service == m.Service && (o.bars || o.waits && !o.own.After(m.IssuedAt)) {
			at = j + 1
			break
		}
	}
	o := slot{arrived: m.IssuedAt, service: m.Service, own: m.IssuedAt, waits: true, slip: n}
	if at > 0 && order[at-1].arrived.After(o.arrived) {
		o.arrived = order[at-1].arrived
		m.Arrived = o.arrived
	}
	if l := s.anyLine(m.Service); l != nil && m.Priority != "" {
		m.After = l.Calls + ReturnAfter
	}
	return slices.Insert(order, at, o)
}

// makeRoom moves tickets back for new ones at the given places, which are those of the
// order with all of them in it.
func (s *State) makeRoom(places []int64) {
	if len(places) == 0 {
		return
	}
	slices.Sort(places)
	free := make([]int64, len(places)) // the place before which each comes, as it was
	for i, p := range places {
		free[i] = p - int64(i)
	}
	for _, t := range s.Tickets {
		if t.Place > 0 {
			t.Place += int64(behind(free, t.Place))
		}
	}
	s.Place = max(s.Place+int64(len(places)), places[len(places)-1])
}

// behind counts the places at or before p.
func behind(free []int64, p int64) int {
	n, _ := slices.BinarySearch(free, p+1)
	return n
}

// lineUp enters slips in their lines. Whoever waits behind one is told.
func (s *State) lineUp(fresh []*Ticket) {
	slices.SortFunc(fresh, byPlace)
	for _, l := range s.Lines {
		var mine []*Ticket
		for _, t := range fresh {
			if t.Service == l.ID {
				mine = append(mine, t)
				l.count(t, 1)
			}
		}
		if len(mine) == 0 {
			continue
		}
		out := make([]TicketID, 0, len(l.Waiting)+len(mine))
		n := 0
		for _, id := range l.Waiting {
			t := s.Tickets[id]
			if t == nil {
				continue
			}
			for n < len(mine) && mine[n].Place < t.Place {
				out = append(out, mine[n].ID)
				n++
			}
			t.Moved += n
			out = append(out, id)
		}
		for ; n < len(mine); n++ {
			out = append(out, mine[n].ID)
		}
		l.Waiting = out
	}
}

// earlier is the place that a waiting ticket has by an earlier hour, within the bounds
// of slips; 0 when they leave it where it is. Where a slip of a still earlier hour was
// placed behind it meanwhile, it moves back behind that one.
func (s *State) earlier(t *Ticket, hour, now time.Time) (place int64, arrived time.Time) {
	m := MergedTicket{Ticket: t.ID, Service: t.Service, IssuedAt: hour}
	order := slices.DeleteFunc(s.slots([]MergedTicket{m}, nil, now), func(o slot) bool { return o.place == t.Place })
	for i := len(order) - 1; i >= 0 && order[i].place > t.Place; i-- {
		if o := order[i]; o.service == t.Service && o.waits && o.paper && o.own.Before(hour) {
			return o.place, o.arrived
		}
	}
	order = s.insertSlip(order, &m, 0)
	i := slices.IndexFunc(order, func(o slot) bool { return o.slip == 0 })
	if i+1 < len(order) && order[i+1].place < t.Place {
		return order[i+1].place, m.Arrived
	}
	return 0, m.Arrived
}

// advance moves a waiting ticket to a place. Those that it passes move by one, and those
// of its own line are told when they move back.
func (s *State) advance(t *Ticket, place int64) {
	if place <= 0 || place == t.Place || t.State != Waiting {
		return
	}
	was := t.Place
	if l := s.anyLine(t.Service); l != nil {
		// It never leaves the line: no credit is lost, as dequeue would.
		l.Waiting = slices.DeleteFunc(l.Waiting, func(id TicketID) bool { return id == t.ID })
		l.count(t, -1)
	}
	for _, o := range s.Tickets {
		switch {
		case o.Place > was && o.Place <= place:
			o.Place--
		case o.Place >= place && o.Place < was:
			o.Place++
			if o.State == Waiting && o.Service == t.Service {
				o.Moved++
			}
		}
	}
	t.Place = place
	s.enqueue(t)
}
