package hub

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Bits of socket.wanted: what is to be sent beside the newest document.
const (
	wantBeat uint32 = 1 << iota
	wantPing
	wantPong
	wantClose
)

// farewell is how long a socket may take to answer our close message.
const farewell = 2 * time.Second

// socket is one watcher.
type socket struct {
	hub    *Hub
	topic  *topic
	owner  string
	addr   netip.Addr
	closed func()
	up     *upstream     // nil where nothing the client may send has a meaning
	period time.Duration // of its heartbeat; 0 for none

	work   atomic.Uint32 // who holds it at busy or more may write
	wanted atomic.Uint32
	heard  atomic.Int64 // Hub.now of the last sign of life

	// Set by Serve while it holds work; link also under mu.
	ws   *websocket.Conn
	link *link

	// Owned by whoever holds work: the document last handed to the connection,
	// or, at first, the one that the client said it has.
	epoch   string
	version int64
	seq     uint64

	place  int           // in topic.subs; guarded by topic.mu
	slot   int           // in the wheel; guarded by wheel.mu
	index  int           // in that slot; guarded by wheel.mu
	due    int64         // tick; guarded by wheel.mu
	pinged time.Duration // owned by the wheel's goroutine

	mu   sync.Mutex
	cut  bool   // abort was called
	bye  *frame // the close message, once someone wants it sent
	pong string // payload of the newest unanswered ping
}

// want notes what is to be sent and has it sent.
func (s *socket) want(bits uint32) {
	s.wanted.Or(bits)
	s.kick()
}

// kick sends what is unsent, without blocking, unless somebody is at it.
func (s *socket) kick() {
	if raise(&s.work) {
		s.run(false)
	}
}

// run sends until nothing is unsent. THE CALLER MUST HOLD work. Where that would
// block and the caller must not, a goroutine takes over.
func (s *socket) run(mayBlock bool) {
	if s.link.blocks && !mayBlock {
		go s.run(true)
		return
	}
	for {
		if s.link.pending() {
			if !mayBlock {
				go s.run(true)
				return
			}
			if err := s.link.flush(s.hub.opts.WriteTimeout); err != nil {
				s.fail()
				return
			}
		}
		sent, err := s.sendOne()
		switch {
		case err != nil:
			s.fail()
			return
		case s.work.Load() == dead:
			return
		case !sent && rest(&s.work):
			return
		}
	}
}

// sendOne sends the most urgent unsent message and tells whether there was one.
func (s *socket) sendOne() (bool, error) {
	if s.link.blocks {
		s.ws.SetWriteDeadline(time.Now().Add(s.hub.opts.WriteTimeout))
	}
	if s.take(wantClose) {
		return true, s.sendBye()
	}
	// A page must not take an old document for a new one, not even for a moment.
	if s.seq == 0 && s.hub.stale.Load() != nil && s.take(wantBeat) {
		return true, s.write(s.hub.heartbeat())
	}
	if f := s.topic.latest.Load(); s.lacks(f) {
		if s.seq > 0 && f.seq > s.seq+1 {
			s.hub.stats.skipped.Add(f.seq - s.seq - 1)
		}
		s.epoch, s.version, s.seq = f.doc.Epoch, f.doc.Version, f.seq
		s.hub.stats.sent.Add(1)
		return true, s.write(f)
	}
	if s.take(wantBeat) {
		s.hub.stats.beats.Add(1)
		return true, s.write(s.hub.heartbeat())
	}
	if s.take(wantPing) {
		return true, s.write(ping)
	}
	if s.take(wantPong) {
		s.mu.Lock()
		payload := s.pong
		s.mu.Unlock()
		return true, s.ws.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(s.hub.opts.WriteTimeout))
	}
	return false, nil
}

var ping = &frame{kind: websocket.PingMessage}

func (s *socket) take(bit uint32) bool {
	return s.wanted.Load()&bit != 0 && s.wanted.And(^bit)&bit != 0
}

// lacks tells whether f is news to the client: of another epoch or a higher version.
func (s *socket) lacks(f *frame) bool {
	return f != nil && (f.doc.Epoch != s.epoch || f.doc.Version > s.version)
}

func (s *socket) write(f *frame) error {
	msg, err := f.prepared()
	if err != nil {
		return err
	}
	return s.ws.WritePreparedMessage(msg)
}

// sendBye sends the close message, after which nothing may follow. The reader
// ends when the client answers or the farewell is over.
func (s *socket) sendBye() error {
	s.mu.Lock()
	bye := s.bye
	s.mu.Unlock()
	err := s.write(bye)
	if err == nil && s.link.pending() {
		// Rare enough to afford the goroutine that it takes.
		go func() {
			if s.link.flush(farewell) != nil {
				s.abort()
			}
		}()
	}
	s.work.Store(dead)
	s.link.SetReadDeadline(time.Now().Add(farewell))
	return err
}

// close asks the writer for a close message; the first caller's reason stands.
func (s *socket) close(bye *frame) {
	s.mu.Lock()
	if s.bye == nil {
		s.bye = bye
	}
	if s.link != nil {
		s.link.hurry(farewell)
	}
	s.mu.Unlock()
	s.want(wantClose)
}

// fail ends a socket that cannot be written to.
func (s *socket) fail() {
	s.work.Store(dead)
	s.hub.stats.failed.Add(1)
	s.abort()
}

// abort cuts the connection; the reader notices and cleans up.
func (s *socket) abort() {
	s.mu.Lock()
	s.cut = true
	l := s.link
	s.mu.Unlock()
	if l != nil {
		l.Close()
	}
}

// read takes what the client sends until the connection ends. Whatever it is, it is a
// sign of life; where nobody waits for it, it is discarded.
func (s *socket) read() {
	defer s.hub.gone(s)
	for {
		kind, r, err := s.ws.NextReader()
		if err != nil {
			return
		}
		s.alive("")
		if s.up == nil || kind != websocket.TextMessage {
			continue
		}
		switch err := s.up.read(r, s.hub.now()); {
		case errors.Is(err, errTalkative):
			s.hub.stats.talkative.Add(1)
			s.close(byeFrame(websocket.ClosePolicyViolation, "too many messages"))
			s.up = nil // until it is gone
		case err != nil:
			return
		}
	}
}

func (s *socket) alive(string) error {
	s.heard.Store(int64(s.hub.now()))
	return nil
}

// answer has a client's ping answered by the writer; of several unanswered pings
// only the last needs an answer (RFC 6455, 5.5.3).
func (s *socket) answer(payload string) error {
	s.alive("")
	s.mu.Lock()
	s.pong = payload
	s.mu.Unlock()
	s.want(wantPong)
	return nil
}
