package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"moiso/internal/engine"
	"moiso/internal/queue"
)

// BenchmarkIssue and BenchmarkIssueInEngine differ by what HTTP costs: routing,
// knowing who asks, decoding, validation and encoding.
func BenchmarkIssue(b *testing.B) {
	w := newWorld(b)
	token := "Bearer " + w.token("kiosk")
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("POST", here+"/tickets", strings.NewReader(`{"service":"chung-thuc"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", token)
			r.Header.Set("Idempotency-Key", string(newTicketID()))
			out := httptest.NewRecorder()
			w.api.ServeHTTP(out, r)
			if out.Code != http.StatusCreated {
				b.Errorf("status %d: %s", out.Code, out.Body)
				return
			}
		}
	})
}

func BenchmarkIssueInEngine(b *testing.B) {
	w := newWorld(b)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := newTicketID()
			if _, err := w.engine.Do(b.Context(), "thuan-hoa", queue.Issue{ID: id, Service: "chung-thuc", Source: "kiosk"},
				engine.Call{Source: "kiosk", Key: "x/" + string(id), Hash: []byte(id)}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkRefused is the price of the edge and of huma alone: a field that does
// not exist is refused after decoding and before the engine.
func BenchmarkRefused(b *testing.B) {
	w := newWorld(b)
	token := "Bearer " + w.token("kiosk")
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", here+"/tickets", strings.NewReader(`{"service":"chung-thuc","id":"short"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", token)
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, r)
		if out.Code != http.StatusUnprocessableEntity {
			b.Fatalf("status %d: %s", out.Code, out.Body)
		}
	}
}
