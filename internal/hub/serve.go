package hub

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Subscription says what a socket watches and how.
type Subscription struct {
	Topic Topic

	// Epoch and Version name the document that the client has; empty for none.
	Epoch   string
	Version int64

	Heartbeat time.Duration // between text heartbeats; 0 for none
	Owner     string        // account, device or session, for CloseWhere

	// Latest makes the present document of the topic. It is asked when the hub
	// has none, after the socket has joined the topic; nil when there is nobody
	// to ask.
	Latest func() (Doc, error)

	// Message gets the text messages that the client sends, one at a time. It must be
	// quick: while it runs nothing of this socket is read. Nil for a socket whose
	// client has nothing to say: its messages are sign of life and nothing else.
	Message func(text []byte)

	// Closed is called once when a socket that was opened has gone. It lives as
	// long as the socket: it should hold on to nothing big, such as the request.
	Closed func()
}

// Refusal is a request that was answered with an error instead of a socket.
type Refusal struct {
	Status     int
	Code       string // stable
	Detail     string
	RetryAfter time.Duration
}

func (e *Refusal) Error() string { return "hub: " + e.Detail }

// Serve upgrades the request and returns as soon as the socket is open: it goes
// on living without the handler, whose return frees what net/http holds for it.
//
// With an error there is no socket. A *Refusal has been answered already, with
// problem+json; any other error comes from Latest, and the answer is left to the
// caller.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, sub Subscription) error {
	if err := h.check(r); err != nil {
		h.stats.refused.Add(1)
		err.write(w)
		return err
	}
	addr := h.opts.ClientAddr(r)
	s := &socket{
		hub: h, owner: sub.Owner, addr: addr, closed: sub.Closed, period: sub.Heartbeat,
		epoch: sub.Epoch, version: sub.Version,
	}
	if sub.Message != nil {
		s.up = &upstream{take: sub.Message}
	}
	s.work.Store(busy) // until there is a connection, whoever has news only leaves word
	if err := h.join(s, sub.Topic); err != nil {
		h.stats.refused.Add(1)
		err.write(w)
		return err
	}
	if s.topic.latest.Load() == nil && sub.Latest != nil {
		d, err := sub.Latest()
		if err != nil {
			h.leave(s)
			return err
		}
		s.topic.offer(d)
	}
	if err := h.upgrade(w, r, s); err != nil {
		h.leave(s)
		h.stats.refused.Add(1)
		return err
	}
	h.started(s)
	return nil
}

// started lets a connected socket live.
func (h *Hub) started(s *socket) {
	h.stats.opened.Add(1)
	s.alive("")
	s.pinged = h.now()
	s.ws.SetReadLimit(h.opts.ReadLimit)
	if s.up != nil {
		s.ws.SetReadLimit(h.opts.MessageLimit)
	}
	s.ws.SetPongHandler(s.alive)
	s.ws.SetPingHandler(s.answer)
	h.wheel.add(s)
	if !s.lacks(s.topic.latest.Load()) || h.stale.Load() != nil {
		s.wanted.Or(wantBeat)
	}
	go s.read()
	s.run(false)
}

// check refuses what cannot become a socket, before anything is computed for it.
func (h *Hub) check(r *http.Request) *Refusal {
	if !websocket.IsWebSocketUpgrade(r) {
		return &Refusal{Status: http.StatusBadRequest, Code: "malformed", Detail: "this address is for WebSocket connections"}
	}
	if !h.originAllowed(r) {
		return &Refusal{Status: http.StatusForbidden, Code: "forbidden",
			Detail: fmt.Sprintf("pages of %s may not open sockets here", r.Header.Get("Origin"))}
	}
	return nil
}

