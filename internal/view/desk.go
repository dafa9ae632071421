package view

import (
	"cmp"
	"slices"

	"moiso/internal/queue"
)

// Limits of the lists on the staff's pages.
const (
	DeskWaiting  = 100
	DeskFinished = 5
	AssistRecent = 50
)

// RowOf is a ticket in a list of the staff.
func RowOf(s *queue.State, t *queue.Ticket) DeskRow {
	r := DeskRow{ID: string(t.ID), Number: t.Number, Service: string(t.Service), State: string(t.State), Priority: string(t.Priority),
		IssuedAt: t.IssuedAt.In(s.Location()), WaitSince: t.WaitSince.In(s.Location()), Why: string(t.Why), Returned: t.Returned,
		Target: int(t.Target), Counter: int(t.Counter), Calls: t.Calls, Reason: t.Reason, Source: t.Source, Reference: t.Reference, Offline: t.Offline,
		BookedAt: instant(s, t.Booked), DueAt: instant(s, t.Due), CalledAt: instant(s, t.CalledAt), StartedAt: instant(s, t.StartedAt), EndedAt: instant(s, t.EndedAt)}
	r.ReturnBy, r.RestoreBy, r.ReopenBy = takeBack(s, t)
	return r
}

// byState gives the tickets of a state, those that came to it last first.
func byState(s *queue.State, st queue.TicketState) []*queue.Ticket {
	var out []*queue.Ticket
	for _, t := range s.Tickets {
		if t.State == st {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *queue.Ticket) int {
		return cmp.Or(b.EndedAt.Compare(a.EndedAt), cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func rows(s *queue.State, ts []*queue.Ticket) []DeskRow {
	out := make([]DeskRow, 0, len(ts))
	for _, t := range ts {
		out = append(out, RowOf(s, t))
	}
	return out
}

// missed lists those who may still come back.
func missed(s *queue.State, p Stamp) []DeskRow {
	ts := byState(s, queue.Missed)
	return rows(s, slices.DeleteFunc(ts, func(t *queue.Ticket) bool { return s.Over(t) || p.Now.After(s.ReturnBy(t)) }))
}

// Clerk gives the name shown for an account id; "" when it is not known.
type Clerk func(account string) string

// DeskOf is the page of one counter; false when there is no such counter.
func DeskOf(s *queue.State, n queue.CounterID, name Clerk, p Stamp) (Desk, bool) {
	c := s.Counter(n)
	if c == nil {
		return Desk{}, false
	}
	d := Desk{Head: p.head(s), Name: s.Center.Name, Short: s.Center.Short, TimeZone: s.Center.TimeZone, Number: int(n), State: string(c.State),
		Pausing: c.Pausing, Clerk: name(c.Clerk), Serves: serves(s, c), Waiting: []DeskRow{}, Parked: rows(s, byState(s, queue.Parked)),
		Missed: missed(s, p), Finished: []DeskRow{}, Served: c.Served, Services: deskServices(s, p), Counters: deskCounters(s, name),
		Priorities: classes(s), Refused: refusedSlips(s), Rule: Rule(s.Policy), Prints: PrintsOf(s), Alerts: Alerts(s), Trouble: p.Trouble}
	if t := s.Tickets[c.Ticket]; t != nil {
		r := RowOf(s, t)
		d.Ticket = &r
	}
	for _, ch := range s.Order(n, p.Now, DeskWaiting) {
		r := RowOf(s, ch.Ticket)
		r.Why = string(ch.Why)
		d.Waiting = append(d.Waiting, r)
	}
	d.WaitingTotal = s.WaitingFor(n)
	for i := len(s.Finished) - 1; i >= 0 && len(d.Finished) < DeskFinished; i-- {
		if t := s.Tickets[s.Finished[i]]; t != nil && t.Counter == n {
			d.Finished = append(d.Finished, RowOf(s, t))
		}
	}
	return d, true
}

func deskServices(s *queue.State, p Stamp) []DeskService {
	out := []DeskService{}
	for l := range lines(s) {
		v := DeskService{ID: string(l.ID), Name: l.Name, Prefix: l.Prefix, Waiting: len(l.Waiting), OpenCounters: openCounters(s, l.ID),
			TargetS: l.TargetS, Pause: linePause(s, l)}
		v.Open, _, v.OpensAt = opening(s, l, p.Now)
		out = append(out, v)
	}
	return out
}

func deskCounters(s *queue.State, name Clerk) []DeskCounter {
	out := []DeskCounter{}
	for _, c := range s.Counters {
		if c.Removed {
			continue
		}
		v := DeskCounter{Number: int(c.Number), State: string(c.State), Services: serves(s, c), Clerk: name(c.Clerk)}
		if t := s.Tickets[c.Ticket]; t != nil {
			v.TicketNumber = &t.Number
		}
		out = append(out, v)
	}
	return out
}

// AssistOf is the page of a floor helper.
func AssistOf(s *queue.State, p Stamp) Assist {
	return Assist{Head: p.head(s), Name: s.Center.Name, Short: s.Center.Short, TimeZone: s.Center.TimeZone, Services: kioskServices(s, p),
		Priorities: classes(s), Missed: missed(s, p), Recent: rows(s, Find(s, Search{Limit: AssistRecent})), Appointments: AppointmentsOf(s, s.Day, nil),
		BookableDays: s.Policy.Appointments.Ahead(), Refused: refusedSlips(s), Prints: PrintsOf(s), Alerts: Alerts(s), Trouble: p.Trouble}
}

// MonitorOf is the hall as a manager sees it.
func MonitorOf(s *queue.State, name Clerk, p Stamp) Monitor {
	m := Monitor{Head: p.head(s), Name: s.Center.Name, Counters: deskCounters(s, name), Services: deskServices(s, p),
		States: map[string]int{}, Refused: refusedSlips(s), Lanes: LanesOf(s), LastCall: s.LastCall, Alerts: Alerts(s), Trouble: p.Trouble}
	for _, t := range s.Tickets {
		if t.Day == s.Day || t.Held() { // slips of days before came in with a merge
			m.States[string(t.State)]++
		}
	}
	return m
}
