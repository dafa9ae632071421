// Package view computes what each audience may see from a queue.State. It is
// pure. Its types are the wire documents of the API and of the sockets, and what
// internal/client decodes. Durations are seconds (suffix _s), instants RFC 3339
// with offset.
package view

import (
	"time"

	"moiso/internal/queue"
)

// Head opens every document that travels over a socket.
type Head struct {
	Version int64     `json:"version" doc:"Only grows within an epoch"`
	Center  string    `json:"center"`
	At      time.Time `json:"at" doc:"When the document was made"`
	Epoch   string    `json:"epoch" doc:"New after a restore or a change of home: start afresh"`
}

// ETA is the estimated wait; null while it is not known.
type ETA struct {
	P50 int `json:"p50_s"`
	P90 int `json:"p90_s"`
}

// Ticket is the public form of a ticket: what its holder may know.
type Ticket struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Center    string     `json:"center"`
	Service   string     `json:"service"`
	State     string     `json:"state" enum:"waiting,called,serving,parked,missed,done,cancelled,expired"`
	Priority  string     `json:"priority" doc:"Priority group, empty for none"`
	Source    string     `json:"source"`
	IssuedAt  time.Time  `json:"issued_at"`
	CalledAt  *time.Time `json:"called_at"`
	Counter   *int       `json:"counter" doc:"Where it is or was last"`
	Position  *int       `json:"position" doc:"Place in the line of its service: 1 is next; null when it does not wait"`
	ETA       *ETA       `json:"eta"`
	Ahead     *int       `json:"ahead" doc:"People before it in its line; null when it does not wait"`
	Call      uint64     `json:"call,omitempty" doc:"Number of its latest call"`
	Calls     int        `json:"calls,omitempty" doc:"Times it was called in the present turn"`
	Day       string     `json:"day"`
	Language  string     `json:"language,omitempty"`
	Reference string     `json:"reference,omitempty"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	ReturnBy  *time.Time `json:"return_by,omitempty" doc:"A missed person may come back until then"`
	RestoreBy *time.Time `json:"restore_by,omitempty" doc:"A cancelled ticket can be restored until then"`
	ReopenBy  *time.Time `json:"reopen_by,omitempty" doc:"A finished visit can be reopened until then"`
	URL       string     `json:"url,omitempty" doc:"What the QR code carries"`
	Offline   bool       `json:"offline,omitempty" doc:"Issued by a kiosk from its lane while it could not reach the server"`
	Uncertain bool       `json:"uncertain,omitempty" doc:"The hour of issue is a guess: the kiosk had lost the time"`
	BookedAt  *time.Time `json:"booked_at,omitempty" doc:"Hour of the appointment it came of"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"From then on it goes first; absent where the person came too late for the appointment"`
}

// TicketPage is the document of view=ticket: all that the phone page shows.
type TicketPage struct {
	Head
	Ticket       Ticket       `json:"ticket"`
	CenterName   queue.Text   `json:"center_name"`
	CenterShort  queue.Text   `json:"center_short"`
	ServiceName  queue.Text   `json:"service_name"`
	Where        queue.Text   `json:"where"`
	Prepare      []queue.Text `json:"prepare"`
	OpenCounters int          `json:"open_counters" doc:"Open counters that serve its field"`
	Pause        *Pause       `json:"pause" doc:"Issuing of the field is paused"`
	Moved        *Moved       `json:"moved,omitempty" doc:"Why its place went back"`
	Trouble      string       `json:"trouble,omitempty"`
}

// Moved says why a waiting ticket stands further back than it did.
type Moved struct {
	By     int    `json:"by" doc:"How many people came in before it"`
	Reason string `json:"reason" enum:"offline_kiosk"`
}

// Pause says why issuing stands still.
type Pause struct {
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until"`
	Since  time.Time  `json:"since"`
}

// BoardCall is one announcement. Outside readers rely on the order of its first keys.
type BoardCall struct {
	Call      uint64    `json:"call"`
	Number    string    `json:"number"`
	Counter   int       `json:"counter"`
	Service   string    `json:"service"`
	At        time.Time `json:"at"`
	Again     bool      `json:"again,omitempty" doc:"A recall"`
	Priority  bool      `json:"priority,omitempty"`
	Language  string    `json:"language,omitempty"`
	Withdrawn bool      `json:"withdrawn,omitempty" doc:"Put back; only in the list of calls, never on a board"`
}

