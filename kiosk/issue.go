package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"

	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// maxOrder is the largest request of the page, in bytes.
const maxOrder = 8 << 10

// order is a touch: what the page asks for.
type order struct {
	Service   string `json:"service"`
	ID        string `json:"id"`
	Priority  string `json:"priority"`
	Language  string `json:"language"`
	Reference string `json:"reference"`
	Paper     *bool  `json:"paper"` // false: no paper is wanted
}

// issue gives out a number: of the server when it answers in time, else of the lane.
// A refusal of the server stays a refusal.
func (k *kiosk) issue(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("c") != k.center {
		device.Problem(w, http.StatusNotFound, "unknown_center", "this kiosk gives out numbers of "+k.center+" only")
		return
	}
	o, body, err := readOrder(w, r)
	if err != nil {
		device.Problem(w, http.StatusBadRequest, "malformed", err.Error())
		return
	}
	defer k.alone(o.ID)()
	if t, ok := k.spool.find(o.ID); ok {
		answer(w, http.StatusOK, k.shown(t))
		return
	}
	if t, ok := k.remembered(o.ID); ok {
		answer(w, http.StatusOK, t)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), k.patience())
	defer cancel()
	a, err := k.server.Do(ctx, http.MethodPost, "/api/v1/centers/"+k.center+"/tickets", body)
	if errors.Is(err, context.DeadlineExceeded) {
		k.silent()
	}
	var t view.Ticket
	switch {
	case err == nil && a.Status < 300 && json.Unmarshal(a.Body, &t) == nil && t.ID == o.ID && t.Number != "":
		k.remember(t)
		k.print(t, o)
		pass(w, a)
	case err == nil && refusal(a):
		pass(w, a)
	default:
		k.fromLane(w, o)
	}
}

// readOrder reads the page's request. The server is sent what it understands: all but
// whether paper is wanted, and the id of a touch that came without one.
func readOrder(w http.ResponseWriter, r *http.Request) (o order, body []byte, err error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOrder))
	if err != nil {
		return o, nil, errors.New("the request is longer than a touch can be")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || json.Unmarshal(raw, &o) != nil {
		return o, nil, errors.New("the request is not a JSON object")
	}
	if id, ok := queue.ParseTicketID(o.ID); ok {
		o.ID = string(id)
	} else if o.ID != "" {
		return o, nil, errors.New("the id is not 16 characters of Crockford base32")
	} else {
		o.ID = client.NewTicketID()
	}
	delete(members, "paper")
	members["id"], _ = json.Marshal(o.ID) // a string always can be
	body, err = json.Marshal(members)
	return o, body, err
}

// refusal reports whether an answer is the server's own word that the request is not
// to be granted. What a proxy or the login page of a network answers is not, and
// neither is a server that is in trouble or too busy.
func refusal(a device.Answer) bool {
	if a.Status < 400 || a.Status >= 500 || a.Status == http.StatusTooManyRequests || a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooEarly {
		return false
	}
	var p struct{ Code string }
	return json.Unmarshal(a.Body, &p) == nil && p.Code != ""
}

// fromLane gives out a number without the server. It is on disk before anyone sees it.
func (k *kiosk) fromLane(w http.ResponseWriter, o order) {
	id, doc := k.known()
	if doc == nil || id.Lane == "" {
		device.Problem(w, http.StatusServiceUnavailable, "offline", "the server cannot be reached, and this kiosk has no numbers of its own yet")
		return
	}
	now := k.clock.now()
	v, err := k.mayGive(doc, id, o.Service, now)
	if err != nil {
		refuse(w, err)
		return
	}
	s := queue.New()
	s.Center.TimeZone = doc.TimeZone
	t := slip{ID: o.ID, Service: o.Service, Priority: o.Priority, Language: o.Language, Reference: o.Reference, At: now, Day: day(s, now),
		Center: k.center, Device: id.Device}
	if len(t.Reference) > queue.MaxReference {
		t.Reference = ""
	}
	if t, err = k.spool.add(t, v.Prefix, id.Lane, doc.Offline.TicketURL); err != nil {
		k.log.Error("a number could not be written to the kiosk's disk; none was given", "error", err)
		device.Problem(w, http.StatusServiceUnavailable, "storage_unavailable", "the server cannot be reached, and the kiosk's disk takes no records; nothing was done")
		return
	}
	k.nudge()
	k.tell()
	shown := k.shown(t)
	k.print(shown, o)
	answer(w, http.StatusCreated, shown)
}

// ticket shows a ticket: a slip of the lane from here, any other from the server.
func (k *kiosk) ticket(w http.ResponseWriter, r *http.Request) {
	id, _ := queue.ParseTicketID(r.PathValue("id"))
	t, ok := k.spool.find(string(id))
	if ok && t.Result == "" {
		answer(w, http.StatusOK, k.shown(t))
		return
	}
	if a, err := k.forward(r); err == nil {
		pass(w, a)
		return
	}
	if ok {
		answer(w, http.StatusOK, k.shown(t))
		return
	}
	if t, ok := k.remembered(string(id)); ok {
		answer(w, http.StatusOK, t)
		return
	}
	away(w)
}

