package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"moiso/internal/view"
)

const api = "/api/v1/"

func centerPath(center, rest string) string {
	return api + "centers/" + url.PathEscape(center) + rest
}

// Login gets a token for a person and uses it from now on.
func (c *Client) Login(ctx context.Context, username, password string) (token string, err error) {
	out, err := post[struct{ Token string }](ctx, c, api+"login", "", map[string]string{"username": username, "password": password})
	if err != nil {
		return "", err
	}
	c.SetToken(out.Token)
	return out.Token, nil
}

// Centers lists the centres of the city.
func (c *Client) Centers(ctx context.Context) ([]view.CenterSummary, error) {
	return get[[]view.CenterSummary](ctx, c, api+"centers", nil)
}

// Center tells what a centre offers and when.
func (c *Client) Center(ctx context.Context, center string) (view.Center, error) {
	return get[view.Center](ctx, c, centerPath(center, ""), nil)
}

// Board reads the board once; see BoardFeed.
func (c *Client) Board(ctx context.Context, center string) (view.Board, error) {
	return get[view.Board](ctx, c, centerPath(center, "/board"), nil)
}

// Calls lists the calls after number after, oldest first, withdrawn ones too.
func (c *Client) Calls(ctx context.Context, center string, after uint64) ([]view.BoardCall, error) {
	return get[[]view.BoardCall](ctx, c, centerPath(center, "/calls"), url.Values{"after": {strconv.FormatUint(after, 10)}})
}

// Search finds tickets of a centre's day; empty fields do not restrict.
type Search struct {
	Service, State, Number string
	From, To               time.Time
	Limit                  int
}

// Tickets finds tickets, newest first.
func (c *Client) Tickets(ctx context.Context, center string, s Search) ([]view.DeskRow, error) {
	q := url.Values{}
	for key, v := range map[string]string{"service": s.Service, "state": s.State, "number": s.Number} {
		if v != "" {
			q.Set(key, v)
		}
	}
	for key, t := range map[string]time.Time{"from": s.From, "to": s.To} {
		if !t.IsZero() {
			q.Set(key, t.Format(time.RFC3339))
		}
	}
	if s.Limit > 0 {
		q.Set("limit", strconv.Itoa(s.Limit))
	}
	out, err := get[struct{ Tickets []view.DeskRow }](ctx, c, centerPath(center, "/tickets"), q)
	return out.Tickets, err
}

// Pause says why issuing stops; an empty Service means the whole centre.
type Pause struct {
	Service string     `json:"service,omitempty"`
	Reason  string     `json:"reason"`
	Until   *time.Time `json:"until,omitempty"`
}

// PauseIssuing stops giving out numbers.
func (c *Client) PauseIssuing(ctx context.Context, center string, p Pause, key string) (view.Center, error) {
	return post[view.Center](ctx, c, centerPath(center, "/issuing/pause"), key, p)
}

// ResumeIssuing gives out numbers again; an empty service means the whole centre.
func (c *Client) ResumeIssuing(ctx context.Context, center, service, key string) (view.Center, error) {
	body := struct {
		Service string `json:"service,omitempty"`
	}{service}
	return post[view.Center](ctx, c, centerPath(center, "/issuing/resume"), key, body)
}

// EndDay ends the centre's business day.
func (c *Client) EndDay(ctx context.Context, center, key string) (view.Center, error) {
	return post[view.Center](ctx, c, centerPath(center, "/end-day"), key, nil)
}

// ConfirmClock says that the server's clock is right after a jump.
func (c *Client) ConfirmClock(ctx context.Context) error {
	_, err := c.send(ctx, http.MethodPost, c.url(api+"clock/confirm", nil), "", nil, nil)
	return err
}

// Prints are the printers of a centre and the newest orders to print.
type Prints struct {
	Printers []view.PrinterOf `json:"printers"`
	Prints   []view.Print     `json:"prints"`
}

// Prints tells which devices can print a slip now, and what became of those that were
// ordered.
func (c *Client) Prints(ctx context.Context, center string) (Prints, error) {
	return get[Prints](ctx, c, centerPath(center, "/prints"), nil)
}
