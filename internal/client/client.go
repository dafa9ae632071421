package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Options configure a Client.
type Options struct {
	Server string // "https://host", with a path if a proxy adds one
	Token  string // of a device or a person; empty for what everyone may, or until Login

	// HTTP sends the requests; nil means one with deadlines and enough idle
	// connections for a crowd. Sockets are dialled as its Transport dials.
	HTTP *http.Client

	Attempts  int    // how often a request that is safe to repeat is sent; 0 means once
	UserAgent string // empty means "moiso"

	MinDelay time.Duration // before the first reconnection; 0 means 250 ms
	MaxDelay time.Duration // that pauses grow to; 0 means 8 s

	// Patience is how long a feed with heartbeats every 2 s may be silent before
	// it is stale; 0 means 5 s. A ticket's feed, with one every 20 s, gets ten
	// times that.
	Patience time.Duration
}

// Client is a connection to one server, or rather the will to have one.
type Client struct {
	opts   Options
	base   *url.URL
	http   *http.Client
	dialer websocket.Dialer
	token  atomic.Pointer[string]
}

// New makes a client. It does not reach for the server yet.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(o.Server, "/"))
	if err != nil {
		return nil, fmt.Errorf("client: address of the server: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("client: address of the server: %q is not like https://host", o.Server)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 15 * time.Second, Transport: defaultTransport()}
	}
	if o.UserAgent == "" {
		o.UserAgent = "moiso"
	}
	orElse(&o.MinDelay, 250*time.Millisecond)
	orElse(&o.MaxDelay, 8*time.Second)
	orElse(&o.Patience, 5*time.Second)
	c := &Client{opts: o, base: base, dialer: dialerLike(o.HTTP)}
	// The API does not redirect. Following would turn a POST into a GET.
	h := *o.HTTP
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &h
	c.SetToken(o.Token)
	return c, nil
}

func orElse(d *time.Duration, standard time.Duration) {
	if *d == 0 {
		*d = standard
	}
}

func defaultTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 512
	t.ResponseHeaderTimeout = 15 * time.Second
	t.ForceAttemptHTTP2 = false
	return t
}

// SetToken replaces the token of all requests and connections to come.
func (c *Client) SetToken(token string) { c.token.Store(&token) }

// header is what every request carries.
func (c *Client) header() http.Header {
	h := http.Header{"User-Agent": {c.opts.UserAgent}}
	if t := *c.token.Load(); t != "" {
		h.Set("Authorization", "Bearer "+t)
	}
	return h
}

func (c *Client) url(path string, query url.Values) *url.URL {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u
}

// get reads path into T.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	_, err := c.send(ctx, http.MethodGet, c.url(path, query), "", nil, &out)
	return out, err
}

// post sends a command and reads its answer into T.
func post[T any](ctx context.Context, c *Client, path, key string, body any) (T, error) {
	var out T
	_, err := c.send(ctx, http.MethodPost, c.url(path, nil), key, body, &out)
	return out, err
}

// send sends a request, again if that is safe and may help, and returns the
// status of a success. An answer without content leaves out as it is.
func (c *Client) send(ctx context.Context, method string, u *url.URL, key string, body, out any) (int, error) {
	var text []byte
	if method == http.MethodPost {
		var err error
		if body == nil {
			body = struct{}{}
		}
		if text, err = json.Marshal(body); err != nil {
			return 0, fmt.Errorf("client: body: %w", err)
		}
	}
	attempts := 1
	if method == http.MethodGet || key != "" {
		attempts = max(1, c.opts.Attempts)
	}
	pause := pauses{min: c.opts.MinDelay, max: c.opts.MaxDelay}
	for {
		status, err := c.sendOnce(ctx, method, u, key, text, out)
		attempts--
		if err == nil || attempts == 0 || ctx.Err() != nil {
			return status, err
		}
		var refused *Error
		if errors.As(err, &refused) && !refused.temporary() {
			return status, err
		}
		if !sleep(ctx, pause.next(err)) {
			return status, err
		}
	}
}

const answerLimit = 16 << 20

func (c *Client) sendOnce(ctx context.Context, method string, u *url.URL, key string, body []byte, out any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("client: %w", err)
	}
	req.Header = c.header()
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("client: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, readError(resp)
	}
	if resp.StatusCode == http.StatusNoContent || out == nil {
		io.Copy(io.Discard, io.LimitReader(resp.Body, problemLimit)) // so that the connection is used again
		return resp.StatusCode, nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return resp.StatusCode, fmt.Errorf("client: answer of %s: %w", u.Path, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return resp.StatusCode, fmt.Errorf("client: answer of %s: %w", u.Path, err)
	}
	return resp.StatusCode, nil
}

// pauses draws growing pauses at random, so that a thousand clients that lost the
// server together do not come back together.
type pauses struct {
	min, max time.Duration
	base     time.Duration
}

// next is the pause after err; never shorter than the server asked for.
func (p *pauses) next(err error) time.Duration {
	p.base = min(max(p.min, 2*p.base), p.max)
	d := p.base/2 + rand.N(p.base/2+1)
	var refused *Error
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		d = max(d, refused.RetryAfter+rand.N(refused.RetryAfter/4+1))
	}
	return d
}

func (p *pauses) reset() { p.base = 0 }

// sleep waits and tells whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
