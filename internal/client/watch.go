package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Watcher says what to do with what comes. Its functions are not called
// concurrently and should return soon: while they run nothing is read.
type Watcher struct {
	// Document gets every new document as it was sent. The bytes are good until it
	// returns. An error ends the watch. Nil for one who wants the status alone.
	Document func(text []byte, h Head) error

	// Beat is told of the server's clock with each heartbeat; nil for one who has no
	// use for it.
	Beat func(server time.Time)

	// Status is told of every change; nil saves a timer.
	Status func(Status)

	// Uplink sends on the connection while there is one; nil for one who only listens.
	Uplink *Uplink

	// Epoch and Version name a document that the watcher has from before.
	Epoch   string
	Version int64
}

// Status is how well a watch is doing.
type Status struct {
	Connected bool

	// Stale says that what is shown may be out of date since then: nothing has
	// come for the feed's patience, or the server says so of its own source.
	Stale bool
	Since time.Time

	Err error // why the connection ended or could not be made; nil while connected
}

// messageLimit is far above the largest document.
const messageLimit = 8 << 20

// lasting is how long a connection has to hold for the pauses to start from the
// shortest again. A server that accepts and cuts does not get a storm.
const lasting = 5 * time.Second

// Watch delivers the documents of f until ctx ends, which it returns as ctx's
// error, until the server refuses the request itself (an *Error that waiting does
// not help), or until w.Document returns an error.
func (c *Client) Watch(ctx context.Context, f Feed, w Watcher) error {
	n := &watch{c: c, feed: f, w: w, head: Head{Epoch: w.Epoch, Version: w.Version},
		patience: c.opts.Patience * time.Duration(f.slowness())}
	n.begin()
	defer n.end()
	pause := pauses{min: c.opts.MinDelay, max: c.opts.MaxDelay}
	for {
		err := n.connection(ctx, pause.reset)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var refused *Error
		var stop stopped
		switch {
		case errors.As(err, &stop):
			return stop.error
		case errors.As(err, &refused) && refused.final():
			return err
		}
		n.lost(err)
		if !sleep(ctx, pause.next(err)) {
			return ctx.Err()
		}
	}
}

// stopped is an error of the watcher's own.
type stopped struct{ error }

// watch is one Watch under way.
type watch struct {
	c        *Client
	feed     Feed
	w        Watcher
	patience time.Duration
	head     Head // of the newest document; owned by Watch's goroutine

	// Guarded by mu, which is held while the watcher's functions run.
	mu     sync.Mutex
	ended  bool
	status Status
	heard  time.Time // last sign of life
	silent *time.Timer
}

func (n *watch) begin() {
	n.heard = time.Now()
	if n.w.Status != nil {
		n.silent = time.AfterFunc(n.patience, n.grownStale)
	}
}

func (n *watch) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ended = true
	if n.silent != nil {
		n.silent.Stop()
	}
}

// tell reports a status that differs from the last. THE CALLER MUST HOLD mu.
func (n *watch) tell(s Status) {
	same := n.status.Connected == s.Connected && n.status.Stale == s.Stale &&
		n.status.Since.Equal(s.Since) && (n.status.Err == nil) == (s.Err == nil)
	n.status = s
	if !same && !n.ended && n.w.Status != nil {
		n.w.Status(s)
	}
}

// grownStale runs when nothing has come for the feed's patience.
func (n *watch) grownStale() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if left := n.patience - time.Since(n.heard); left > 0 { // something came just now
		n.silent.Reset(left)
		return
	}
	if !n.status.Stale {
		n.tell(Status{Connected: n.status.Connected, Stale: true, Since: n.heard, Err: n.status.Err})
	}
}

// alive notes a message.
func (n *watch) alive(h Head) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard = time.Now()
	if h.beat() && n.w.Beat != nil {
		n.w.Beat(h.Heartbeat)
	}
	if n.silent == nil {
		return
	}
	n.silent.Reset(n.patience)
	s := Status{Connected: true}
	switch {
	case !h.StaleSince.IsZero():
		s.Stale, s.Since = true, h.StaleSince
	case !h.beat() && n.status.Connected && n.status.Stale:
		s = n.status // a document does not say whether the source is back; the next heartbeat will
	}
	n.tell(s)
}

// lost notes that there is no connection. What is shown stays good for the rest
// of the feed's patience.
func (n *watch) lost(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tell(Status{Stale: n.status.Stale, Since: n.status.Since, Err: err})
}

// connection makes one and reads it to its end.
func (n *watch) connection(ctx context.Context, held func()) error {
	ws, err := n.c.dial(ctx, n.feed, n.head)
	if err != nil {
		return err
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() { farewell(ws) })
	defer stop()
	n.w.Uplink.use(ws)
	defer n.w.Uplink.use(nil)
	ws.SetReadLimit(messageLimit)
	for start := time.Now(); ; {
		ws.SetReadDeadline(time.Now().Add(n.patience))
		if err := n.message(ws); err != nil {
			return err
		}
		if time.Since(start) >= lasting {
			held()
		}
	}
}

// farewell tells the server, which otherwise would wait for us.
func farewell(ws *websocket.Conn) {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(100*time.Millisecond))
	ws.Close()
}

// texts lends memory for a message while it is handled: a connection that waits
// holds none.
var texts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keepable is the largest buffer that goes back to the pool.
const keepable = 256 << 10

func (n *watch) message(ws *websocket.Conn) error {
	kind, r, err := ws.NextReader()
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	buf := texts.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= keepable {
			buf.Reset()
			texts.Put(buf)
		}
	}()
	if _, err := buf.ReadFrom(r); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if kind != websocket.TextMessage {
		return nil
	}
	h, err := ReadHead(buf.Bytes())
	if err != nil {
		return fmt.Errorf("client: message of %s: %w", n.feed.View, err)
	}
	n.alive(h)
	if h.beat() || !h.newer(n.head) {
		return nil
	}
	n.head = h
	if n.w.Document == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.w.Document(buf.Bytes(), h); err != nil {
		return stopped{err}
	}
	return nil
}
