package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CounterState names are those on the wire.
type CounterState string

const (
	CounterOpen   CounterState = "open"
	CounterPaused CounterState = "paused"
	CounterClosed CounterState = "closed"
)

// Counter is a desk: its configuration and what happens there now.
type Counter struct {
	CounterConfig
	State   CounterState `json:"state"`
	Pausing bool         `json:"pausing,omitempty"` // pauses when the visit in hand ends
	Clerk   string       `json:"clerk,omitempty"`   // account id of whoever opened it
	Ticket  TicketID     `json:"ticket,omitempty"`  // the one ticket it holds
	Served  int          `json:"served,omitempty"`  // visits finished today
	Removed bool         `json:"removed,omitempty"`
}

// Line is one service's queue and its counts of the day.
type Line struct {
	Service
	Removed bool       `json:"removed,omitempty"`
	Last    int        `json:"last"`              // last number given today
	Issued  int        `json:"issued"`            // tickets given today, for the daily limit
	Calls   uint64     `json:"calls"`             // calls today, for returned no-shows
	Others  int        `json:"others,omitempty"`  // ordinary calls since the last priority call (interleaving credit)
	Waiting []TicketID `json:"waiting,omitempty"` // in order of Place
	Pause   *Pause     `json:"pause,omitempty"`   // issuing paused

	// Of the waiting tickets, kept by enqueue and dequeue.
	priorities int // belong to a priority class
	passable   int // may be passed over: returned no-shows and appointments
}

// Pause says why issuing is paused and when it is expected to go on.
type Pause struct {
	Reason string    `json:"reason"`
	Until  time.Time `json:"until,omitzero"`
	Since  time.Time `json:"since"`
}

// Call is one announcement: a call or a recall.
type Call struct {
	Call      uint64    `json:"call"`
	Number    string    `json:"number"`
	Counter   CounterID `json:"counter"`
	Service   ServiceID `json:"service"`
	At        time.Time `json:"at"`
	Ticket    TicketID  `json:"ticket"`
	Again     bool      `json:"again,omitempty"`
	Priority  bool      `json:"priority,omitempty"`
	Language  string    `json:"language,omitempty"`
	Withdrawn bool      `json:"withdrawn,omitempty"`
}

// State is everything a centre is. It is plain data: JSON of it is its snapshot.
type State struct {
	Center   CenterConfig `json:"center"`
	Hours    Hours        `json:"hours"`
	Policy   Policy       `json:"policy"`
	Lines    []*Line      `json:"lines"`    // in order of display
	Counters []*Counter   `json:"counters"` // in order of number
	Pause    *Pause       `json:"pause,omitempty"`
	// Settings of kiosks and screens by device; "" is the centre's.
	Kiosks   map[string]KioskSettings   `json:"kiosks,omitempty"`
	Displays map[string]DisplaySettings `json:"displays,omitempty"`
	// Media are the files that screens may show, CityMessages what the city says on all
	// of them.
	Media        []Medium  `json:"media,omitempty"`
	CityMessages []Message `json:"city_messages,omitempty"`
	Alerts       []Alert   `json:"alerts,omitempty"` // open ones, oldest first

	Day      Day                  `json:"day"`
	DayEnded bool                 `json:"day_ended,omitempty"` // ended by hand; Day stays until midnight
	LastAt   time.Time            `json:"last_at"`
	Behind   bool                 `json:"behind,omitempty"` // the clock stands before LastAt, and the log says so
	LastCall uint64               `json:"last_call"`
	Place    int64                `json:"place"` // last order of arrival given
	Tickets  map[TicketID]*Ticket `json:"tickets"`
	Calls    []Call               `json:"calls"`              // of the day, and always the last KeepCalls
	Finished []TicketID           `json:"finished,omitempty"` // today, oldest first
	Former   []Former             `json:"former,omitempty"`   // names that were changed, oldest change first
	Lanes    []Lane               `json:"lanes,omitempty"`    // of kiosks, in the order they were given
	Refused  []RefusedSlip        `json:"refused,omitempty"`  // slips of today's merges that were refused
	// Aliases are ids of slips that were called by their number before their id was
	// known here: the id on paper, and the one under which the ticket is kept.
	Aliases map[TicketID]TicketID `json:"aliases,omitempty"`
	// Appointments of today and of days to come that are no tickets yet.
	Appointments map[TicketID]*Appointment `json:"appointments,omitempty"`
	Prints       []Print                   `json:"prints,omitempty"` // orders of the day, oldest first

	loc *time.Location
}

