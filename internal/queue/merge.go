package queue

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"
)

// MaxMerge is the most slips in one command, so that a merge never keeps a call
// waiting for long.
const MaxMerge = 200

// LaneTicket is a slip that a kiosk gave out while it could not reach the server.
type LaneTicket struct {
	ID        TicketID
	Number    string // as printed, "AK012"
	Service   ServiceID
	Priority  ClassID
	Language  string
	Reference string
	// IssuedAt is by the kiosk's reckoning; zero where it had none. Uncertain says
	// that it is a guess: no hour was printed.
	IssuedAt  time.Time
	Uncertain bool
	Day       Day  // under which it was numbered, "" to be told from IssuedAt
	Cancelled bool // given back at the kiosk: its number stays unused

	// Elsewhere is what the engine knows of an id that is not in the state: "existing"
	// for one of a day that is over, or the code of a refusal. "" is none.
	Elsewhere Code
}

// Merge takes the slips of a kiosk that was cut off into the line, in the order in
// which it issued them. Merging an id again changes nothing, so that a kiosk may
// repeat it until it has an answer.
type Merge struct {
	Device  string // to whose lane the slips belong
	Left    int    // slips that are still to come; with none a withdrawn lane is free again
	Tickets []LaneTicket
}

// What became of a slip.
const (
	SlipMerged     = "merged"
	SlipExisting   = "existing"   // known under its number already
	SlipRenumbered = "renumbered" // known under another number, which was lost on the way; it has the printed one now
	SlipExpired    = "expired"    // its day is over
	SlipRefused    = "refused"
)

// SlipOutcome is the answer for one slip.
type SlipOutcome struct {
	ID     TicketID
	Number string
	Result string
	Code   Code   // of a refusal
	Why    string // in words
}

// RefusedSlip is kept for the staff: someone holds this number, and it is in no line.
type RefusedSlip struct {
	ID       TicketID  `json:"id"`
	Number   string    `json:"number"`
	Service  ServiceID `json:"service"`
	Device   string    `json:"device"`
	Code     Code      `json:"code"`
	IssuedAt time.Time `json:"issued_at,omitzero"`
	At       time.Time `json:"at"`
}

func (c Merge) decide(s *State, d *decision) error {
	if s.Center.ID == "" {
		return refuse(ErrNotConfigured, "the centre has not been set up, so it takes no slips")
	}
	if err := checkDevice(c.Device); err != nil {
		return err
	}
	if len(c.Tickets) > MaxMerge {
		return refuse(ErrInvalid, "a merge has at most %d slips; this one has %d", MaxMerge, len(c.Tickets)).With("field", "tickets")
	}
	m := merge{s: s, d: d, device: c.Device, met: map[TicketID]bool{}, numbers: make(map[dayNumber]TicketID, len(s.Tickets)+len(c.Tickets))}
	for id, t := range s.Tickets {
		m.numbers[dayNumber{t.Day, t.Number}] = id
	}
	for _, t := range c.Tickets {
		m.slip(t)
	}
	m.record()
	if lane, ok := s.LaneOf(c.Device); ok && lane.Withdrawn && c.Left == 0 {
		d.emit(LaneFreed{Device: c.Device})
	}
	return nil
}

// dayNumber is what is printed, and when: no two tickets share it.
type dayNumber struct {
	day    Day
	number string
}

// merge is one Merge under way.
type merge struct {
	s       *State
	d       *decision
	device  string
	numbers map[dayNumber]TicketID // of every ticket, those of this merge too
	fresh   []MergedTicket
	refused []SlipRefusedNow
	changed []func()          // events about tickets that are known
	met     map[TicketID]bool // those tickets
}

