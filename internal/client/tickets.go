package client

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// Order asks for a ticket. With an ID of the client's own (see NewTicketID) it is
// safe to repeat: the same id gives the same ticket.
type Order struct {
	Service   string `json:"service"`
	ID        string `json:"id,omitempty"`
	Priority  string `json:"priority,omitempty"`
	Source    string `json:"source,omitempty"`
	Language  string `json:"language,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// NewTicketID makes an id of 80 random bits.
func NewTicketID() string {
	var b [16]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = queue.TicketIDAlphabet[b[i]%32]
	}
	return string(b[:])
}

// Issue takes a number. Created is false when the ticket existed already.
func (c *Client) Issue(ctx context.Context, center string, o Order, key string) (t view.Ticket, created bool, err error) {
	status, err := c.send(ctx, http.MethodPost, c.url(centerPath(center, "/tickets"), nil), key, o, &t)
	return t, status == http.StatusCreated, err
}

func ticketPath(id, rest string) string {
	return api + "tickets/" + url.PathEscape(id) + rest
}

// Ticket tells where a ticket stands; see TicketFeed.
func (c *Client) Ticket(ctx context.Context, id string) (view.Ticket, error) {
	return get[view.Ticket](ctx, c, ticketPath(id, ""), nil)
}

// Cancel gives up the place. The reason may be empty.
func (c *Client) Cancel(ctx context.Context, id, reason, key string) (view.Ticket, error) {
	body := struct {
		Reason string `json:"reason,omitempty"`
	}{reason}
	return post[view.Ticket](ctx, c, ticketPath(id, "/cancel"), key, body)
}

// Restore takes a cancellation back.
func (c *Client) Restore(ctx context.Context, id, key string) (view.Ticket, error) {
	return post[view.Ticket](ctx, c, ticketPath(id, "/restore"), key, nil)
}

// Return says that a missed person is back.
func (c *Client) Return(ctx context.Context, id, key string) (view.Ticket, error) {
	return post[view.Ticket](ctx, c, ticketPath(id, "/return"), key, nil)
}

// ChangeService moves a ticket to the service it should have had.
func (c *Client) ChangeService(ctx context.Context, id, service, key string) (view.Ticket, error) {
	return post[view.Ticket](ctx, c, ticketPath(id, "/change-service"), key, map[string]string{"service": service})
}

// SetPriority gives a ticket a priority group, or with an empty one takes it away.
func (c *Client) SetPriority(ctx context.Context, id, priority, key string) (view.Ticket, error) {
	return post[view.Ticket](ctx, c, ticketPath(id, "/set-priority"), key, map[string]string{"priority": priority})
}

// Print has a device print the ticket's slip: the one that is named, or, for "", the best
// that can print now. An order of the same id is the same order.
func (c *Client) Print(ctx context.Context, id, order, device string) (view.Print, error) {
	body := struct {
		ID     string `json:"id,omitempty"`
		Device string `json:"device,omitempty"`
	}{order, device}
	return post[view.Print](ctx, c, ticketPath(id, "/print"), "", body)
}
