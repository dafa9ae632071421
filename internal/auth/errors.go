package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"moiso/internal/queue"
)

// Error is a refusal: the same type as the domain's, so that the edge translates
// both in one place.
type Error = queue.Error

// The refusals. One with "retry_after_s" in its detail is to be answered with Retry-After.
var (
	ErrNotSignedIn = &Error{Code: "not_signed_in", Message: "sign in first"}
	ErrForbidden   = &Error{Code: "forbidden", Message: "your role does not allow this"}
	ErrLoginFailed = &Error{Code: "login_failed", Message: "the user name or the password is not right"}
	ErrLockedOut   = &Error{Code: "locked_out", Message: "too many failed logins; wait a while"}
	ErrBusy        = &Error{Code: "busy", Message: "the server is busy; try again in a moment"}
	ErrNotFound    = &Error{Code: "not_found", Message: "there is no such thing here"}
	ErrIDTaken     = &Error{Code: "id_taken", Message: "the name is in use"}
	ErrStorage     = &Error{Code: "storage_unavailable", Message: "the server cannot write to its disk"}
	ErrInvalid     = queue.ErrInvalid
)

var (
	// ErrLocked: another process has the side store open.
	ErrLocked = errors.New("auth: another process has the accounts open")
	// ErrNewer: the side store was made by a newer version.
	ErrNewer = errors.New("auth: the accounts were made by a newer version of the program")
)

// Errors lists every refusal that is made here, for the reference.
func Errors() []*Error {
	return []*Error{ErrNotSignedIn, ErrForbidden, ErrLoginFailed, ErrLockedOut, ErrBusy, ErrNotFound, ErrIDTaken, ErrStorage}
}

func refuse(base *Error, format string, args ...any) *Error {
	return &Error{Code: base.Code, Message: fmt.Sprintf(format, args...), Detail: base.Detail}
}

func invalid(field, format string, args ...any) error {
	return refuse(ErrInvalid, format, args...).With("field", field)
}

// retryLater adds how long to wait, in whole seconds, at least one.
func retryLater(e *Error, d time.Duration) *Error {
	return e.With("retry_after_s", max(1, int((d+time.Second-1)/time.Second)))
}

// RetryAfter is how long a refusal asks to wait; false when it does not.
func RetryAfter(err error) (time.Duration, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return 0, false
	}
	s, ok := e.Detail["retry_after_s"].(int)
	return time.Duration(s) * time.Second, ok
}

var statuses = map[queue.Code]int{
	"not_signed_in": http.StatusUnauthorized, "login_failed": http.StatusUnauthorized,
	"forbidden": http.StatusForbidden, "locked_out": http.StatusTooManyRequests,
	"busy": http.StatusServiceUnavailable, "storage_unavailable": http.StatusServiceUnavailable,
	"not_found": http.StatusNotFound, "id_taken": http.StatusConflict, "invalid": http.StatusUnprocessableEntity,
}

// writeProblem answers with RFC 9457 problem details. An error that is not a
// refusal is answered without its text: it may tell of paths.
func writeProblem(w http.ResponseWriter, _ *http.Request, err error) {
	doc := map[string]any{}
	e := &Error{Code: "internal", Message: "something went wrong in the server"}
	errors.As(err, &e)
	for k, v := range e.Detail {
		doc[k] = v
	}
	status, ok := statuses[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	doc["type"], doc["title"], doc["status"] = "about:blank", http.StatusText(status), status
	doc["code"], doc["detail"] = e.Code, e.Message
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if d, ok := RetryAfter(e); ok {
		h.Set("Retry-After", strconv.Itoa(int(d/time.Second)))
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="moiso"`)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // a client that went away is not our error
}
