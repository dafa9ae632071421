package hub

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// message is any text message of a hub.
type message struct {
	Epoch      string    `json:"epoch"`
	Version    int64     `json:"version"`
	Heartbeat  time.Time `json:"heartbeat"`
	StaleSince time.Time `json:"stale_since"`
}

func (m message) String() string {
	if !m.Heartbeat.IsZero() {
		return "heartbeat"
	}
	return fmt.Sprintf("%s/%d", m.Epoch, m.Version)
}

func doc(epoch string, version int64) Doc {
	return Doc{epoch, version, fmt.Appendf(nil, `{"epoch":%q,"version":%d}`, epoch, version)}
}

// bigDoc is as doc, size bytes long.
func bigDoc(epoch string, version int64, size int) Doc {
	d := doc(epoch, version)
	pad := strings.Repeat(" ", size-len(d.Bytes))
	d.Bytes = append(d.Bytes, pad...)
	return d
}

// server serves sub to whoever comes, on a real socket.
func server(t testing.TB, h *Hub, sub func(*http.Request) Subscription) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(w, r, sub(r))
	}))
	t.Cleanup(func() {
		stop(t, h)
		srv.Close()
	})
	return srv
}

// stop ends a hub within a deadline that no test should need.
func stop(t testing.TB, h *Hub) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := h.Shutdown(ctx, "the test is over"); err != nil {
		t.Errorf("sockets had to be cut: %v", err)
	}
	if st := h.Stats(); len(st.Open) != 0 || st.Opened != st.Closed {
		t.Errorf("sockets are left over: %+v", st)
	}
	if len(h.addrs) != 0 || h.open != 0 {
		t.Errorf("open %d, addresses %v after the end", h.open, h.addrs)
	}
}

func board(*http.Request) Subscription { return Subscription{Topic: "board/c"} }

func dial(t testing.TB, srv *httptest.Server) *websocket.Conn {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err != nil {
		t.Fatalf("dial: %v %+v", err, resp)
	}
	t.Cleanup(func() { ws.Close() })
	return ws
}

func read(t testing.TB, ws *websocket.Conn) message {
	t.Helper()
	_, text, err := ws.ReadMessage()
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// readClose reads to the end and returns its code and reason.
func readClose(t testing.TB, ws *websocket.Conn) (int, string) {
	t.Helper()
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			var ce *websocket.CloseError
			if !errors.As(err, &ce) {
				t.Fatalf("the connection ended without a close message: %v", err)
			}
			return ce.Code, ce.Text
		}
	}
}

// eventually waits for what another goroutine is about to do.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !cond(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("waited in vain until " + what)
		}
	}
}

