package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"moiso/internal/auth"
	"moiso/internal/engine"
	"moiso/internal/queue"
)

const problemType = "application/problem+json"

// Problem is every refusal on the wire (RFC 9457). Its type is about:blank: the
// code says more than an address would, and is what programs go by.
type Problem struct {
	Status int
	Code   string
	Detail string
	More   map[string]any // further members, by code
	Header http.Header    // Retry-After, Allow, WWW-Authenticate

	cause error // for the log only
}

func (p *Problem) Error() string           { return p.Detail }
func (p *Problem) Unwrap() error           { return p.cause }
func (p *Problem) GetStatus() int          { return p.Status }
func (p *Problem) GetHeaders() http.Header { return p.Header }
func (*Problem) ContentType(string) string { return problemType }
func (p *Problem) with(key string, v any) *Problem {
	if p.More == nil {
		p.More = map[string]any{}
	}
	p.More[key] = v
	return p
}

func (p *Problem) header(key, value string) *Problem {
	if p.Header == nil {
		p.Header = http.Header{}
	}
	p.Header.Set(key, value)
	return p
}

func (p *Problem) retryAfter(d time.Duration) *Problem {
	s := max(1, int((d+time.Second-1)/time.Second))
	return p.header("Retry-After", strconv.Itoa(s)).with("retry_after_s", s)
}

// MarshalJSON writes the members of the standard first, then the others by name.
func (p *Problem) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // sentences for people have < and >
	member := func(key string, v any) error {
		b.WriteByte(',')
		b.WriteString(strconv.Quote(key))
		b.WriteByte(':')
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("member %s of a problem: %w", key, err)
		}
		b.Truncate(b.Len() - 1) // Encode ends with a line feed
		return nil
	}
	err := errors.Join(member("type", "about:blank"), member("title", http.StatusText(p.Status)), member("status", p.Status),
		member("detail", p.Detail), member("code", p.Code))
	for _, k := range slices.Sorted(maps.Keys(p.More)) {
		err = errors.Join(err, member(k, p.More[k]))
	}
	b.WriteByte('}')
	out := b.Bytes()
	out[0] = '{'
	return out, err
}

// Schema describes a problem in the OpenAPI document.
func (*Problem) Schema(huma.Registry) *huma.Schema { return problemSchema() }

func problemSchema() *huma.Schema {
	codes := make([]any, len(reference))
	for i, e := range reference {
		codes[i] = e.code
	}
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "A refusal (RFC 9457); further members depend on the code",
		Required: []string{"type", "title", "status", "detail", "code"},
		Properties: map[string]*huma.Schema{
			"type": text("about:blank"), "title": text("The phrase of the status"), "status": {Type: huma.TypeInteger},
			"detail": text("A sentence for a person"),
			"code":   {Type: huma.TypeString, Description: "Stable; programs go by it", Enum: codes},
			"field":  text("The value it is about, where it is about one"),
		}}
}

// refusal makes a problem of a code in the reference.
func refusal(code, format string, args ...any) *Problem {
	return &Problem{Status: statusOf[code], Code: code, Detail: fmt.Sprintf(format, args...)}
}

// problemOf is the one place where an error becomes an answer.
func problemOf(err error) *Problem {
	var p *Problem
	var q *queue.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &q):
		status, known := statusOf[string(q.Code)]
		if !known {
			return internal(err)
		}
		return ofDomain(q, status)
	case errors.Is(err, engine.ErrBusy):
		return because(err, refusal(codeBusy, "the centre has more requests than it can take; try again in a moment").retryAfter(time.Second))
	case errors.Is(err, engine.ErrStorage):
		return because(err, refusal(codeStorage, "the disk takes no records; nothing was done").retryAfter(5*time.Second))
	case errors.Is(err, engine.ErrClock):
		return because(err, refusal(codeClock, "the clock jumped forward and has not been confirmed; nothing is recorded until it is").retryAfter(5*time.Second))
	case errors.Is(err, engine.ErrStopping):
		return because(err, refusal(codeBusy, "the server is stopping").retryAfter(2*time.Second))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return because(err, refusal(codeBusy, "the answer did not come in time; repeat the request with the same Idempotency-Key").retryAfter(time.Second))
	}
	return internal(err)
}

