package queue

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPauseIssuing(t *testing.T) {
	until := morning.Add(150 * time.Minute)
	try(t, []rule{
		{name: "a service", when: PauseIssuing{civil, " lỗi hệ thống ", until}, then: []Event{IssuingPaused{civil, "lỗi hệ thống", until.UTC()}}},
		{name: "the centre", when: PauseIssuing{Reason: "mất điện"}, then: []Event{IssuingPaused{Reason: "mất điện"}}},
		{name: "without reason", when: PauseIssuing{Service: civil, Reason: " "}, code: ErrReasonRequired},
		{name: "long reason", when: PauseIssuing{Reason: strings.Repeat("x", 201)}, code: ErrInvalid},
		{name: "an end that is over", when: PauseIssuing{Reason: "x", Until: morning}, code: ErrInvalid, words: []string{"08:00"}},
		{name: "unknown service", when: PauseIssuing{Service: "x", Reason: "x"}, code: ErrUnknownService},
	})
	paused := []step{take(1, civil), PauseIssuing{civil, "lỗi hệ thống", until}}
	try(t, []rule{
		{name: "no numbers", given: paused, when: take(2, civil), code: ErrIssuingPaused, words: []string{"Hộ tịch", "lỗi hệ thống"}},
		{name: "other services go on", given: paused, when: take(2, land), then: []Event{Issued{Ticket: id(2), Number: "K001", Seq: 1, Place: 2, Service: land, Source: "kiosk"}}},
		{name: "a centre's pause stops all", given: []step{PauseIssuing{Reason: "mất điện"}}, when: take(2, land), code: ErrIssuingPaused, words: []string{"mất điện"}},
		{name: "numbers given stay valid", given: paused, when: CallNext{Counter: 3}, then: []Event{called(1, 3, 1, ByArrival)}},
		{name: "the expected end does not end it", given: []step{paused, 3 * time.Hour}, when: take(2, civil), code: ErrIssuingPaused},
		{name: "resume", given: paused, when: ResumeIssuing{civil}, then: []Event{IssuingResumed{civil}}, after: func(h *hall) { h.given(take(2, civil)) }},
		{name: "resume the centre", given: []step{PauseIssuing{Reason: "x"}}, when: ResumeIssuing{}, then: []Event{IssuingResumed{}}, after: func(h *hall) { h.given(take(2, civil)) }},
		{name: "resume what is not paused", when: ResumeIssuing{}, same: true},
		{name: "the centre's resumption leaves a service's pause", given: paused, when: ResumeIssuing{}, same: true},
		{name: "resume unknown", when: ResumeIssuing{"x"}, code: ErrUnknownService},
		{name: "the night ends it", given: []step{paused, PauseIssuing{Reason: "y"}, 16 * time.Hour}, when: take(2, civil),
			then: []Event{DayEnded{}, DayStarted{Day: "2025-07-15"}, Issued{Ticket: id(2), Number: "H001", Seq: 1, Place: 2, Service: civil, Source: "kiosk"}}},
	})
	h := newHall(t)
	h.given(paused...)
	_, err := h.try(take(2, civil))
	var e *Error
	if !errors.As(err, &e) || e.Detail["until"] != "2025-07-14T10:30:00+07:00" || e.Detail["reason"] != "lỗi hệ thống" {
		t.Errorf("the problem document has %+v", e)
	}
}
