package view

import (
	"time"

	"moiso/internal/queue"
)

// Positions gives every waiting ticket's place in its line, 1 for the next one,
// for as many lines as are asked for. It is worked out once a change and shared.
type Positions struct {
	s    *queue.State
	now  time.Time
	line map[queue.ServiceID]map[queue.TicketID]int
}

// NewPositions works lazily, a line at a time.
func NewPositions(s *queue.State, now time.Time) *Positions {
	return &Positions{s: s, now: now, line: map[queue.ServiceID]map[queue.TicketID]int{}}
}

// Of is the place of a waiting ticket, 0 of any other.
func (p *Positions) Of(t *queue.Ticket) int {
	if t.State != queue.Waiting {
		return 0
	}
	m, ok := p.line[t.Service]
	if !ok {
		if place, known := p.s.Position(t); known {
			return place
		}
		order := p.s.LineOrder(t.Service, p.now)
		m = make(map[queue.TicketID]int, len(order))
		for i, c := range order {
			m[c.Ticket.ID] = i + 1
		}
		p.line[t.Service] = m
	}
	return m[t.ID]
}

// TicketOf is the public form of a ticket. url is what its QR code carries.
func TicketOf(s *queue.State, t *queue.Ticket, pos *Positions, url string) Ticket {
	v := Ticket{ID: string(t.ID), Number: t.Number, Center: string(s.Center.ID), Service: string(t.Service), State: string(t.State),
		Priority: string(t.Priority), Source: t.Source, IssuedAt: t.IssuedAt.In(s.Location()), CalledAt: instant(s, t.CalledAt),
		Call: t.Call, Calls: t.Calls, Day: string(t.Day), Language: t.Language, Reference: t.Reference,
		BookedAt: instant(s, t.Booked), DueAt: instant(s, t.Due), StartedAt: instant(s, t.StartedAt), EndedAt: instant(s, t.EndedAt), URL: url, Offline: t.Offline, Uncertain: t.Uncertain}
	if t.Counter != 0 && t.State != queue.Waiting {
		n := int(t.Counter)
		v.Counter = &n
	}
	if p := pos.Of(t); p > 0 {
		ahead := p - 1
		v.Position, v.Ahead = &p, &ahead
	}
	v.ReturnBy, v.RestoreBy, v.ReopenBy = takeBack(s, t)
	return v
}

// TicketPageOf is all that a ticket's holder sees.
func TicketPageOf(s *queue.State, t *queue.Ticket, pos *Positions, url string, p Stamp) TicketPage {
	v := TicketPage{Head: p.head(s), Ticket: TicketOf(s, t, pos, url), CenterName: s.Center.Name, CenterShort: s.Center.Short,
		OpenCounters: openCounters(s, t.Service), Prepare: []queue.Text{}, Trouble: p.Trouble}
	if t.Moved > 0 && t.State == queue.Waiting {
		v.Moved = &Moved{By: t.Moved, Reason: MovedByKiosk}
	}
	for l := range lines(s) {
		if l.ID == t.Service {
			v.ServiceName, v.Where, v.Pause = l.Name, l.Where, linePause(s, l)
			if l.Prepare != nil {
				v.Prepare = l.Prepare
			}
		}
	}
	return v
}
