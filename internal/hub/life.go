package hub

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"
)

// interval is how often the wheel visits s.
func (s *socket) interval() time.Duration {
	if s.period > 0 {
		return s.period
	}
	return s.hub.opts.PingEvery
}

// visit is called by the wheel: it sends the heartbeat and the ping, and closes
// who has not answered for long.
func (h *Hub) visit(s *socket) {
	now := h.now()
	if now-time.Duration(s.heard.Load()) > h.opts.Silence {
		h.stats.silent.Add(1)
		s.abort()
		return
	}
	var bits uint32
	if s.period > 0 {
		bits |= wantBeat
	}
	// At the visit nearest to the interval: visits come when heartbeats do.
	if now-s.pinged+s.interval()/2 >= h.opts.PingEvery {
		s.pinged = now
		bits |= wantPing
	}
	if bits != 0 {
		s.want(bits)
	}
}

// heartbeat returns the message of this moment, the same for all sockets.
func (h *Hub) heartbeat() *frame {
	h.beatMu.Lock()
	defer h.beatMu.Unlock()
	now, since := h.now(), h.stale.Load()
	if h.beat != nil && now-h.beatAt < tick && h.beatOf == since {
		return h.beat
	}
	h.beat, h.beatAt, h.beatOf = beatFrame(time.Now(), since), now, since
	return h.beat
}

const instant = "2006-01-02T15:04:05.000Z07:00" // RFC 3339

func beatFrame(now time.Time, since *time.Time) *frame {
	body := struct {
		Heartbeat  string `json:"heartbeat"`
		StaleSince string `json:"stale_since,omitempty"`
	}{Heartbeat: now.Format(instant)}
	if since != nil {
		body.StaleSince = since.Format(instant)
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // two strings
	}
	return &frame{kind: websocket.TextMessage, doc: Doc{Bytes: text}}
}

// Socket is what CloseWhere tells about a socket.
type Socket struct {
	Topic Topic
	Owner string // of its Subscription
}

// CloseWhere sends every socket for which fn is true a close message with this
// code (websocket close codes; 1008 for a right that was revoked) and reason (at
// most 123 bytes, more is cut off), and closes it. It returns how many, without
// waiting for them.
func (h *Hub) CloseWhere(fn func(Socket) bool, code int, reason string) int {
	bye := byeFrame(code, reason)
	n := 0
	for _, s := range h.sockets() {
		if fn(Socket{Topic: s.topic.name, Owner: s.owner}) {
			s.close(bye)
			n++
		}
	}
	return n
}

// CloseTopic closes the sockets of one topic, as CloseWhere does.
func (h *Hub) CloseTopic(name Topic, code int, reason string) int {
	return h.CloseWhere(func(s Socket) bool { return s.Topic == name }, code, reason)
}

func byeFrame(code int, reason string) *frame {
	const room = 123 // a control frame holds 125 bytes (RFC 6455, 5.5), two of them the code
	for len(reason) > room {
		r := []rune(reason)
		reason = string(r[:len(r)-1])
	}
	return &frame{kind: websocket.CloseMessage, doc: Doc{Bytes: websocket.FormatCloseMessage(code, reason)}}
}

// Shutdown stops opening sockets, tells the open ones 1001 with the reason, and
// waits until they are gone. When ctx ends before, it cuts those that are left
// and returns ctx's error.
func (h *Hub) Shutdown(ctx context.Context, reason string) error {
	h.mu.Lock()
	if h.down == nil {
		h.down = make(chan struct{})
		h.settle()
	}
	down := h.down
	h.mu.Unlock()

	h.CloseWhere(func(Socket) bool { return true }, websocket.CloseGoingAway, reason)
	select {
	case <-down:
		return nil
	case <-ctx.Done():
	}
	for _, s := range h.sockets() {
		s.abort()
	}
	// What is still being opened ends by itself.
	last := time.NewTimer(farewell)
	defer last.Stop()
	select {
	case <-down:
	case <-last.C:
	}
	return ctx.Err()
}

// settle lets Shutdown go on when no socket is left. THE CALLER MUST HOLD mu.
func (h *Hub) settle() {
	if h.down != nil && h.open == 0 && !h.downed {
		h.downed = true
		close(h.down)
	}
}
