package pages

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// appointmentPage is the phone page of an id that is no ticket yet. Every sentence is
// the server's; the script only says when the page is to be asked for again: when the
// appointment became a ticket, was given back, or its hour has come.
type appointmentPage struct {
	page
	Doc     view.AppointmentPage
	Zone    *time.Location
	Now     time.Time
	Stale   bool // gallery only: the state of a lost connection
	Since   time.Time
	Fixture bool
}

// appointment answers for a ticket that is not one yet; false when there is no
// appointment either.
func (p *Pages) appointment(w http.ResponseWriter, r *http.Request, id queue.TicketID) bool {
	if p.o.Source.Appointment == nil {
		return false
	}
	doc, err := p.o.Source.Appointment(r.Context(), string(id))
	if err != nil {
		return false
	}
	d := appointmentPage{page: p.page(w, r, "ticket"), Doc: doc, Now: p.now(), Zone: p.zone(r, doc.Center)}
	d.Title = d.Heading() + " · " + d.Place()
	p.render(w, r, http.StatusOK, "appointment.html", d)
	return true
}

// notCheckedIn reports whether a ticket is an appointment still.
func notCheckedIn(err error) bool { return errors.Is(err, queue.ErrNotCheckedIn) }

// Text is a name or sentence of the configuration in the page's language.
func (d appointmentPage) Text(t queue.Text) string { return d.words.Text(t) }

// Clock is an hour of the hall, "09:42".
func (d appointmentPage) Clock(t time.Time) string { return t.In(d.Zone).Format("15:04") }

// Place is the short name of the centre, as a heading; Kind its name without the place.
func (d appointmentPage) Place() string { return upperFirst(d.Text(d.Doc.CenterShort)) }
func (d appointmentPage) Kind() string {
	return kindOf(d.Text(d.Doc.CenterName), d.Text(d.Doc.CenterShort))
}

// Standing is what holds now: day, early, open, late, cancelled or missed.
func (d appointmentPage) Standing() string {
	a := d.Doc.Appointment
	day := func(t time.Time) string { return t.In(d.Zone).Format(time.DateOnly) }
	switch {
	case a.State != string(queue.Booked):
		return a.State
	case d.Now.After(a.LateAfter):
		return "late"
	case !d.Now.Before(a.CheckInFrom):
		return "open"
	case day(d.Now) == day(a.At):
		return "early"
	}
	return "day"
}

// Over reports whether the hour is nobody's any more; Hall whether to come to the hall.
func (d appointmentPage) Over() bool { s := d.Standing(); return s == "cancelled" || s == "missed" }
func (d appointmentPage) Hall() bool { s := d.Standing(); return s == "open" || s == "late" }

// Say is the sentence of the moment.
func (d appointmentPage) Say() string {
	a := d.Doc.Appointment
	return d.T("ticket.appointment."+d.Standing(), "time", d.Clock(a.At), "day", d.Day(), "from", d.Clock(a.CheckInFrom), "until", d.Clock(a.LateAfter))
}

// Tone is the colour of that sentence.
func (d appointmentPage) Tone() string {
	switch d.Standing() {
	case "late", "missed":
		return " warn"
	case "open":
		return " good"
	}
	return ""
}

// Heading names the page to who hears it.
func (d appointmentPage) Heading() string {
	return d.T("ticket.appointment.heading", "time", d.Clock(d.Doc.Appointment.At), "day", d.Day())
}

// Day is the date in words, "Thứ Hai, 14/7/2025".
func (d appointmentPage) Day() string {
	t := d.Doc.Appointment.At.In(d.Zone)
	if d.Lang == "en" {
		return t.Format("Monday, 2 January 2006")
	}
	days := [...]string{"Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"}
	return fmt.Sprintf("%s, %d/%d/%d", days[t.Weekday()], t.Day(), t.Month(), t.Year())
}

// Next is when the clock alone makes another page of this one; "" for never.
func (d appointmentPage) Next() string {
	a := d.Doc.Appointment
	t := d.Now.In(d.Zone)
	next := time.Time{}
	switch d.Standing() {
	case "day", "early":
		next = a.CheckInFrom
		if midnight := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, d.Zone); midnight.Before(next) {
			next = midnight
		}
	case "open":
		next = a.LateAfter.Add(time.Second)
	default:
		return ""
	}
	return next.UTC().Format(time.RFC3339)
}

// AtISO is when the document was made, for the script's clock.
func (d appointmentPage) AtISO() string { return d.Doc.At.UTC().Format(time.RFC3339) }

// kindOf is the centre's name without the place: "Trung tâm Phục vụ hành chính công".
func kindOf(name, short string) string {
	return strings.Trim(strings.Replace(name, short, "", 1), " ,–-")
}
