package hub

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// link is the connection below a websocket. On plain TCP its Write never blocks:
// what the kernel does not take at once is kept, and whoever holds the socket's
// work has it flushed. So a slow socket holds up neither the walk over a topic
// nor the wheel, and a fast one needs no goroutine to be written to. On any other
// connection (TLS, a pipe) Write blocks and blocks is true.
type link struct {
	net.Conn
	raw    syscall.RawConn
	blocks bool

	mu       sync.Mutex
	rest     []byte    // not taken by the kernel yet
	flushing bool      // someone is in flush and will take rest too
	limit    time.Time // of all writes, once hurry was called
}

// keepable bounds rest: a document, and the control messages that come behind it.
const keepable = 8 << 20

var errBacklog = errors.New("hub: too much unsent")

func newLink(c net.Conn, unsent int) *link {
	l := &link{Conn: c, blocks: true}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return l
	}
	if raw, err := tcp.SyscallConn(); err == nil && canTry {
		l.raw, l.blocks = raw, false
		limitUnsent(raw, unsent)
	}
	return l
}

func (l *link) Write(p []byte) (int, error) {
	if l.blocks {
		return l.Conn.Write(p)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flushing || len(l.rest) > 0 {
		if len(l.rest)+len(p) > keepable {
			return 0, errBacklog
		}
		l.rest = append(l.rest, p...)
		return len(p), nil
	}
	n, err := tryWrite(l.raw, p)
	if err != nil {
		return n, err
	}
	if n < len(p) {
		l.rest = append([]byte(nil), p[n:]...)
	}
	return len(p), nil
}

// SetWriteDeadline matters only where Write blocks; flush sets its own. It cannot
// put off what hurry has set.
func (l *link) SetWriteDeadline(t time.Time) error {
	if !l.blocks {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limit.IsZero() && (t.IsZero() || t.After(l.limit)) {
		t = l.limit
	}
	return l.Conn.SetWriteDeadline(t)
}

// pending tells whether something was kept.
func (l *link) pending() bool {
	if l.blocks {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rest) > 0
}

// flush waits until everything kept is with the kernel, at most so long.
func (l *link) flush(timeout time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := time.Now().Add(timeout)
	if !l.limit.IsZero() && l.limit.Before(limit) {
		limit = l.limit
	}
	l.Conn.SetWriteDeadline(limit)
	l.flushing = true
	var err error
	for err == nil && len(l.rest) > 0 {
		chunk := l.rest
		l.rest = nil
		l.mu.Unlock()
		_, err = l.Conn.Write(chunk)
		l.mu.Lock()
	}
	l.flushing = false
	if err == nil && l.limit.IsZero() {
		l.Conn.SetWriteDeadline(time.Time{})
	}
	return err
}

// hurry lets no write, present or future, last longer than d from now.
func (l *link) hurry(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit.IsZero() {
		l.limit = time.Now().Add(d)
		if l.flushing || l.blocks {
			l.Conn.SetWriteDeadline(l.limit)
		}
	}
}

// tcpConn is a link on plain TCP as gorilla sees it. Read goes to the TCPConn by
// way of the embedded pointer, for which the compiler jumps instead of calling:
// one stack frame more, as embedding link would cost, and the stack of every
// socket's reader grows from 2 KB to 4 KB for ever.
type tcpConn struct {
	*net.TCPConn
	link *link
}

func (c tcpConn) Write(p []byte) (int, error)        { return c.link.Write(p) }
func (c tcpConn) SetWriteDeadline(t time.Time) error { return c.link.SetWriteDeadline(t) }

// conn is what gorilla is to read from and write to.
func (l *link) conn() net.Conn {
	if tcp, ok := l.Conn.(*net.TCPConn); ok {
		return tcpConn{tcp, l}
	}
	return l
}
