package hub

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The benchmarks of this file compare the hub with bareHub from the same run:
//
//	go test -run XXX -bench Watchers ./internal/hub

// publisher is a hub that is being measured.
type publisher interface {
	http.Handler
	watchers() int // registered so far
	publish(doc []byte)
	close()
}

type measuredHub struct {
	*Hub
	version int64
}

// newMeasuredHub sends no heartbeat or ping of its own while it is measured.
func newMeasuredHub() *measuredHub {
	return &measuredHub{Hub: New(Options{PingEvery: time.Hour})}
}

func (m *measuredHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.Serve(w, r, Subscription{Topic: "board/c", Epoch: "e"})
}

func (m *measuredHub) watchers() int { return m.Subscribers("board/c") }

func (m *measuredHub) publish(doc []byte) {
	m.version++
	m.Publish("board/c", Doc{Epoch: "e", Version: m.version, Bytes: doc})
}

// pingAll returns when every socket has answered a ping.
func (m *measuredHub) pingAll() {
	start := m.now()
	for _, s := range m.sockets() {
		s.want(wantPing)
		for time.Duration(s.heard.Load()) < start {
			runtime.Gosched()
		}
	}
}

func (m *measuredHub) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	m.Shutdown(ctx, "measured")
}

func (h *bareHub) watchers() int { return int(h.registered.Load()) }

func (h *bareHub) close() { close(h.stop) }

// await waits for the bare hub to register clients whose handshake is over.
func await(p publisher, n int) {
	for p.watchers() < n {
		runtime.Gosched()
	}
}

func newPublisher(name string) publisher {
	if name == "bare" {
		return newBareHub()
	}
	return newMeasuredHub()
}

// board400 is a document as long as a small board.
var board400 = []byte(`{"version":1,"calls":"` + strings.Repeat("A042 ", 75) + `!"}`)

// watcher is the least that can watch: it reads frames and counts those as long
// as a document.
type watcher struct {
	conn net.Conn
	br   *bufio.Reader
}

func dialWatcher(addr string) (*watcher, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", addr)
	w := &watcher{conn: c, br: bufio.NewReaderSize(c, 512)}
	for {
		line, err := w.br.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) == 2 {
			return w, nil
		}
		if bytes.HasPrefix(line, []byte("HTTP/")) && !bytes.Contains(line, []byte(" 101 ")) {
			return nil, errors.New(string(line))
		}
	}
}

// read calls got for every frame of a document's length until the end.
func (w *watcher) read(got func()) {
	for {
		head, err := w.br.Peek(2)
		if err != nil {
			return
		}
		n, size := 2+int(head[1]), int(head[1])
		if head[1] == 126 {
			if head, err = w.br.Peek(4); err != nil {
				return
			}
			size = int(head[2])<<8 | int(head[3])
			n = 4 + size
		}
		ping := head[0]&0x0f == websocket.PingMessage
		if _, err := w.br.Discard(n); err != nil {
			return
		}
		if ping {
			w.conn.Write([]byte{0x80 | websocket.PongMessage, 0x80, 0, 0, 0, 0})
		}
		if size == len(board400) {
			got()
		}
	}
}