// BoardCounter is a tile of the board.
type BoardCounter struct {
	Number       int         `json:"number"`
	State        string      `json:"state" enum:"open,paused,closed"`
	TicketNumber *string     `json:"ticket_number"`
	TicketState  string      `json:"ticket_state,omitempty" doc:"called or serving"`
	Service      string      `json:"service,omitempty" doc:"Field of the ticket it holds"`
	Priority     bool        `json:"priority,omitempty"`
	Services     []string    `json:"services"`
	Name         *queue.Text `json:"name,omitempty"`
}

// BoardService is a field and its line.
type BoardService struct {
	ID           string     `json:"id"`
	Waiting      int        `json:"waiting"`
	Next         *string    `json:"next" doc:"Number of the ticket that is next"`
	Name         queue.Text `json:"name"`
	Prefix       string     `json:"prefix"`
	OpenCounters int        `json:"open_counters"`
	Pause        *Pause     `json:"pause,omitempty"`
}

// BoardMedium is a picture or a film for the screens, found under /media/{c}/{hash}.
type BoardMedium struct {
	Hash  string `json:"hash" doc:"SHA-256 in hex"`
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
}

// Board is what the lobby sees.
type Board struct {
	Head
	Calls    []BoardCall                      `json:"calls" doc:"Newest last, withdrawn ones left out"`
	Counters []BoardCounter                   `json:"counters"`
	Services []BoardService                   `json:"services"`
	Name     queue.Text                       `json:"name"`
	Short    queue.Text                       `json:"short"`
	TimeZone string                           `json:"time_zone"`
	Rule     queue.Text                       `json:"rule" doc:"The rule in force in one sentence"`
	Pause    *Pause                           `json:"pause,omitempty" doc:"Issuing of the whole centre is paused"`
	Trouble  string                           `json:"trouble,omitempty" doc:"storage_unavailable while nothing can be recorded"`
	LastCall uint64                           `json:"last_call" doc:"Newest call number given, also when that call was withdrawn"`
	Settings queue.DisplaySettings            `json:"settings" doc:"Of the centre's screens, defaults filled in"`
	Devices  map[string]queue.DisplaySettings `json:"devices" doc:"Whole settings of the screens that have some of their own, by device"`
	Media    []BoardMedium                    `json:"media" doc:"Files that the playlists name and the centre has"`
	Messages []queue.Message                  `json:"messages" doc:"Of the city, before the centre's own"`
	Today    []queue.Span                     `json:"today" doc:"Hours of the day of the document; none when the centre is closed all day"`
}

// KioskService is one card of the kiosk.
type KioskService struct {
	ID           string     `json:"id"`
	Name         queue.Text `json:"name"`
	Hint         queue.Text `json:"hint"`
	Icon         string     `json:"icon"`
	Prefix       string     `json:"prefix"`
	Where        queue.Text `json:"where"`
	Open         bool       `json:"open" doc:"A ticket can be taken now"`
	Closed       string     `json:"closed,omitempty" doc:"Why not" enum:"hours,paused,limit,day_ended"`
	OpensAt      *time.Time `json:"opens_at,omitempty"`
	Pause        *Pause     `json:"pause,omitempty"`
	Waiting      int        `json:"waiting"`
	OpenCounters int        `json:"open_counters" doc:"0: say so before the touch"`
	ETA          *ETA       `json:"eta"`
	Collect      bool       `json:"collect,omitempty" doc:"Finished dossiers are handed out here: a scanned receipt leads to it"`
}

// Class is a priority group as people read it.
type Class struct {
	ID    string     `json:"id"`
	Name  queue.Text `json:"name"`
	Basis queue.Text `json:"basis"`
	// MinAge lets a kiosk offer the group to whoever shows an identity card.
	MinAge int `json:"min_age,omitempty" doc:"Age in years from which a person belongs to the group; absent where age decides nothing"`
}

// Kiosk is the document of view=kiosk.
type Kiosk struct {
	Head
	Name       queue.Text     `json:"name"`
	Short      queue.Text     `json:"short"`
	TimeZone   string         `json:"time_zone"`
	Services   []KioskService `json:"services"`
	Priorities []Class        `json:"priorities"`
	Rule       queue.Text     `json:"rule"`
	Trouble    string         `json:"trouble,omitempty"`

	Prints  []PrintCall       `json:"prints" doc:"Slips that staff ordered and that are not printed yet"`
	Lanes   map[string]string `json:"lanes" doc:"Letter of the lane of each kiosk, by device id"`
	Offline OfflineRules      `json:"offline"`

	Settings queue.KioskSettings            `json:"settings" doc:"Of the centre's kiosks, defaults filled in"`
	Devices  map[string]queue.KioskSettings `json:"devices" doc:"Settings of the kiosks that have some of their own, by device: whole, but for a logo that is the centre's"`
}

