package sim

import (
	"context"

	"moiso/internal/view"
)

// Link is how the crowd reaches a server; see Connect for the real one.
type Link interface {
	Issue(ctx context.Context, center string, v Visit) (view.Ticket, error)
	// Counter sends a counter's verb ("call-next", "finish", …). The ticket is nil
	// when nobody was called.
	Counter(ctx context.Context, center string, counter int, verb string, b Body) (*view.Ticket, error)
	// Act sends a ticket's verb ("cancel", "return", …).
	Act(ctx context.Context, id, verb string) (view.Ticket, error)
	Ticket(ctx context.Context, id string) (view.Ticket, error)
	Calls(ctx context.Context, center string, after uint64) ([]view.BoardCall, error)
	// Board and Phone deliver documents until ctx ends, through reconnections.
	Board(ctx context.Context, center string, f func(view.Board)) error
	Phone(ctx context.Context, center, id string, f func(view.TicketPage)) error
	Priorities(ctx context.Context, center string) ([]string, error)
	// Now is the board at this moment.
	Now(ctx context.Context, center string) (view.Board, error)
}

// Visit is what a person asks for.
type Visit struct {
	ID       string
	Service  string
	Priority string
}

// Body is what a clerk says with a verb.
type Body struct {
	Ticket  string
	Service string
	Reason  string
	Finish  bool
}
