package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// link is the network between a device and the server. Cut, it swallows what is sent
// and takes new connections without ever answering, as a dead switch behind a live
// one does. Deaf, it brings what is sent and swallows what is answered.
type link struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	deaf  bool
	conns map[net.Conn]bool
}

func newLink(t testing.TB, to string) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &link{l: l, to: to, conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		l.Close()
		k.drop()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go k.carry(c)
		}
	}()
	return k
}

func (k *link) url() string { return "http://" + k.l.Addr().String() }

// set cuts the link or mends it. Mended, what hung before is reset.
func (k *link) set(cut bool) {
	k.mu.Lock()
	k.cut, k.deaf = cut, false
	k.mu.Unlock()
	if !cut {
		k.drop()
	}
}

// deafen swallows answers from now on; what hung is reset by set(false).
func (k *link) deafen() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deaf = true
}

// swallows reports whether what goes this way is lost.
func (k *link) swallows(answers bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cut || k.deaf && answers
}

func (k *link) isCut() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cut
}

func (k *link) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.conns {
		c.Close()
	}
	clear(k.conns)
}

func (k *link) hold(c net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.conns[c] = true
}

func (k *link) carry(c net.Conn) {
	k.hold(c)
	if k.isCut() {
		_, _ = io.Copy(io.Discard, c) // until it gives up
		return
	}
	s, err := net.Dial("tcp", k.to)
	if err != nil {
		c.Close()
		return
	}
	k.hold(s)
	var both sync.WaitGroup
	both.Go(func() { k.pass(s, c, false) })
	both.Go(func() { k.pass(c, s, true) })
	both.Wait()
	c.Close()
	s.Close()
}

// pass carries one direction; what comes while the link is cut is lost.
func (k *link) pass(to, from net.Conn, answers bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !k.swallows(answers) {
			if _, err := to.Write(b[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	if !k.isCut() {
		to.Close()
	}
}