// OfflineRules are what a kiosk keeps to while it cannot reach the server.
type OfflineRules struct {
	TicketURL string                        `json:"ticket_url,omitempty" doc:"What a QR code carries before the ticket's id"`
	Day       string                        `json:"day"`
	DayEnded  bool                          `json:"day_ended,omitempty"`
	Hours     queue.Hours                   `json:"hours"`
	Services  map[string]OfflineServiceRule `json:"services"`
}

// OfflineServiceRule is a field's own.
type OfflineServiceRule struct {
	Hours      *queue.Hours `json:"hours,omitempty"`
	DailyLimit int          `json:"daily_limit,omitempty"`
	Issued     int          `json:"issued,omitempty" doc:"Numbers given today"`
}

// Slip is what became of one slip of a kiosk that was cut off.
type Slip struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Result string `json:"result" enum:"merged,existing,renumbered,expired,refused"`
	Code   string `json:"code,omitempty" doc:"Why it was refused"`
	Detail string `json:"detail,omitempty" doc:"The same in words"`
}

// RefusedSlip is a slip that no line took: someone holds this number.
type RefusedSlip struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Service  string     `json:"service"`
	Device   string     `json:"device"`
	Code     string     `json:"code"`
	IssuedAt *time.Time `json:"issued_at"`
	At       time.Time  `json:"at" doc:"When it came in"`
}

// Lane is a kiosk's own run of numbers, as its manager sees it.
type Lane struct {
	Device    string `json:"device"`
	Letter    string `json:"letter"`
	Withdrawn bool   `json:"withdrawn,omitempty" doc:"Its device may not use it any more; the letter is free when its slips are merged or written off"`
}

// DeskRow is a ticket in a list of the staff.
type DeskRow struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Service   string     `json:"service"`
	State     string     `json:"state"`
	Priority  string     `json:"priority,omitempty"`
	IssuedAt  time.Time  `json:"issued_at"`
	WaitSince time.Time  `json:"wait_since"`
	Why       string     `json:"why,omitempty" doc:"Why it stands at this place: arrival, priority, priority_turn, appointment, returned"`
	Returned  bool       `json:"returned,omitempty"`
	Target    int        `json:"target,omitempty" doc:"Kept for this counter"`
	Counter   int        `json:"counter,omitempty"`
	Calls     int        `json:"calls,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Source    string     `json:"source,omitempty"`
	Reference string     `json:"reference,omitempty"`
	Offline   bool       `json:"offline,omitempty" doc:"A slip of a kiosk that was cut off"`
	BookedAt  *time.Time `json:"booked_at,omitempty" doc:"Hour of the appointment it came of"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"From then on it goes first; absent where the person came too late for the appointment"`
	CalledAt  *time.Time `json:"called_at,omitempty"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	ReturnBy  *time.Time `json:"return_by,omitempty"`
	RestoreBy *time.Time `json:"restore_by,omitempty"`
	ReopenBy  *time.Time `json:"reopen_by,omitempty"`
}

// DeskService is a field as staff see it, with the target of its visits.
type DeskService struct {
	ID           string     `json:"id"`
	Name         queue.Text `json:"name"`
	Prefix       string     `json:"prefix"`
	Waiting      int        `json:"waiting"`
	OpenCounters int        `json:"open_counters"`
	TargetS      int        `json:"target_s,omitempty"`
	Open         bool       `json:"open"`
	OpensAt      *time.Time `json:"opens_at,omitempty"`
	Pause        *Pause     `json:"pause,omitempty"`
}

// DeskCounter is another counter, as a target of transfers.
type DeskCounter struct {
	Number       int      `json:"number"`
	State        string   `json:"state"`
	Services     []string `json:"services"`
	TicketNumber *string  `json:"ticket_number"`
	Clerk        string   `json:"clerk,omitempty"`
}

