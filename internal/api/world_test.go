package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/hub"
	"moiso/internal/journal/boltlog"
	"moiso/internal/media"
	"moiso/internal/queue"
	"moiso/internal/ticket"
)

// noon is a Monday in the demo city's zone, far from any midnight.
var noon = time.Date(2025, 7, 14, 10, 0, 0, 0, time.FixedZone("", 7*3600))

// clock is a clock that tests move by hand; it ticks a millisecond a look, so that
// stamps differ.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// register is the directory as auth wants it.
type register struct{ e *engine.Engine }

func (r register) Do(ctx context.Context, c directory.Command, m directory.Meta) error {
	return r.e.DoCity(ctx, c, engine.Call{Actor: m.Actor, Device: m.Device, Source: m.Source})
}
func (r register) State() *directory.State { return r.e.Register() }

// world is a server with two centres, one account a role and one device a role.
type world struct {
	t      testing.TB
	api    *API
	engine *engine.Engine
	auth   *auth.Auth
	hub    *hub.Hub
	clock  *clock
	log    *boltlog.Log
	tokens map[string]string // by role
	logged *bytes.Buffer
	fault  func(step string) error // of the journal; nil for none
}

// password of every account of the tests.
const password = "một buổi sáng ở Huế"

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{t: t, clock: &clock{now: noon}, tokens: map[string]string{}, logged: &bytes.Buffer{}}
	dir := t.TempDir()
	log, err := boltlog.Open(filepath.Join(dir, "journal.db"), boltlog.Options{InitialMmapSize: 1 << 22, Fault: func(step string) error {
		if w.fault != nil {
			return w.fault(step)
		}
		return nil
	}})
	must(t, err)
	t.Cleanup(func() { must(t, log.Close()) })
	w.log = log
	w.hub = hub.New(hub.Options{})
	public, err := url.Parse("https://moiso.example.vn")
	must(t, err)
	w.engine, err = engine.Open(ctx, engine.Options{Log: log, Hub: w.hub, Epoch: "EPOCH", Now: w.clock.Now, Synced: func() bool { return true },
		TicketURL: func(id queue.TicketID) string { return ticket.URL(public, id) }})
	must(t, err)
	t.Cleanup(func() { must(t, w.engine.Close(context.Background())) })
	t.Cleanup(func() { must(t, w.hub.Shutdown(context.Background(), "the test is over")) })
	w.auth, err = auth.Open(auth.Options{Path: filepath.Join(dir, auth.StoreFile), Directory: register{w.engine}, WriteError: WriteError,
		OnRevoke: func(id string) { w.hub.CloseWhere(func(k hub.Socket) bool { return k.Owner == id }, 1008, "revoked") }})
	must(t, err)
	t.Cleanup(func() { must(t, w.auth.Close()) })
	store, err := media.Open(filepath.Join(dir, "media"))
	must(t, err)
	w.api, err = New(Options{Engine: w.engine, Hub: w.hub, Auth: w.auth, PublicURL: public, Version: "test", MetricsToken: "of-the-metrics", Media: store, MediaLimit: 1 << 20,
		Logger: slog.New(slog.NewTextHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	must(t, err)
	w.city(ctx)
	return w
}

// city sets two centres up: "here", which the accounts belong to, and "there".
func (w *world) city(ctx context.Context) {
	for _, c := range []struct {
		id   queue.CenterID
		name string
	}{{"thuan-hoa", "phường Thuận Hóa"}, {"phu-xuan", "phường Phú Xuân"}} {
		name := queue.Text{VI: "Trung tâm Phục vụ hành chính công " + c.name, EN: "Public service centre"}
		short := queue.Text{VI: c.name}
		must(w.t, w.engine.DoCity(ctx, directory.AddCenter{ID: c.id, Name: name, Short: short}, engine.Call{}))
		for _, cmd := range []queue.Command{
			queue.SetCenter{Config: queue.CenterConfig{ID: c.id, Name: name, Short: short, TimeZone: "Asia/Ho_Chi_Minh"}},
			queue.SetHours{Hours: queue.Hours{Periods: []queue.Period{{From: "01-01", To: "12-31",
				Days: []time.Weekday{1, 2, 3, 4, 5}, Spans: []queue.Span{{From: "07:30", To: "17:00"}}}}}},
			queue.SetPolicy{Policy: queue.Policy{Mode: queue.Interleaved, Every: 2, GraceS: 1800,
				Classes: []queue.Class{{ID: "elderly", Name: queue.Text{VI: "Người cao tuổi", EN: "Elderly"}}}}},
			queue.SetService{Service: queue.Service{ID: "chung-thuc", Prefix: "A", Name: queue.Text{VI: "Chứng thực", EN: "Certification"}}},
			queue.SetService{Service: queue.Service{ID: "ho-tich", Prefix: "H", Name: queue.Text{VI: "Hộ tịch", EN: "Civil status"}}},
			queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"chung-thuc", "ho-tich"}}},
			queue.SetCounter{Config: queue.CounterConfig{Number: 2, Services: []queue.ServiceID{"chung-thuc"}}},
		} {
			_, err := w.engine.Do(ctx, c.id, cmd, engine.Call{Source: "system"})
			must(w.t, err)
		}
	}
}