func (k *kiosk) qrSVG(w http.ResponseWriter, r *http.Request) {
	k.code(w, r, "image/svg+xml", func(c ticket.Code) ([]byte, error) { return c.SVG(), nil })
}

func (k *kiosk) qrPNG(w http.ResponseWriter, r *http.Request) {
	k.code(w, r, "image/png", func(c ticket.Code) ([]byte, error) { return c.PNG(8) })
}

// code draws the code of a ticket that was given out here, without asking anyone.
func (k *kiosk) code(w http.ResponseWriter, r *http.Request, kind string, draw func(ticket.Code) ([]byte, error)) {
	id, _ := queue.ParseTicketID(r.PathValue("id"))
	url := ""
	if t, ok := k.spool.find(string(id)); ok {
		url = t.URL
	} else if t, ok := k.remembered(string(id)); ok {
		url = t.URL
	}
	if url == "" {
		a, err := k.forward(r)
		if err != nil {
			away(w)
			return
		}
		pass(w, a)
		return
	}
	c, err := ticket.QR(url)
	if err == nil {
		var b []byte
		if b, err = draw(c); err == nil {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "private, max-age=600")
			_, _ = w.Write(b) // the page may have left
			return
		}
	}
	device.Problem(w, http.StatusInternalServerError, "internal", err.Error())
}

// cancel gives a number back. One of the lane that the server does not know yet stays
// unused: it is merged as cancelled.
func (k *kiosk) cancel(w http.ResponseWriter, r *http.Request) {
	k.local(w, r, func(t *slip, now reckoning) bool {
		if t.Cancelled {
			return false
		}
		t.Cancelled, t.CancelledAt = true, now.Since
		return true
	})
}

// restore takes a cancellation back, for as long as the server would.
func (k *kiosk) restore(w http.ResponseWriter, r *http.Request) {
	k.local(w, r, func(t *slip, now reckoning) bool {
		if !t.Cancelled || now.Boot != t.At.Boot || now.Since-t.CancelledAt > queue.RestoreWithin {
			return false
		}
		t.Cancelled, t.CancelledAt = false, 0
		return true
	})
}

// local changes a slip that is still here, or sends the request on.
func (k *kiosk) local(w http.ResponseWriter, r *http.Request, change func(*slip, reckoning) bool) {
	id, _ := queue.ParseTicketID(r.PathValue("id"))
	done := false
	t, ok, err := k.spool.change(string(id), func(t *slip) { done = change(t, k.clock.now()) })
	switch {
	case err != nil:
		device.Problem(w, http.StatusServiceUnavailable, "storage_unavailable", "the kiosk's disk takes no records; nothing was done")
	case ok && done:
		answer(w, http.StatusOK, k.shown(t))
	case ok:
		device.Problem(w, http.StatusConflict, "wrong_state", "ticket "+t.Number+" is "+k.shown(t).State+" and cannot be changed like this")
	default:
		a, err := k.forward(r)
		if err != nil {
			away(w)
			return
		}
		k.retake(string(id), a)
		pass(w, a)
	}
}

// retake keeps the newer form of a ticket that is remembered.
func (k *kiosk) retake(id string, a device.Answer) {
	var t view.Ticket
	if _, ok := k.remembered(id); ok && a.Status < 300 && json.Unmarshal(a.Body, &t) == nil && t.ID == id {
		k.remember(t)
	}
}

// forward sends a request of the page on to the server.
func (k *kiosk) forward(r *http.Request) (device.Answer, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxOrder))
	if err != nil {
		return device.Answer{}, err
	}
	wait := otherWait
	if r.Method == http.MethodGet && k.patience() == askCut {
		wait = askCut // it is known to be away: nobody is kept looking at a turning wheel
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	path := r.URL.Path
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return k.server.Do(ctx, r.Method, path, body)
}

// ask sends on what only the server knows.
func (k *kiosk) ask(w http.ResponseWriter, r *http.Request) {
	a, err := k.forward(r)
	if err != nil {
		away(w)
		return
	}
	pass(w, a)
}

// pass gives the page what the server said.
func pass(w http.ResponseWriter, a device.Answer) {
	for _, h := range []string{"Content-Type", "Cache-Control", "Retry-After"} {
		if v := a.Header.Get(h); v != "" {
			w.Header().Set(h, v)
		}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the page may have left
}

func answer(w http.ResponseWriter, status int, t view.Ticket) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(t)
}

func away(w http.ResponseWriter) {
	device.Problem(w, http.StatusBadGateway, "offline", "the server cannot be reached; nothing is known to have been done")
}

// refuse answers with a refusal of the domain, as the server would.
func refuse(w http.ResponseWriter, err error) {
	var e *queue.Error
	if !errors.As(err, &e) {
		device.Problem(w, http.StatusInternalServerError, "internal", err.Error())
		return
	}
	status := http.StatusConflict
	if errors.Is(e, queue.ErrUnknownService) {
		status = http.StatusNotFound
	}
	doc := map[string]any{}
	maps.Copy(doc, e.Detail)
	maps.Copy(doc, map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "code": e.Code, "detail": e.Message})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc)
}
