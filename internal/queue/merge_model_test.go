package queue

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paper is a slip as the model has it.
type paper struct {
	id      TicketID
	number  string
	service ServiceID
	class   ClassID
	at      time.Time
	day     string
}

// merge takes slips in, one after the other, each by the three bounds of slot.go in
// plain words. nextTwo are those of each service, as the order of calls had them.
func (m *model) merge(slips []paper, nextTwo map[ServiceID][]TicketID) {
	for _, s := range slips {
		if p := m.person(s.id); p != nil {
			early := p.state == Waiting && !p.second && s.at.Before(p.issued)
			if early {
				m.advance(p, s, nextTwo)
			}
			m.renumber(p, s.number)
			continue
		}
		p := &person{id: s.id, number: s.number, service: s.service, state: Waiting, class: s.class, day: s.day, issued: s.at, arrived: s.at, offline: true}
		m.people = append(m.people, p)
		kept := m.hours[s.id]
		delete(m.hours, s.id)
		if s.day != m.day || m.ended {
			p.state = Expired
			continue
		}
		if kept != nil && kept.state == Booked {
			p.booked = kept.hour
			if kept.day() == s.day && !s.at.After(kept.hour.Add(15*time.Minute)) {
				p.due = kept.hour
			}
		}
		order, at := m.where(p, s.at, nextTwo)
		m.arrivals++
		p.place = m.arrivals
		if at < len(order) {
			p.place = order[at].place
			for _, o := range m.people { // those who are done, too: a visit may be reopened
				if o != p && o.place >= p.place {
					o.place++
				}
			}
		}
		if at > 0 && order[at-1].arrived.After(p.arrived) {
			p.arrived = order[at-1].arrived
		}
		if s.class != "" {
			p.calls = 2
		}
	}
}

// where finds the place of a slip among all others who may still wait.
func (m *model) where(p *person, hour time.Time, nextTwo map[ServiceID][]TicketID) (order []*person, at int) {
	order = pick(m.people, func(o *person) bool { return o != p && o.place > 0 && o.state != Done })
	slices.SortFunc(order, func(a, b *person) int { return a.place - b.place })
	for i, o := range order {
		if !o.arrived.After(hour) {
			at = i + 1
		}
	}
	for i, o := range order {
		own := o.arrived
		if o.offline && !o.second {
			own = o.issued
		}
		if o.service == p.service && (o.state == Called || o.state == Serving || slices.Contains(nextTwo[p.service], o.id) || o.state == Waiting && !own.After(hour)) {
			at = max(at, i+1)
		}
	}
	return order, at
}

// advance gives someone whose request came late the place of the hour on paper.
func (m *model) advance(p *person, s paper, nextTwo map[ServiceID][]TicketID) {
	order, at := m.where(p, s.at, nextTwo)
	p.issued, p.arrived, p.offline = s.at, s.at, true
	for i := len(order) - 1; i >= 0; i-- { // a slip of a still earlier hour stands behind
		o := order[i]
		if o.place > p.place && o.service == p.service && o.state == Waiting && o.offline && !o.second && o.issued.Before(s.at) {
			to, was := o.place, p.place
			p.arrived = o.arrived
			for _, q := range m.people {
				if q.place > was && q.place <= to {
					q.place--
				}
			}
			p.place = to
			return
		}
	}
	if at > 0 && order[at-1].arrived.After(s.at) {
		p.arrived = order[at-1].arrived
	}
	if at >= len(order) || order[at].place > p.place {
		return
	}
	to, was := order[at].place, p.place
	for _, o := range m.people {
		if o.place >= to && o.place < was {
			o.place++
		}
	}
	p.place = to
}

func (m *model) renumber(p *person, number string) {
	if p.number == number {
		return
	}
	p.number, p.offline = number, true
	switch {
	case p.state == Called:
		m.calls++
	case p.state == Missed && !m.over(p):
		p.state, p.returned, p.calls = Waiting, true, 2
	}
}

// drawSlips makes up slips of the kiosk d_1: new ones and, rarely, one whose answer was lost.
func (h *hall) drawSlips(t *rapid.T, printed *int, issued *int) (Merge, []paper) {
	m := Merge{Device: "d_1"}
	var papers []paper
	at := h.s.LastAt.Add(-time.Duration(rapid.IntRange(0, 240).Draw(t, "ago")) * 10 * time.Second)
	n, lost := rapid.IntRange(1, 4).Draw(t, "slips"), rapid.IntRange(0, 4).Draw(t, "lost") == 0 && *issued > 0
	if lost {
		n = 1
	}
	for range n {
		*printed++
		s := rapid.SampledFrom([]ServiceID{notary, civil, land}).Draw(t, "service")
		p := paper{id: id(*issued), number: fmt.Sprintf("%sK%03d", prefixes[s], *printed), service: s, at: at,
			class: rapid.SampledFrom([]ClassID{"", "", "", elder}).Draw(t, "class")}
		if lost {
			p.id = id(*issued - 1)
		} else {
			*issued++
		}
		p.day = at.In(saigon).Format(time.DateOnly)
		papers = append(papers, p)
		m.Tickets = append(m.Tickets, LaneTicket{ID: p.id, Number: p.number, Service: s, Priority: p.class, IssuedAt: at})
		at = at.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "gap")) * 10 * time.Second)
		if at.After(h.s.LastAt) {
			at = h.s.LastAt
		}
	}
	return m, papers
}

// protected are the next two of each service that are called by order of arrival.
func (h *hall) protected() map[ServiceID][]TicketID {
	out := map[ServiceID][]TicketID{}
	now := h.s.LastAt // or later: stamps never go back
	if h.now.After(now) {
		now = h.now
	}
	for s := range prefixes {
		for i, c := range h.s.LineOrder(s, now) {
			if i < 2 && (c.Why == ByArrival || c.Why == ByReturn) {
				out[s] = append(out[s], c.Ticket.ID)
			}
		}
	}
	return out
}
