package queue

import "time"

// TicketState names are those on the wire.
type TicketState string

const (
	Waiting   TicketState = "waiting"
	Called    TicketState = "called"
	Serving   TicketState = "serving"
	Parked    TicketState = "parked"
	Missed    TicketState = "missed"
	Done      TicketState = "done"
	Cancelled TicketState = "cancelled"
	Expired   TicketState = "expired"
)

// Ticket is one person's place. Its number never changes once it is issued.
type Ticket struct {
	ID        TicketID    `json:"id"`
	Number    string      `json:"number"` // "A042"
	Day       Day         `json:"day"`
	Service   ServiceID   `json:"service"`
	State     TicketState `json:"state"`
	Priority  ClassID     `json:"priority,omitempty"`
	Source    string      `json:"source,omitempty"`   // kiosk, desk, phone, agent
	Language  string      `json:"language,omitempty"` // "vi" or "en"; "" is vi
	Reference string      `json:"reference,omitempty"`

	// Place is the order of arrival in the centre: lower comes first. It is a
	// sequence, not a time, and is kept through calls, transfers and put-backs.
	Place int64 `json:"place"`
	// ReturnAfter is the count of calls of its service that must have been made
	// before a returned no-show may be called again; 0 when it has not returned.
	ReturnAfter uint64 `json:"return_after,omitempty"`
	Returned    bool   `json:"returned,omitempty"`
	// Target reserves the ticket for one counter (transfer to a counter); 0 is any.
	Target CounterID `json:"target,omitempty"`
	// Due is the hour of an appointment; zero for a walk-in.
	Due time.Time `json:"due,omitzero"`
	// Booked is the hour of the appointment it came of, also where the person came too
	// late for it to be due.
	Booked time.Time `json:"booked,omitzero"`

	// Arrived is the hour its Place stands for, where that is not IssuedAt: of a second
	// procedure, or of a slip that was placed behind people who came after it.
	Arrived time.Time `json:"arrived,omitzero"`
	// Offline marks a slip that a kiosk issued from its lane while it was cut off;
	// Uncertain one whose hour of issue is a guess.
	Offline   bool `json:"offline,omitempty"`
	Uncertain bool `json:"uncertain,omitempty"`
	// Unidentified is a slip called by its printed number, whose own id is not known yet.
	Unidentified bool `json:"unidentified,omitempty"`
	Second       bool `json:"second,omitempty"` // it waits for a second procedure
	// Moved is how many slips of cut off kiosks were placed before it while it waited.
	Moved int `json:"moved,omitempty"`

	IssuedAt  time.Time `json:"issued_at"`
	WaitSince time.Time `json:"wait_since"` // start of the present or last wait
	CalledAt  time.Time `json:"called_at,omitzero"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"` // done, cancelled, missed, parked or expired at

	Counter CounterID `json:"counter,omitempty"` // where it is, or was last
	Call    uint64    `json:"call,omitempty"`    // number of its latest call
	Calls   int       `json:"calls,omitempty"`   // calls and recalls of the present turn
	Reason  string    `json:"reason,omitempty"`  // of parking or of the last move
	Why     Why       `json:"why,omitempty"`     // why it was called
	// Charged is what the call did to the interleaving credit of its service,
	// so that a put-back can undo it.
	Charged int `json:"charged,omitempty"`
}

// Held reports whether the ticket is at a counter.
func (t *Ticket) Held() bool { return t.State == Called || t.State == Serving }

// Why says why a ticket was, or will be, next.
type Why string

const (
	ByArrival     Why = "arrival"       // the earliest arrival
	ByPriority    Why = "priority"      // strict: a priority class goes first
	ByTurn        Why = "priority_turn" // interleaved: a priority turn was due
	ByAppointment Why = "appointment"   // an appointment was due
	ByReturn      Why = "returned"      // a returned no-show whose wait is over
	ByChoice      Why = "chosen"        // called out of turn, with a reason
	ByRecallLater Why = "parked"        // a parked ticket called back
	BySlip        Why = "slip"          // a slip of a kiosk that was cut off, shown at the counter
)

// TicketIDAlphabet is Crockford's base32: no I, L, O, U.
const TicketIDAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ParseTicketID accepts any case and checks form only: 16 characters of
// Crockford base32. I and L read as 1, O as 0 (Crockford's rule for people).
func ParseTicketID(s string) (TicketID, bool) {
	if len(s) != 16 {
		return "", false
	}
	out := make([]byte, 16)
	for i := range 16 {
		c := s[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch c {
		case 'I', 'L':
			c = '1'
		case 'O':
			c = '0'
		}
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' && c != 'U') {
			return "", false
		}
		out[i] = c
	}
	return TicketID(out), true
}
