package client

import (
	"context"
	"net/http"
	"strconv"

	"moiso/internal/view"
)

// Counter is one counter of a centre, for its clerk.
type Counter struct {
	c      *Client
	center string
	number int
}

// Counter names a counter; whether it exists shows with the first command.
func (c *Client) Counter(center string, number int) Counter {
	return Counter{c, center, number}
}

func (k Counter) path(verb string) string {
	return centerPath(k.center, "/counters/"+strconv.Itoa(k.number)+"/"+verb)
}

// Open opens the counter, or takes it over.
func (k Counter) Open(ctx context.Context, key string) (view.CenterCounter, error) {
	return post[view.CenterCounter](ctx, k.c, k.path("open"), key, nil)
}

// Pause stops calling after the visit in hand.
func (k Counter) Pause(ctx context.Context, key string) (view.CenterCounter, error) {
	return post[view.CenterCounter](ctx, k.c, k.path("pause"), key, nil)
}

// Close closes a counter that holds no ticket.
func (k Counter) Close(ctx context.Context, key string) (view.CenterCounter, error) {
	return post[view.CenterCounter](ctx, k.c, k.path("close"), key, nil)
}

// CallNext calls whoever is next; nil when nobody waits. With finish the visit in
// hand ends in the same command.
func (k Counter) CallNext(ctx context.Context, finish bool, key string) (*view.Ticket, error) {
	body := struct {
		Finish bool `json:"finish,omitempty"`
	}{finish}
	var t view.Ticket
	status, err := k.c.send(ctx, http.MethodPost, k.c.url(k.path("call-next"), nil), key, body, &t)
	if err != nil || status == http.StatusNoContent {
		return nil, err
	}
	return &t, nil
}

// Words go with a verb; each verb reads what it needs.
type Words struct {
	Ticket  string `json:"ticket,omitempty"`  // id or printed number; empty for the one at the counter
	Service string `json:"service,omitempty"` // transfer: where to
	Counter int    `json:"counter,omitempty"` // transfer: where to
	Second  bool   `json:"second,omitempty"`  // transfer: a second procedure, whose wait begins now
	Reason  string `json:"reason,omitempty"`  // call, park, transfer

	Reference string `json:"reference,omitempty"` // reference: the dossier code
}

// Do sends any verb on a ticket at the counter, by its name in the API: call,
// recall, start, finish, no-show, park, reference, transfer, put-back, reopen.
func (k Counter) Do(ctx context.Context, verb string, w Words, key string) (view.Ticket, error) {
	return post[view.Ticket](ctx, k.c, k.path(verb), key, w)
}

// Call calls a chosen ticket, by id or printed number.
func (k Counter) Call(ctx context.Context, ticket, reason, key string) (view.Ticket, error) {
	return k.Do(ctx, "call", Words{Ticket: ticket, Reason: reason}, key)
}

// Recall announces the called ticket again.
func (k Counter) Recall(ctx context.Context, key string) (view.Ticket, error) {
	return k.Do(ctx, "recall", Words{}, key)
}

// Start says that the called person has come.
func (k Counter) Start(ctx context.Context, key string) (view.Ticket, error) {
	return k.Do(ctx, "start", Words{}, key)
}

// Finish ends the visit.
func (k Counter) Finish(ctx context.Context, key string) (view.Ticket, error) {
	return k.Do(ctx, "finish", Words{}, key)
}

// NoShow says that the called person has not come.
func (k Counter) NoShow(ctx context.Context, key string) (view.Ticket, error) {
	return k.Do(ctx, "no-show", Words{}, key)
}

// Park sets the visit aside.
func (k Counter) Park(ctx context.Context, reason, key string) (view.Ticket, error) {
	return k.Do(ctx, "park", Words{Reason: reason}, key)
}

// Refer writes the dossier code of the visit beside its ticket.
func (k Counter) Refer(ctx context.Context, reference, key string) (view.Ticket, error) {
	return k.Do(ctx, "reference", Words{Reference: reference}, key)
}

// Transfer sends the person on, to w.Service or w.Counter.
func (k Counter) Transfer(ctx context.Context, w Words, key string) (view.Ticket, error) {
	return k.Do(ctx, "transfer", w, key)
}

// PutBack takes a call back: the ticket waits at its old place.
func (k Counter) PutBack(ctx context.Context, key string) (view.Ticket, error) {
	return k.Do(ctx, "put-back", Words{}, key)
}

// Reopen takes a finish back. The ticket may be empty for the last one.
func (k Counter) Reopen(ctx context.Context, ticket, key string) (view.Ticket, error) {
	return k.Do(ctx, "reopen", Words{Ticket: ticket}, key)
}
