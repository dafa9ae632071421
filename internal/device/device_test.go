package device_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"moiso/internal/device"
	"moiso/internal/testbed"
)

const token = "msd_secret_of_the_device"

// server is a server of the tests: it sends what it is told and keeps what it is asked.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	refuse  int // status of every answer, 0 for none
	sockets []*websocket.Conn
	asked   []*http.Request
	opened  chan struct{}
}

func newServer(t *testing.T) *server {
	s := &server{opened: make(chan struct{}, 100)}
	up := websocket.Upgrader{}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/v1", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		refuse := s.refuse
		s.asked = append(s.asked, r)
		s.mu.Unlock()
		if refuse != 0 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(refuse)
			fmt.Fprint(w, `{"code":"not_signed_in","detail":"the token is revoked"}`)
			s.opened <- struct{}{}
			return
		}
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sockets = append(s.sockets, c)
		s.mu.Unlock()
		s.opened <- struct{}{}
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("GET /api/v1/device", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"id":"d_1","place":"sảnh"}`)
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		s.mu.Unlock()
		if r.URL.Path == "/api/v1/tickets/HALF" {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Set-Cookie", "session=of-the-server")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"number":"A001"}`)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.cut()
		s.Close()
	})
	return s
}

func (s *server) send(t *testing.T, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sockets[len(s.sockets)-1].WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sockets {
		c.Close()
	}
}

func (s *server) setRefuse(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = status
}

func (s *server) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

// start runs a kiosk and gives the address of its page.
func start(t *testing.T, s *server) (url string, log *testbed.Text) {
	t.Helper()
	log = &testbed.Text{}
	d, err := device.New(device.Options{Role: "kiosk", Server: s.URL, Center: "thuan-hoa", Token: token, Listen: "127.0.0.1:0", View: "kiosk",
		Forward: []string{"POST /api/v1/centers/{c}/tickets", "GET /api/v1/tickets/{id}"}, Retry: 5 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx, pw) }()
	b := make([]byte, 300)
	n, err := pr.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`http://\S+`).FindString(string(b[:n]))
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the program ended with %v", err)
		}
		if strings.Contains(log.String(), token) {
			t.Error("the token stands in the log")
		}
	})
	return m, log
}

