//go:build bench

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"moiso/internal/queue"
)

// wire is one HTTP client's connection, kept alive.
type wire struct {
	conn net.Conn
	br   *bufio.Reader
	head string
	buf  []byte
}

func dialWire(to *target) (*wire, error) {
	c, err := net.Dial("tcp", to.addr)
	if err != nil {
		return nil, err
	}
	return &wire{conn: c, br: bufio.NewReaderSize(c, 4096), head: to.head}, nil
}

// post sends a request and gives the status and the body, which is good until the next.
func (w *wire) post(path, body string) (int, []byte, error) {
	w.buf = append(w.buf[:0], "POST "...)
	w.buf = append(w.buf, path...)
	w.buf = append(w.buf, " HTTP/1.1\r\n"...)
	w.buf = append(w.buf, w.head...)
	w.buf = append(w.buf, "Content-Length: "...)
	w.buf = strconv.AppendInt(w.buf, int64(len(body)), 10)
	w.buf = append(w.buf, "\r\n\r\n"...)
	w.buf = append(w.buf, body...)
	if _, err := w.conn.Write(w.buf); err != nil {
		return 0, nil, err
	}
	status, length := 0, -1
	for {
		line, err := w.br.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		if len(line) == 2 {
			break
		}
		if status == 0 {
			if len(line) < 12 {
				return 0, nil, fmt.Errorf("not an answer: %q", line)
			}
			status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
		} else if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return 0, nil, err
			}
		}
	}
	if length < 0 {
		if status == 204 {
			return status, nil, nil
		}
		return 0, nil, errors.New("an answer without Content-Length")
	}
	w.buf = slices.Grow(w.buf[:0], length)[:length]
	_, err := io.ReadFull(w.br, w.buf)
	return status, w.buf, err
}

// issue takes a number and fails unless it is given.
func (w *wire) issue(center, service, id string) error {
	status, body, err := w.post("/api/v1/centers/"+center+"/tickets", `{"service":"`+service+`","id":"`+id+`"}`)
	if err == nil && status != 201 {
		err = fmt.Errorf("issue in %s: %d %s", center, status, body)
	}
	return err
}

func benchID(r *rand.Rand) string {
	var b [16]byte
	x := r.Uint64()
	y := r.Uint64()
	for i := range 8 {
		b[i] = queue.TicketIDAlphabet[x>>(5*i)&31]
		b[8+i] = queue.TicketIDAlphabet[y>>(5*i)&31]
	}
	return string(b[:])
}

// traffic is what a number of clients did in a time.
type traffic struct {
	n    int
	took time.Duration
	each []time.Duration
}

func (l traffic) rate() float64 { return float64(l.n) / l.took.Seconds() }

// driveFor has clients send one request after the other for a time; send gives the
// latency to be counted.
func driveFor(t *testing.T, to *target, clients int, d time.Duration, send func(w *wire, r *rand.Rand) (time.Duration, error)) traffic {
	t.Helper()
	each := make([][]time.Duration, clients)
	errs := make([]error, clients)
	wires := make([]*wire, clients)
	for i := range wires {
		if wires[i], errs[i] = dialWire(to); errs[i] != nil {
			t.Fatal(errs[i])
		}
	}
	var wg sync.WaitGroup
	start := time.Now()
	for i, w := range wires {
		wg.Go(func() {
			defer w.conn.Close()
			r := rand.New(rand.NewPCG(uint64(start.UnixNano()), uint64(i)))
			for time.Since(start) < d && errs[i] == nil {
				var took time.Duration
				if took, errs[i] = send(w, r); errs[i] == nil {
					each[i] = append(each[i], took)
				}
			}
		})
	}
	wg.Wait()
	l := traffic{took: time.Since(start), each: slices.Concat(each...)}
	l.n = len(l.each)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return l
}

// watcher is the least that can watch: it reads frames.
type watcher struct {
	conn net.Conn
	br   *bufio.Reader
}

func dialWatcher(addr, path string) (*watcher, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, addr)
	w := &watcher{conn: c, br: bufio.NewReaderSize(c, 512)}
	for first := true; ; first = false {
		line, err := w.br.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) == 2 {
			return w, nil
		}
		if first && !bytes.Contains(line, []byte(" 101 ")) {
			return nil, errors.New(string(line))
		}
	}
}

// next reads the header of a frame. The payload is still to be read.
func (w *watcher) next() (opcode byte, size int, err error) {
	head, err := w.br.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	opcode, size = head[0]&15, int(head[1])
	n := 2
	if head[1] == 126 {
		if head, err = w.br.Peek(4); err != nil {
			return 0, 0, err
		}
		size, n = int(head[2])<<8|int(head[3]), 4
	}
	_, err = w.br.Discard(n)
	return opcode, size, err
}

const pingOpcode = 9

func (w *watcher) pong() { w.conn.Write([]byte{0x8a, 0x80, 0, 0, 0, 0}) }

// readSizes calls got for every frame of a length until the end.
func (w *watcher) readSizes(length int, got func()) {
	for {
		op, size, err := w.next()
		if err == nil {
			_, err = w.br.Discard(size)
		}
		if err != nil {
			return
		}
		if op == pingOpcode {
			w.pong()
		} else if size == length {
			got()
		}
	}
}

// readTexts gives every message of documents until the end; it is good until the next.
func (w *watcher) readTexts(got func(text []byte)) {
	var buf []byte
	for {
		op, size, err := w.next()
		if err == nil {
			buf = slices.Grow(buf[:0], size)[:size]
			_, err = io.ReadFull(w.br, buf)
		}
		if err != nil {
			return
		}
		if op == pingOpcode {
			w.pong()
		} else if !bytes.HasPrefix(buf, []byte(`{"heartbeat"`)) {
			got(buf)
		}
	}
}

// dialWatchers opens n watchers, several at a time.
func dialWatchers(t *testing.T, addr, path string, n int) []*watcher {
	t.Helper()
	out := make([]*watcher, n)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for g := range errs {
		wg.Go(func() {
			for i := g; i < n && errs[g] == nil; i += len(errs) {
				out[i], errs[g] = dialWatcher(addr, path)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return out
}

// hangUp closes without leaving thousands of ports in TIME_WAIT.
func hangUp(ws []*watcher) {
	for _, w := range ws {
		w.conn.(*net.TCPConn).SetLinger(0)
		w.conn.Close()
	}
}

// field finds a number in a document without decoding it.
func field(doc []byte, name string) int64 {
	_, rest, ok := bytes.Cut(doc, []byte(`"`+name+`":`))
	if !ok {
		return -1
	}
	n := int64(0)
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int64(c-'0')
	}
	return n
}