// slip finds out what becomes of a slip. Nothing is emitted before all are seen.
func (m *merge) slip(t LaneTicket) {
	out := SlipOutcome{ID: t.ID, Number: t.Number}
	defer func() { m.d.out.Slips = append(m.d.out.Slips, out) }()
	if m.again(t) || t.Elsewhere == SlipExisting {
		out.Result = SlipExisting
		return
	}
	err := m.check(&t)
	if err == nil {
		if known := m.s.Ticket(t.ID); known != nil {
			out.Result, err = m.known(known, t)
		} else {
			out.Result, err = m.unknown(t)
		}
	}
	if err != nil {
		out.Result, out.Code, out.Why = SlipRefused, err.Code, err.Message
		m.refuse(t, err.Code)
	}
}

// again reports whether a slip stands in the same merge before.
func (m *merge) again(t LaneTicket) bool {
	return slices.ContainsFunc(m.fresh, func(f MergedTicket) bool { return f.Ticket == t.ID })
}

func (m *merge) refuse(t LaneTicket, code Code) {
	r := RefusedSlip{ID: t.ID, Number: t.Number, Service: t.Service, Device: m.device, Code: code, IssuedAt: stamp(t.IssuedAt)}
	if utf8.RuneCountInString(r.Number) > 12 {
		r.Number = string([]rune(r.Number)[:12]) // what is malformed is not to fill the log
	}
	known := func(o RefusedSlip) bool { return o.ID == r.ID && o.Number == r.Number }
	if len(r.ID) <= 16 && len(r.Service) <= 40 && !slices.ContainsFunc(m.s.Refused, known) {
		m.refused = append(m.refused, SlipRefusedNow{r})
	}
}

// check refuses what cannot be a slip of this lane, and mends what does not matter to
// the person who holds it.
func (m *merge) check(t *LaneTicket) *Error {
	s := m.s
	if id, ok := ParseTicketID(string(t.ID)); !ok || id != t.ID {
		return refuse(ErrInvalid, "the ticket id %q is not 16 characters of Crockford base32 in upper case", t.ID).With("field", "id")
	}
	if t.Elsewhere != "" {
		return &Error{Code: t.Elsewhere, Message: "another centre holds a ticket with this id"}
	}
	_, letter, ok := parseLaneNumber(t.Number)
	if !ok {
		return refuse(ErrInvalid, "%q is not a number of a kiosk lane, like AK012", t.Number).With("field", "number")
	}
	now := m.d.now
	t.IssuedAt = stamp(t.IssuedAt)
	if t.IssuedAt.IsZero() || t.IssuedAt.After(now) {
		t.IssuedAt, t.Uncertain = now, t.Uncertain || t.IssuedAt.IsZero()
	}
	if _, err := time.Parse(time.DateOnly, string(t.Day)); err != nil {
		t.Day = s.DayOf(t.IssuedAt)
	}
	t.Day = min(t.Day, s.Day)
	if holder := s.laneHolder(letter); t.Day == s.Day && holder != "" && holder != m.device {
		return refuse(ErrLaneTaken, "the lane %s belongs to another kiosk now", letter).With("lane", letter)
	}
	if _, ok := s.Class(t.Priority); !ok {
		t.Priority = "" // staff confirm a priority anyway
	}
	if t.Language != "vi" && t.Language != "en" {
		t.Language = ""
	}
	if len(t.Reference) > MaxReference || !utf8.ValidString(t.Reference) {
		t.Reference = ""
	}
	return nil
}

// known is a slip whose id is here already: its answer was lost and it was then
// printed with a lane number, or it was merged or called before.
func (m *merge) known(k *Ticket, t LaneTicket) (string, *Error) {
	result := SlipExisting
	if k.Number != t.Number {
		if err := m.free(k.Day, t.Number, k.ID); err != nil {
			return "", err
		}
		m.numbers[dayNumber{k.Day, t.Number}] = k.ID
		result = SlipRenumbered
	}
	early := k.State == Waiting && !k.Second && !t.Uncertain && t.IssuedAt.Before(k.IssuedAt)
	if result == SlipRenumbered || early {
		m.changed = append(m.changed, func() { m.renumber(k, t, early) })
		m.met[k.ID] = true
	}
	if t.Cancelled && k.State == Waiting {
		m.changed = append(m.changed, func() { m.d.emit(WasCancelled{Ticket: k.ID}) })
	}
	return result, nil
}

