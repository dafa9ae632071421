package queue

import (
	"fmt"
	"time"
)

// Code is the stable name of a refusal; it travels to the client as it is.
type Code string

// Error is a refusal of the domain: a code for programs, a sentence for a person,
// and what the person may do instead. It is matched by code at the edge, once.
type Error struct {
	Code    Code
	Message string         // a whole English sentence without full stop
	Detail  map[string]any // further members of the problem document, e.g. state, opens_at
}

func (e *Error) Error() string { return e.Message }

// Is matches two refusals of one code, so errors.Is(err, ErrWrongState) holds.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// With adds a member to the problem document.
func (e *Error) With(key string, v any) *Error {
	if t, ok := v.(time.Time); ok {
		v = t.Format(time.RFC3339)
	}
	c := *e
	c.Detail = map[string]any{}
	for k, o := range e.Detail {
		c.Detail[k] = o
	}
	c.Detail[key] = v
	return &c
}

func refuse(base *Error, format string, args ...any) *Error {
	return &Error{Code: base.Code, Message: fmt.Sprintf(format, args...), Detail: base.Detail}
}

// The refusals. The message of each is its meaning in general; a refusal in hand
// says what it was in particular. doc/errors.md is generated from Errors.
var (
	ErrUnknownService = &Error{Code: "unknown_service", Message: "the centre has no such service"}
	ErrUnknownCounter = &Error{Code: "unknown_counter", Message: "the centre has no such counter"}
	ErrUnknownTicket  = &Error{Code: "unknown_ticket", Message: "no ticket has this id"}
	ErrUnknownClass   = &Error{Code: "unknown_priority", Message: "the centre has no such priority group"}
	ErrWrongState     = &Error{Code: "wrong_state", Message: "the ticket's state does not allow this"}
	ErrWrongCounter   = &Error{Code: "wrong_counter", Message: "the ticket is at another counter, or kept for one"}
	ErrCounterBusy    = &Error{Code: "counter_busy", Message: "the counter holds a ticket already"}
	ErrCounterState   = &Error{Code: "counter_not_open", Message: "the counter is not open"}
	ErrNoTicket       = &Error{Code: "no_ticket", Message: "the counter holds no ticket"}
	ErrClosed         = &Error{Code: "closed", Message: "no tickets are issued at this hour"}
	ErrIssuingPaused  = &Error{Code: "issuing_paused", Message: "issuing is paused"}
	ErrNoMoreNumbers  = &Error{Code: "no_more_numbers", Message: "the day's numbers of the service are used up"}
	ErrDayEnded       = &Error{Code: "day_ended", Message: "the business day was ended"}
	ErrTooLate        = &Error{Code: "too_late", Message: "the time for taking this back is over"}
	ErrReasonRequired = &Error{Code: "reason_required", Message: "a reason is required"}
	ErrOutOfTurn      = &Error{Code: "out_of_turn", Message: "calling a chosen ticket out of turn needs a permission"}
	ErrInvalid        = &Error{Code: "invalid", Message: "a value is missing or malformed"}
	ErrNotConfigured  = &Error{Code: "not_configured", Message: "the centre has not been set up"}
	ErrConflict       = &Error{Code: "config_conflict", Message: "the setting contradicts another"}
	ErrNumberTaken    = &Error{Code: "number_taken", Message: "another ticket of the day has this number"}
	ErrUnknownMedium  = &Error{Code: "unknown_media", Message: "the centre has no such file"}
	ErrMediaFull      = &Error{Code: "media_full", Message: "the centre's files have as much room as they may"}
	ErrLaneTaken      = &Error{Code: "lane_taken", Message: "the kiosk lane of this number belongs to another kiosk"}
	ErrUnknownPrint   = &Error{Code: "unknown_print", Message: "no order to print has this id"}
	ErrPrinterBusy    = &Error{Code: "printer_busy", Message: "too many slips wait for the printer"}

	ErrUnknownAppointment = &Error{Code: "unknown_appointment", Message: "no appointment has this id"}
	ErrNotCheckedIn       = &Error{Code: "not_checked_in", Message: "the id is of an appointment, which is no ticket before it is checked in"}
	ErrAppointmentOver    = &Error{Code: "appointment_over", Message: "the appointment was cancelled, missed or checked in already"}
	ErrHourFull           = &Error{Code: "hour_full", Message: "the hour has as many appointments as the service takes"}
	ErrEarly              = &Error{Code: "check_in_early", Message: "it is too early to check in for the appointment"}
	ErrOtherDay           = &Error{Code: "other_day", Message: "the appointment is for another day"}
)

// Errors lists every refusal of the domain, for the reference.
func Errors() []*Error {
	return []*Error{ErrUnknownService, ErrUnknownCounter, ErrUnknownTicket, ErrUnknownClass, ErrWrongState,
		ErrWrongCounter, ErrCounterBusy, ErrCounterState, ErrNoTicket, ErrClosed, ErrIssuingPaused, ErrNoMoreNumbers,
		ErrDayEnded, ErrTooLate, ErrReasonRequired, ErrOutOfTurn, ErrInvalid, ErrNotConfigured, ErrConflict, ErrNumberTaken, ErrLaneTaken, ErrUnknownMedium, ErrMediaFull, ErrUnknownPrint, ErrPrinterBusy,
		ErrUnknownAppointment, ErrNotCheckedIn, ErrAppointmentOver, ErrHourFull, ErrEarly, ErrOtherDay}
}
