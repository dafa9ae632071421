package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/queue"
)

func TestEveryCodeOfTheRoomsBelowIsInTheReference(t *testing.T) {
	below := append(append(queue.Errors(), directory.Errors()...), auth.Errors()...)
	below = append(below, engine.ErrUnknownCenter, engine.ErrIDTaken, engine.ErrKeyReused)
	for _, e := range below {
		if _, ok := statusOf[string(e.Code)]; !ok {
			t.Errorf("the code %s is not in the reference", e.Code)
		}
	}
	seen := map[string]bool{}
	for _, e := range reference {
		if seen[e.code] || e.do == "" || http.StatusText(e.status) == "" {
			t.Errorf("%s stands twice, has no status, or does not say what to do", e.code)
		}
		seen[e.code] = true
	}
}

func TestABodyIsAtMost64KiB(t *testing.T) {
	w := newWorld(t)
	fits := `{"service":"chung-thuc"` + strings.Repeat(" ", maxBody-len(`{"service":"chung-thuc"}`)) + `}`
	w.want(http.StatusCreated, "kiosk", "POST", here+"/tickets", fits)
	w.refused(codeTooLarge, "kiosk", "POST", here+"/tickets", fits+" ")
	// Also when the length is not said beforehand.
	r := httptest.NewRequest("POST", here+"/tickets", struct{ *strings.Reader }{strings.NewReader(fits + " ")})
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token("kiosk"))
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	if out.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body of unknown length: status %d", out.Code)
	}
}

func TestWhoMayNotIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest("POST", here+"/tickets", unreadable{t})
	r.ContentLength = 10
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	if out.Code != http.StatusUnauthorized {
		t.Errorf("status %d", out.Code)
	}
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, errors.New("unreadable")
}

func TestAnIdempotencyKeyBelongsToAnAccountAndACentre(t *testing.T) {
	w := newWorld(t)
	body := `{"service":"chung-thuc"}`
	first := w.want(http.StatusCreated, "clerk", "POST", here+"/tickets", body, "Idempotency-Key", "k")
	again := w.want(http.StatusCreated, "clerk", "POST", here+"/tickets", "\n"+body, "Idempotency-Key", "k")
	if first["id"] != again["id"] || again["number"] != "A001" {
		t.Errorf("the same key gave %v and then %v", first, again)
	}
	if other := w.want(http.StatusCreated, "manager", "POST", here+"/tickets", body, "Idempotency-Key", "k"); other["id"] == first["id"] {
		t.Error("another account was given the answer of the first")
	}
	w.want(http.StatusCreated, "admin", "POST", here+"/tickets", body, "Idempotency-Key", "k")
	if other := w.want(http.StatusCreated, "admin", "POST", "/api/v1/centers/phu-xuan/tickets", body, "Idempotency-Key", "k"); other["number"] != "A001" {
		t.Errorf("another centre gave %v", other)
	}
	w.refused(codeKeyReused, "clerk", "POST", here+"/tickets", `{"service":"ho-tich"}`, "Idempotency-Key", "k")
	w.refused(codeInvalid, "clerk", "POST", here+"/tickets", body, "Idempotency-Key", strings.Repeat("k", 129))
	// The key goes with the account, not with the token.
	_, token, err := w.auth.Login(t.Context(), "clerk", password, auth.Addr(t.Context()))
	must(t, err)
	if again := w.want(http.StatusCreated, "", "POST", here+"/tickets", body, "Idempotency-Key", "k", "Authorization", "Bearer "+token); again["id"] != first["id"] {
		t.Error("another token of the account was given a new ticket")
	}
}

func TestARetriedCallNextCallsOnePerson(t *testing.T) {
	w := newWorld(t)
	w.issue("chung-thuc")
	w.issue("chung-thuc")
	w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/open", "{}")
	for range 3 {
		if got := w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/call-next", `{"finish":true}`, "Idempotency-Key", "once"); got["number"] != "A001" {
			t.Fatalf("called %v", got["number"])
		}
	}
}

func TestAnIDOfAnotherCentreIsTaken(t *testing.T) {
	w := newWorld(t)
	id := w.issue("chung-thuc")
	w.refused("id_taken", "kiosk@phu-xuan", "POST", "/api/v1/centers/phu-xuan/tickets", `{"service":"chung-thuc","id":"`+id+`"}`)
}

func TestTheHourIsSaidWhenItIsClosed(t *testing.T) {
	w := newWorld(t)
	w.clock.pass(10 * time.Hour) // eight in the evening; the clock is known to be synchronised
	doc := w.refused("closed", "kiosk", "POST", here+"/tickets", `{"service":"chung-thuc"}`)
	if doc["opens_at"] != "2025-07-15T07:30:00+07:00" {
		t.Errorf("opens at %v", doc["opens_at"])
	}
}