// dialWatchers opens n watchers, several at a time.
func dialWatchers(tb testing.TB, addr string, n int) []*watcher {
	tb.Helper()
	out := make([]*watcher, n)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for g := range errs {
		wg.Go(func() {
			for i := g; i < n && errs[g] == nil; i += len(errs) {
				out[i], errs[g] = dialWatcher(addr)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
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

// fanOutTimes publishes one board after the other to n watchers and returns how
// long each took until the last watcher had it.
func fanOutTimes(tb testing.TB, name string, n, rounds int) []time.Duration {
	tb.Helper()
	p := newPublisher(name)
	defer p.close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := &http.Server{Handler: p}
	go srv.Serve(ln)
	defer srv.Close()

	ws := dialWatchers(tb, ln.Addr().String(), n)
	await(p, n)
	var readers, round sync.WaitGroup
	for _, w := range ws {
		readers.Go(func() { w.read(round.Done) })
	}
	defer readers.Wait()
	defer hangUp(ws)

	var out []time.Duration
	for i := range rounds + 2 {
		round.Add(n)
		start := time.Now()
		p.publish(board400)
		round.Wait()
		if i >= 2 { // the first rounds warm up stacks and buffers
			out = append(out, time.Since(start))
		}
	}
	return out
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// BenchmarkWatchersFanOut measures how long one board takes to reach all of n
// watchers, server and watchers sharing the machine: five runs of each hub,
// taking turns, and the median of the medians.
func BenchmarkWatchersFanOut(b *testing.B) {
	for _, n := range []int{40, 2000, 8000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var bare, ours []time.Duration
			for b.Loop() {
				for range 5 {
					runtime.GC()
					bare = append(bare, median(fanOutTimes(b, "bare", n, 9)))
					runtime.GC()
					ours = append(ours, median(fanOutTimes(b, "hub", n, 9)))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(bare).Microseconds())/1e3, "bare-ms")
			b.ReportMetric(float64(median(ours).Microseconds())/1e3, "hub-ms")
			b.ReportMetric(float64(median(ours))/float64(median(bare)), "ratio")
		})
	}
}

// BenchmarkWatchersMemory measures the resident memory of a watcher in a server
// process of its own, after some boards, a ping that was answered and a garbage
// collection.
func BenchmarkWatchersMemory(b *testing.B) {
	const n = 8000
	for _, name := range []string{"bare", "hub"} {
		b.Run(name, func(b *testing.B) {
			var per float64
			for b.Loop() {
				per = measureMemory(b, name, n)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(per/1024, "KiB/watcher")
		})
	}
}

const childVariable = "HUB_TEST_SERVER" // set by measureMemory for its own child

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		serveForParent(newPublisher(name))
		return
	}
	os.Exit(m.Run())
}

// serveForParent runs a server that obeys lines on stdin. "publish N" waits for N
// watchers and answers with the moment of publishing, in nanoseconds of the wall
// clock; "doc …" sets what is published. The table of "make bench" asks it too.
func serveForParent(p publisher) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go http.Serve(ln, p)
	fmt.Println(ln.Addr())
	doc := board400
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		command, arg, _ := strings.Cut(in.Text(), " ")
		switch command {
		case "publish":
			n, _ := strconv.Atoi(arg)
			await(p, n)
			at := time.Now().UnixNano()
			p.publish(doc)
			fmt.Println(at)
		case "doc":
			doc = []byte(arg)
			fmt.Println("ok")
		case "ping":
			if m, ok := p.(*measuredHub); ok {
				m.pingAll()
			}
			fmt.Println("ok")
		case "resident":
			debug.FreeOSMemory()
			fmt.Println(residentBytes())
		}
	}
}

// residentBytes reads Linux's own figure.
func residentBytes() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb << 10
		}
	}
	return 0
}

func measureMemory(tb testing.TB, name string, n int) float64 {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		tb.Fatal(err)
	}
	defer func() {
		in.Close()
		cmd.Wait()
	}()
	lines := bufio.NewScanner(out)
	ask := func(line string) string {
		if line != "" {
			io.WriteString(in, line+"\n")
		}
		if !lines.Scan() {
			tb.Fatal("the child has ended")
		}
		return lines.Text()
	}
	addr := ask("")
	resident := func() float64 {
		v, err := strconv.Atoi(ask("resident"))
		if err != nil || v == 0 {
			tb.Fatalf("no figure of resident memory: %v", err)
		}
		return float64(v)
	}
	// A few watchers first, so that what exists once is not counted.
	first := dialWatchers(tb, addr, 20)
	before := resident()
	ws := append(first, dialWatchers(tb, addr, n)...)
	var readers, round sync.WaitGroup
	for _, w := range ws {
		readers.Go(func() { w.read(round.Done) })
	}
	defer readers.Wait()
	defer hangUp(ws)
	for range 5 {
		round.Add(len(ws))
		ask("publish " + strconv.Itoa(len(ws)))
		round.Wait()
	}
	ask("ping")
	after := resident()
	return (after - before) / float64(n)
}
