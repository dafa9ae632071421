package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/hub"
	"moiso/internal/queue"
)

// hour says what an appointment came to, and the number of its ticket.
func (w *world) hour(id queue.TicketID) string {
	w.t.Helper()
	p, err := w.e.Appointment(context.Background(), id)
	if err != nil {
		return err.Error()
	}
	return p.Appointment.State + p.Appointment.Number
}

func TestAnAppointmentIsFoundFromItsBookingForEver(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.until(0, "10:00")
		book := func(in time.Duration) queue.TicketID {
			id := newID()
			if r := w.do("a", queue.Appoint{ID: id, Service: "x", At: w.now().Add(in)}); !r.Created || r.Appointment.State != "booked" {
				t.Fatalf("booked: %+v", r)
			}
			return id
		}
		comes, misses, off, far := book(49*time.Hour), book(49*time.Hour), book(48*time.Hour), book(200*time.Hour)
		want := map[queue.TicketID]string{comes: "booked", misses: "booked", off: "booked", far: "booked"}
		check := func(when string) {
			t.Helper()
			for id, state := range want {
				if got := w.hour(id); got != state {
					t.Errorf("%s: %s, want %s", when, got, state)
				}
				_, err := w.try("b", queue.Issue{ID: id, Service: "x"})
				refused(t, err, ErrIDTaken)
				_, err = w.try("b", queue.Appoint{ID: id, Service: "x", At: w.now().Add(time.Hour)})
				refused(t, err, ErrIDTaken)
				if c, err := w.e.CenterOf(ctx, id); err != nil || c != "a" {
					t.Errorf("%s: centre %s, %v", when, c, err)
				}
				if _, err := w.e.Doc(ctx, hub.Topic("ticket/a/"+string(id))); err != nil {
					t.Errorf("%s: a phone that looks gets %v", when, err)
				}
				if _, err := w.e.Ticket(ctx, id); len(state) <= len("cancelled") {
					refused(t, err, queue.ErrNotCheckedIn)
				}
			}
		}
		check("booked")
		w.crash()
		check("after a crash")
		w.until(1, "00:01")
		check("when the day of the booking was sealed")
		w.restart()
		check("after a restart")
		w.do("a", queue.CancelAppointment{ID: off})
		want[off] = "cancelled"
		check("when one was cancelled")
		w.until(1, "10:30")
		r := w.do("a", queue.CheckIn{ID: comes})
		if !r.Created || r.Ticket.Number != "A001" || r.Ticket.ID != string(comes) || r.Ticket.DueAt == nil {
			t.Fatalf("checked in: %+v", r.Ticket)
		}
		want[comes] = "checked_inA001"
		check("when one came")
		w.restart()
		check("when one came, after a restart")
		if r := w.do("a", queue.CheckIn{ID: comes}); r.Created || r.Ticket.Number != "A001" {
			t.Fatalf("checked in again: %+v", r)
		}
		w.until(1, "00:01")
		want[misses] = "missed"
		check("the day after")
		_, err := w.try("a", queue.CheckIn{ID: misses})
		refused(t, err, queue.ErrAppointmentOver)
		if got := w.page(string(comes)); got != "A001 expired" {
			t.Errorf("the ticket of the one who came is %s", got)
		}
		w.crash()
		check("the day after, after a crash")
		w.until(1, "00:01")
		check("two days after")
		w.e.index.mu.RLock()
		n := len(w.e.index.m)
		w.e.index.mu.RUnlock()
		if n != 1 {
			t.Errorf("%d ids are in memory; one appointment is still to come", n)
		}
	})
}

func TestAPhoneSeesItsAppointmentBecomeATicket(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.until(0, "10:00")
		id := newID()
		topic := hub.Topic("ticket/a/" + string(id))
		w.hub.watch(topic)
		w.do("a", queue.Appoint{ID: id, Service: "x", At: w.now().Add(time.Hour)})
		time.Sleep(time.Second) // of the bubble's clock
		synctest.Wait()
		before := len(w.hub.of(topic))
		w.issue() // nothing of it concerns the appointment
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(w.hub.of(topic)); n != before || n == 0 {
			t.Errorf("the phone got %d documents, then %d", before, n)
		}
		w.do("a", queue.CheckIn{ID: id})
		time.Sleep(time.Second)
		synctest.Wait()
		docs := w.hub.of(topic)
		first, last := string(docs[0].Bytes), string(docs[len(docs)-1].Bytes)
		if !contains(first, `"state":"booked"`, `"appointment":{`) || !contains(last, `"ticket":{`, `"state":"waiting"`, `"booked_at":`) {
			t.Errorf("the phone saw\n%s\nthen\n%s", first, last)
		}
	})
}

func contains(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}
