package pages

import (
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// appointmentDoc is an hour two days from the tests' noon.
func appointmentDoc() view.AppointmentPage {
	at := noon.AddDate(0, 0, 2)
	return view.AppointmentPage{Head: view.Head{Version: 18, Center: "thuan-hoa", At: noon, Epoch: "e1"},
		Appointment: view.Appointment{ID: "BKQ2M8R4TXWB6C1D", Center: "thuan-hoa", Service: "chung-thuc", At: at, State: "booked",
			CheckInFrom: at.Add(-time.Hour), LateAfter: at.Add(15 * time.Minute), Reference: "H57.01-250714-0042"},
		CenterName: queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa"}, CenterShort: queue.Text{VI: "phường Thuận Hóa"},
		ServiceName: queue.Text{VI: "Chứng thực"}, Where: queue.Text{VI: "khu ghế xanh"}, Prepare: []queue.Text{}}
}

// The page says what to do at each hour, and when it will say another thing.
func TestAnAppointmentsPageFollowsTheClock(t *testing.T) {
	doc := appointmentDoc()
	at := doc.Appointment.At
	zone := at.Location()
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	for _, c := range []struct {
		name  string
		now   time.Time
		state string
		want  string
		next  time.Time // zero for never
	}{
		{"days before", at.AddDate(0, 0, -2), "booked", "day", midnight.AddDate(0, 0, -1)},
		{"that morning", at.Add(-2 * time.Hour), "booked", "early", at.Add(-time.Hour)},
		{"when check-in opens", at.Add(-time.Hour), "booked", "open", at.Add(15*time.Minute + time.Second)},
		{"in the grace time", at.Add(15 * time.Minute), "booked", "open", at.Add(15*time.Minute + time.Second)},
		{"after it", at.Add(16 * time.Minute), "booked", "late", time.Time{}},
		{"given back", at.Add(-time.Hour), "cancelled", "cancelled", time.Time{}},
		{"not used", at.AddDate(0, 0, 1), "missed", "missed", time.Time{}},
	} {
		d := appointmentPage{Doc: doc, Zone: zone, Now: c.now}
		d.Doc.Appointment.State = c.state
		next := ""
		if !c.next.IsZero() {
			next = c.next.UTC().Format(time.RFC3339)
		}
		if d.Standing() != c.want || d.Next() != next {
			t.Errorf("%s: %s until %s; want %s until %s", c.name, d.Standing(), d.Next(), c.want, next)
		}
	}
}

func TestAnAppointmentIsShownAtItsTicketsAddress(t *testing.T) {
	_, h := newPages(t, nil)
	w := get(t, h, "/T/BKQ2M8R4TXWB6C1D")
	body := w.Body.String()
	for _, want := range []string{`data-was="booked"`, "Chứng thực", "H57.01-250714-0042", "máy lấy số", "/api/v1/tickets/BKQ2M8R4TXWB6C1D/qr.svg"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page, answered %d, does not say %q", w.Code, want)
		}
	}
	if c := w.Header().Get("Cache-Control"); !strings.Contains(c, "private") {
		t.Errorf("the page may be kept by %q", c)
	}
}
