package queue

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// model is the domain written again, slowly and plainly: one list of people, no
// lines, no events, everything counted afresh when it is asked for. It shares no
// code with the package but the names of things.
type model struct {
	people   []*person
	hours    map[TicketID]*hour // that were booked and are no tickets
	desks    map[CounterID]*desk
	given    map[ServiceID]int
	credit   map[ServiceID]int
	calls    int
	arrivals int
	strict   bool
	every    int
	now      time.Time
	stamp    time.Time // of the newest event
	clock    time.Time // the hour of the command in hand
	day      string
	ended    bool
}

type person struct {
	id       TicketID
	number   string
	service  ServiceID
	state    TicketState
	class    ClassID
	place    int
	returned bool
	calls    int // of its service, that must still come before it
	only     CounterID
	due      time.Time
	booked   time.Time
	at       CounterID
	since    time.Time // of done, missed, cancelled
	day      string
	cost     int // what its call did to the credit
	issued   time.Time
	arrived  time.Time // the hour its place stands for
	offline  bool
	second   bool
}

type desk struct {
	serves   []ServiceID
	state    CounterState
	pausing  bool
	holds    *person
	finished []*person
}

var prefixes = map[ServiceID]string{notary: "A", civil: "H", land: "K"}

func newModel(now time.Time) *model {
	return &model{every: 2, now: now, day: now.Format(time.DateOnly), given: map[ServiceID]int{}, hours: map[TicketID]*hour{}, credit: map[ServiceID]int{}, desks: map[CounterID]*desk{
		1: {serves: []ServiceID{notary}, state: CounterOpen}, 2: {serves: []ServiceID{notary, civil}, state: CounterOpen}, 3: {serves: []ServiceID{civil, land}, state: CounterOpen}}}
}

func (m *model) person(id TicketID) *person {
	for _, p := range m.people {
		if p.id == id {
			return p
		}
	}
	return nil
}

// pass lets time go by, and with it the day.
func (m *model) pass(now time.Time) {
	if m.clock = now; m.stamp.After(now) {
		m.clock = m.stamp
	}
	if now.After(m.now) {
		m.now = now
	}
	today := m.now.In(saigon).Format(time.DateOnly)
	if today <= m.day {
		return
	}
	m.day, m.ended = today, false
	m.given, m.credit = map[ServiceID]int{}, map[ServiceID]int{}
	m.people = slices.DeleteFunc(m.people, func(p *person) bool { return p.state != Called && p.state != Serving })
	for _, d := range m.desks {
		d.finished = nil
	}
	for id, h := range m.hours {
		if h.day() < m.day {
			delete(m.hours, id)
		}
	}
}

func (m *model) over(p *person) bool { return m.ended || p.day != m.day }

func (m *model) waiting(ok func(*person) bool) []*person {
	var out []*person
	for _, p := range m.people {
		if p.state == Waiting && ok(p) {
			out = append(out, p)
		}
	}
	return out
}

func rankIn(p *person) int {
	switch p.class {
	case elder:
		return 1
	case merit:
		return 2
	}
	return math.MaxInt
}

// least gives the person before whom nobody comes.
func least(ps []*person, before func(a, b *person) bool) *person {
	var best *person
	for _, p := range ps {
		if best == nil || before(p, best) {
			best = p
		}
	}
	return best
}