// page is a browser's socket.
func page(t *testing.T, url string) func() string {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws/v1?view=kiosk&center=thuan-hoa", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	return func() string {
		t.Helper()
		if err := ws.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, b, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// until reads messages until one has the words, and does not have the others.
func until(t *testing.T, read func() string, has, not string) string {
	t.Helper()
	for range 100 {
		if m := read(); strings.Contains(m, has) && (not == "" || !strings.Contains(m, not)) {
			return m
		}
	}
	t.Fatalf("nothing with %q came", has)
	return ""
}

func TestThePageShowsTheServersDocumentAndSaysWhenItIsStale(t *testing.T) {
	s := newServer(t)
	url, log := start(t, s)
	<-s.opened
	read := page(t, url)
	until(t, read, "stale_since", "") // nothing has come yet
	s.send(t, `{"epoch":"E1","version":5,"center":"thuan-hoa","services":[]}`)
	if m := until(t, read, `"version":5`, ""); m != `{"epoch":"E1","version":5,"center":"thuan-hoa","services":[]}` {
		t.Errorf("the document became %s", m)
	}
	s.send(t, `{"heartbeat":"2025-07-14T10:00:00+07:00"}`)
	until(t, read, "heartbeat", "stale_since")

	s.setRefuse(503)
	s.cut()
	gone := time.Now()
	m := until(t, read, "stale_since", "")
	since, err := time.Parse(time.RFC3339, regexp.MustCompile(`"stale_since":"([^"]+)"`).FindStringSubmatch(m)[1])
	if err != nil || since.Before(gone.Add(-10*time.Second)) || since.After(time.Now().Add(time.Second)) {
		t.Errorf("stale since %v (%v) in %s", since, err, m)
	}
	if again := until(t, read, "stale_since", ""); !strings.Contains(again, regexp.MustCompile(`"stale_since":"[^"]+"`).FindString(m)) {
		t.Errorf("the moment moves: %s and then %s", m, again)
	}
	// A page that is opened now still gets what was last known.
	until(t, page(t, url), `"version":5`, "")

	// The server comes back with another history: its document counts, though its version is lower.
	s.setRefuse(0)
	for len(s.opened) > 0 {
		<-s.opened
	}
	<-s.opened
	s.send(t, `{"epoch":"E2","version":1,"center":"thuan-hoa","services":[]}`)
	s.send(t, `{"heartbeat":"2025-07-14T10:00:09+07:00"}`)
	until(t, read, `"epoch":"E2"`, "")
	until(t, read, "heartbeat", "stale_since")
	if !strings.Contains(log.String(), "the server is away") || !strings.Contains(log.String(), "the server is there") {
		t.Errorf("the log says\n%s", log)
	}
}

func TestARefusalIsSaidOnceAndTriedAgain(t *testing.T) {
	s := newServer(t)
	s.setRefuse(401)
	url, log := start(t, s)
	for range 5 {
		<-s.opened
	}
	if n := strings.Count(log.String(), "the server refuses this device"); n != 1 || !strings.Contains(log.String(), "not_signed_in") || !strings.Contains(log.String(), "the token is revoked") {
		t.Errorf("the log says it %d times:\n%s", n, log)
	}
	until(t, page(t, url), "stale_since", "")
	s.setRefuse(0) // the token was given back
	read := page(t, url)
	for {
		s.mu.Lock()
		there := len(s.sockets) > 0
		s.mu.Unlock()
		if there {
			break
		}
		<-s.opened
	}
	s.send(t, `{"epoch":"E1","version":1,"center":"thuan-hoa","services":[]}`)
	until(t, read, `"version":1`, "")
}

// ask sends a request as a page, or as something worse, would.
func ask(t *testing.T, method, url, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url+path, strings.NewReader(`{"service":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b)+fmt.Sprint(res.Header), token) {
		t.Errorf("%s %s: the token reached the browser", method, path)
	}
	return res, string(b)
}

func TestADeviceThatWasGivenItsTokenByHandLearnsWhoItIs(t *testing.T) {
	s := newServer(t)
	url, _ := start(t, s)
	testbed.Eventually(t, "its name", func() bool {
		_, body := ask(t, "GET", url, "/local/state")
		return strings.Contains(body, `"device":"d_1"`) && strings.Contains(body, `"place":"sảnh"`)
	})
}

func TestOnlyListedRequestsOfThisMachinesPagesGoOn(t *testing.T) {
	s := newServer(t)
	url, _ := start(t, s)
	<-s.opened
	const tickets = "/api/v1/centers/thuan-hoa/tickets"
	res, body := ask(t, "POST", url, tickets, "Cookie", "a=b", "Authorization", "Bearer of-the-browser", "Idempotency-Key", "K", "Origin", url)
	if res.StatusCode != 201 || body != `{"number":"A001"}` || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("a ticket: %d %s %v", res.StatusCode, body, res.Header)
	}
	if r := s.last(); r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Cookie") != "" || r.Header.Get("Origin") != "" || r.Header.Get("Idempotency-Key") != "K" || r.Host != strings.TrimPrefix(s.URL, "http://") {
		t.Errorf("the server was asked with %v for %s", r.Header, r.Host)
	}
	asked := len(s.asked)
	for _, c := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"POST", "/api/v1/login", nil, 404},
		{"GET", tickets, nil, 404},
		{"POST", "/api/v1/tickets/A/cancel", nil, 404},
		{"POST", "/api/v1/centers/thuan-hoa/counters/1/call-next", nil, 404},
		{"GET", "/metrics", nil, 404},
		{"POST", tickets, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", tickets, []string{"Origin", "https://evil.example"}, 403},
		{"POST", tickets, []string{"Host", "evil.example"}, 421},
		{"GET", "/", []string{"Host", "evil.example:80"}, 421},
		{"GET", "/api/v1/tickets/A", []string{"Host", "10.0.0.7"}, 421},
	} {
		if res, body := ask(t, c.method, url, c.path, c.header...); res.StatusCode != c.want {
			t.Errorf("%s %s %v: %d %s", c.method, c.path, c.header, res.StatusCode, body)
		}
	}
	if len(s.asked) != asked {
		t.Errorf("the server was asked %s", s.last().URL)
	}
	if _, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws/v1?view=desk&center=thuan-hoa", nil); err == nil || res.StatusCode != 404 {
		t.Errorf("another view: %v", err)
	}
	if _, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws/v1?view=kiosk&center=thuan-hoa", http.Header{"Origin": {"https://evil.example"}}); err == nil || res.StatusCode != 403 {
		t.Errorf("another site's socket: %v", err)
	}
	if res, err := http.Get(url + "/api/v1/tickets/HALF"); err == nil { // a cut answer must not look whole
		if b, err := io.ReadAll(res.Body); err == nil {
			t.Errorf("half an answer passed for a whole one: %q", b)
		}
		res.Body.Close()
	}
	s.Close()
	if res, body := ask(t, "POST", url, tickets); res.StatusCode != 502 || !strings.Contains(body, `"code":"offline"`) {
		t.Errorf("without a server: %d %s", res.StatusCode, body)
	}
}

func TestThePageComesFromTheProgramAlone(t *testing.T) {
	s := newServer(t)
	url, _ := start(t, s)
	s.Close()
	res, body := ask(t, "GET", url, "/")
	if res.StatusCode != 200 || !strings.Contains(body, `data-device="kiosk"`) || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("%d %v\n%s", res.StatusCode, res.Header, body)
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if res, _ := ask(t, "GET", url, m[1]); res.StatusCode != 200 {
			t.Errorf("%s: %d", m[1], res.StatusCode)
		}
	}
}

func TestTheCommandLineOfADeviceReadsWell(t *testing.T) {
	p := device.Program{Role: "kiosk", Summary: "takes numbers", Listen: "127.0.0.1:8081", View: "kiosk", Token: true}
	for _, c := range []struct {
		line, want string
		code       int
	}{
		{"-h", "Usage: kiosk -server URL", 0},
		{"--help", "MOISO_TOKEN", 0},
		{"version", "moiso kiosk ", 0},
		{"", "-server is needed", 2},
		{"-server http://127.0.0.1:1 -token t", "-center is needed", 2},
		{"-server http://127.0.0.1:1 --center a", "-token is needed", 2},
		{"-server so.example.vn -center a -token t", "is not a URL", 2},
		{"-server http://127.0.0.1:1 -center a -token t -listen 0.0.0.0:0", "of this machine only", 2},
		{"-server http://127.0.0.1:1 -center a -token t -listen :8081", "of this machine only", 2},
		{"-server http://127.0.0.1:1 -center a -token t -listen 8081", "address with a port", 2},
		{"-server http://127.0.0.1:1 -center a -token t now", `"now" is not expected`, 2},
		{"-frob", "-frob", 2},
		{"-server http://127.0.0.1:1 -center a -token t -listen 127.0.0.1:1x", "cannot listen", 1},
	} {
		var out, errs strings.Builder
		code := p.Main(t.Context(), strings.Fields(c.line), &out, &errs, func(string) string { return "" })
		text, silent := errs.String(), out.String()
		if c.code == 0 {
			text, silent = silent, text
		}
		if code != c.code || !strings.Contains(text, c.want) || silent != "" {
			t.Errorf("kiosk %s: exit %d, wanted %q\n%s%s", c.line, code, c.want, out.String(), errs.String())
		}
	}
}
