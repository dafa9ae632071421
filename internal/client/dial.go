package client

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// writeBuffers is shared by all connections: they write little.
var writeBuffers sync.Pool

const handshakeTimeout = 10 * time.Second

// dialerLike dials sockets as h dials for requests. The buffers are small, so
// that a simulator can hold thousands of connections.
func dialerLike(h *http.Client) websocket.Dialer {
	d := websocket.Dialer{
		NetDialContext:  new(net.Dialer).DialContext,
		ReadBufferSize:  512,
		WriteBufferSize: 512,
		WriteBufferPool: &writeBuffers,
		Proxy:           http.ProxyFromEnvironment,
		Jar:             h.Jar,
	}
	if t, ok := h.Transport.(*http.Transport); ok {
		d.NetDialTLSContext, d.Proxy = t.DialTLSContext, t.Proxy
		if t.DialContext != nil {
			d.NetDialContext = t.DialContext
		}
		if t.TLSClientConfig != nil {
			d.TLSClientConfig = t.TLSClientConfig.Clone()
			d.TLSClientConfig.NextProtos = nil // a socket needs HTTP/1.1
		}
	}
	return d
}

// dial opens a socket on f, from the document that is at hand. A refusal of the
// handshake is an *Error.
func (c *Client) dial(ctx context.Context, f Feed, have Head) (*websocket.Conn, error) {
	q := f.query()
	if have.Epoch != "" {
		q.Set("epoch", have.Epoch)
		q.Set("version", strconv.FormatInt(have.Version, 10))
	}
	// gorilla heeds the deadline of a context during the handshake, not its end.
	within, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	cut := &cutter{ctx: ctx}
	d := c.dialer
	d.NetDialContext = cut.watching(d.NetDialContext)
	if d.NetDialTLSContext != nil {
		d.NetDialTLSContext = cut.watching(d.NetDialTLSContext)
	}
	ws, resp, err := d.DialContext(within, c.socketURL(q), c.header())
	cut.release()
	switch {
	case err == nil:
		return ws, nil
	case resp != nil:
		defer resp.Body.Close()
		return nil, readError(resp)
	}
	return nil, fmt.Errorf("client: %w", err)
}

// cutter closes a connection that is being set up when ctx ends.
type cutter struct {
	ctx  context.Context
	stop func() bool
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

func (k *cutter) watching(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			k.stop = context.AfterFunc(k.ctx, func() { conn.Close() })
		}
		return conn, err
	}
}

func (k *cutter) release() {
	if k.stop != nil {
		k.stop()
	}
}

func (c *Client) socketURL(q url.Values) string {
	u := *c.url("/ws/v1", q)
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	return u.String()
}
