package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

// answer watches what is written. Unwrap lets the hub take the connection over.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answer) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 {
		w.status = status
	}
	if status == http.StatusNoContent {
		w.Header().Del("Content-Type") // huma names one before it knows that there is nothing
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// edge is around everything: the request's id, the headers of every answer, the
// log, the counts, and what happens when a handler panics.
func (a *API) edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		rq := &request{method: r.Method, path: r.URL.Path, id: r.Header.Get("X-Request-Id")}
		if rq.id == "" || !requestID.MatchString(rq.id) {
			rq.id = newRequestID()
		}
		h := w.Header()
		h["X-Request-Id"] = []string{rq.id}
		h["X-Content-Type-Options"] = nosniff
		h["Cache-Control"] = noStore
		h["Referrer-Policy"] = noReferrer
		h["Content-Security-Policy"] = nothing
		out := &answer{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, rq))
		rq.ctx = r.Context()
		defer a.done(rq, out, r, begun)
		next.ServeHTTP(out, r)
	})
}

// Headers of every answer; shared, never changed.
var (
	nosniff    = []string{"nosniff"}
	noStore    = []string{"no-store"}
	noReferrer = []string{"no-referrer"}
	nothing    = []string{"default-src 'none'; frame-ancestors 'none'"}
)

func newRequestID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// done closes a request: the one place that logs.
func (a *API) done(rq *request, w *answer, r *http.Request, begun time.Time) {
	took := time.Since(begun)
	attrs := make([]slog.Attr, 0, 10)
	level := slog.LevelDebug // what succeeded stands in the journal
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			panic(v)
		}
		level = slog.LevelError
		attrs = append(attrs, slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		if w.status == 0 {
			refusal(codeInternal, "the server failed in a way it did not foresee").with("request", rq.id).write(w)
		}
	}
	a.metrics.request(rq, w.status, took)
	if p := rq.problem; p != nil {
		attrs = append(attrs, slog.String("code", p.Code))
		level = max(level, slog.LevelInfo)
		switch {
		case p.Status >= 500 && errors.Is(p.cause, context.Canceled) && r.Context().Err() != nil:
			attrs = append(attrs, slog.String("error", "who asked has left")) // a kiosk that waits no longer gives a number of its own
		case p.Status >= 500:
			level = slog.LevelError
			if p.cause != nil {
				attrs = append(attrs, slog.String("error", p.cause.Error()))
			}
		case p.Status == http.StatusTooManyRequests || p.Code == codeLoginFailed:
			level = slog.LevelWarn
		}
	}
	if !a.log.Enabled(r.Context(), level) {
		return
	}
	attrs = append(attrs, slog.String("request", rq.id), slog.String("method", rq.method), slog.String("route", rq.route),
		slog.Int("status", w.status), slog.Int("bytes", w.bytes), slog.Duration("took", took))
	if rq.center != "" {
		attrs = append(attrs, slog.String("center", string(rq.center)))
	}
	if rq.who != nil {
		attrs = append(attrs, slog.String("who", rq.who.ID))
	}
	a.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// WriteError answers a request with an error in our form, for the rooms that
// answer before or beside the routes (auth.Options.WriteError).
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	requestOf(r.Context()).problem = p
	w.Header().Set("Cache-Control", "no-store")
	p.write(w)
}