func TestAFullDiskIsSaidAndHeals(t *testing.T) {
	w := newWorld(t)
	w.token("kiosk")
	w.fault = func(string) error { return syscall.ENOSPC }
	out := w.ask("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc"}`)
	if out.Code != http.StatusServiceUnavailable || out.Header().Get("Retry-After") != "5" || !strings.Contains(out.Body.String(), codeStorage) {
		t.Errorf("status %d, Retry-After %q\n%s", out.Code, out.Header().Get("Retry-After"), out.Body)
	}
	if strings.Contains(out.Body.String(), "space left") {
		t.Errorf("the answer tells of the disk: %s", out.Body)
	}
	w.want(http.StatusOK, "", "GET", here+"/board", "")
	w.fault = nil
	if got := w.want(http.StatusCreated, "kiosk", "POST", here+"/tickets", `{"service":"chung-thuc"}`); got["number"] != "A001" {
		t.Errorf("the first number after the disk healed is %v", got["number"])
	}
}

func TestHealthSaysWhetherCommandsCanBeRecorded(t *testing.T) {
	w := newWorld(t)
	if out := w.ask("", "GET", "/healthz", ""); out.Code != http.StatusOK || out.Body.String() != "ok\n" {
		t.Errorf("healthz: %d %q", out.Code, out.Body)
	}
	w.want(http.StatusOK, "", "GET", "/readyz", "")
	w.fault = func(string) error { return syscall.ENOSPC }
	w.refused(codeStorage, "", "GET", "/readyz", "")
	w.want(http.StatusOK, "", "GET", "/healthz", "")
	w.fault = nil
	w.want(http.StatusOK, "", "GET", "/readyz", "")
	w.refused(codeMethod, "", "POST", "/healthz", "")
}

func TestMetricsAreForLoopbackAndTheTokenOnly(t *testing.T) {
	w := newWorld(t)
	w.issue("chung-thuc")
	get := func(from string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = from
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, r)
		return out
	}
	for _, c := range []struct {
		from   string
		header []string
		status int
	}{
		{"127.0.0.1:1", nil, 200}, {"[::1]:1", nil, 200}, {"192.0.2.1:1", nil, 401},
		{"127.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.1"}, 401}, {"127.0.0.1:1", []string{"Forwarded", "for=192.0.2.1"}, 401},
		{"192.0.2.1:1", []string{"Authorization", "Bearer of-the-metrics"}, 200}, {"192.0.2.1:1", []string{"Authorization", "Bearer else"}, 401},
	} {
		if out := get(c.from, c.header...); out.Code != c.status {
			t.Errorf("from %s with %v: status %d, want %d", c.from, c.header, out.Code, c.status)
		}
	}
	text := get("127.0.0.1:1").Body.String()
	for _, line := range []string{
		`moiso_http_requests_total{method="POST",route="/api/v1/centers/{c}/tickets",status="201"} 1`,
		`moiso_command_seconds_count{verb="issue"} 1`,
		`moiso_waiting{center="thuan-hoa",service="chung-thuc"} 1`,
		`moiso_waiting{center="thuan-hoa",service="ho-tich"} 0`,
		`moiso_refusals_total{code="not_signed_in"} 4`,
		`moiso_open_counters{center="phu-xuan"} 0`,
		`moiso_build_info{version="test"} 1`,
		`moiso_clock_held 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestAnInventedMethodDoesNotFillTheMetrics(t *testing.T) {
	w := newWorld(t)
	w.refused(codeNotFound, "", "BREW", "/api/v1/coffee", "")
	text := w.ask("", "GET", "/metrics", "", "Authorization", "Bearer of-the-metrics").Body.String()
	if strings.Contains(text, "BREW") || strings.Contains(text, "coffee") {
		t.Error("the request's own words stand in the metrics")
	}
}

func TestNoTicketsIDIsEverLogged(t *testing.T) {
	w := newWorld(t)
	id := w.issue("chung-thuc")
	for _, p := range []string{"", "/qr.svg", "/qr.png", "/ticket.png"} {
		if out := w.ask("", "GET", "/api/v1/tickets/"+id+p, ""); out.Code != http.StatusOK {
			t.Errorf("%q: status %d", p, out.Code)
		}
	}
	w.want(http.StatusOK, "", "POST", "/api/v1/tickets/"+id+"/cancel", "{}")
	w.refused("wrong_state", "", "POST", "/api/v1/tickets/"+id+"/cancel", "{}")
	log := w.logged.String()
	if strings.Contains(log, id) || strings.Contains(log, strings.ToLower(id)) {
		t.Errorf("the ticket's id stands in the log:\n%s", log)
	}
	if !strings.Contains(log, "route=/api/v1/tickets/{id}/cancel") || !strings.Contains(log, "code=wrong_state") {
		t.Errorf("the log does not say what was asked and refused:\n%s", log)
	}
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	w := newWorld(t)
	h := w.api.edge(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a secret path /srv/x") }))
	out := httptest.NewRecorder()
	h.ServeHTTP(out, httptest.NewRequest("GET", "/api/v1/centers", nil))
	var doc map[string]any
	must(t, json.Unmarshal(out.Body.Bytes(), &doc))
	if out.Code != http.StatusInternalServerError || doc["code"] != codeInternal || strings.Contains(out.Body.String(), "secret") {
		t.Errorf("status %d\n%s", out.Code, out.Body)
	}
	if id := out.Header().Get("X-Request-Id"); doc["request"] != id || !strings.Contains(w.logged.String(), "request="+id) || !strings.Contains(w.logged.String(), "a secret path") {
		t.Errorf("the log does not have the panic under the id %s:\n%s", id, w.logged)
	}
}

// A kiosk on a bad line leaves its requests after a second and a half; nothing is wrong
// with the server then.
func TestWhoLeavesIsNoErrorOfTheServer(t *testing.T) {
	w := newWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", here+"/tickets", strings.NewReader(`{"service":"chung-thuc"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token("kiosk"))
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	if out.Code != http.StatusServiceUnavailable {
		t.Fatalf("status %d %s", out.Code, out.Body)
	}
	if logs := w.logged.String(); strings.Contains(logs, "level=ERROR") || !strings.Contains(logs, "who asked has left") {
		t.Errorf("it logs:\n%s", logs)
	}
}

func TestAnUnforeseenErrorDoesNotLeak(t *testing.T) {
	p := problemOf(errors.New("open /srv/data/journal.db: permission denied"))
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Detail, "srv") || p.cause == nil {
		t.Errorf("%+v", p)
	}
	if p := problemOf(&queue.Error{Code: "never_heard_of", Message: "internal words"}); p.Code != codeInternal || strings.Contains(p.Detail, "words") {
		t.Errorf("%+v", p)
	}
	if p := problemOf(context.Canceled); p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
		t.Errorf("%+v", p)
	}
}