// next is the rule in the words of DESIGN: due appointments, then priority, then
// arrival; those who are not ready only when nobody else is there.
func (m *model) next(n CounterID) *person {
	mine := m.waiting(func(p *person) bool {
		serves := slices.Contains(m.desks[n].serves, p.service)
		return p.only == n || serves && (p.only == 0 || m.desks[p.only].state == CounterClosed)
	})
	byPlace := func(a, b *person) bool { return a.place < b.place }
	byRank := func(a, b *person) bool {
		return rankIn(a) < rankIn(b) || rankIn(a) == rankIn(b) && a.place < b.place
	}
	ready := pick(mine, func(p *person) bool { return p.calls <= 0 && !p.due.After(m.now) })
	if p := least(pick(ready, func(p *person) bool { return !p.due.IsZero() }), func(a, b *person) bool {
		return a.due.Before(b.due) || a.due.Equal(b.due) && a.place < b.place
	}); p != nil {
		return p
	}
	favoured := pick(ready, func(p *person) bool { return p.class != "" })
	if m.strict {
		if p := least(favoured, byRank); p != nil {
			return p
		}
	} else {
		var turns []*person
		for s := range prefixes {
			if m.credit[s] >= m.every {
				if p := least(pick(favoured, func(p *person) bool { return p.service == s }), byRank); p != nil {
					turns = append(turns, p)
				}
			}
		}
		if p := least(turns, byPlace); p != nil {
			return p
		}
	}
	if p := least(ready, byPlace); p != nil {
		return p
	}
	return least(mine, byPlace)
}

func pick(ps []*person, ok func(*person) bool) []*person {
	var out []*person
	for _, p := range ps {
		if ok(p) {
			out = append(out, p)
		}
	}
	return out
}

// settle takes the credit of a service away when no priority ticket waits for it.
func (m *model) settle(s ServiceID) {
	if len(m.waiting(func(p *person) bool { return p.service == s && p.class != "" })) == 0 {
		m.credit[s] = 0
	}
}

func (m *model) issue(id TicketID, s ServiceID, class ClassID, due time.Time) Code {
	if m.person(id) != nil {
		return ""
	}
	if m.hours[id] != nil {
		return ErrNotCheckedIn.Code
	}
	if m.ended {
		return ErrDayEnded.Code
	}
	m.given[s]++
	m.arrivals++
	m.people = append(m.people, &person{id: id, number: fmt.Sprintf("%s%03d", prefixes[s], m.given[s]), service: s, state: Waiting, class: class, place: m.arrivals, due: due, day: m.day, issued: m.stamp, arrived: m.stamp})
	return ""
}

func (m *model) mayCall(n CounterID) Code {
	switch d := m.desks[n]; {
	case d.state != CounterOpen:
		return ErrCounterState.Code
	case d.holds != nil:
		return ErrCounterBusy.Code
	}
	return ""
}

func (m *model) call(n CounterID, p *person) {
	m.calls++
	p.cost = 0
	if p.state == Waiting {
		p.state = Called
		for _, o := range m.people { // also one who gave the place up: it may be restored
			if o.service == p.service {
				o.calls--
			}
		}
		before := m.credit[p.service]
		if p.class != "" {
			m.credit[p.service] = 0
		} else {
			m.credit[p.service]++
		}
		m.settle(p.service)
		p.cost = m.credit[p.service] - before
		p.calls = 0
	}
	p.state, p.at = Called, n
	m.desks[n].holds = p
}

func (m *model) callNext(n CounterID, finish bool) Code {
	d := m.desks[n]
	if code := m.mayCall(n); code != "" && !(code == ErrCounterBusy.Code && finish) {
		return code
	}
	if d.holds != nil {
		pausing := d.pausing
		m.finish(n)
		if pausing {
			return ""
		}
	}
	if p := m.next(n); p != nil {
		m.call(n, p)
	}
	return ""
}

func (m *model) callTicket(n CounterID, id TicketID, permitted bool, reason string) Code {
	p := m.person(id)
	if p == nil {
		return m.unknown(id)
	}
	if code := m.mayCall(n); code != "" {
		return code
	}
	switch {
	case p.state == Parked, p.state == Waiting && (p.returned || m.next(n) == p):
	case p.state != Waiting:
		return ErrWrongState.Code
	case !permitted:
		return ErrOutOfTurn.Code
	case reason == "":
		return ErrReasonRequired.Code
	}
	m.call(n, p)
	return ""
}

