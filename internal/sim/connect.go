package sim

import (
	"context"
	"errors"
	"fmt"

	"moiso/internal/client"
	"moiso/internal/view"
)

// Connect signs in to a server, over HTTP and WebSockets like everyone else.
func Connect(ctx context.Context, server, user, password string) (Link, error) {
	c, err := client.New(client.Options{Server: server, Attempts: 3, UserAgent: "moiso-simulate"})
	if err != nil {
		return nil, err
	}
	token, err := c.Login(ctx, user, password)
	if err != nil {
		return nil, fmt.Errorf("sign in to %s as %s: %w", server, user, err)
	}
	c.SetToken(token)
	return &link{c}, nil
}

// link is a Link through a real client.
type link struct{ c *client.Client }

func (l *link) Issue(ctx context.Context, center string, v Visit) (view.Ticket, error) {
	t, _, err := l.c.Issue(ctx, center, client.Order{ID: v.ID, Service: v.Service, Priority: v.Priority}, client.NewTicketID())
	return t, err
}

func (l *link) Counter(ctx context.Context, center string, counter int, verb string, b Body) (*view.Ticket, error) {
	k, key := l.c.Counter(center, counter), client.NewTicketID()
	switch verb {
	case "open":
		_, err := k.Open(ctx, key)
		return nil, err
	case "close":
		_, err := k.Close(ctx, key)
		return nil, err
	case "call-next":
		return k.CallNext(ctx, b.Finish, key)
	}
	t, err := k.Do(ctx, verb, client.Words{Ticket: b.Ticket, Service: b.Service, Reason: b.Reason}, key)
	if err != nil {
		return nil, err
	}
	return &t, nil
}

func (l *link) Act(ctx context.Context, id, verb string) (view.Ticket, error) {
	switch verb {
	case "cancel":
		return l.c.Cancel(ctx, id, "", client.NewTicketID())
	case "return":
		return l.c.Return(ctx, id, client.NewTicketID())
	}
	return view.Ticket{}, fmt.Errorf("sim: a ticket has no verb %q", verb)
}

func (l *link) Ticket(ctx context.Context, id string) (view.Ticket, error) {
	return l.c.Ticket(ctx, id)
}

func (l *link) Calls(ctx context.Context, center string, after uint64) ([]view.BoardCall, error) {
	return l.c.Calls(ctx, center, after)
}

func (l *link) Board(ctx context.Context, center string, f func(view.Board)) error {
	return client.Follow(ctx, l.c, client.BoardFeed(center), f, nil)
}

func (l *link) Phone(ctx context.Context, _, id string, f func(view.TicketPage)) error {
	return client.Follow(ctx, l.c, client.TicketFeed(id), f, nil)
}

func (l *link) Priorities(ctx context.Context, center string) ([]string, error) {
	c, err := l.c.Center(ctx, center)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range c.Priorities {
		out = append(out, p.ID)
	}
	return out, nil
}

func (l *link) Now(ctx context.Context, center string) (view.Board, error) {
	return l.c.Board(ctx, center)
}

// refused gives the code of a server's refusal, "" of any other failure.
func refused(err error) string {
	var e *client.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