// renumber gives a ticket the number that is on paper. Whoever was called by the other
// one has not heard it: it is announced again, and one who missed it is back in line.
// One that reached the server late, on a line that had stalled, takes the place of the
// hour on paper; else slips that were issued after it would stand before it.
func (m *merge) renumber(k *Ticket, t LaneTicket, early bool) {
	e := Renumbered{Ticket: k.ID, Number: t.Number}
	if early {
		e.IssuedAt = t.IssuedAt
		e.Place, e.Arrived = m.s.earlier(k, t.IssuedAt, m.d.now)
	}
	m.d.emit(e)
	switch {
	case k.State == Called:
		m.d.emit(Recalled{Ticket: k.ID, Call: m.s.LastCall + 1})
	case k.State == Missed && !m.s.Over(k) && m.s.Line(k.Service) != nil:
		m.d.emit(CameBack{Ticket: k.ID, After: m.s.Line(k.Service).Calls + ReturnAfter})
	}
}

func (m *merge) free(day Day, number string, id TicketID) *Error {
	if other, ok := m.numbers[dayNumber{day, number}]; ok && other != id {
		return refuse(ErrNumberTaken, "another ticket of %s has the number %s", day, number).With("number", number)
	}
	return nil
}

// unknown is a slip that is new here, or was called by its number before.
func (m *merge) unknown(t LaneTicket) (string, *Error) {
	s := m.s
	if k := s.Tickets[m.numbers[dayNumber{t.Day, t.Number}]]; k != nil && k.Unidentified {
		m.changed = append(m.changed, func() { m.d.emit(SlipIdentified{Ticket: k.ID, ID: t.ID}) })
		return SlipExisting, nil
	}
	if err := m.free(t.Day, t.Number, t.ID); err != nil {
		return "", err
	}
	over := t.Day != s.Day || s.DayEnded
	if s.anyLine(t.Service) == nil || !over && s.Line(t.Service) == nil {
		return "", refuse(ErrUnknownService, "the field %q is not offered here any more", t.Service).With("service", string(t.Service))
	}
	e := MergedTicket{Ticket: t.ID, Number: t.Number, Service: t.Service, Priority: t.Priority, Language: t.Language,
		Reference: t.Reference, IssuedAt: t.IssuedAt, Uncertain: t.Uncertain, Cancelled: t.Cancelled, Expired: over && !t.Cancelled}
	if a := s.Appointments[t.ID]; a != nil && a.State == Booked && !over {
		// The line broke while somebody checked in: the slip is the appointment's.
		if e.Booked = a.Hour; !t.IssuedAt.After(s.LateAfter(a)) && a.Day == t.Day {
			e.Due = a.Hour
		}
	}
	if t.Day != s.Day {
		e.Day = t.Day
	}
	m.fresh = append(m.fresh, e)
	m.numbers[dayNumber{t.Day, t.Number}] = t.ID
	if e.Expired {
		return SlipExpired, nil
	}
	return SlipMerged, nil
}

// record emits what was found out.
func (m *merge) record() {
	for _, emit := range m.changed {
		emit()
	}
	if len(m.fresh) > 0 {
		m.s.placeSlips(m.fresh, m.met, m.d.now)
		m.d.emit(Merged{Device: m.device, Tickets: m.fresh})
	}
	for _, r := range m.refused {
		r.Slip.At = m.d.now
		m.d.emit(r)
	}
}

// MergedTicket is one slip in the journal.
type MergedTicket struct {
	Ticket    TicketID  `json:"t"`
	Number    string    `json:"n"`
	Place     int64     `json:"p,omitempty"` // in the order as it is with all of the merge in it; 0 for one that does not wait
	Service   ServiceID `json:"s"`
	Priority  ClassID   `json:"y,omitempty"`
	Language  string    `json:"l,omitempty"`
	Reference string    `json:"r,omitempty"`
	IssuedAt  time.Time `json:"i"`
	Arrived   time.Time `json:"a,omitzero"` // the hour its place stands for, where that is later
	After     uint64    `json:"after,omitempty"`
	Uncertain bool      `json:"u,omitempty"`
	Day       Day       `json:"d,omitempty"` // its own, where it is not that of the record
	Expired   bool      `json:"x,omitempty"`
	Cancelled bool      `json:"c,omitempty"`
	Due       time.Time `json:"due,omitzero"` // of the appointment that it checked in
	Booked    time.Time `json:"b,omitzero"`
}

