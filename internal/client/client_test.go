package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a network inside a synctest bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubble starts a server and a client inside a synctest bubble.
func bubble(t *testing.T, o Options, h http.Handler) *Client {
	t.Helper()
	p := newPipes()
	srv := &http.Server{Handler: h}
	go srv.Serve(p)
	tr := &http.Transport{DialContext: p.dial, DisableKeepAlives: true}
	o.Server, o.HTTP = "http://server", &http.Client{Transport: tr}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	return c
}

// recorded is a request as the server saw it.
type recorded struct {
	method, url, body, key, token string
}

// recorder answers every request with answer and notes it.
type recorder struct {
	status int
	answer string
	got    recorded
}

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.got = recorded{r.Method, r.URL.String(), string(body), r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization")}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(s.status)
	io.WriteString(w, s.answer)
}

func start(t *testing.T, h http.Handler, o Options) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o.Server = srv.URL + "/"
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryMethodSendsWhatTheContractSays(t *testing.T) {
	ctx := t.Context()
	at := time.Date(2025, 7, 14, 9, 30, 0, 0, time.UTC)
	const ticket, center, counter = `{"id":"T1","number":"A042"}`, `{"id":"c"}`, `{"number":3}`
	const v1, desk = "/api/v1/", "/api/v1/centers/thuan-hoa/counters/3/"
	rec := &recorder{status: 200}
	c := start(t, rec, Options{Token: "secret"})
	k := c.Counter("thuan-hoa", 3)
	for _, test := range []struct {
		name, answer string
		do           func() (any, error)
		method, url  string
		body, key    string
		want         string // the answer decoded, as JSON contains it
	}{
		{"Centers", `[{"id":"a"}]`, func() (any, error) { return c.Centers(ctx) }, "GET", v1 + "centers", "", "", `"id":"a"`},
		{"Center", center, func() (any, error) { return c.Center(ctx, "a/b") }, "GET", v1 + "centers/a%2Fb", "", "", `"id":"c"`},
		{"Board", `{"version":7}`, func() (any, error) { return c.Board(ctx, "c") }, "GET", v1 + "centers/c/board", "", "", `"version":7`},
		{"Calls", `[{"call":8}]`, func() (any, error) { return c.Calls(ctx, "c", 7) }, "GET", v1 + "centers/c/calls?after=7", "", "", `"call":8`},
		{"Tickets", `{"tickets":[{"number":"A1"}]}`, func() (any, error) {
			return c.Tickets(ctx, "c", Search{Service: "s", State: "waiting", Number: "A1", From: at, To: at.Add(time.Hour), Limit: 5})
		}, "GET", v1 + "centers/c/tickets?from=2025-07-14T09%3A30%3A00Z&limit=5&number=A1&service=s&state=waiting&to=2025-07-14T10%3A30%3A00Z", "", "", `"number":"A1"`},
		{"PauseIssuing", center, func() (any, error) {
			return c.PauseIssuing(ctx, "c", Pause{Service: "s", Reason: "r", Until: &at}, "k")
		}, "POST", v1 + "centers/c/issuing/pause", `{"service":"s","reason":"r","until":"2025-07-14T09:30:00Z"}`, "k", `"id":"c"`},
		{"ResumeIssuing", center, func() (any, error) { return c.ResumeIssuing(ctx, "c", "", "k") }, "POST", v1 + "centers/c/issuing/resume", `{}`, "k", `"id":"c"`},
		{"EndDay", center, func() (any, error) { return c.EndDay(ctx, "c", "k") }, "POST", v1 + "centers/c/end-day", `{}`, "k", `"id":"c"`},
		{"ConfirmClock", `{}`, func() (any, error) { return nil, c.ConfirmClock(ctx) }, "POST", v1 + "clock/confirm", `{}`, "", "null"},
		{"Ticket", ticket, func() (any, error) { return c.Ticket(ctx, "T1") }, "GET", v1 + "tickets/T1", "", "", "A042"},
		{"Cancel", ticket, func() (any, error) { return c.Cancel(ctx, "T1", "", "k") }, "POST", v1 + "tickets/T1/cancel", `{}`, "k", "A042"},
		{"Restore", ticket, func() (any, error) { return c.Restore(ctx, "T1", "k") }, "POST", v1 + "tickets/T1/restore", `{}`, "k", "A042"},
		{"Return", ticket, func() (any, error) { return c.Return(ctx, "T1", "k") }, "POST", v1 + "tickets/T1/return", `{}`, "k", "A042"},
		{"ChangeService", ticket, func() (any, error) { return c.ChangeService(ctx, "T1", "s", "k") }, "POST", v1 + "tickets/T1/change-service", `{"service":"s"}`, "k", "A042"},
		{"SetPriority", ticket, func() (any, error) { return c.SetPriority(ctx, "T1", "", "k") }, "POST", v1 + "tickets/T1/set-priority", `{"priority":""}`, "k", "A042"},
		{"Open", counter, func() (any, error) { return k.Open(ctx, "k") }, "POST", desk + "open", `{}`, "k", `"number":3`},
		{"Pause", counter, func() (any, error) { return k.Pause(ctx, "k") }, "POST", desk + "pause", `{}`, "k", `"number":3`},
		{"Close", counter, func() (any, error) { return k.Close(ctx, "") }, "POST", desk + "close", `{}`, "", `"number":3`},
		{"CallNext", ticket, func() (any, error) { return k.CallNext(ctx, true, "k") }, "POST", desk + "call-next", `{"finish":true}`, "k", "A042"},
		{"Call", ticket, func() (any, error) { return k.Call(ctx, "A042", "r", "k") }, "POST", desk + "call", `{"ticket":"A042","reason":"r"}`, "k", "A042"},
		{"Recall", ticket, func() (any, error) { return k.Recall(ctx, "k") }, "POST", desk + "recall", `{}`, "k", "A042"},
		{"Start", ticket, func() (any, error) { return k.Start(ctx, "k") }, "POST", desk + "start", `{}`, "k", "A042"},
		{"Finish", ticket, func() (any, error) { return k.Finish(ctx, "k") }, "POST", desk + "finish", `{}`, "k", "A042"},
		{"NoShow", ticket, func() (any, error) { return k.NoShow(ctx, "k") }, "POST", desk + "no-show", `{}`, "k", "A042"},
		{"Park", ticket, func() (any, error) { return k.Park(ctx, "form", "k") }, "POST", desk + "park", `{"reason":"form"}`, "k", "A042"},
		{"Refer", ticket, func() (any, error) { return k.Refer(ctx, "H57-1", "k") }, "POST", desk + "reference", `{"reference":"H57-1"}`, "k", "A042"},
		{"Transfer", ticket, func() (any, error) { return k.Transfer(ctx, Words{Counter: 4, Second: true}, "k") }, "POST", desk + "transfer", `{"counter":4,"second":true}`, "k", "A042"},
		{"PutBack", ticket, func() (any, error) { return k.PutBack(ctx, "k") }, "POST", desk + "put-back", `{}`, "k", "A042"},
		{"Reopen", ticket, func() (any, error) { return k.Reopen(ctx, "", "k") }, "POST", desk + "reopen", `{}`, "k", "A042"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec.answer = test.answer
			out, err := test.do()
			if err != nil {
				t.Fatal(err)
			}
			if want := (recorded{test.method, test.url, test.body, test.key, "Bearer secret"}); rec.got != want {
				t.Errorf("sent %+v\nwant %+v", rec.got, want)
			}
			if text, _ := json.Marshal(out); !strings.Contains(string(text), test.want) {
				t.Errorf("answer %s, want it to have %s", text, test.want)
			}
		})
	}
}