// piped opens a socket over a pipe, which works inside a synctest bubble. The
// pipe has no buffer: what the client does not read blocks the hub's writer.
func piped(t testing.TB, h *Hub, sub Subscription) *websocket.Conn {
	t.Helper()
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() {
		br := bufio.NewReader(far)
		r, err := http.ReadRequest(br)
		if err != nil {
			served <- err
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		served <- h.Serve(&pipeWriter{conn: far, br: br}, r, sub)
	}()
	dialer := websocket.Dialer{ReadBufferSize: 256, WriteBufferSize: 256, NetDial: func(_, _ string) (net.Conn, error) { return near, nil }}
	ws, _, err := dialer.Dial("ws://hub", nil)
	if err := errors.Join(err, <-served); err != nil {
		t.Fatal(err)
	}
	return ws
}

// pipeWriter is the ResponseWriter of a request that came through a pipe.
type pipeWriter struct {
	conn net.Conn
	br   *bufio.Reader
	head http.Header
}

func (w *pipeWriter) Header() http.Header {
	if w.head == nil {
		w.head = make(http.Header)
	}
	return w.head
}

func (w *pipeWriter) Write(p []byte) (int, error) { return w.conn.Write(p) }
func (w *pipeWriter) WriteHeader(status int)      { fmt.Fprintf(w.conn, "HTTP/1.1 %d x\r\n\r\n", status) }
func (w *pipeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(w.br, bufio.NewWriter(w.conn)), nil
}

func TestASocketReceivesRisingVersionsAndTheNewestInTheEnd(t *testing.T) {
	const watchers, publishers, last = 50, 4, 2000
	h := New(Options{})
	srv := server(t, h, board)
	var readers sync.WaitGroup
	for range watchers {
		ws := dial(t, srv)
		readers.Go(func() {
			for have := int64(0); have < last; {
				m := read(t, ws)
				if m.Epoch == "" {
					continue
				}
				if m.Version <= have {
					t.Errorf("version %d came after %d", m.Version, have)
					return
				}
				have = m.Version
			}
		})
	}
	var writers sync.WaitGroup
	for p := range publishers {
		writers.Go(func() {
			for v := int64(1 + p); v <= last; v += publishers {
				h.Publish("board/c", doc("e", v))
			}
		})
	}
	writers.Wait()
	readers.Wait()
	st := h.Stats()
	if st.Open["board"] != watchers {
		t.Errorf("open %v, want %d boards", st.Open, watchers)
	}
	if all := st.Sent + st.Skipped; all > watchers*st.Published {
		t.Errorf("%d sent and %d skipped of %d documents to %d sockets", st.Sent, st.Skipped, st.Published, watchers)
	}
}

func TestASlowSocketSkipsToTheNewestAndDelaysNobody(t *testing.T) {
	const size, last = 64 << 10, 400
	h := New(Options{WriteTimeout: time.Minute})
	srv := server(t, h, board)
	slow, quick := dial(t, srv), dial(t, srv)
	slow.NetConn().(*net.TCPConn).SetReadBuffer(size)
	eventually(t, "both watch", func() bool { return h.Subscribers("board/c") == 2 })

	read(t, quick) // the heartbeat of a topic without a document
	for v := int64(1); v <= last; v++ {
		h.Publish("board/c", bigDoc("e", v, size))
		if m := read(t, quick); m.Version != v {
			t.Fatalf("the quick socket got %v, want version %d", m, v)
		}
	}
	for _, s := range h.sockets() {
		s.link.mu.Lock()
		if n := len(s.link.rest); n > size+maxFrameHeader {
			t.Errorf("%d bytes are kept for a socket, more than one document", n)
		}
		s.link.mu.Unlock()
	}
	got, have := 0, int64(0)
	for have < last {
		m := read(t, slow)
		if m.Epoch == "" {
			continue
		}
		if m.Version <= have {
			t.Fatalf("version %d came after %d", m.Version, have)
		}
		got, have = got+1, m.Version
	}
	if got > last/2 {
		t.Errorf("the slow socket was sent %d of %d documents, so it had a backlog", got, last)
	}
	if st := h.Stats(); st.Skipped != uint64(last-got) {
		t.Errorf("skipped %d, want %d", st.Skipped, last-got)
	}
}

const maxFrameHeader = 14

func TestPublishOfALowerVersionIsIgnoredAndAnotherEpochReplaces(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, board)
	ws := dial(t, srv)
	read(t, ws)
	for _, d := range []Doc{doc("a", 7), doc("a", 7), doc("a", 6), doc("b", 1), doc("b", 2)} {
		h.Publish("board/c", d)
	}
	var got []string
	for m := read(t, ws); ; m = read(t, ws) {
		got = append(got, m.String())
		if m.String() == "b/2" {
			break
		}
	}
	for _, m := range got {
		if m != "a/7" && m != "b/1" && m != "b/2" {
			t.Errorf("received %v", got)
		}
	}
	if n := h.Stats().Published; n != 3 {
		t.Errorf("published %d, want 3", n)
	}
}

func TestADocumentThatNobodyWatchesIsNeitherKeptNorEncoded(t *testing.T) {
	h := New(Options{})
	h.Publish("board/c", doc("e", 1))
	if len(h.groups) != 0 {
		t.Error("the hub keeps a topic that nobody watches")
	}
	kept := New(Options{KeepLatest: true})
	kept.Publish("board/c", doc("e", 1))
	kept.Publish("board/c", doc("e", 2))
	f := kept.lookup("board/c").latest.Load()
	if f.doc.Version != 2 || f.msg != nil {
		t.Errorf("kept version %d, encoded %v", f.doc.Version, f.msg != nil)
	}
	srv := server(t, kept, board)
	if m := read(t, dial(t, srv)); m.String() != "e/2" {
		t.Errorf("the first document is %v", m)
	}
	if f.msg == nil {
		t.Error("the frame was not shared")
	}
}

// A writer that keeps to the contract (change, ask, publish) and a subscriber
// that comes at any moment.
func TestThereIsNoGapBetweenJoiningAndTheFirstDocument(t *testing.T) {
	h := New(Options{})
	var mu sync.Mutex
	version := int64(0)
	srv := server(t, h, func(*http.Request) Subscription {
		return Subscription{Topic: "board/c", Latest: func() (Doc, error) {
			mu.Lock()
			defer mu.Unlock()
			return doc("e", version), nil
		}}
	})
	for range 300 {
		changed := make(chan int64)
		go func() {
			mu.Lock()
			version++
			v := version
			mu.Unlock()
			if h.Subscribers("board/c") > 0 {
				h.Publish("board/c", doc("e", v))
			}
			changed <- v
		}()
		ws := dial(t, srv)
		want := <-changed
		for read(t, ws).Version < want {
		}
		ws.Close()
		eventually(t, "the socket has left", func() bool { return h.Subscribers("board/c") == 0 })
	}
}