func (m *model) free(n CounterID) *person {
	d := m.desks[n]
	p := d.holds
	d.holds = nil
	if d.pausing {
		d.pausing, d.state = false, CounterPaused
	}
	return p
}

// inHand gives what a counter holds if its state is one of those.
func (m *model) inHand(n CounterID, from ...TicketState) (*person, Code) {
	p := m.desks[n].holds
	switch {
	case p == nil:
		return nil, ErrNoTicket.Code
	case !slices.Contains(from, p.state):
		return nil, ErrWrongState.Code
	}
	return p, ""
}

func (m *model) finish(n CounterID) Code {
	p, code := m.inHand(n, Called, Serving)
	if code != "" {
		return code
	}
	m.free(n)
	p.state, p.since = Done, m.now
	m.desks[n].finished = append(m.desks[n].finished, p)
	return ""
}

func (m *model) simple(verb string, n CounterID) Code {
	from := []TicketState{Called}
	if verb == "park" {
		from = append(from, Serving)
	}
	p, code := m.inHand(n, from...)
	if code != "" {
		return code
	}
	switch verb {
	case "recall":
		m.calls++
	case "start":
		p.state = Serving
	case "no-show":
		p.state, p.since = Missed, m.now
		m.free(n)
	case "park":
		p.state = Parked
		m.free(n)
	}
	return ""
}

func (m *model) putBack(n CounterID) Code {
	p, code := m.inHand(n, Called, Serving)
	if code != "" {
		return code
	}
	m.free(n)
	if m.over(p) {
		p.state = Expired
		return ""
	}
	p.state = Waiting
	m.credit[p.service] = max(m.credit[p.service]-p.cost, 0)
	p.cost = 0
	m.settle(p.service)
	return ""
}

func (m *model) transfer(n CounterID, s ServiceID, to CounterID, second bool) Code {
	p, code := m.inHand(n, Called, Serving)
	switch {
	case code != "":
		return code
	case m.over(p):
		return ErrDayEnded.Code
	case s == "" && to == 0, to == n, to == 0 && s == p.service:
		return ErrInvalid.Code
	}
	m.free(n)
	if second {
		m.arrivals++
		p.place, p.arrived, p.second = m.arrivals, m.stamp, true
	}
	if s != "" {
		p.service = s
	}
	p.state, p.only, p.returned, p.cost = Waiting, to, false, 0
	return ""
}

func (m *model) reopen(n CounterID) Code {
	if code := m.mayCall(n); code != "" {
		return code
	}
	d := m.desks[n]
	if len(d.finished) == 0 {
		return ErrNoTicket.Code
	}
	p := d.finished[len(d.finished)-1]
	if m.now.Sub(p.since) > 2*time.Minute {
		return ErrTooLate.Code
	}
	d.finished = d.finished[:len(d.finished)-1]
	d.holds, p.state = p, Serving
	return ""
}

// ofTicket are the verbs that name a ticket and no counter.
func (m *model) ofTicket(verb string, id TicketID, s ServiceID, class ClassID) Code {
	p := m.person(id)
	from := map[string][]TicketState{"cancel": {Waiting}, "restore": {Cancelled}, "return": {Missed}, "change": {Waiting, Called}, "priority": {Waiting, Called}, "print": {Waiting, Called, Serving, Parked, Missed}}[verb]
	switch {
	case p == nil:
		return m.unknown(id)
	case !slices.Contains(from, p.state):
		return ErrWrongState.Code
	case verb == "restore" && m.now.Sub(p.since) > 5*time.Minute, verb == "return" && m.now.Sub(p.since) > 30*time.Minute:
		return ErrTooLate.Code
	case (verb == "restore" || verb == "return") && m.over(p):
		return ErrDayEnded.Code
	}
	switch verb {
	case "cancel":
		p.state, p.since = Cancelled, m.now
	case "restore":
		p.state = Waiting
	case "return":
		p.state, p.returned, p.calls = Waiting, true, 2
	case "change":
		if s == p.service {
			return ""
		}
		old := p.service
		p.service, p.only, p.cost = s, 0, 0
		m.settle(old)
	case "priority":
		p.class = class
	case "print":
		return "" // moves nobody
	}
	m.settle(p.service)
	return ""
}

