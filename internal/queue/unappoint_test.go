package queue

import (
	"testing"
	"time"
)

func TestCancelAppointment(t *testing.T) {
	try(t, []rule{
		{name: "gives the hour back", given: []step{book(1, time.Hour)}, when: CancelAppointment{id(1)}, then: []Event{AppointmentCancelled{id(1)}},
			after: func(h *hall) {
				if a := h.s.Appointment(id(1)); a == nil || a.State != AppointmentOff {
					h.t.Fatalf("got %+v", a)
				}
			}},
		{name: "again changes nothing", given: []step{book(1, time.Hour), CancelAppointment{id(1)}}, when: CancelAppointment{id(1)}, same: true},
		{name: "of one that came", given: []step{book(1, time.Hour), CheckIn{ID: id(1)}}, when: CancelAppointment{id(1)}, code: ErrAppointmentOver, words: []string{"A001"}},
		{name: "of one that did not come", given: []step{book(1, time.Hour), EndDay{}}, when: CancelAppointment{id(1)}, code: ErrAppointmentOver, words: []string{"not used"}},
		{name: "of a ticket", given: []step{take(1, notary)}, when: CancelAppointment{id(1)}, code: ErrUnknownAppointment},
		{name: "unknown", when: CancelAppointment{id(1)}, code: ErrUnknownAppointment},
	})
}