func because(cause error, p *Problem) *Problem {
	p.cause = cause
	return p
}

func internal(err error) *Problem {
	return because(err, refusal(codeInternal, "the server failed in a way it did not foresee"))
}

// ofDomain dresses a refusal of the rooms below with the headers that go with its status.
func ofDomain(q *queue.Error, status int) *Problem {
	p := &Problem{Status: status, Code: string(q.Code), Detail: q.Message, More: maps.Clone(q.Detail)}
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		wait, ok := auth.RetryAfter(q)
		if !ok {
			wait = 5 * time.Second
		}
		p.retryAfter(wait)
	case http.StatusUnauthorized:
		p.header("WWW-Authenticate", `Bearer realm="moiso"`)
	}
	return p
}

// write answers with the problem outside of a huma operation.
func (p *Problem) write(w http.ResponseWriter) {
	text, err := p.MarshalJSON() // json.Marshal would escape it again
	if err != nil {
		http.Error(w, http.StatusText(p.Status), p.Status)
		return
	}
	maps.Copy(w.Header(), p.Header)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	w.Write(append(text, '\n'))
}

// huma makes its own errors (of parsing and validation) through these variables;
// there is no other way to give them our form.
func init() {
	huma.ValidateStrictCasing = true  // names of fields are exact
	huma.DefaultArrayNullable = false // a list without items is [], never null
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return parsing(nil, status, msg, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := parsing(ctx.Operation(), status, msg, errs)
		requestOf(ctx.Context()).problem = p
		return p
	}
}

// parsing turns what huma says about a request into a problem.
func parsing(op *huma.Operation, status int, msg string, errs []error) *Problem {
	switch status {
	case http.StatusBadRequest, http.StatusRequestTimeout:
		if len(errs) > 0 {
			if d, ok := errs[0].(huma.ErrorDetailer); ok {
				msg = "the body is not one JSON object: " + d.ErrorDetail().Message
			}
		}
		return refusal(codeMalformed, "%s", msg)
	case http.StatusRequestEntityTooLarge:
		return refusal(codeTooLarge, "the body has more than %d bytes", maxBody)
	case http.StatusUnsupportedMediaType:
		return refusal(codeUnsupportedMedia, "the body must be application/json")
	case http.StatusUnprocessableEntity:
		return invalidFields(op, errs)
	}
	return internal(errors.Join(append([]error{errors.New(msg)}, errs...)...))
}

type fault struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// invalidFields names what is wrong, in a fixed order.
func invalidFields(op *huma.Operation, errs []error) *Problem {
	var faults []fault
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		faults = append(faults, faultOf(op, d.ErrorDetail()))
	}
	if len(faults) == 0 {
		return refusal(codeInvalid, "a value is missing or malformed")
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.Field, b.Field) })
	p := refusal(codeInvalid, "%s", faults[0].Detail).with("field", faults[0].Field)
	if len(faults) > 1 {
		p.with("errors", faults)
	}
	return p
}

func faultOf(op *huma.Operation, d *huma.ErrorDetail) fault {
	_, field, nested := strings.Cut(d.Location, ".") // "body.service", "query.limit"
	switch {
	case nested && d.Message == validation.MsgUnexpectedProperty:
		return fault{field, fmt.Sprintf("the field %q is not known here", field)}
	case nested:
		return fault{field, fmt.Sprintf("the value of %q is not right: %s", field, d.Message)}
	}
	// A missing field is reported at its parent: find which one it is.
	if sent, ok := d.Value.(map[string]any); ok && op != nil && op.RequestBody != nil {
		for _, name := range requiredOf(op) {
			if _, ok := sent[name]; !ok {
				return fault{name, fmt.Sprintf("the field %q is missing", name)}
			}
		}
	}
	return fault{d.Location, fmt.Sprintf("the %s is not right: %s", d.Location, d.Message)}
}

// requiredOf lists the fields that the body of an operation must have.
func requiredOf(op *huma.Operation) []string {
	required, _ := op.Metadata[requiredKey].([]string)
	return required
}
