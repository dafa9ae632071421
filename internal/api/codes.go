package api

import (
	"net/http"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

// Codes of the edge; those of the domain stand with the domain.
const (
	codeNotSignedIn      = "not_signed_in"
	codeForbidden        = "forbidden"
	codeLoginFailed      = "login_failed"
	codeLockedOut        = "locked_out"
	codeNotFound         = "not_found"
	codeMethod           = "method_not_allowed"
	codeMalformed        = "malformed"
	codeInvalid          = "invalid"
	codeTooLarge         = "too_large"
	codeUnsupportedMedia = "unsupported_media"
	codeKeyReused        = "key_reused"
	codeRateLimited      = "rate_limited"
	codeBusy             = "busy"
	codeStorage          = "storage_unavailable"
	codeClock            = "clock_unconfirmed"
	codeSockets          = "too_many_sockets"
	codeInternal         = "internal"
	codeWrongCode        = "wrong_code"
	codePairingOver      = "pairing_over"
	codeNoPrinter        = "no_printer"
)

// entry is a line of the reference: what a code means and what to do about it.
type entry struct {
	code    string
	status  int
	meaning string // "" takes the domain's own words
	do      string
}

// reference lists every code that a client can meet.
var reference = []entry{
	{codeMalformed, http.StatusBadRequest, "the request is not what HTTP or JSON allow", "Send one JSON object in UTF-8. Repeating the same request does not help."},
	{codeNotSignedIn, http.StatusUnauthorized, "nobody is signed in, or the token is no longer good", "Sign in again, or give the device a new token."},
	{codeLoginFailed, http.StatusUnauthorized, "the user name or the password is wrong", "Try again; after several failures the account is locked for a while."},
	{codeForbidden, http.StatusForbidden, "whoever is signed in may not do this here", "The detail names the roles that may; an administrator grants them."},
	{"out_of_turn", http.StatusForbidden, "", "Call the next one, or ask a manager."},
	{codeNotFound, http.StatusNotFound, "there is nothing at this address", "See /openapi.json for the addresses that exist."},
	{"unknown_center", http.StatusNotFound, "the city has no such centre", "The member `near` has the ids that come closest."},
	{"unknown_service", http.StatusNotFound, "", "The member `services` has the ids that exist."},
	{"unknown_counter", http.StatusNotFound, "", "The member `counters` has the numbers that exist."},
	{"unknown_ticket", http.StatusNotFound, "", "Check the id; a printed number is known only in its centre and on its day."},
	{"unknown_appointment", http.StatusNotFound, "", "Check the id; a dossier code finds appointments of today only."},
	{"not_checked_in", http.StatusNotFound, "", "GET /api/v1/appointments/{id} says when it is; POST …/check-in makes it a ticket."},
	{"unknown_media", http.StatusNotFound, "", "See the list of the centre's files."},
	{"unknown_print", http.StatusNotFound, "", "GET …/prints lists the orders of today."},
	{"unknown_account", http.StatusNotFound, "", "Check the account's id."},
	{"unknown_device", http.StatusNotFound, "", "Check the device's id."},
	{codeWrongCode, http.StatusNotFound, "no device shows this pairing code", "Read the code again from the device's screen; it changes every ten minutes."},
	{codePairingOver, http.StatusGone, "the pairing has ended without an approval", "Ask for a new code."},
	{codeMethod, http.StatusMethodNotAllowed, "the address does not take this method", "The header Allow names the methods it takes."},
	{"wrong_state", http.StatusConflict, "", "The members `state` and `allowed` say where the ticket is and what can be done with it."},
	{"wrong_counter", http.StatusConflict, "", "The member `counter` says where it is."},
	{"counter_busy", http.StatusConflict, "", "Finish, park or transfer the ticket in the member `number`; or send `{\"finish\":true}` with call-next."},
	{"counter_not_open", http.StatusConflict, "", "Open the counter first."},
	{"no_ticket", http.StatusConflict, "", "Call a ticket first."},
	{"closed", http.StatusConflict, "", "The member `opens_at` says when numbers are given again."},
	{"issuing_paused", http.StatusConflict, "", "The members `reason` and `until` say why and for how long; numbers already given stay valid."},
	{"no_more_numbers", http.StatusConflict, "", "Come again on another day."},
	{"day_ended", http.StatusConflict, "", "The member `opens_at` says when numbers are given again."},
	{"too_late", http.StatusConflict, "", "Take a new number."},
	{"appointment_over", http.StatusConflict, "", "The member `state` says what became of it. Take a new number, or book another hour."},
	{"hour_full", http.StatusConflict, "", "Take another hour; GET …/appointments/hours lists those that are free."},
	{"check_in_early", http.StatusConflict, "", "The member `opens_at` says when check-in opens; the hour stays booked."},
	{"other_day", http.StatusConflict, "", "The members `day` and `at` say when it is."},
	{"not_configured", http.StatusConflict, "", "Set the centre up first."},
	{"media_full", http.StatusConflict, "", "Delete files that no playlist shows any more; the members `used` and `limit` say how much there is."},
	{"config_conflict", http.StatusConflict, "", "The detail says which setting stands against it."},
	{"id_taken", http.StatusConflict, "", "Make a new random id."},
	{"number_taken", http.StatusConflict, "", "Call the ticket that has the number; of two slips with one number, give the second a new ticket."},
	{codeNoPrinter, http.StatusConflict, "no printer that could print the slip can print now", "The member `printers` says how each is; the number and its code are on the screen."},
	{"printer_busy", http.StatusConflict, "", "Wait a moment, or name another device."},
	{"lane_taken", http.StatusConflict, "", "Give whoever holds the slip a new ticket."},
	{"last_admin", http.StatusConflict, "", "Make another administrator first."},
	{codeTooLarge, http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB, or the file than the centre's files may be", "Send less."},
	{codeUnsupportedMedia, http.StatusUnsupportedMediaType, "the body is not JSON, or the file nothing that a screen shows", "Send `Content-Type: application/json`; of files PNG, JPEG, WebP, MP4 or WebM."},
	{codeInvalid, http.StatusUnprocessableEntity, "", "The member `field` names the value."},
	{"reason_required", http.StatusUnprocessableEntity, "", "Send the field `reason`."},
	{"unknown_priority", http.StatusUnprocessableEntity, "", "The member `priorities` has the groups that exist."},
	{codeKeyReused, http.StatusUnprocessableEntity, "the Idempotency-Key was used for another request", "Use a new key for a new request; a repeated one must be the same to the letter."},
	{codeLockedOut, http.StatusTooManyRequests, "too many logins failed", "Wait as long as Retry-After says."},
	{codeRateLimited, http.StatusTooManyRequests, "too many requests", "Wait as long as Retry-After says."},
	{codeInternal, http.StatusInternalServerError, "the server failed in a way it did not foresee", "Tell the operator the member `request`; the log has the rest."},
	{codeBusy, http.StatusServiceUnavailable, "the server has more to do than it can take, or is stopping", "Repeat the same request with the same Idempotency-Key after Retry-After."},
	{codeStorage, http.StatusServiceUnavailable, "the disk takes no records; nothing was done", "Repeat after Retry-After; the operator must make space."},
	{codeClock, http.StatusServiceUnavailable, "the clock jumped and has not been confirmed; nothing is recorded", "An administrator confirms the clock, or a time service sets it."},
	{codeSockets, http.StatusServiceUnavailable, "there are more open connections than allowed", "Connect again after Retry-After."},
}

// statusOf is the status of a code; 500 for one that the reference lacks.
var statusOf = func() map[string]int {
	m := make(map[string]int, len(reference))
	for _, e := range reference {
		m[e.code] = e.status
	}
	return m
}()

// domainErrors are the refusals of the rooms below, by code.
func domainErrors() map[string]*queue.Error {
	m := map[string]*queue.Error{}
	for _, e := range append(queue.Errors(), directory.Errors()...) {
		m[string(e.Code)] = e
	}
	return m
}