func TestResumingSendsOnlyWhatTheClientLacks(t *testing.T) {
	h := New(Options{KeepLatest: true})
	h.Publish("board/c", doc("e", 5))
	var have Subscription
	srv := server(t, h, func(*http.Request) Subscription { return have })
	for _, c := range []struct {
		epoch   string
		version int64
		want    string
	}{
		{"", 0, "e/5"},
		{"e", 4, "e/5"},
		{"e", 5, "heartbeat"},
		{"d", 5, "e/5"},
		{"d", 9, "e/5"},
	} {
		have = Subscription{Topic: "board/c", Epoch: c.epoch, Version: c.version}
		ws := dial(t, srv)
		if m := read(t, ws); m.String() != c.want {
			t.Errorf("with %s/%d the first message is %v, want %s", c.epoch, c.version, m, c.want)
		}
		ws.Close()
	}
	have = Subscription{Topic: "board/c", Epoch: "e", Version: 5}
	ws := dial(t, srv)
	read(t, ws)
	h.Publish("board/c", doc("e", 6))
	if m := read(t, ws); m.String() != "e/6" {
		t.Errorf("after resuming came %v, want e/6", m)
	}
}

func TestAnErrorOfLatestIsLeftToTheCaller(t *testing.T) {
	h := New(Options{})
	none := errors.New("no such centre")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h.Serve(w, r, Subscription{
			Topic:  "board/x",
			Latest: func() (Doc, error) { return Doc{}, none },
			Closed: func() { t.Error("Closed was called for a socket that never opened") },
		})
		if errors.Is(err, none) {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer srv.Close()
	_, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("answered %+v, %v", resp, err)
	}
	stop(t, h)
}

func TestTopicsListsWhatIsWatched(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, func(r *http.Request) Subscription {
		return Subscription{Topic: Topic(r.URL.Query().Get("topic"))}
	})
	for _, topic := range []string{"ticket/a/1", "ticket/a/2", "ticket/ab/3", "board/a", "city"} {
		ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http")+"?topic="+topic, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
	}
	for prefix, want := range map[string]int{
		"ticket/a/": 2, "ticket/ab/": 1, "ticket/": 3, "ticket/a": 3, "board/": 1, "city": 1, "": 5, "desk/": 0, "ticket/c/": 0,
	} {
		if got := h.Topics(prefix); len(got) != want {
			t.Errorf("Topics(%q) = %v, want %d", prefix, got, want)
		}
	}
	if open := h.Stats().Open; open["ticket"] != 3 || open["city"] != 1 {
		t.Errorf("open %v", open)
	}
}

func TestASocketAtRestOwnsOneGoroutine(t *testing.T) {
	const n = 100
	h := New(Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.Serve(w, r, board(r)) })}
	go srv.Serve(ln)
	defer srv.Close()
	defer stop(t, h)
	before := runtime.NumGoroutine()
	ws := dialWatchers(t, ln.Addr().String(), n)
	defer hangUp(ws)
	h.Publish("board/c", doc("e", 1))
	eventually(t, "one goroutine a socket and the wheel's are left", func() bool {
		return h.Stats().Sent == n && runtime.NumGoroutine() <= before+n+1
	})
}

func TestSocketsBehindTLSAreServedToo(t *testing.T) {
	h := New(Options{})
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(w, r, Subscription{Topic: "board/c", Heartbeat: time.Second})
	}))
	defer srv.Close()
	defer stop(t, h)
	dialer := websocket.Dialer{TLSClientConfig: srv.Client().Transport.(*http.Transport).TLSClientConfig}
	ws, _, err := dialer.Dial("wss"+strings.TrimPrefix(srv.URL, "https"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	read(t, ws)
	for v := int64(1); v <= 100; v++ {
		h.Publish("board/c", bigDoc("e", v, 8000))
		for m := read(t, ws); m.Version != v; m = read(t, ws) {
			if m.Epoch != "" {
				t.Fatalf("received %v, want %d", m, v)
			}
		}
	}
	if n := h.CloseTopic("board/c", 1008, "revoked"); n != 1 {
		t.Errorf("closed %d", n)
	}
	if code, reason := readClose(t, ws); code != 1008 || reason != "revoked" {
		t.Errorf("closed with %d %q", code, reason)
	}
}