func TestEveryAnswerHasTheHeadersOfSafety(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/api/v1/centers", "/api/v1/nothing", "/healthz", "/openapi.json"} {
		h := w.ask("", "GET", path, "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" || h.Get("X-Request-Id") == "" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if got := w.ask("", "GET", "/healthz", "", "X-Request-Id", "from-the-proxy-1").Header().Get("X-Request-Id"); got != "from-the-proxy-1" {
		t.Errorf("a proxy's request id became %q", got)
	}
	if got := w.ask("", "GET", "/healthz", "", "X-Request-Id", "a b\"c d e f g").Header().Get("X-Request-Id"); strings.Contains(got, " ") {
		t.Errorf("a request id with blanks was kept: %q", got)
	}
}

func TestABoardIsSentOnceAVersion(t *testing.T) {
	w := newWorld(t)
	first := w.ask("", "GET", here+"/board", "")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Code != http.StatusOK {
		t.Fatalf("status %d, ETag %q", first.Code, tag)
	}
	if out := w.ask("", "GET", here+"/board", "", "If-None-Match", tag); out.Code != http.StatusNotModified || out.Body.Len() != 0 {
		t.Errorf("asked with the ETag: status %d with %d bytes", out.Code, out.Body.Len())
	}
}

func TestThePicturesOfATicket(t *testing.T) {
	w := newWorld(t)
	id := w.issue("chung-thuc")
	for _, c := range []struct {
		path, kind string
		width      int
	}{
		{"/qr.png", "image/png", (29 + 8) * 8}, {"/qr.png?dots=3", "image/png", (29 + 8) * 3},
		{"/ticket.png", "image/png", 576}, {"/ticket.png?width=384", "image/png", 384},
	} {
		out := w.ask("", "GET", "/api/v1/tickets/"+strings.ToLower(id)+c.path, "")
		if out.Code != http.StatusOK || out.Header().Get("Content-Type") != c.kind {
			t.Errorf("%s: status %d, %s", c.path, out.Code, out.Header().Get("Content-Type"))
			continue
		}
		img, err := png.Decode(out.Body)
		must(t, err)
		if img.Bounds().Dx() != c.width {
			t.Errorf("%s is %d dots wide, want %d", c.path, img.Bounds().Dx(), c.width)
		}
	}
	if out := w.ask("", "GET", "/api/v1/tickets/"+id+"/qr.svg", ""); !bytes.HasPrefix(out.Body.Bytes(), []byte("<svg ")) || out.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("qr.svg: %d %s", out.Code, out.Header().Get("Content-Type"))
	}
	w.refused(codeInvalid, "", "GET", "/api/v1/tickets/"+id+"/ticket.png?width=100", "")

	// With the settings of the centre's kiosks it is what they print.
	plain := w.ask("", "GET", "/api/v1/tickets/"+id+"/ticket.png?width=384", "").Body.Bytes()
	w.want(http.StatusOK, "manager", "POST", here+"/kiosk-settings", `{"paper_dots":384,"lines":[{"vi":"Điện thoại: 0234 3 123 456","en":"Telephone: 0234 3 123 456"}]}`)
	out := w.ask("", "GET", "/api/v1/tickets/"+id+"/ticket.png", "")
	before, err := png.Decode(bytes.NewReader(plain))
	must(t, err)
	img, err := png.Decode(out.Body)
	must(t, err)
	if img.Bounds().Dx() != 384 || img.Bounds().Dy() < before.Bounds().Dy()+40 {
		t.Errorf("with two lines the slip is %v, without them %v", img.Bounds(), before.Bounds())
	}
	w.refused(codeInvalid, "manager", "POST", here+"/kiosk-settings", `{"logo":"R0lGODlh"}`)
	w.refused("unknown_ticket", "", "GET", "/api/v1/tickets/ZZZZZZZZZZZZZZZZ/qr.png", "")
}

