package pages

import (
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// ticketPage is the phone page. The template writes the sentences of every state
// and hides all but the present one, so that the script only has to show another
// and fill in numbers, and needs no texts of its own.
type ticketPage struct {
	page
	Doc     view.TicketPage
	Zone    *time.Location
	Now     time.Time
	Stale   bool // gallery only: the state of a lost connection
	Since   time.Time
	Fixture bool
}

func (p *Pages) ticket(w http.ResponseWriter, r *http.Request) {
	// The address is the key to the ticket: no store but the reader's own may keep it.
	w.Header().Set("Cache-Control", "private, no-cache")
	id, ok := queue.ParseTicketID(strings.TrimSpace(r.PathValue("id")))
	if !ok || p.o.Source.Ticket == nil {
		p.fail(w, r, http.StatusNotFound, "ticket", nil)
		return
	}
	doc, err := p.o.Source.Ticket(r.Context(), string(id))
	switch {
	case err != nil && notCheckedIn(err) && p.appointment(w, r, id):
		return
	case err != nil && unknown(err):
		p.pending(w, r, strings.ToUpper(r.PathValue("number")))
		return
	case err != nil:
		w.Header().Set("Retry-After", "5")
		p.fail(w, r, http.StatusServiceUnavailable, "internal", nil)
		return
	}
	d := ticketPage{page: p.page(w, r, "ticket"), Doc: doc, Now: p.now(), Zone: p.zone(r, doc.Center)}
	d.Title = doc.Ticket.Number + " · " + d.Place()
	p.render(w, r, http.StatusOK, "ticket.html", d)
}

// slipNumber is a number as kiosks print them while they are cut off.
var slipNumber = regexp.MustCompile(`^[A-Z]{2,3}[0-9]{3,6}$`)

// pending says that a ticket may be known to its kiosk only, and looks again by itself.
func (p *Pages) pending(w http.ResponseWriter, r *http.Request, number string) {
	d := p.problem(w, r, http.StatusNotFound, "pending", nil)
	if slipNumber.MatchString(number) {
		d.Number = number
		d.Title = number + " · " + d.Title
	}
	d.Again = true
	p.showProblem(w, r, d)
}

// zone is the centre's: the hours on the page are those of the clock in its hall.
func (p *Pages) zone(r *http.Request, center string) *time.Location {
	name := defaultZone
	if p.o.Source.Center != nil {
		if c, err := p.o.Source.Center(r.Context(), center); err == nil && c.TimeZone != "" {
			name = c.TimeZone
		}
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return z
}

// defaultZone serves a centre that cannot be asked; Viet Nam has one zone.
const defaultZone = "Asia/Ho_Chi_Minh"

// Text is a name or sentence of the configuration in the page's language.
func (d ticketPage) Text(t queue.Text) string { return d.words.Text(t) }

// Clock is an hour of the hall, "09:42"; "" for none.
func (d ticketPage) Clock(t any) string {
	switch t := t.(type) {
	case time.Time:
		if !t.IsZero() {
			return t.In(d.Zone).Format("15:04")
		}
	case *time.Time:
		if t != nil {
			return t.In(d.Zone).Format("15:04")
		}
	}
	return ""
}

// State is the ticket's.
func (d ticketPage) State() string { return d.Doc.Ticket.State }

// Place is the short name of the centre, as a heading.
func (d ticketPage) Place() string { return upperFirst(d.Text(d.Doc.CenterShort)) }

// Kind is the centre's name without the place: "Trung tâm Phục vụ hành chính công".
func (d ticketPage) Kind() string {
	return kindOf(d.Text(d.Doc.CenterName), d.Text(d.Doc.CenterShort))
}

// Size is the class of the number, by how long it is: A042, K1005, AK1005. The
// script does the same when a number changes.
func (d ticketPage) Size() string {
	switch n := utf8.RuneCountInString(d.Doc.Ticket.Number); {
	case n > 5:
		return " huge"
	case n > 4:
		return " long"
	}
	return ""
}

// Ahead is how many people come first; -1 when the ticket does not wait.
func (d ticketPage) Ahead() int {
	if d.Doc.Ticket.Ahead == nil {
		return -1
	}
	return *d.Doc.Ticket.Ahead
}

// Moved is how many people of a kiosk that was cut off were placed before it.
func (d ticketPage) Moved() int {
	if d.Doc.Moved == nil {
		return 0
	}
	return d.Doc.Moved.By
}

// Counter is the desk the ticket is or was at; 0 for none.
func (d ticketPage) Counter() int {
	if d.Doc.Ticket.Counter == nil {
		return 0
	}
	return *d.Doc.Ticket.Counter
}

// At is the estimated hour; "" while nothing is known.
func (d ticketPage) At() string {
	if d.Doc.Ticket.ETA == nil {
		return ""
	}
	return d.Clock(round5(d.Doc.At.Add(time.Duration(d.Doc.Ticket.ETA.P50) * time.Second)))
}

// Range is the estimate from half of all cases to nine in ten.
func (d ticketPage) Range() string {
	if d.Doc.Ticket.ETA == nil {
		return ""
	}
	late := d.Doc.At.Add(time.Duration(d.Doc.Ticket.ETA.P90) * time.Second)
	return d.At() + "–" + d.Clock(round5(late))
}

// round5 keeps an estimate from looking more exact than it is.
func round5(t time.Time) time.Time { return t.Round(5 * time.Minute) }

// Times is how often the number was called, in words as far as the locale has them.
func (d ticketPage) Times() string { return d.times(max(d.Doc.Ticket.Calls, 1)) }

// TimesAll are the words for the script, which has no texts.
func (d ticketPage) TimesAll() string {
	var all []string
	for n := 1; n <= 5; n++ {
		all = append(all, d.times(n))
	}
	return strings.Join(all, "|")
}

func (d ticketPage) times(n int) string {
	switch n {
	case 1:
		return d.T("ticket.times.1")
	case 2:
		return d.T("ticket.times.2")
	case 3:
		return d.T("ticket.times.3")
	case 4:
		return d.T("ticket.times.4")
	case 5:
		return d.T("ticket.times.5")
	}
	return d.T("ticket.times.more", "n", n)
}

// Restorable reports whether a cancelled ticket can still be taken back.
func (d ticketPage) Restorable() bool {
	t := d.Doc.Ticket
	return t.State == string(queue.Cancelled) && t.RestoreBy != nil && d.Now.Before(*t.RestoreBy)
}

// Returnable reports whether a missed person can still come back.
func (d ticketPage) Returnable() bool {
	t := d.Doc.Ticket
	return t.State == string(queue.Missed) && (t.ReturnBy == nil || d.Now.Before(*t.ReturnBy))
}

// Live reports whether the page is shown as one whose script is connected; only the
// gallery does so from the server.
func (d ticketPage) Live() bool { return d.Fixture && !d.Stale }

// AtISO is when the document was made, for the script's clock.
func (d ticketPage) AtISO() string { return d.Doc.At.UTC().Format(time.RFC3339) }

// ZoneName is the centre's zone, for the script.
func (d ticketPage) ZoneName() string { return d.Zone.String() }

// PauseReason and PauseUntil describe a pause of the field, and are empty without one.
func (d ticketPage) PauseReason() string {
	if d.Doc.Pause == nil {
		return ""
	}
	return d.Doc.Pause.Reason
}

func (d ticketPage) PauseUntil() string {
	if d.Doc.Pause == nil {
		return ""
	}
	return d.Clock(d.Doc.Pause.Until)
}

// facts are what holds now, in the words that Show asks for. js/ticket.js does the same.
func (d ticketPage) facts() map[string]bool {
	t, ahead, open := d.Doc.Ticket, d.Ahead(), d.Doc.OpenCounters
	return map[string]bool{
		t.State:   true,
		"n0":      ahead == 0,
		"n1":      ahead == 1,
		"nn":      ahead > 1,
		"near":    ahead >= 0 && ahead <= 2,
		"eta":     t.ETA != nil,
		"open0":   open == 0,
		"open1":   open == 1,
		"openn":   open > 1,
		"pause":   d.Doc.Pause != nil,
		"until":   d.Doc.Pause != nil && d.Doc.Pause.Until != nil,
		"trouble": d.Doc.Trouble != "",
		"moved1":  d.Moved() == 1,
		"movedn":  d.Moved() > 1,
		"again":   t.Calls > 1,
		"prio":    t.Priority != "",
		"due":     t.DueAt != nil,
		"late":    t.BookedAt != nil && t.DueAt == nil,
		"restore": d.Restorable(),
		"back":    d.Returnable(),
		"stale":   d.Stale,
	}
}

// Show marks an element that is seen only while its words hold: all of them,
// "!" before one for not, "|" between two for either.
func (d ticketPage) Show(when string) template.HTMLAttr {
	facts := d.facts()
	attr := `data-when="` + when + `"`
	for word := range strings.SplitSeq(when, " ") {
		not := strings.HasPrefix(word, "!")
		any := false
		for alt := range strings.SplitSeq(strings.TrimPrefix(word, "!"), "|") {
			any = any || facts[alt]
		}
		if any == not {
			return template.HTMLAttr(attr + " hidden") // when comes from the template
		}
	}
	return template.HTMLAttr(attr)
}
