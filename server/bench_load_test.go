//go:build bench

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
)

// What the rows of the table have in common: servers in processes of their own, and
// a load generator that costs as little as it can, because it shares the machine
// with what it measures.

// benchFolder makes a data folder with a city in it and the account demo.
func benchFolder(t *testing.T, seed func(context.Context, *engine.Engine) error) string {
	t.Helper()
	dir := t.TempDir()
	d, err := openData(dir, true, false, boltlog.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	setUp(t, d, time.Now(), func(ctx context.Context, e *engine.Engine) error {
		a, err := auth.Open(auth.Options{Path: d.sideStore(), Directory: register{e}, PublicURL: benchURL, Demo: true})
		if err != nil {
			return err
		}
		return errors.Join(a.EnsureDemo(ctx), seed(ctx, e), a.Close())
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

const benchURL = "https://moiso.example.vn"

// setUp runs an engine over a data folder whose clock stands still.
func setUp(t *testing.T, d *dataFolder, now time.Time, do func(context.Context, *engine.Engine) error) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Log: d.log, Epoch: d.info.Epoch, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(t.Context(), e), e.Close(context.WithoutCancel(t.Context()))); err != nil {
		t.Fatal(err)
	}
}

// hue seeds the forty centres of the demo, open round the clock.
func hue(ctx context.Context, e *engine.Engine) error { return seedDemo(ctx, e, false) }

// alike seeds so many centres of the same small set-up.
func alike(n int) func(context.Context, *engine.Engine) error {
	return func(ctx context.Context, e *engine.Engine) error {
		cmds := []queue.Command{queue.SetHours{Hours: queue.Hours{AllDay: true}}}
		for i := range 4 {
			cmds = append(cmds, queue.SetService{Service: queue.Service{ID: queue.ServiceID(fmt.Sprint("s", i)), Prefix: string(rune('A' + i)), Name: queue.Text{VI: fmt.Sprint("Lĩnh vực ", i)}}})
		}
		cmds = append(cmds, queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"s0", "s1", "s2", "s3"}}})
		var wg sync.WaitGroup
		errs := make([]error, 64)
		for i := range n {
			name := queue.Text{VI: fmt.Sprint("Trung tâm ", i)}
			if err := e.DoCity(ctx, directory.AddCenter{ID: alikeID(i), Name: name, Short: name, Order: i}, engine.Call{}); err != nil {
				return err
			}
		}
		for g := range errs {
			wg.Go(func() {
				for i := g; i < n; i += len(errs) {
					first := queue.SetCenter{Config: queue.CenterConfig{ID: alikeID(i), Name: queue.Text{VI: fmt.Sprint("Trung tâm ", i)}, TimeZone: "Asia/Ho_Chi_Minh"}}
					for _, c := range append([]queue.Command{first}, cmds...) {
						if _, err := e.Do(ctx, alikeID(i), c, engine.Call{}); err != nil {
							errs[g] = err
							return
						}
					}
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

func alikeID(i int) queue.CenterID { return queue.CenterID(fmt.Sprintf("c-%d", i)) }

// target is a server that load is sent to.
type target struct {
	addr string
	head string // of every request, after the first line
	pid  int
	stop func()
}

// cpu is the processor time that a process has used, in Linux's ticks of 10 ms.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest) // from the third field on (proc(5)); 14 and 15 are user and system
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// startServer runs the real server on a folder and signs in.
func startServer(t *testing.T, dir string) *target {
	t.Helper()
	p := startProcess(t, nil, "-listen", "127.0.0.1:0", "-data", dir, "-public-url", benchURL, "-log-level", "error")
	c := newCaller(p.url)
	c.login(t)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	return &target{addr: u.Host, head: fmt.Sprintf("Host: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n", u.Host, c.token), pid: p.cmd.Process.Pid, stop: p.kill}
}

// helper is a test binary of another room that serves as a baseline in a process of
// its own. It is asked in lines and answers in lines.
type helper struct {
	t     *testing.T
	in    io.WriteCloser
	lines *bufio.Scanner
	addr  string
	pid   int
	stop  func()
}

// startHelper builds the tests of a room and runs them with a variable set that makes
// them serve.
func startHelper(t *testing.T, room, variable, value string) *helper {
	t.Helper()
	bin, err := testBinary(room)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), variable+"="+value)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	h := &helper{t: t, in: in, lines: bufio.NewScanner(out), pid: cmd.Process.Pid}
	h.stop = sync.OnceFunc(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(h.stop)
	h.addr = h.answer()
	return h
}

var testBinaries sync.Map // room → func() (string, error)

func testBinary(room string) (string, error) {
	build, _ := testBinaries.LoadOrStore(room, sync.OnceValues(func() (string, error) {
		server, err := buildOnce() // its folder is removed at the end
		if err != nil {
			return "", err
		}
		bin := filepath.Join(filepath.Dir(server), filepath.Base(room)+".test")
		out, err := exec.Command("go", "test", "-c", "-o", bin, room).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("go test -c %s: %w\n%s", room, err, out)
		}
		return bin, nil
	}))
	return build.(func() (string, error))()
}

func (h *helper) answer() string {
	if !h.lines.Scan() {
		h.t.Fatal("a baseline's process has ended")
	}
	return h.lines.Text()
}

func (h *helper) ask(line string) string {
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Fatal(err)
	}
	return h.answer()
}

func (h *helper) number(line string) int64 {
	text := h.ask(line)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		h.t.Fatalf("%s: %s", line, text)
	}
	return n
}

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

// sampleIssue gives what the server answers to an issue, and the record it keeps.
func sampleIssue(t *testing.T, to *target, center, service string) (answer, record string) {
	t.Helper()
	w, err := dialWire(to)
	if err != nil {
		t.Fatal(err)
	}
	defer w.conn.Close()
	status, body, err := w.post("/api/v1/centers/"+center+"/tickets", `{"service":"`+service+`"}`)
	if err != nil || status != 201 {
		t.Fatalf("issue: %d %v %s", status, err, body)
	}
	var v struct{ ID, Number, Service, Source, Day string }
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	rec, err := queue.EncodeRecord(queue.Record{At: time.Now(), Day: queue.Day(v.Day), Actor: "u_0123456789ABCDEF", Source: v.Source,
		Event: queue.Issued{Ticket: queue.TicketID(v.ID), Number: v.Number, Seq: 12, Place: 1234, Service: queue.ServiceID(v.Service), Source: v.Source}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body)), string(rec)
}
