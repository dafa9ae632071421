package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"moiso/internal/auth"
	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

const socketPath = "/ws/v1"

// Heartbeats: screens show within seconds that they are cut off; phones save power.
const (
	quick = 2 * time.Second
	calm  = 20 * time.Second
)

// watching is a line of the table of views.
type watching struct {
	view  string
	who   access
	beat  time.Duration
	doc   reflect.Type
	topic func(a *API, rq *request, q url.Values) (hub.Topic, error)
}

// views is what a socket can watch, and who may.
func views() []watching {
	ofCenter := func(kind string) func(*API, *request, url.Values) (hub.Topic, error) {
		return func(_ *API, rq *request, _ url.Values) (hub.Topic, error) {
			return hub.Topic(kind + "/" + string(rq.center)), nil
		}
	}
	return []watching{
		{"board", anyone, quick, reflect.TypeFor[view.Board](), ofCenter("board")},
		{"kiosk", anyone, quick, reflect.TypeFor[view.Kiosk](), ofCenter("kiosk")},
		{"ticket", holder, calm, reflect.TypeFor[view.TicketPage](), ticketTopic},
		{"counter", may(auth.WatchStaff), quick, reflect.TypeFor[view.Desk](), deskTopic},
		{"assist", may(auth.WatchStaff), quick, reflect.TypeFor[view.Assist](), ofCenter("assist")},
		{"monitor", may(auth.Monitor), quick, reflect.TypeFor[view.Monitor](), ofCenter("monitor")},
		{"devices", may(auth.Monitor), quick, reflect.TypeFor[view.Devices](), ofCenter("devices")},
		{"city", may(auth.ManageCity), quick, reflect.TypeFor[view.City](), func(*API, *request, url.Values) (hub.Topic, error) { return "city", nil }},
	}
}

func ticketTopic(a *API, rq *request, q url.Values) (hub.Topic, error) {
	id, err := ticketID(q.Get("id"))
	if err != nil {
		return "", err
	}
	if rq.center, err = a.engine.CenterOf(rq.ctx, id); err != nil {
		return "", err
	}
	return hub.Topic(fmt.Sprintf("ticket/%s/%s", rq.center, id)), nil
}

func deskTopic(a *API, rq *request, q url.Values) (hub.Topic, error) {
	n, err := strconv.Atoi(q.Get("counter"))
	if err != nil || n < 1 {
		return "", refusal(codeInvalid, "the counter %q is not a number", q.Get("counter")).with("field", "counter")
	}
	return hub.Topic(fmt.Sprintf("desk/%s/%d", rq.center, n)), nil
}

// socket opens a WebSocket on a view.
func (a *API) socket(w http.ResponseWriter, r *http.Request) error {
	rq, q := requestOf(r.Context()), r.URL.Query()
	var v *watching
	var names []string
	for _, o := range views() {
		if names = append(names, o.view); o.view == q.Get("view") {
			v = &o
		}
	}
	if v == nil {
		return refusal(codeInvalid, "there is no view %q; there are %s", q.Get("view"), strings.Join(names, ", ")).with("field", "view").with("views", names)
	}
	rq.center = queue.CenterID(q.Get("center"))
	if !v.who.open() {
		if err := a.need(rq, auth.Action(v.who), rq.center); err != nil {
			return err
		}
	}
	topic, err := v.topic(a, rq, q)
	if err != nil {
		return err
	}
	if v.view == "kiosk" && rq.who.May(auth.MergeSlips, rq.center) {
		a.laneFor(rq)
	}
	sub := hub.Subscription{Topic: topic, Epoch: q.Get("epoch"), Heartbeat: v.beat,
		Latest: func() (hub.Doc, error) { return a.engine.Doc(rq.ctx, topic) }}
	// A version that is no number belongs to no document: the newest is sent.
	sub.Version, _ = strconv.ParseInt(q.Get("version"), 10, 64)
	if rq.who != nil {
		sub.Owner = rq.who.ID
	}
	if v.view == "devices" {
		sub.Latest = func() (hub.Doc, error) { return a.devicesDoc(rq.ctx, rq.center) }
	}
	err = a.serveSocket(w, r, rq, sub)
	var refused *hub.Refusal
	if errors.As(err, &refused) { // answered by the hub
		rq.problem = &Problem{Status: refused.Status, Code: refused.Code, Detail: refused.Detail}
		return nil
	}
	return err
}

func (a *API) socketOperation() *huma.Operation {
	text := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	registry := a.huma.OpenAPI().Components.Schemas
	var kinds []any
	var docs []*huma.Schema
	var who []string
	for _, v := range views() {
		kinds = append(kinds, v.view)
		docs = append(docs, registry.Schema(v.doc, true, ""))
		switch v.who {
		case anyone:
			who = append(who, v.view+": anyone")
		case holder:
			who = append(who, v.view+": whoever has the ticket's id")
		default:
			who = append(who, v.view+": "+roleNames(auth.Action(v.who)))
		}
	}
	// What view=ticket sends while the id is of an appointment.
	docs = append(docs, registry.Schema(reflect.TypeFor[view.AppointmentPage](), true, ""))
	op := &huma.Operation{Method: http.MethodGet, Path: socketPath, OperationID: "watch", Tags: []string{"sockets"},
		Summary: "Watch a view over a WebSocket",
		Description: "Every text message is a whole document, with version and epoch, or a heartbeat {\"heartbeat\":\"<RFC 3339>\"}. " +
			"A document whose version is not above the one the client has in the same epoch is to be dropped. Who may: " + strings.Join(who, "; ") + ".",
		Parameters: []*huma.Param{
			{Name: "view", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Enum: kinds}},
			text("center", "Id of a centre; every view but ticket and city"), text("id", "Of a ticket; view=ticket"), text("counter", "A number; view=counter"),
			text("epoch", "Of the document the client has"), text("version", "Of the document the client has"),
		},
		Responses: map[string]*huma.Response{
			"101": {Description: "The socket is open; the schema is that of its messages",
				Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{OneOf: docs}}}},
			"default": refusals(),
		}}
	return op
}