// token gives the bearer token of a role in the centre thuan-hoa ("admin": of the
// city), or, for "clerk@phu-xuan", in the other one. Accounts are made on demand,
// since hashing a password takes its time.
func (w *world) token(role string) string {
	if t, ok := w.tokens[role]; ok {
		return t
	}
	name, center, elsewhere := strings.Cut(role, "@")
	if !elsewhere {
		center = "thuan-hoa"
	}
	if name == "admin" {
		center = ""
	}
	ctx := w.t.Context()
	g := directory.Grant{Role: directory.Role(name), Center: queue.CenterID(center)}
	var token string
	switch g.Role {
	case directory.Kiosk, directory.Display, directory.Printer:
		var err error
		_, token, err = w.auth.CreateDevice(ctx, g.Role, g.Center, "sảnh chính")
		must(w.t, err)
	default:
		user := strings.ReplaceAll(role, "@", ".")
		_, err := w.auth.CreateAccount(ctx, auth.NewAccount{Username: user, Name: "Người " + name, Password: password, Roles: []auth.Grant{g}})
		must(w.t, err)
		_, token, err = w.auth.Login(ctx, user, password, auth.Addr(ctx))
		must(w.t, err)
	}
	w.tokens[role] = token
	return token
}

// device registers a device of thuan-hoa, whose token is that of its role from now on,
// and gives its id.
func (w *world) device(role string) string {
	w.t.Helper()
	d, token, err := w.auth.CreateDevice(w.t.Context(), directory.Role(role), "thuan-hoa", "sảnh chính")
	must(w.t, err)
	w.tokens[role] = token
	return string(d.ID)
}

// ask sends a request as a role ("" for nobody); a body of "" sends none.
func (w *world) ask(role, method, path, body string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, in)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+w.token(role))
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	return out
}

// want sends a request and fails unless it is answered with this status. It gives
// the body as JSON.
func (w *world) want(status int, role, method, path, body string, header ...string) map[string]any {
	w.t.Helper()
	out := w.ask(role, method, path, body, header...)
	if out.Code != status {
		w.t.Fatalf("%s %s as %q: status %d, want %d\n%s", method, path, role, out.Code, status, out.Body)
	}
	var doc map[string]any
	if out.Body.Len() > 0 && out.Body.Bytes()[0] == '{' {
		must(w.t, json.Unmarshal(out.Body.Bytes(), &doc))
	}
	return doc
}

// refused sends a request and fails unless it is refused with this code.
func (w *world) refused(code, role, method, path, body string, header ...string) map[string]any {
	w.t.Helper()
	status, known := statusOf[code]
	if !known {
		w.t.Fatalf("the code %s is not in the reference", code)
	}
	out := w.ask(role, method, path, body, header...)
	if out.Code != status || out.Header().Get("Content-Type") != problemType {
		w.t.Fatalf("%s %s as %q: status %d (%s), want %d %s\n%s", method, path, role, out.Code, out.Header().Get("Content-Type"), status, code, out.Body)
	}
	var doc map[string]any
	must(w.t, json.Unmarshal(out.Body.Bytes(), &doc))
	if doc["code"] != code || doc["type"] != "about:blank" || doc["title"] != http.StatusText(status) || doc["status"] != float64(status) || doc["detail"] == "" {
		w.t.Fatalf("%s %s as %q: problem %v, want code %s", method, path, role, doc, code)
	}
	return doc
}

// issue takes a ticket and gives its id.
func (w *world) issue(service string) string {
	w.t.Helper()
	return w.want(http.StatusCreated, "kiosk", "POST", "/api/v1/centers/thuan-hoa/tickets", `{"service":"`+service+`"}`)["id"].(string)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
