package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy is a bad line between a kiosk and its server, made of real sockets.
type proxy struct {
	t      testing.TB
	l      net.Listener
	target string

	mu      sync.Mutex
	how     line
	changed chan struct{} // closed when how changes, and replaced
	conns   map[net.Conn]bool
	closed  bool
	wg      sync.WaitGroup
}

// line is how the line is.
type line struct {
	cut     bool          // connections are reset, old ones and new ones
	stall   bool          // half-open: nothing goes through, and nobody is told
	latency time.Duration // before each piece
	lose    bool          // requests arrive, and their answers are lost
	half    bool          // answers are cut off in the middle
}

// newProxy stands before a server. It begins as a good line.
func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, l: l, target: target, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "http://" + p.l.Addr().String() }

// set makes the line so from now on.
func (p *proxy) set(how line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how = how
	close(p.changed)
	p.changed = make(chan struct{})
	if how.cut {
		for c := range p.conns {
			reset(c)
		}
	}
}

func (p *proxy) is() (line, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.how, p.changed
}

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	close(p.changed)
	p.changed = make(chan struct{})
	p.how = line{cut: true}
	for c := range p.conns {
		reset(c)
	}
	p.mu.Unlock()
	_ = p.l.Close()
	p.wg.Wait()
}

// reset ends a connection with RST instead of FIN.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		if how, _ := p.is(); how.cut {
			reset(c)
			continue
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

func (p *proxy) serve(near net.Conn) {
	if !p.flows() {
		reset(near)
		return
	}
	far, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		reset(near)
		return
	}
	p.mu.Lock()
	p.conns[near], p.conns[far] = true, true
	cut := p.how.cut
	p.mu.Unlock()
	if cut {
		reset(near)
		reset(far)
	}
	var both sync.WaitGroup
	both.Go(func() { p.pump(far, near, false) })
	both.Go(func() { p.pump(near, far, true) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, near)
	delete(p.conns, far)
	p.mu.Unlock()
}

// flows waits while the line is half-open, and reports whether it is not cut then.
func (p *proxy) flows() bool {
	for {
		how, changed := p.is()
		switch {
		case how.cut:
			return false
		case !how.stall:
			return true
		}
		<-changed
	}
}

// pump copies one direction as the line lets it.
func (p *proxy) pump(to, from net.Conn, down bool) {
	defer reset(to)
	defer reset(from)
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if !p.flows() {
				return
			}
			how, changed := p.is()
			if how.latency > 0 {
				t := time.NewTimer(how.latency)
				select {
				case <-t.C:
				case <-changed:
					t.Stop()
				}
			}
			switch {
			case down && how.lose:
				return
			case down && how.half:
				_, _ = to.Write(b[:n/2])
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return
			}
			return
		}
	}
}
