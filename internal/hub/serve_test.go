package hub

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// problem is what a refused handshake was answered with.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	retry  string
}

// refused dials and expects no socket.
func refused(t *testing.T, srv *httptest.Server, head http.Header) problem {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), head)
	if err == nil {
		ws.Close()
		t.Fatal("a socket was opened")
	}
	if resp == nil {
		t.Fatalf("no answer: %v", err)
	}
	var p problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Fatalf("the answer is no problem: %v", err)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" || p.Status != resp.StatusCode || p.Detail == "" {
		t.Errorf("answered %d %s %+v", resp.StatusCode, ct, p)
	}
	p.retry = resp.Header.Get("Retry-After")
	return p
}

func TestTheProcessHasALimitOfSockets(t *testing.T) {
	h := New(Options{MaxSockets: 2})
	srv := server(t, h, board)
	first := dial(t, srv)
	dial(t, srv)
	p := refused(t, srv, nil)
	if p.Status != 503 || p.Code != "too_many_sockets" || p.retry == "" {
		t.Errorf("answered %+v", p)
	}
	first.Close()
	eventually(t, "the first has left", func() bool { return h.Subscribers("board/c") == 1 })
	dial(t, srv)
	if n := h.Stats().Refused; n != 1 {
		t.Errorf("refused %d, want 1", n)
	}
}

func TestAnAddressHasALimitOfSocketsButNotLoopback(t *testing.T) {
	addr := netip.MustParseAddr("203.0.113.7")
	h := New(Options{MaxPerAddr: 2, ClientAddr: func(*http.Request) netip.Addr { return addr }})
	srv := server(t, h, board)
	dial(t, srv)
	dial(t, srv)
	if p := refused(t, srv, nil); p.Status != 503 || p.Code != "too_many_sockets" || !strings.Contains(p.Detail, "your address has 2") {
		t.Errorf("answered %+v", p)
	}
	addr = netip.MustParseAddr("2001:db8::1")
	dial(t, srv)
	addr = netip.MustParseAddr("2001:db8::2:0:0:2")
	dial(t, srv)
	addr = netip.MustParseAddr("2001:db8::3")
	if p := refused(t, srv, nil); p.Code != "too_many_sockets" {
		t.Errorf("a third of one network: %+v", p)
	}
	addr = netip.MustParseAddr("::ffff:127.0.0.1").Unmap()
	for range 4 {
		dial(t, srv)
	}
	addr = netip.Addr{} // nobody knows
	dial(t, srv)
	dial(t, srv)
	if p := refused(t, srv, nil); p.Code != "too_many_sockets" {
		t.Errorf("unknown addresses count as one: %+v", p)
	}
}

func TestOnlyPagesOfThisHostAndOfAllowedOriginsMayOpenSockets(t *testing.T) {
	h := New(Options{Origins: []string{"https://moiso.example"}})
	srv := server(t, h, board)
	for origin, ok := range map[string]bool{
		srv.URL:                           true,
		"https://moiso.example":           true,
		"HTTPS://MOISO.EXAMPLE":           true,
		"http://moiso.example":            false,
		"https://moiso.example.evil.test": false,
		"https://evil.test":               false,
		"null":                            false,
		"":                                false,
		"http://" + srv.Listener.Addr().String() + ".evil.test": false,
	} {
		head := http.Header{"Origin": {origin}}
		if !ok {
			if p := refused(t, srv, head); p.Status != 403 || p.Code != "forbidden" {
				t.Errorf("%q: %+v", origin, p)
			}
			continue
		}
		ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), head)
		if err != nil {
			t.Errorf("%q: %v", origin, err)
			continue
		}
		ws.Close()
	}
}

func TestARequestThatIsNoHandshakeIsRefusedBeforeAnythingIsComputed(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, func(*http.Request) Subscription {
		return Subscription{Topic: "board/c", Latest: func() (Doc, error) {
			t.Error("Latest was asked")
			return Doc{}, nil
		}}
	})
	resp, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 400 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d", resp.StatusCode)
	}
}

func TestABadHandshakeIsAnsweredAndLeavesNothing(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, board)
	req, _ := http.NewRequest("GET", srv.URL, nil)
	req.Header = http.Header{"Connection": {"upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"12"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var p problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Code != "malformed" || resp.StatusCode != 400 {
		t.Errorf("answered %d %+v %v", resp.StatusCode, p, err)
	}
	if h.Subscribers("board/c") != 0 {
		t.Error("the socket stayed in its topic")
	}
}

func TestAHubThatStopsOpensNoSocket(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, board)
	if err := h.Shutdown(t.Context(), "update"); err != nil {
		t.Fatal(err)
	}
	if p := refused(t, srv, nil); p.Status != 503 || p.Code != "busy" || p.retry == "" {
		t.Errorf("answered %+v", p)
	}
}

// wrapped hides the connection as logging middleware does.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestTheConnectionIsFoundBelowMiddleware(t *testing.T) {
	h := New(Options{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(wrapped{wrapped{w}}, r, board(r))
	}))
	defer srv.Close()
	defer stop(t, h)
	ws := dial(t, srv)
	if m := read(t, ws); m.String() != "heartbeat" {
		t.Errorf("received %v", m)
	}
	ws.Close()
}

func TestWhatAClientSaysIsIgnoredAndLimited(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, board)
	ws := dial(t, srv)
	read(t, ws)
	pong := make(chan string, 1)
	ws.SetPongHandler(func(payload string) error { pong <- payload; return nil })
	if err := ws.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := ws.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() {
		_, _, err := ws.NextReader()
		closed <- err
	}()
	if got := <-pong; got != "there?" {
		t.Errorf("pong %q", got)
	}
	if err := ws.WriteMessage(websocket.TextMessage, make([]byte, 1025)); err != nil {
		t.Fatal(err)
	}
	if err := <-closed; !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("ended with %v", err)
	}
}