func TestIssueTellsNewFromRepeated(t *testing.T) {
	rec := &recorder{answer: `{"id":"T1"}`}
	c := start(t, rec, Options{})
	id := NewTicketID()
	if len(id) != 16 || id == NewTicketID() {
		t.Errorf("ticket id %q", id)
	}
	for status, want := range map[int]bool{201: true, 200: false} {
		rec.status = status
		ticket, created, err := c.Issue(t.Context(), "c", Order{Service: "s", ID: id}, "")
		if err != nil || created != want || ticket.ID != "T1" {
			t.Errorf("%d: %+v %v %v", status, ticket, created, err)
		}
	}
	if want := `{"service":"s","id":"` + id + `"}`; rec.got.body != want || rec.got.token != "" {
		t.Errorf("sent %+v", rec.got)
	}
}

func TestNobodyWaitingIsNoError(t *testing.T) {
	c := start(t, &recorder{status: 204}, Options{})
	if ticket, err := c.Counter("c", 1).CallNext(t.Context(), false, ""); ticket != nil || err != nil {
		t.Errorf("answered %+v, %v", ticket, err)
	}
}

func TestLoginIsUsedFromThenOn(t *testing.T) {
	rec := &recorder{status: 200, answer: `{"token":"new"}`}
	c := start(t, rec, Options{})
	token, err := c.Login(t.Context(), "demo", "demo")
	if err != nil || token != "new" || rec.got.body != `{"password":"demo","username":"demo"}` {
		t.Errorf("token %q, %v, sent %+v", token, err, rec.got)
	}
	rec.answer = "[]"
	c.Centers(t.Context())
	if rec.got.token != "Bearer new" {
		t.Errorf("then sent %q", rec.got.token)
	}
}

func TestARefusalIsAnErrorWithItsCode(t *testing.T) {
	c := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(409)
		io.WriteString(w, `{"type":"about:blank","title":"Conflict","status":409,"detail":"counter 3 holds A042","code":"counter_busy","ticket":"A042"}`)
	}), Options{})
	_, err := c.Counter("c", 3).CallNext(t.Context(), false, "")
	var e *Error
	if !errors.As(err, &e) || e.Status != 409 || Code(err) != "counter_busy" || e.Detail != "counter 3 holds A042" ||
		e.RetryAfter != 7*time.Second || len(e.More) != 1 || string(e.More["ticket"]) != `"A042"` {
		t.Errorf("error %#v", err)
	}
	if Code(context.Canceled) != "" {
		t.Error("an error that is no refusal has a code")
	}
}

