package api

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"moiso/internal/auth"
)

// health is a route about the server itself.
type health struct {
	path    string
	summary string
	kind    string // media type of its answer
	serve   func(http.ResponseWriter, *http.Request) error
}

func (a *API) health() []health {
	return []health{
		{"/healthz", "The process is alive", "text/plain", func(w http.ResponseWriter, _ *http.Request) error {
			return say(w, "ok\n")
		}},
		{"/readyz", "Commands can be recorded", "text/plain", func(w http.ResponseWriter, r *http.Request) error {
			if err := a.engine.Ready(r.Context()); err != nil {
				return err
			}
			return say(w, "ready\n")
		}},
		{"/metrics", "Figures for Prometheus, from loopback or with the token", "text/plain", a.serveMetrics},
		{"/openapi.json", "This document", "application/json", func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-cache")
			_, err := w.Write(a.document)
			return ignoreGone(err)
		}},
	}
}

func say(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(text))
	return ignoreGone(err)
}

// ignoreGone drops the error of writing to a client that has left: nobody is there
// to be told.
func ignoreGone(error) error { return nil }

func (h health) operation() *huma.Operation {
	return &huma.Operation{Method: http.MethodGet, Path: h.path, OperationID: "get-" + strings.ReplaceAll(strings.Trim(h.path, "/"), ".", "-"),
		Summary: h.summary, Tags: []string{"health"}, Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{h.kind: {Schema: &huma.Schema{}}}},
			"default": refusals(),
		}}
}

func (a *API) serveMetrics(w http.ResponseWriter, r *http.Request) error {
	if !a.mayMeasure(r) {
		return auth.ErrNotSignedIn
	}
	promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}

// mayMeasure lets loopback and the token's holder read the metrics. A request that
// came through a proxy on this machine is not from loopback, known proxy or not.
func (a *API) mayMeasure(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if want := a.o.MetricsToken; want != "" && strings.EqualFold(scheme, "Bearer") &&
		subtle.ConstantTimeCompare([]byte(strings.TrimSpace(token)), []byte(want)) == 1 {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || r.Header.Get("Forwarded") != "" {
		return false
	}
	return a.o.ClientAddr(r).IsLoopback() && r.Header.Get("X-Forwarded-For") == ""
}
