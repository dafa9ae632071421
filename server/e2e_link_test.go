package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// link is the network between a device and the server. Cut, it swallows what is sent
// and takes new connections without ever answering, as a dead switch behind a live
// one does.
type link struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	cut   bool
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
	k.cut = cut
	k.mu.Unlock()
	if !cut {
		k.drop()
	}
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
	both.Go(func() { k.pass(s, c) })
	both.Go(func() { k.pass(c, s) })
	both.Wait()
	c.Close()
	s.Close()
}

// pass carries one direction; what comes while the link is cut is lost.
func (k *link) pass(to, from net.Conn) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !k.isCut() {
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
