package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"moiso/internal/device"
	"moiso/internal/fleet"
)

// speaker asks the server whether this screen is the one of its hall that speaks. A
// screen that is not registered takes no part in that: it speaks for itself, because a
// hall that hears nothing is worse than one that hears double.
type speaker struct {
	do func(ctx context.Context, method, path string, body []byte) (device.Answer, error)
}

func (s *speaker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
	var asked struct {
		Call uint64 `json:"call"`
	}
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		device.Problem(w, http.StatusBadRequest, "invalid", "this is not what a screen asks")
		return
	}
	a, err := s.do(r.Context(), http.MethodPost, "/api/v1/centers/"+r.PathValue("c")+"/speaker", body)
	switch {
	case err != nil:
		// The page says what it has begun, and begins nothing that it could not ask for.
		device.Problem(w, http.StatusServiceUnavailable, "offline", "the server cannot be reached")
		return
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		a.Status = http.StatusOK
		a.Body = ownSpeaker(asked.Call)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a page that is gone needs no answer
}

// ownSpeaker is the answer to a screen that has nobody to ask.
func ownSpeaker(call uint64) []byte {
	own := fleet.Speaker{Speaker: true, Lease: fleet.SpeakerLease.Seconds()}
	if call > 0 {
		own.Claim = fleet.ClaimYours
	}
	b, _ := json.Marshal(own) // words and numbers
	return b
}
