package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a refusal of the server (RFC 9457).
type Error struct {
	Status     int    // of HTTP
	Code       string // stable; empty when the answer was not the server's own, such as a proxy's
	Detail     string // a sentence for a person
	RetryAfter time.Duration
	More       map[string]json.RawMessage // further members, by code
}

func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%d: %s", e.Status, e.Detail)
	}
	return e.Code + ": " + e.Detail
}

// Code is the stable code of the refusal in err, or empty when it is none.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// temporary tells whether the same request may succeed later.
func (e *Error) temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.Status == http.StatusInternalServerError
}

// final tells whether the server itself has said that the request is wrong. What a
// proxy or the login page of a network answers passes with time.
func (e *Error) final() bool {
	return e.Code != "" && !e.temporary()
}

const problemLimit = 64 << 10

// readError makes an Error of an answer that is no success.
func readError(resp *http.Response) *Error {
	e := &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, time.Now())}
	body, err := io.ReadAll(io.LimitReader(resp.Body, problemLimit))
	if err == nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		e.decode(body)
	}
	if e.Detail == "" {
		e.Detail = strings.ToLower(http.StatusText(resp.StatusCode))
		if to := resp.Header.Get("Location"); to != "" {
			e.Detail = "the server says to go to " + to
		}
	}
	return e
}

func (e *Error) decode(body []byte) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return
	}
	text := func(key string) (s string) {
		if json.Unmarshal(members[key], &s) != nil {
			return ""
		}
		return s
	}
	e.Code, e.Detail = text("code"), text("detail")
	for _, standard := range []string{"type", "title", "status", "detail", "code", "instance"} {
		delete(members, standard)
	}
	e.More = members
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(min(n, 86_400)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), 24*time.Hour)
	}
	return 0
}