func (m *model) counter(verb string, n CounterID) Code {
	d := m.desks[n]
	switch verb {
	case "open":
		d.state, d.pausing = CounterOpen, false
	case "pause":
		switch {
		case d.state == CounterClosed:
			return ErrCounterState.Code
		case d.state == CounterPaused:
		case d.holds != nil:
			d.pausing = true
		default:
			d.state = CounterPaused
		}
	case "close":
		if d.holds != nil {
			return ErrCounterBusy.Code
		}
		d.state, d.pausing = CounterClosed, false
	}
	return ""
}

// unknown is the answer about an id that no ticket has.
func (m *model) unknown(id TicketID) Code {
	if m.hours[id] != nil {
		return ErrNotCheckedIn.Code
	}
	return ErrUnknownTicket.Code
}

func (m *model) endDay() Code {
	if m.ended {
		return ""
	}
	for _, p := range m.people {
		if p.state == Waiting || p.state == Parked || p.state == Missed {
			p.state = Expired
		}
	}
	for _, h := range m.hours {
		if h.state == Booked && h.day() == m.day {
			h.state = AppointmentMiss
		}
	}
	m.credit = map[ServiceID]int{}
	m.ended = true
	return ""
}

// differs compares the model with the real thing.
func (m *model) differs(s *State) error {
	if len(m.people) != len(s.Tickets) {
		return fmt.Errorf("the state has %d tickets, the model %d", len(s.Tickets), len(m.people))
	}
	for _, p := range m.people {
		t := s.Tickets[p.id]
		if t == nil {
			return fmt.Errorf("ticket %s is not there", p.number)
		}
		if t.Number != p.number || t.State != p.state || t.Service != p.service || t.Priority != p.class || t.Place != int64(p.place) || string(t.Day) != p.day ||
			!t.Due.Equal(p.due) || !t.Booked.Equal(p.booked) || t.Returned != p.returned || t.Target != p.only || t.Counter != p.at {
			return fmt.Errorf("the state has %+v, the model %+v", t, p)
		}
	}
	if len(m.hours) != len(s.Appointments) {
		return fmt.Errorf("the state has %d appointments, the model %d", len(s.Appointments), len(m.hours))
	}
	for id, h := range m.hours {
		if a := s.Appointments[id]; a == nil || a.State != h.state || !a.Hour.Equal(h.hour) || a.Service != h.service {
			return fmt.Errorf("the state has the appointment %+v, the model %+v", a, h)
		}
	}
	for n, d := range m.desks {
		c := s.Counter(n)
		held := TicketID("")
		if d.holds != nil {
			held = d.holds.id
		}
		if c.State != d.state || c.Pausing != d.pausing || c.Ticket != held {
			return fmt.Errorf("the state has counter %+v, the model %+v holding %s", c, d, held)
		}
		var want TicketID
		if p := m.next(n); p != nil {
			want = p.id
		}
		var got TicketID
		if t := s.Next(n, m.now).Ticket; t != nil {
			got = t.ID
		}
		if got != want {
			return fmt.Errorf("next at counter %d is %q, in the model %q", n, got, want)
		}
	}
	for service := range prefixes {
		if l := s.Line(service); l.Last != m.given[service] || l.Others != m.credit[service] {
			return fmt.Errorf("%s has given %d with credit %d, in the model %d with %d", service, l.Last, l.Others, m.given[service], m.credit[service])
		}
	}
	if s.LastCall != uint64(m.calls) || s.DayEnded != m.ended || string(s.Day) != m.day {
		return fmt.Errorf("the state has call %d, day %s ended %v; the model %d, %s, %v", s.LastCall, s.Day, s.DayEnded, m.calls, m.day, m.ended)
	}
	return nil
}
