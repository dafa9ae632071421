package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// arrives is the touch of somebody with an appointment.
func (m *machineUnderTest) arrives(id string) (int, view.Ticket, string) {
	m.t.Helper()
	begun := time.Now()
	status, doc := m.post("/api/v1/appointments/"+id+"/check-in", map[string]any{"service": "chung-thuc", "language": "en", "paper": false, "source": "kiosk"})
	if took := time.Since(begun); took > 2*time.Second {
		m.t.Errorf("the citizen waited %v for a number", took)
	}
	b, err := json.Marshal(doc)
	must(m.t, err)
	var v view.Ticket
	if status < 300 {
		must(m.t, json.Unmarshal(b, &v))
	}
	code, _ := doc["code"].(string)
	return status, v, code
}

// atNoon keeps the hours of a test on one day.
func (w *world) atNoon() {
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	must(w.t, err)
	now := time.Now().In(zone)
	noon := time.Date(now.Year(), now.Month(), now.Day()+1, 12, 0, 0, 0, zone)
	w.set(func() { w.ahead = time.Until(noon) })
}

func (w *world) book(n int, in time.Duration) string {
	w.do(queue.Appoint{ID: queue.TicketID(id(n)), Service: "chung-thuc", At: w.now().Add(in), Reference: "H57.25-0001"})
	return id(n)
}

func TestAKioskChecksInAndSaysWhyNot(t *testing.T) {
	w := newWorld(t)
	w.atNoon()
	due, early := w.book(1, 30*time.Minute), w.book(2, 5*time.Hour)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	if status, doc := m.get("/api/v1/tickets/" + due); status != http.StatusNotFound || doc["code"] != "not_checked_in" {
		t.Errorf("the code of an appointment is answered %d %v", status, doc)
	}
	if status, doc := m.get("/api/v1/appointments/" + due); status != http.StatusOK || doc["state"] != "booked" {
		t.Errorf("the appointment is answered %d %v", status, doc)
	}
	if status, doc := m.get("/api/v1/centers/thuan-hoa/appointments/today?reference=h57.25-0001"); status != http.StatusOK || doc["id"] != due {
		t.Errorf("its dossier is answered %d %v", status, doc)
	}
	if status, tk, _ := m.arrives(due); status != http.StatusCreated || tk.Number != "A001" || tk.DueAt == nil || tk.Language != "en" || tk.Source != "kiosk" {
		t.Errorf("checking in is answered %d %+v", status, tk)
	}
	if status, tk, _ := m.arrives(due); status != http.StatusOK || tk.Number != "A001" {
		t.Errorf("again it is answered %d %+v", status, tk)
	}
	if status, _, code := m.arrives(early); status != http.StatusConflict || code != "check_in_early" {
		t.Errorf("too early it is answered %d %s", status, code)
	}
	if status, _, code := m.arrives("x"); status != http.StatusNotFound || code != "unknown_appointment" {
		t.Errorf("nonsense is answered %d %s", status, code)
	}
}

// The line breaks between the look at the appointment and the touch: a number all the
// same, under the appointment's own id, and the hour still counts when the line is back.
func TestACheckInOnABadLineIsOneTicketAndKeepsItsHour(t *testing.T) {
	for name, how := range map[string]line{"cut": {cut: true}, "half-open": {stall: true}, "the answer is lost": {lose: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.atNoon()
			mine := w.book(1, time.Minute)
			m := w.kiosk(w.token(), t.TempDir())
			m.ready()
			before := m.touches(2, 3) // chung-thuc is the second of them
			w.line.set(how)
			status, tk, _ := m.arrives(mine)
			if status != http.StatusCreated || tk.ID != mine || tk.Number != "AK001" || !tk.Offline {
				t.Fatalf("on a bad line it is answered %d %+v", status, tk)
			}
			if status, again, _ := m.arrives(mine); status != http.StatusOK || again.Number != tk.Number {
				t.Errorf("again it is answered %d %+v", status, again)
			}
			if status, doc := m.get("/api/v1/appointments/" + id(9)); status != http.StatusBadGateway || doc["code"] != "offline" {
				t.Errorf("another appointment is answered %d %v", status, doc)
			}
			w.line.set(line{})
			eventually(t, "the appointment is the ticket on paper", func() bool {
				for _, k := range w.tickets() {
					if string(k.ID) == mine {
						return k.Number == tk.Number && !k.Due.IsZero()
					}
				}
				return false
			})
			if n := len(w.tickets()); n != len(before)+1 {
				t.Errorf("%d tickets for %d people", n, len(before)+1)
			}
			w.set(func() { w.ahead += 2 * time.Minute })
			if r := w.do(queue.CallNext{Counter: 1}); r.Ticket == nil || r.Ticket.Number != tk.Number {
				t.Errorf("at its hour %+v is called", r.Ticket)
			}
		})
	}
}
