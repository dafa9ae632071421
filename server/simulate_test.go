package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"moiso/internal/testbed"
)

func TestASmallCrowdFindsEveryPromiseHeld(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	out := must(t, "", "simulate", "-scenario", "small", "-displays", "3", "-data", dir)
	for _, want := range []string{
		`^small: 120 tickets, 3 centres, 19 counters, seed 20250714\n120 issued, \d+ calls, \d+ finished`,
		`9 screens and 120 phones watched`, `(?m)^ +issue +120 .* ms .* ms .* ms .* ms$`, `call to last screen`, `call to its phone`,
		`Every promise held\.`, `The journal of 40 centres replays to the state in which the server stopped\.`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	must(t, "", "verify", "-data", dir) // the folder was kept
}

// The day of 14 July 2025, with a phone for everyone. The soak form plays it with
// three seeds.
func TestTheBusiestDayHoldsEveryPromise(t *testing.T) {
	t.Parallel()
	seeds := []string{"20250714"}
	if os.Getenv("MOISO_SOAK") != "" {
		seeds = append(seeds, "1", "2")
	}
	for _, seed := range seeds {
		out := must(t, "", "simulate", "-seed", seed)
		if !strings.Contains(out, "3425 issued") || !strings.Contains(out, "40 screens and 3425 phones") || !strings.Contains(out, "Every promise held.") {
			t.Errorf("seed %s:\n%s", seed, out)
		}
	}
}

func TestTheCrowdGoesToARunningServer(t *testing.T) {
	t.Parallel()
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	for range 2 { // a crowd leaves the hall as it found it
		if out := must(t, "", "simulate", "-scenario", "small", "--server", r.url+"/"); !strings.Contains(out, "Every promise held.") {
			t.Errorf("it says\n%s", out)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-password", "wrong"}, "login_failed"},
		{[]string{"-user", "nobody"}, "login_failed"},
	} {
		a := invoke(t, "", append([]string{"simulate", "-scenario", "small", "-server", r.url}, c.args...)...)
		if a.code != 1 || a.stdout != "" || !strings.Contains(a.stderr, c.want) || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("%v: exit %d\n%s%s", c.args, a.code, a.stdout, a.stderr)
		}
	}
	c := newCaller(r.url)
	c.login(t)
	if _, err := c.post("/api/v1/centers/phong-dien/tickets", map[string]string{"service": "ho-tich"}, "", nil); err != nil {
		t.Fatal(err)
	}
	if a := invoke(t, "", "simulate", "-scenario", "small", "-server", r.url); a.code != 1 || !strings.Contains(a.stderr, "the centre is in use") {
		t.Errorf("a centre in use: exit %d\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// A server that tells two people one number is found out: exit 1, and the promise is named.
func TestABrokenPromiseIsNamed(t *testing.T) {
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	var number atomic.Pointer[string]
	liar := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(u) },
		ModifyResponse: func(res *http.Response) error {
			if res.StatusCode != 201 || !strings.HasSuffix(res.Request.URL.Path, "/phong-thai/tickets") && !strings.HasSuffix(res.Request.URL.Path, "/phong-dien/tickets") {
				return nil
			}
			var b bytes.Buffer
			if _, err := b.ReadFrom(res.Body); err != nil {
				return err
			}
			var t map[string]any
			if err := json.Unmarshal(b.Bytes(), &t); err != nil {
				return err
			}
			n, _ := t["number"].(string)
			number.CompareAndSwap(nil, &n)
			t["number"] = *number.Load()
			out, err := json.Marshal(t)
			if err != nil {
				return err
			}
			res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(out)), int64(len(out))
			res.Header.Del("Content-Length")
			return nil
		},
	}
	srv := httptest.NewServer(liar)
	defer srv.Close()
	a := invoke(t, "", "simulate", "-scenario", "small", "-server", srv.URL)
	if a.code != 1 || !strings.Contains(a.stderr, "BROKEN: no number twice: ") || !strings.Contains(a.stdout, "BROKEN: no number twice: ") || strings.Contains(a.stdout, "Every promise held") {
		t.Errorf("exit %d\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// Ctrl-C ends the crowd with what it saw so far.
func TestAnInterruptedCrowdSaysWhatItSaw(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs testbed.Text
	stderr := watchFor(&errs, "visits", cancel)
	code := run(ctx, []string{"simulate", "-scenario", "small", "-speed", "100"}, strings.NewReader(""), &out, stderr, os.Getenv)
	if code != 1 || !regexp.MustCompile(`server simulate: stopped after \d+ of 120 visits\n$`).MatchString(errs.String()) {
		t.Errorf("exit %d\n%s", code, errs.String())
	}
	if !strings.Contains(out.String(), "no promise was broken until then") || strings.Contains(out.String(), "BROKEN") {
		t.Errorf("it prints\n%s", out.String())
	}
}

// The demo's own crowd makes calls at the busiest centre and lets itself be stopped.
func TestTheDemoLives(t *testing.T) {
	r := serve(t, "-demo", "-demo-crowd", "on", "-data", filepath.Join(t.TempDir(), "data"))
	c := newCaller(r.url)
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(r.url, "http")+"/ws/v1?view=board&center=thuan-hoa", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for calls := 0; calls == 0; {
		var b struct{ Calls []any }
		if err := ws.ReadJSON(&b); err != nil {
			t.Fatal(err)
		}
		calls = len(b.Calls)
	}
	var list []struct {
		ID      string
		Waiting int
	}
	if _, err := c.get("/api/v1/centers", &list); err != nil || len(list) != 40 {
		t.Fatalf("%d centres, %v", len(list), err)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, r.stderr)
	}
}
