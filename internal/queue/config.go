package queue

import "time"

// Service is what people call a field (lĩnh vực): one line of waiting people.
type Service struct {
	ID      ServiceID `json:"id"`
	Prefix  string    `json:"prefix"` // of ticket numbers, "A"
	Name    Text      `json:"name"`
	Hint    Text      `json:"hint"`              // what it covers, in everyday words
	Icon    string    `json:"icon,omitempty"`    // a name in assets/icons
	Where   Text      `json:"where"`             // where to wait
	Prepare []Text    `json:"prepare,omitempty"` // what to have ready
	// Hours replace the centre's when set.
	Hours *Hours `json:"hours,omitempty"`
	// DailyLimit is the most tickets a day; 0 is no limit.
	DailyLimit int `json:"daily_limit,omitempty"`
	// TargetS is the wished service time in seconds, for the desk's timer; 0 is none.
	TargetS int `json:"target_s,omitempty"`
	// AppointmentsHour is the most appointments in one hour; 0 is MostAnHour.
	AppointmentsHour int `json:"appointments_hour,omitempty"`
	// Collect marks the field where finished dossiers are handed out: a kiosk that is
	// shown a dossier's receipt offers it.
	Collect bool `json:"collect,omitempty"`
}

func (v Service) validHours() error {
	if v.Hours == nil {
		return nil
	}
	return v.Hours.Validate()
}

// CounterConfig is a desk and the services it takes.
type CounterConfig struct {
	Number   CounterID   `json:"number"`
	Services []ServiceID `json:"services"`
	Name     Text        `json:"name,omitzero"`
}

// CenterConfig names a centre.
type CenterConfig struct {
	ID       CenterID `json:"id"`
	Name     Text     `json:"name"`      // "Trung tâm Phục vụ hành chính công phường Thuận Hóa"
	Short    Text     `json:"short"`     // "phường Thuận Hóa"
	TimeZone string   `json:"time_zone"` // IANA, "Asia/Ho_Chi_Minh"
}

// Class is a priority group. Groups, ages and the legal basis are a centre's
// configuration; staff confirm them at the counter.
type Class struct {
	ID    ClassID `json:"id"`
	Name  Text    `json:"name"`
	Basis Text    `json:"basis"` // the legal text shown to people
	Rank  int     `json:"rank"`  // in strict mode lower goes first; equal ranks by arrival
	// MinAge is the age in years from which a person belongs to the group, so that a
	// kiosk that is shown an identity card can offer it; 0 where age decides nothing.
	MinAge int `json:"min_age,omitempty"`
}

// Mode says how priority classes meet ordinary tickets.
type Mode string

const (
	Strict      Mode = "strict"
	Interleaved Mode = "interleaved"
)

// Policy is the rule by which the next ticket is found. Each change makes a new
// version, and calls name the version they were made under.
type Policy struct {
	Version int     `json:"version"`
	Mode    Mode    `json:"mode"`
	Every   int     `json:"every"`   // interleaved: one priority call for every N others
	GraceS  int     `json:"grace_s"` // how long a missed person may come back, seconds
	Classes []Class `json:"classes"`
	// Appointments says when hours are booked and checked in.
	Appointments AppointmentRules `json:"appointments,omitzero"`
}

// DefaultPolicy interleaves one priority call for every two others and lets a
// missed person come back within 30 minutes.
func DefaultPolicy() Policy {
	return Policy{Mode: Interleaved, Every: 2, GraceS: 1800}
}

// Fixed times of the domain (DESIGN, states).
const (
	RestoreWithin = 5 * time.Minute // a cancelled ticket can be restored
	ReopenWithin  = 2 * time.Minute // a finished visit can be reopened
	ReturnAfter   = 2               // calls of its service before a returned no-show
)
