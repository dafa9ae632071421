package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"moiso/internal/device"
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
		Spoken uint64 `json:"spoken"`
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
		// The page goes on as it is: it speaks when it was the speaker.
		device.Problem(w, http.StatusServiceUnavailable, "offline", "the server cannot be reached")
		return
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		a.Status = http.StatusOK
		a.Body, _ = json.Marshal(map[string]any{"speaker": true, "spoken": asked.Spoken})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a page that is gone needs no answer
}
