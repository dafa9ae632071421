package queue

import "time"

// Outcome is what a command came to.
type Outcome struct {
	Records     []Record
	Ticket      TicketID      // the ticket it was about, "" for none
	Appointment TicketID      // the appointment it was about, "" for none
	Print       PrintID       // the order to print it was about, "" for none
	Existing    bool          // the command had been done before and changed nothing
	Slips       []SlipOutcome // what became of each slip of a merge
}

// Decide carries out a command on s, which it changes as it goes: the caller must
// make the records durable before anyone sees the new state, and throw s away if
// it cannot.
//
// A refusal leaves the command undone. Records may come with it all the same:
// they are facts of time passing (the day ended, the clock was set back), not of
// the command, and must be kept like others.
func Decide(s *State, c Command, m Meta) (Outcome, error) {
	d := &decision{meta: m, state: s, now: m.Now.UTC().Truncate(time.Millisecond)}
	d.clock()
	err := c.decide(s, d)
	return d.out, err
}

// decision collects the events of one command. Each event is applied as it is
// emitted, so that a verb can build on another's (finish, then call). A verb
// checks everything before its first emit.
type decision struct {
	meta  Meta
	state *State
	now   time.Time // Meta.Now, but never before the last stamp
	out   Outcome
}

func (d *decision) emit(e Event) {
	r := Record{At: d.now, Day: d.state.Day, Actor: d.meta.Actor, Device: d.meta.Device, Source: d.meta.Source, Event: e}
	if started, ok := e.(DayStarted); ok {
		r.Day = started.Day
	}
	d.out.Records = append(d.out.Records, r)
	d.state.Apply(r)
}

// Apply makes a fact part of the state. It cannot fail, and it is lenient with
// facts about things it does not know, so that one day of a centre's records can
// be read on its own.
func (s *State) Apply(r Record) {
	if r.At.After(s.LastAt) {
		s.LastAt = r.At
	}
	r.Event.apply(s, r.At)
}

// clock brings the state up to the hour: it notes a clock that was set back and
// turns over the business day.
func (d *decision) clock() {
	s := d.state
	if s.Center.ID == "" {
		if d.now.Before(s.LastAt) {
			d.now = s.LastAt
		}
		return // before the zone is known there are no days
	}
	switch behind := s.LastAt.Sub(d.now); {
	case behind > time.Second && !s.Behind:
		back := d.now
		d.now = s.LastAt
		d.emit(ClockSetBack{Clock: back})
	case behind <= 0 && s.Behind:
		d.emit(ClockCaughtUp{})
	}
	if d.now.Before(s.LastAt) {
		d.now = s.LastAt
	}
	d.latePrints()
	today := s.DayOf(d.now)
	if today <= s.Day {
		return
	}
	if s.Day != "" && (!s.DayEnded || s.leftOver()) {
		d.emit(DayEnded{})
	}
	d.emit(DayStarted{Day: today})
}

// Tick does what the passing of time demands and nothing else. The engine sends
// it when a business day is over or an order to print is late.
type Tick struct{}

func (Tick) decide(*State, *decision) error { return nil }

// NextTick is when the state next changes by itself; zero when it does not.
func (s *State) NextTick() time.Time {
	if s.Day == "" {
		return time.Time{}
	}
	next := s.Midnight()
	for _, p := range s.Prints {
		if at := p.lateAt(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// ClockSetBack notes that the clock stood before the last stamp. Stamps wait at
// that stamp until the clock has passed it, so durations are zero, never negative.
type ClockSetBack struct {
	Clock time.Time `json:"clock"` // what the clock said
}

func (ClockSetBack) kind() string                { return "clock-set-back" }
func (ClockSetBack) apply(s *State, _ time.Time) { s.Behind = true }

// ClockCaughtUp notes that stamps follow the clock again.
type ClockCaughtUp struct{}

func (ClockCaughtUp) kind() string                { return "clock-caught-up" }
func (ClockCaughtUp) apply(s *State, _ time.Time) { s.Behind = false }

// stamp brings an instant into the form in which the journal keeps it, so that a
// live state and a replayed one are equal.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}