// originAllowed is the defence against cross-site WebSocket hijacking: browsers
// send cookies with the handshake whatever page asks, but also that page's origin.
func (h *Hub) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return len(r.Header["Origin"]) == 0
	}
	if slices.ContainsFunc(h.opts.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// join counts the socket in and enters it in its topic, if it may open.
func (h *Hub) join(s *socket, name Topic) *Refusal {
	key := addrKey(s.addr)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.down != nil:
		return &Refusal{Status: http.StatusServiceUnavailable, Code: "busy",
			Detail: "the server is stopping", RetryAfter: 2 * time.Second}
	case h.open >= h.opts.MaxSockets:
		return &Refusal{Status: http.StatusServiceUnavailable, Code: "too_many_sockets",
			Detail:     fmt.Sprintf("the server has %d open connections, which is its limit", h.open),
			RetryAfter: 30 * time.Second}
	case h.opts.MaxPerAddr > 0 && !s.addr.IsLoopback() && h.addrs[key] >= h.opts.MaxPerAddr:
		return &Refusal{Status: http.StatusServiceUnavailable, Code: "too_many_sockets",
			Detail:     fmt.Sprintf("your address has %d open connections, which is the limit", h.addrs[key]),
			RetryAfter: 30 * time.Second}
	}
	h.open++
	h.addrs[key]++
	s.topic = h.topic(name)
	s.topic.join(s)
	return nil
}

// leave is the reverse of join.
func (h *Hub) leave(s *socket) {
	key := addrKey(s.addr)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open--
	if h.addrs[key]--; h.addrs[key] == 0 {
		delete(h.addrs, key)
	}
	t := s.topic
	if t.leave(s) == 0 && !h.opts.KeepLatest {
		group := t.name.group()
		delete(h.groups[group], t.name)
		if len(h.groups[group]) == 0 {
			delete(h.groups, group)
		}
	}
	h.settle()
}

// gone cleans up after a socket whose reader has ended.
func (h *Hub) gone(s *socket) {
	s.abort()
	h.wheel.remove(s)
	h.stats.closed.Add(1)
	if s.closed != nil {
		s.closed()
	}
	h.leave(s)
}

// addrKey is what counts as one address: hosts own whole /64 networks of IPv6.
func addrKey(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the unknown address is one address too
	}
	return p
}

func peerAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// upgrade makes the request's connection the socket's.
func (h *Hub) upgrade(w http.ResponseWriter, r *http.Request, s *socket) error {
	var refusal *Refusal
	up := websocket.Upgrader{
		// Anything but 0, which would keep net/http's 4 KB reader; a control
		// frame's 125 bytes are the least that gorilla takes. Nothing is written
		// through the write buffer, so the pool stays empty.
		ReadBufferSize:   128,
		WriteBufferPool:  &noBuffers,
		HandshakeTimeout: h.opts.WriteTimeout,
		CheckOrigin:      func(*http.Request) bool { return true }, // check has
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			refusal = &Refusal{Status: status, Code: "malformed", Detail: reason.Error()}
			if status >= 500 {
				refusal.Code = "internal"
			}
			refusal.write(w)
		},
	}
	hj := &hijacker{ResponseWriter: w, unsent: h.opts.Unsent}
	ws, err := up.Upgrade(hj, r, nil)
	if refusal != nil {
		return refusal
	}
	if err != nil {
		// The connection was taken over and is closed: nobody is there to answer.
		return &Refusal{Status: http.StatusBadRequest, Code: "malformed", Detail: err.Error()}
	}
	s.mu.Lock()
	s.ws, s.link = ws, hj.link
	cut := s.cut
	s.mu.Unlock()
	if cut {
		hj.link.Close()
	}
	return nil
}

// hijacker gives gorilla a link for a connection, and finds the connection also
// below wrappers of the ResponseWriter.
type hijacker struct {
	http.ResponseWriter
	unsent int
	link   *link
}

func (j *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(j.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	j.link = newLink(c, j.unsent)
	return j.link.conn(), rw, nil
}

// write answers with RFC 9457 problem+json.
func (e *Refusal) write(w http.ResponseWriter) {
	hd := w.Header()
	hd.Set("Content-Type", "application/problem+json")
	hd.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		hd.Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)))
	}
	w.WriteHeader(e.Status)
	json.NewEncoder(w).Encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
		Retry  int    `json:"retry_after_s,omitempty"`
	}{"about:blank", http.StatusText(e.Status), e.Status, e.Detail, e.Code, int(e.RetryAfter / time.Second)})
}