func TestWhatIsNotTheServersOwnAnswerIsAnErrorWithoutCode(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a proxy": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
		"a redirection": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere/", http.StatusTemporaryRedirect)
		},
		"a broken problem": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(500)
			io.WriteString(w, `{"code":`)
		},
	} {
		c := start(t, h, Options{})
		_, err := c.Centers(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Code != "" || e.Detail == "" || e.Error() == "" {
			t.Errorf("%s: %#v", name, err)
		}
	}
	c := start(t, &recorder{status: 200, answer: "<html>"}, Options{})
	if _, err := c.Centers(t.Context()); err == nil {
		t.Error("a page was taken for a list of centres")
	}
}

func TestRetryAfterIsReadAsSecondsAndAsDate(t *testing.T) {
	now := time.Date(2025, 7, 14, 9, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"3": 3 * time.Second, "": 0, "-1": 0, "x": 0, "99999999": 24 * time.Hour,
		"Mon, 14 Jul 2025 09:30:05 GMT": 5 * time.Second, "Mon, 14 Jul 2025 09:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestOnlyWhatIsSafeIsRepeatedAndNotSoonerThanAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begun := time.Now()
		status := 503
		c := bubble(t, Options{Attempts: 3}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			at = append(at, time.Since(begun))
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(status)
			io.WriteString(w, `{"code":"busy"}`)
		}))
		for _, test := range []struct {
			name   string
			status int
			do     func() error
			want   int
		}{
			{"reading", 503, func() error { _, err := c.Centers(t.Context()); return err }, 3},
			{"a command with a key", 503, func() error { _, err := c.EndDay(t.Context(), "c", "k"); return err }, 3},
			{"a command without", 503, func() error { _, err := c.EndDay(t.Context(), "c", ""); return err }, 1},
			{"a refusal that stays", 409, func() error { _, err := c.EndDay(t.Context(), "c", "k"); return err }, 1},
		} {
			at, begun, status = nil, time.Now(), test.status
			if err := test.do(); Code(err) != "busy" {
				t.Errorf("%s: %v", test.name, err)
			}
			if len(at) != test.want {
				t.Errorf("%s was sent %d times, want %d", test.name, len(at), test.want)
			}
			for i, d := range at {
				if d < time.Duration(i)*2*time.Second {
					t.Errorf("%s was repeated too soon: %v", test.name, at)
				}
			}
		}
	})
}

func TestPausesGrowWithinTheirBoundsAndAreDrawnAtRandom(t *testing.T) {
	var first []time.Duration
	for range 50 {
		p := pauses{min: 100 * time.Millisecond, max: time.Second}
		for i, top := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
			top *= time.Millisecond
			d := p.next(nil)
			if d < top/2 || d > top {
				t.Errorf("pause %d is %v, not within %v and %v", i, d, top/2, top)
			}
			if i == 0 {
				first = append(first, d)
			}
		}
		p.reset()
		if d := p.next(nil); d > 100*time.Millisecond {
			t.Errorf("after a reset the pause is %v", d)
		}
	}
	slices.Sort(first)
	if len(slices.Compact(first)) < 10 {
		t.Errorf("the first pauses are all alike: %v", first)
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for _, server := range []string{"", "host:80", "ftp://host", "http://", "://"} {
		if _, err := New(Options{Server: server}); err == nil {
			t.Errorf("%q was taken", server)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	for _, s := range []string{
		`{"version":7,"center":"c","at":"2025-07-14T09:30:00+07:00","epoch":"e","calls":[{"version":1}]}`,
		`{"heartbeat":"2025-07-14T09:30:00Z","stale_since":"2025-07-14T09:29:00Z"}`,
		`{"a":{"version":1},"epoch":"e","version":2}`, `{}`, `[]`, ``, `{"version":"x"}`, `{"version":1`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadHead(text)
		if err != nil || !json.Valid(text) {
			return
		}
		// What the whole text says, by the decoder that everyone else uses; it
		// takes keys of any case and the last of two, which no server sends.
		var all map[string]json.RawMessage
		if json.Unmarshal(text, &all) != nil || bytes.Count(text, []byte("epoch")) > 1 || bytes.Count(text, []byte("version")) > 1 ||
			bytes.Contains(text, []byte(`\u`)) {
			return
		}
		var want Head
		json.Unmarshal(all["epoch"], &want.Epoch)
		json.Unmarshal(all["version"], &want.Version)
		if got.Epoch != want.Epoch || got.Version != want.Version {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	})
}

func ExampleClient_Counter() {
	srv := httptest.NewServer(&recorder{status: 200, answer: `{"number":"A042"}`})
	defer srv.Close()
	c, err := New(Options{Server: srv.URL, Token: "token of a clerk"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := c.Counter("thuan-hoa", 3).CallNext(context.Background(), true, "key-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ticket.Number)
	// Output: A042
}
