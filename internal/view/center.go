package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"moiso/internal/queue"
)

// SummaryOf is a centre's row in the list of centres.
func SummaryOf(s *queue.State) CenterSummary {
	v := CenterSummary{ID: string(s.Center.ID), Name: s.Center.Name.VI, NameEN: s.Center.Name.EN, Short: s.Center.Short}
	for _, c := range s.Counters {
		if !c.Removed && c.State == queue.CounterOpen {
			v.OpenCounters++
		}
	}
	for l := range lines(s) {
		v.Waiting += len(l.Waiting)
	}
	for _, l := range s.Lines { // removed ones too: their tickets were given out
		v.Issued += l.Issued
	}
	return v
}

// CenterOf describes a centre: what it offers and when.
func CenterOf(s *queue.State, now time.Time) Center {
	v := Center{ID: string(s.Center.ID), Name: s.Center.Name.VI, NameEN: s.Center.Name.EN, Short: s.Center.Short, TimeZone: s.Center.TimeZone,
		Services: []CenterService{}, Counters: []CenterCounter{}, Hours: s.Hours, Day: string(s.Day), Rule: Rule(s.Policy),
		Priorities: classes(s), Pause: pause(s, s.Pause)}
	for l := range lines(s) {
		c := CenterService{ID: string(l.ID), Name: l.Name.VI, NameEN: l.Name.EN, Prefix: l.Prefix, Hint: l.Hint, Icon: l.Icon, Where: l.Where,
			Pause: linePause(s, l), DailyLimit: l.DailyLimit}
		c.Open, _, c.OpensAt = opening(s, l, now)
		v.Services = append(v.Services, c)
	}
	for _, c := range s.Counters {
		if !c.Removed {
			v.Counters = append(v.Counters, CenterCounter{Number: int(c.Number), Services: serves(s, c), State: string(c.State)})
		}
	}
	return v
}

// Search finds tickets of the day; zero fields do not matter.
type Search struct {
	Service queue.ServiceID
	State   queue.TicketState
	Number  string // any case, also a part: "42" finds A042
	From    time.Time
	To      time.Time
	Limit   int
}

// Find lists the tickets that match, newest first.
func Find(s *queue.State, q Search) []*queue.Ticket {
	number := strings.ToUpper(strings.TrimSpace(q.Number))
	var out []*queue.Ticket
	for _, t := range s.Tickets {
		if q.Service != "" && t.Service != q.Service || q.State != "" && t.State != q.State ||
			number != "" && !strings.Contains(t.Number, number) ||
			!q.From.IsZero() && t.IssuedAt.Before(q.From) || !q.To.IsZero() && t.IssuedAt.After(q.To) {
			continue
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *queue.Ticket) int {
		return cmp.Or(b.IssuedAt.Compare(a.IssuedAt), cmp.Compare(b.Place, a.Place), cmp.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out
}

// Rows lists tickets as staff see them.
func Rows(s *queue.State, ts []*queue.Ticket) []DeskRow { return rows(s, ts) }

// CounterOf is a counter as its verbs answer.
func CounterOf(c *queue.Counter) CenterCounter {
	v := CenterCounter{Number: int(c.Number), Services: make([]string, 0, len(c.Services)), State: string(c.State)}
	for _, id := range c.Services {
		v.Services = append(v.Services, string(id))
	}
	return v
}