// Merged is the slips of a kiosk that was cut off, in the order of their issue.
// Tickets behind the places they take move back.
type Merged struct {
	Device  string         `json:"d"`
	Tickets []MergedTicket `json:"ts"`
}

func (Merged) kind() string { return "merged" }

func (e Merged) apply(s *State, at time.Time) {
	var places []int64
	var all, waiting []*Ticket
	seen := map[TicketID]bool{}
	for _, m := range e.Tickets {
		if s.Tickets[m.Ticket] != nil || seen[m.Ticket] {
			continue
		}
		seen[m.Ticket] = true
		t := m.ticket(s, at)
		all = append(all, t)
		if t.State == Waiting {
			places, waiting = append(places, t.Place), append(waiting, t)
		}
		if l := s.anyLine(t.Service); l != nil && t.Day == s.Day {
			l.Issued++
		}
	}
	s.makeRoom(places)
	for _, t := range all {
		s.Tickets[t.ID] = t
		s.unbook(t.ID)
	}
	s.lineUp(waiting)
}

// ticket is the slip as it is kept.
func (m MergedTicket) ticket(s *State, at time.Time) *Ticket {
	t := &Ticket{ID: m.Ticket, Number: m.Number, Day: m.Day, Service: m.Service, State: Waiting, Priority: m.Priority, Source: "kiosk",
		Language: m.Language, Reference: m.Reference, Place: m.Place, ReturnAfter: m.After, Arrived: m.Arrived, Offline: true,
		Uncertain: m.Uncertain, Due: m.Due, Booked: m.Booked, IssuedAt: m.IssuedAt, WaitSince: m.IssuedAt}
	if t.Day == "" {
		t.Day = s.Day
	}
	switch {
	case m.Cancelled:
		t.State, t.EndedAt, t.Place = Cancelled, at, 0
	case m.Expired || s.Over(t) || m.Place <= 0:
		t.State, t.EndedAt, t.Place = Expired, at, 0
	}
	return t
}

// Renumbered is a ticket that has the number on paper now and, where that is earlier,
// its hour and the place that goes with it.
type Renumbered struct {
	Ticket   TicketID  `json:"t"`
	Number   string    `json:"n"`
	IssuedAt time.Time `json:"i,omitzero"`
	Place    int64     `json:"p,omitempty"` // those between there and where it stood move by one
	Arrived  time.Time `json:"a,omitzero"`
}

func (Renumbered) kind() string { return "renumbered" }

func (e Renumbered) apply(s *State, _ time.Time) {
	t := s.Tickets[e.Ticket]
	if t == nil {
		return
	}
	t.Number, t.Offline = e.Number, true
	if !e.IssuedAt.IsZero() {
		t.IssuedAt, t.WaitSince, t.Arrived, t.Uncertain = e.IssuedAt, e.IssuedAt, e.Arrived, false
		s.advance(t, e.Place)
	}
	for i := range s.Calls {
		if s.Calls[i].Ticket == t.ID {
			s.Calls[i].Number = e.Number
		}
	}
}

// SlipRefusedNow is a slip that no line takes; the staff see it by its number.
type SlipRefusedNow struct {
	Slip RefusedSlip `json:"slip"`
}

func (SlipRefusedNow) kind() string { return "slip-refused" }

func (e SlipRefusedNow) apply(s *State, _ time.Time) { s.Refused = append(s.Refused, e.Slip) }

// byPlace is the order of tickets.
func byPlace(a, b *Ticket) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID)) }