// Desk is the document of view=counter.
type Desk struct {
	Head
	Name         queue.Text    `json:"name"`
	Short        queue.Text    `json:"short"`
	TimeZone     string        `json:"time_zone"`
	Number       int           `json:"number"`
	State        string        `json:"state"`
	Pausing      bool          `json:"pausing" doc:"Pauses when the visit in hand ends"`
	Clerk        string        `json:"clerk,omitempty"`
	Serves       []string      `json:"serves"`
	Ticket       *DeskRow      `json:"ticket"`
	Waiting      []DeskRow     `json:"waiting" doc:"In the order in which this counter will call them, at most 100"`
	WaitingTotal int           `json:"waiting_total"`
	Parked       []DeskRow     `json:"parked"`
	Missed       []DeskRow     `json:"missed" doc:"Still within the grace time"`
	Finished     []DeskRow     `json:"finished" doc:"This counter's last, newest first, at most 5"`
	Served       int           `json:"served" doc:"Visits finished here today"`
	Services     []DeskService `json:"services"`
	Counters     []DeskCounter `json:"counters"`
	Priorities   []Class       `json:"priorities"`
	Refused      []RefusedSlip `json:"refused" doc:"Slips of cut off kiosks that no line took, newest first"`
	Rule         queue.Text    `json:"rule"`
	Trouble      string        `json:"trouble,omitempty"`
	Prints       []Print       `json:"prints" doc:"The newest orders to print, newest first"`
	Alerts       []Alert       `json:"alerts" doc:"Of devices, oldest first"`
}

// Assist is the document of view=assist, for a floor helper's phone.
type Assist struct {
	Head
	Name       queue.Text     `json:"name"`
	Short      queue.Text     `json:"short"`
	TimeZone   string         `json:"time_zone"`
	Services   []KioskService `json:"services"`
	Priorities []Class        `json:"priorities"`
	Missed     []DeskRow      `json:"missed"`
	Recent     []DeskRow      `json:"recent" doc:"Newest 50 tickets of the day"`
	// Appointments of today, so that a helper sees who has come.
	Appointments []Appointment `json:"appointments" doc:"Of today, by their hours"`
	BookableDays int           `json:"bookable_days" doc:"How many days ahead hours can be booked"`
	Refused      []RefusedSlip `json:"refused" doc:"Slips of cut off kiosks that no line took, newest first"`
	Trouble      string        `json:"trouble,omitempty"`
	Prints       []Print       `json:"prints" doc:"The newest orders to print, newest first"`
	Alerts       []Alert       `json:"alerts" doc:"Of devices, oldest first"`
}

// Monitor is the document of view=monitor: the hall as a manager sees it.
type Monitor struct {
	Head
	Name     queue.Text     `json:"name"`
	Counters []DeskCounter  `json:"counters"`
	Services []DeskService  `json:"services"`
	States   map[string]int `json:"states" doc:"Tickets of the day by state"`
	Refused  []RefusedSlip  `json:"refused" doc:"Slips of cut off kiosks that no line took, newest first"`
	Lanes    []Lane         `json:"lanes"`
	LastCall uint64         `json:"last_call"`
	Trouble  string         `json:"trouble,omitempty"`
	Alerts   []Alert        `json:"alerts" doc:"Of devices, oldest first"`
}

// CenterSummary is a row of the list of centres and of view=city.
type CenterSummary struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	OpenCounters int        `json:"open_counters"`
	Waiting      int        `json:"waiting"`
	NameEN       string     `json:"name_en,omitempty"`
	Short        queue.Text `json:"short"`
	Issued       int        `json:"issued" doc:"Tickets issued today"`
}

// City is the document of view=city.
type City struct {
	Head
	Centers []CenterSummary `json:"centers"`
}

// CenterService and CenterCounter are parts of Center.
type CenterService struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"`
	Open       bool       `json:"open"`
	NameEN     string     `json:"name_en,omitempty"`
	Hint       queue.Text `json:"hint"`
	Icon       string     `json:"icon,omitempty"`
	Where      queue.Text `json:"where"`
	OpensAt    *time.Time `json:"opens_at,omitempty"`
	Pause      *Pause     `json:"pause,omitempty"`
	DailyLimit int        `json:"daily_limit,omitempty"`
}

type CenterCounter struct {
	Number   int      `json:"number"`
	Services []string `json:"services"`
	State    string   `json:"state"`
}

// Center is what GET /centers/{c} answers.
type Center struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	TimeZone   string          `json:"time_zone"`
	Services   []CenterService `json:"services"`
	Counters   []CenterCounter `json:"counters"`
	Hours      queue.Hours     `json:"hours"`
	NameEN     string          `json:"name_en,omitempty"`
	Short      queue.Text      `json:"short"`
	Day        string          `json:"day"`
	Rule       queue.Text      `json:"rule"`
	Priorities []Class         `json:"priorities"`
	Pause      *Pause          `json:"pause,omitempty"`
}
