package device_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"moiso/internal/device"
	"moiso/internal/testbed"
	"moiso/internal/view"
)

// office is a server that lets devices in: the fleet's part of it, by hand.
type office struct {
	*httptest.Server
	mu      sync.Mutex
	codes   int
	let     map[string]bool // secrets whose code was approved
	tokens  map[string]bool // good ones
	sockets []*websocket.Conn
	healths chan view.Health
}

func newOffice(t *testing.T) *office {
	o := &office{let: map[string]bool{}, tokens: map[string]bool{}, healths: make(chan view.Health, 100)}
	refuse := func(w http.ResponseWriter, status int, code string) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%q,"detail":"so it is"}`, code)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/pairing", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.codes++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"code":"CODE%02d","secret":"secret%d","expires_at":%q,"url":"https://so.example.vn/admin/devices?code=CODE%02d"}`,
			o.codes, o.codes, time.Now().Add(10*time.Minute).Format(time.RFC3339), o.codes)
	})
	mux.HandleFunc("POST /api/v1/pairing/poll", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Secret string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		o.mu.Lock()
		defer o.mu.Unlock()
		switch {
		case in.Secret != fmt.Sprint("secret", o.codes):
			refuse(w, http.StatusGone, "pairing_over")
		case !o.let[in.Secret]:
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprintln(w, "null")
		default:
			tok := fmt.Sprint("token-of-", in.Secret)
			o.tokens[tok] = true
			fmt.Fprintf(w, `{"token":%q,"device":"d_%s","center":"thuan-hoa","place":"sảnh","role":"kiosk"}`, tok, in.Secret)
		}
	})
	up := websocket.Upgrader{}
	mux.HandleFunc("/ws/v1", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		good := o.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		o.mu.Unlock()
		if !good {
			refuse(w, http.StatusUnauthorized, "not_signed_in")
			return
		}
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		o.mu.Lock()
		if !o.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
			o.mu.Unlock() // revoked while it was being opened: whoever closed the sockets did not find it
			return
		}
		o.sockets = append(o.sockets, c)
		err = c.WriteMessage(websocket.TextMessage, []byte(`{"heartbeat":"`+time.Now().Format(time.RFC3339Nano)+`"}`))
		o.mu.Unlock()
		defer func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.sockets = slices.DeleteFunc(o.sockets, func(s *websocket.Conn) bool { return s == c })
		}()
		for err == nil {
			var m view.Upstream
			if err = c.ReadJSON(&m); err == nil && m.Health != nil {
				o.healths <- *m.Health
			}
		}
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		o.revoke()
		o.Close()
	})
	return o
}

// approve lets in the device that shows the newest code.
func (o *office) approve() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.let[fmt.Sprint("secret", o.codes)] = true
}

// forget is a restart of the server: it knows no codes any more.
func (o *office) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.codes += 10
}

func (o *office) connections() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sockets)
}

// revoke ends every credential and closes the sockets, as the real one does.
func (o *office) revoke() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.tokens)
	for _, c := range o.sockets {
		_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1008, "revoked"), time.Now().Add(time.Second))
		c.Close()
	}
	o.sockets = nil
}

// startPaired runs a kiosk that was given nothing but its server.
func startPaired(t *testing.T, server, dir string) (url string, log *testbed.Text, stop func()) {
	t.Helper()
	log = &testbed.Text{}
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	done := make(chan int, 1)
	p := device.Program{Role: "kiosk", View: "kiosk", Token: true, Listen: "127.0.0.1:0"}
	go func() {
		done <- p.Main(ctx, []string{"-server", server, "-data", dir}, pw, log, func(string) string { return "" })
		pw.Close()
	}()
	b := make([]byte, 300)
	n, err := pr.Read(b)
	if err != nil {
		t.Fatalf("it does not begin: %s", log)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if code := <-done; code != 0 {
				t.Errorf("it ended with %d: %s", code, log)
			}
		})
	}
	t.Cleanup(stop)
	return regexp.MustCompile(`http://\S+`).FindString(string(b[:n])), log, stop
}

func state(t *testing.T, url string) device.Local {
	t.Helper()
	_, body := ask(t, "GET", url, "/local/state")
	var l device.Local
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return l
}

// untilState waits for what the page would be told, across processes as it were.
func untilState(t *testing.T, url, what string, f func(device.Local) bool) device.Local {
	t.Helper()
	var l device.Local
	if !testbed.Holds(testbed.Patience, func() bool { l = state(t, url); return f(l) }) {
		t.Fatalf("it did not become %s: %+v %+v", what, l, l.Pairing)
	}
	return l
}

func waiting(code string) func(device.Local) bool {
	return func(l device.Local) bool { return l.Pairing != nil && l.Pairing.Code == code }
}

func works(l device.Local) bool { return l.Pairing == nil && l.OfflineSince == nil }