func TestASessionLivesFromSigningInToSigningOut(t *testing.T) {
	w := newWorld(t)
	w.token("manager") // makes the account
	in := w.ask("", "POST", "/api/v1/session", `{"username":"manager","password":"`+password+`"}`)
	if in.Code != http.StatusOK {
		t.Fatalf("status %d\n%s", in.Code, in.Body)
	}
	cookie := in.Result().Cookies()[0]
	has := []string{"Cookie", cookie.Name + "=" + cookie.Value}
	if doc := w.want(http.StatusOK, "", "GET", "/api/v1/session", "", has...); doc["username"] != "manager" {
		t.Errorf("signed in is %v", doc)
	}
	w.want(http.StatusOK, "", "POST", here+"/issuing/pause", `{"reason":"mất điện"}`, has...)
	doc := w.refused(codeForbidden, "", "POST", here+"/issuing/resume", `{}`, append(has, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")...)
	if !strings.Contains(doc["detail"].(string), "another site") {
		t.Errorf("%v", doc)
	}
	w.want(http.StatusNoContent, "", "DELETE", "/api/v1/session", "", has...)
	w.refused(codeNotSignedIn, "", "GET", "/api/v1/session", "", has...)
}

func TestTooManyFailedLoginsSayWhenToTryAgain(t *testing.T) {
	w := newWorld(t)
	w.token("clerk")
	for range 50 {
		out := w.ask("", "POST", "/api/v1/login", `{"username":"clerk","password":"wrong"}`)
		if out.Code == http.StatusTooManyRequests {
			if out.Header().Get("Retry-After") == "" || !strings.Contains(out.Body.String(), codeLockedOut) {
				t.Errorf("Retry-After %q\n%s", out.Header().Get("Retry-After"), out.Body)
			}
			return
		}
		if out.Code != http.StatusUnauthorized {
			t.Fatalf("status %d\n%s", out.Code, out.Body)
		}
	}
	t.Error("fifty failed logins and no limit")
}

func TestTheFirstAdministratorComesInByTheLink(t *testing.T) {
	w := newWorld(t)
	token, err := w.auth.SetupToken()
	must(t, err)
	w.refused(codeForbidden, "", "POST", "/api/v1/setup", `{"token":"not it","username":"chi.huong","password":"`+password+`"}`)
	w.refused(codeInvalid, "", "POST", "/api/v1/setup", `{"token":"`+token+`","username":"chi.huong","password":"short"}`)
	if doc := w.want(http.StatusOK, "", "POST", "/api/v1/setup", `{"token":"`+token+`","username":"chi.huong","password":"`+password+`"}`); doc["center"] != "" || doc["username"] != "chi.huong" {
		t.Errorf("%v", doc)
	}
	w.refused(codeForbidden, "", "POST", "/api/v1/setup", `{"token":"`+token+`","username":"anh.nam","password":"`+password+`"}`)
	if doc := w.want(http.StatusOK, "", "POST", "/api/v1/login", `{"username":"chi.huong","password":"`+password+`"}`); doc["token"] == "" {
		t.Error("no token")
	}
}