// KeepCalls is how many calls stay in the state over the end of a day.
const KeepCalls = 200

// New is a centre before its first event.
func New() *State {
	return &State{Policy: DefaultPolicy(), Tickets: map[TicketID]*Ticket{}}
}

// Location is the centre's zone; UTC before it is configured.
func (s *State) Location() *time.Location {
	if s.loc == nil {
		s.loc = time.UTC
		if s.Center.TimeZone != "" {
			if l, err := time.LoadLocation(s.Center.TimeZone); err == nil {
				s.loc = l
			}
		}
	}
	return s.loc
}

// DayOf is the business day of an instant: midnight to midnight in the centre's zone.
func (s *State) DayOf(t time.Time) Day { return Day(t.In(s.Location()).Format(time.DateOnly)) }

// Midnight is the end of the present business day.
func (s *State) Midnight() time.Time {
	d, err := time.ParseInLocation(time.DateOnly, string(s.Day), s.Location())
	if err != nil {
		return time.Time{}
	}
	end := time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, s.Location())
	if s.DayOf(end) == s.Day {
		// Where summer time begins at midnight that hour does not exist, and Date
		// may give the one before (America/Havana).
		end = end.Add(time.Hour)
	}
	return end
}

// Line finds a service that is in use.
func (s *State) Line(id ServiceID) *Line {
	for _, l := range s.Lines {
		if l.ID == id && !l.Removed {
			return l
		}
	}
	return nil
}

// Counter finds a counter that is in use.
func (s *State) Counter(n CounterID) *Counter {
	for _, c := range s.Counters {
		if c.Number == n && !c.Removed {
			return c
		}
	}
	return nil
}

// anyLine finds a service, also a removed one: tickets may still refer to it.
func (s *State) anyLine(id ServiceID) *Line {
	for _, l := range s.Lines {
		if l.ID == id {
			return l
		}
	}
	return nil
}

func (s *State) needLine(id ServiceID) (*Line, error) {
	if l := s.Line(id); l != nil {
		return l, nil
	}
	var have []string
	for _, l := range s.Lines {
		if !l.Removed {
			have = append(have, string(l.ID))
		}
	}
	return nil, refuse(ErrUnknownService, "there is no service %q here; there are %s", id, list(have)).With("services", have)
}

func (s *State) needCounter(n CounterID) (*Counter, error) {
	if c := s.Counter(n); c != nil {
		return c, nil
	}
	var have []CounterID
	var names []string
	for _, c := range s.Counters {
		if !c.Removed {
			have = append(have, c.Number)
			names = append(names, fmt.Sprint(c.Number))
		}
	}
	return nil, refuse(ErrUnknownCounter, "there is no counter %d here; there are %s", n, list(names)).With("counters", have)
}

// Ticket finds a ticket by its id, also by the one on a slip that was first known
// by its number.
func (s *State) Ticket(id TicketID) *Ticket {
	if t := s.Tickets[id]; t != nil {
		return t
	}
	return s.Tickets[s.Aliases[id]]
}

func (s *State) needTicket(id TicketID) (*Ticket, error) {
	if t := s.Ticket(id); t != nil {
		return t, nil
	}
	if a := s.Appointments[id]; a != nil {
		return nil, s.NotCheckedIn(a)
	}
	return nil, refuse(ErrUnknownTicket, "there is no ticket %s in this centre today", id)
}

// Class finds a priority group.
func (s *State) Class(id ClassID) (Class, bool) {
	for _, c := range s.Policy.Classes {
		if c.ID == id {
			return c, true
		}
	}
	return Class{}, false
}

// HoursOf are the hours in force for a service.
func (s *State) HoursOf(l *Line) Hours {
	if l != nil && l.Service.Hours != nil {
		return *l.Service.Hours
	}
	return s.Hours
}

// Serves reports whether a counter takes a service.
func (c *Counter) Serves(id ServiceID) bool { return slices.Contains(c.Services, id) }

func list(items []string) string {
	switch len(items) {
	case 0:
		return "none"
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
