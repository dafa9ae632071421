package main

import (
	"context"
	"encoding/json"
	"net/http"

	"moiso/internal/device"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// arrive checks somebody in for an appointment. Where the server does not answer in time
// the person gets a number of the lane under the appointment's own id: the merge finds
// the appointment by it, or the ticket, where only the answer was lost.
func (k *kiosk) arrive(w http.ResponseWriter, r *http.Request) {
	id, ok := queue.ParseTicketID(r.PathValue("id"))
	if !ok {
		device.Problem(w, http.StatusNotFound, "unknown_appointment", "that is not an appointment's id")
		return
	}
	o, _, err := readOrder(w, r)
	if err != nil {
		device.Problem(w, http.StatusBadRequest, "malformed", err.Error())
		return
	}
	o.ID = string(id)
	defer k.alone(o.ID)()
	if t, ok := k.spool.find(o.ID); ok && t.Result == "" {
		answer(w, http.StatusOK, k.shown(t))
		return
	}
	body, _ := json.Marshal(map[string]string{"source": "kiosk", "language": o.Language}) // strings always can be
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), k.patience())
	defer cancel()
	a, err := k.server.Do(ctx, http.MethodPost, r.URL.Path, body)
	if ctx.Err() != nil {
		k.silent()
	}
	var t view.Ticket
	switch {
	case err == nil && a.Status < 300 && json.Unmarshal(a.Body, &t) == nil && t.ID == o.ID && t.Number != "":
		_, again := k.remembered(t.ID)
		k.remember(t)
		if !again {
			k.print(t, o)
		}
		pass(w, a)
	case err == nil && refusal(a):
		pass(w, a)
	case o.Service == "":
		away(w)
	default:
		k.fromLane(w, o)
	}
}