func TestADeviceWithNothingButItsServerIsLetInByACodeAndComesBackToOneWhenItIsRevoked(t *testing.T) {
	o, dir := newOffice(t), filepath.Join(t.TempDir(), "of-the-kiosk")
	url, _, stop := startPaired(t, o.URL, dir)
	l := untilState(t, url, "waiting", waiting("CODE01"))
	if l.Pairing.State != "waiting" || l.Center != "" || l.Role != "kiosk" || time.Until(l.Pairing.Expires) < 5*time.Minute {
		t.Errorf("it says %+v %+v", l, l.Pairing)
	}
	if res, body := ask(t, "GET", url, l.Pairing.QR); res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(body, "<svg") {
		t.Errorf("its QR code is %d %v", res.StatusCode, res.Header)
	}
	if res, body := ask(t, "GET", url, "/"); res.StatusCode != 200 || !strings.Contains(body, `data-device="kiosk"`) {
		t.Errorf("its page is %d %s", res.StatusCode, body)
	}
	o.forget() // the server is started again, and a new code appears
	untilState(t, url, "a new code", waiting("CODE12"))
	o.approve()
	l = untilState(t, url, "at work", works)
	if l.Center != "thuan-hoa" || l.Device != "d_secret12" || l.Place != "sảnh" {
		t.Errorf("it says %+v", l)
	}
	if res, _ := ask(t, "GET", url, "/local/pairing.svg"); res.StatusCode != 404 {
		t.Errorf("a code is still drawn: %d", res.StatusCode)
	}
	info, err := os.Stat(filepath.Join(dir, "credential.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the credential: %v %v", info.Mode(), err)
	}
	// Started again it goes to work at once, and again when the server is away.
	stop()
	var log *testbed.Text
	url, log, stop = startPaired(t, o.URL, dir)
	untilState(t, url, "at work again", works)
	if strings.Contains(log.String(), "CODE") {
		t.Errorf("it asked for a code: %s", log)
	}
	testbed.Eventually(t, "it is connected", func() bool { return o.connections() > 0 }) // it is at work before that
	// Revoked it shows a code within a second, and its file is gone.
	begun := time.Now()
	o.revoke()
	l = untilState(t, url, "revoked", waiting("CODE13"))
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a revocation takes %v to be seen", took)
	}
	if l.Pairing.State != "revoked" || l.Center != "" {
		t.Errorf("it says %+v %+v", l, l.Pairing)
	}
	if _, err := os.Stat(filepath.Join(dir, "credential.json")); !os.IsNotExist(err) {
		t.Errorf("the revoked credential: %v", err)
	}
	o.approve()
	if l = untilState(t, url, "let in again", works); l.Device != "d_secret13" {
		t.Errorf("it says %+v", l)
	}
	stop()
	if strings.Contains(log.String(), "token-of-") {
		t.Error("the token stands in the log")
	}
}

func TestADeviceReportsItsHealthAtOnceAndWhenItChanges(t *testing.T) {
	o, dir := newOffice(t), t.TempDir()
	url, _, _ := startPaired(t, o.URL, dir)
	untilState(t, url, "waiting", waiting("CODE01"))
	o.approve()
	first := <-o.healths
	if first.Version == "" || first.Printer != "none" || first.Sound != "unknown" || first.PageOpen || first.LastTouch != nil || first.ClockDiffMS > 5000 || first.ClockDiffMS < -5000 {
		t.Errorf("the first report is %+v", first)
	}
	until := func(what string, f func(view.Health) bool) {
		t.Helper()
		late := time.After(30 * time.Second)
		for {
			select {
			case h := <-o.healths:
				if f(h) {
					return
				}
			case <-late:
				t.Fatalf("no report of %s", what)
			}
		}
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws/v1?view=local", nil)
	if err != nil {
		t.Fatal(err)
	}
	until("an open page", func(h view.Health) bool { return h.PageOpen })
	if res, _ := ask(t, "POST", url, "/local/touch"); res.StatusCode != 204 {
		t.Errorf("a touch: %d", res.StatusCode)
	}
	res, err := http.Post(url+"/local/health", "application/json", strings.NewReader(`{"sound":"blocked","screen":"on"}`))
	if err != nil || res.StatusCode != 204 {
		t.Fatalf("the page's health: %v %v", res, err)
	}
	res.Body.Close()
	until("sound and touch", func(h view.Health) bool { return h.Sound == "blocked" && h.Screen == "on" && h.LastTouch != nil })
	ws.Close()
	until("a closed page", func(h view.Health) bool { return !h.PageOpen })
	if res, err := http.Post(url+"/local/health", "application/json", strings.NewReader(`[`)); err != nil || res.StatusCode != 400 {
		t.Errorf("nonsense from the page: %v %v", res, err)
	}
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if res, _ := ask(t, "POST", url, "/local/touch", h...); res.StatusCode != 403 {
			t.Errorf("another site's touch: %d", res.StatusCode)
		}
	}
}

func TestACredentialThatDoesNotFitIsSaidSoAndTheDeviceIsPairedAgain(t *testing.T) {
	o := newOffice(t)
	good := fmt.Sprintf(`{"server":%q,"token":"t","device":"d_1","center":"thuan-hoa","place":"x","role":"kiosk"}`, o.URL)
	for name, c := range map[string]struct{ text, say string }{
		"damaged":          {good[:20], "is damaged"},
		"empty":            {"", "is damaged"},
		"another's server": {strings.Replace(good, o.URL, "https://other.example", 1), "was paired with https://other.example"},
		"another role":     {strings.Replace(good, `"kiosk"`, `"display"`, 1), "was paired as a display"},
		"revoked":          {good, "was revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "credential.json"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			url, log, _ := startPaired(t, o.URL, dir)
			untilState(t, url, "waiting", func(l device.Local) bool { return l.Pairing != nil && l.Pairing.Code != "" })
			if !strings.Contains(log.String(), c.say) {
				t.Errorf("the log does not say %q:\n%s", c.say, log)
			}
		})
	}
}

func TestWithoutAServerTheScreenSaysSoAndTheDeviceGoesOnAsking(t *testing.T) {
	o := newOffice(t)
	address := o.Listener.Addr().String()
	o.Close()
	url, _, _ := startPaired(t, "http://"+address, t.TempDir())
	untilState(t, url, "unreachable", func(l device.Local) bool { return l.Pairing != nil && l.Pairing.State == "unreachable" })
}
