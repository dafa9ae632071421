package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/api"
	"moiso/internal/auth"
	"moiso/internal/client"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/hub"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/testbed"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const here = queue.CenterID("thuan-hoa")

// register is the directory as auth wants it.
type register struct{ e *engine.Engine }

func (r register) Do(ctx context.Context, c directory.Command, m directory.Meta) error {
	return r.e.DoCity(ctx, c, engine.Call{Actor: m.Actor, Device: m.Device, Source: m.Source})
}
func (r register) State() *directory.State { return r.e.Register() }

// world is a real server on a real socket, with a bad line in front of it.
type world struct {
	t      testing.TB
	dir    string
	log    *boltlog.Log
	engine *engine.Engine
	auth   *auth.Auth
	hub    *hub.Hub
	http   *http.Server
	addr   string
	line   *proxy

	mu    sync.Mutex
	ahead time.Duration // of the server's clock
	fault int           // status with which every request is answered, 0 for none
	fail  func(string) error
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.start("127.0.0.1:0")
	t.Cleanup(w.stop)
	name := queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuan Hoa public service centre"}
	must(t, w.engine.DoCity(t.Context(), directory.AddCenter{ID: here, Name: name, Short: queue.Text{VI: "phường Thuận Hóa"}}, engine.Call{}))
	w.do(queue.SetCenter{Config: queue.CenterConfig{ID: here, Name: name, Short: queue.Text{VI: "phường Thuận Hóa"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		queue.SetHours{Hours: queue.Hours{AllDay: true}},
		queue.SetService{Service: queue.Service{ID: "chung-thuc", Prefix: "A", Name: queue.Text{VI: "Chứng thực", EN: "Certification"}, Where: queue.Text{VI: "Sảnh tầng 1"}}},
		queue.SetService{Service: queue.Service{ID: "ho-tich", Prefix: "H", Name: queue.Text{VI: "Hộ tịch", EN: "Civil status"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"chung-thuc", "ho-tich"}}},
		queue.OpenCounter{Counter: 1})
	w.line = newProxy(t, w.addr)
	return w
}

// start opens the server on its folder.
func (w *world) start(listen string) {
	w.t.Helper()
	log, err := boltlog.Open(filepath.Join(w.dir, "journal.db"), boltlog.Options{InitialMmapSize: 1 << 24, Fault: func(step string) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.fail != nil {
			return w.fail(step)
		}
		return nil
	}})
	must(w.t, err)
	w.log = log
	w.hub = hub.New(hub.Options{})
	public, err := url.Parse("https://so.hue.vn")
	must(w.t, err)
	w.engine, err = engine.Open(context.Background(), engine.Options{Log: log, Hub: w.hub, Epoch: "EPOCH", Now: w.now, Synced: func() bool { return true },
		TicketURL: func(id queue.TicketID) string { return ticket.URL(public, id) }})
	must(w.t, err)
	w.auth, err = auth.Open(auth.Options{Path: filepath.Join(w.dir, auth.StoreFile), Directory: register{w.engine}, WriteError: api.WriteError})
	must(w.t, err)
	a, err := api.New(api.Options{Engine: w.engine, Hub: w.hub, Auth: w.auth, PublicURL: public, Version: "test"})
	must(w.t, err)
	l, err := net.Listen("tcp", listen)
	must(w.t, err)
	w.addr = l.Addr().String()
	w.http = &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		fault := w.fault
		w.mu.Unlock()
		if fault != 0 {
			http.Error(rw, "<html>Bad day</html>", fault)
			return
		}
		a.ServeHTTP(rw, r)
	})}
	go func() { _ = w.http.Serve(l) }() // ends with stop
}

func (w *world) stop() {
	must(w.t, w.hub.Shutdown(context.Background(), "the test is over"))
	_ = w.http.Close()
	must(w.t, w.engine.Close(context.Background()))
	must(w.t, w.auth.Close())
	must(w.t, w.log.Close())
}

func (w *world) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) do(cmds ...queue.Command) (last engine.Reply) {
	w.t.Helper()
	for _, c := range cmds {
		r, err := w.engine.Do(context.Background(), here, c, engine.Call{Actor: "lan", Source: "desk", OutOfTurn: true})
		if err != nil {
			w.t.Fatalf("%T: %v", c, err)
		}
		last = r
	}
	return last
}

// token registers a kiosk.
func (w *world) token() string {
	w.t.Helper()
	_, token, err := w.auth.CreateDevice(context.Background(), directory.Kiosk, here, "sảnh chính")
	must(w.t, err)
	return token
}

// tickets gives what the centre has, in order of place.
func (w *world) tickets() (out []queue.Ticket) {
	w.t.Helper()
	must(w.t, w.engine.View(context.Background(), here, func(s *queue.State, _ view.Stamp) error {
		for _, t := range s.Tickets {
			out = append(out, *t)
		}
		return nil
	}))
	slices.SortFunc(out, func(a, b queue.Ticket) int { return int(a.Place - b.Place) })
	return out
}

// machineUnderTest is a kiosk that runs, seen from its page.
type machineUnderTest struct {
	t    testing.TB
	url  string
	logs *testbed.Text
	stop func()
}

var shows = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// kiosk starts the program in this process, with its files in dir.
func (w *world) kiosk(token, dir string) *machineUnderTest { return w.kioskAt(token, dir, newClock()) }

// kioskAt starts it on a machine with a clock of the test's own.
func (w *world) kioskAt(token, dir string, c *clock, flags ...string) *machineUnderTest {
	w.t.Helper()
	return w.program(c, append([]string{"-center", string(here), "-token", token, "-data", dir}, flags...)...)
}

// unpaired starts one that nobody has let in yet.
func (w *world) unpaired(dir string) *machineUnderTest { return w.program(newClock(), "-data", dir) }

func (w *world) program(c *clock, flags ...string) *machineUnderTest {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, errs := &testbed.Text{}, &testbed.Text{}
	done := make(chan int, 1)
	p := (&setup{clock: c}).program()
	args := append([]string{"-server", w.line.url(), "-listen", "127.0.0.1:0"}, flags...)
	go func() { done <- p.Main(ctx, args, out, errs, func(string) string { return "" }) }()
	m := &machineUnderTest{t: w.t, logs: errs}
	var once sync.Once
	m.stop = func() {
		once.Do(func() {
			cancel()
			if code := <-done; code != 0 {
				w.t.Errorf("the kiosk ended with %d: %s", code, errs)
			}
		})
	}
	w.t.Cleanup(m.stop)
	eventually(w.t, "the kiosk shows its page", func() bool {
		m.url = shows.FindString(out.String())
		return m.url != "" || len(done) > 0
	})
	if m.url == "" {
		w.t.Fatalf("the kiosk did not start: %s", errs)
	}
	return m
}

// eventually waits for what is on the other side of a connection.
var eventually = testbed.Eventually

// post sends a request of the page.
func (m *machineUnderTest) post(path string, body any) (int, map[string]any) {
	m.t.Helper()
	b, err := json.Marshal(body)
	must(m.t, err)
	status, doc, err := m.try(path, b)
	must(m.t, err)
	return status, doc
}

func (m *machineUnderTest) try(path string, body []byte) (int, map[string]any, error) {
	res, err := http.Post(m.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	return read(res)
}

func read(res *http.Response) (int, map[string]any, error) {
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		return res.StatusCode, map[string]any{"body": string(b)}, nil
	}
	return res.StatusCode, doc, nil
}

func (m *machineUnderTest) get(path string) (int, map[string]any) {
	m.t.Helper()
	res, err := http.Get(m.url + path)
	must(m.t, err)
	status, doc, err := read(res)
	must(m.t, err)
	return status, doc
}

// take is one touch.
func (m *machineUnderTest) take(id, service string) view.Ticket {
	m.t.Helper()
	begun := time.Now()
	status, doc := m.post("/api/v1/centers/thuan-hoa/tickets", map[string]any{"id": id, "service": service, "paper": false})
	if took := time.Since(begun); took > 2*time.Second {
		m.t.Errorf("the citizen waited %v for a number", took)
	}
	if status != http.StatusOK && status != http.StatusCreated {
		m.t.Fatalf("a touch is answered %d: %v", status, doc)
	}
	b, err := json.Marshal(doc)
	must(m.t, err)
	var v view.Ticket
	must(m.t, json.Unmarshal(b, &v))
	return v
}

// ready waits until the kiosk knows all it needs to be cut off.
func (m *machineUnderTest) ready() {
	m.t.Helper()
	eventually(m.t, "the kiosk is online and has its lane", func() bool {
		return strings.Contains(m.logs.String(), "the server is there") && strings.Contains(m.logs.String(), "the kiosk is known")
	})
}

// document reads the page's document from its socket.
func (m *machineUnderTest) document() string {
	m.t.Helper()
	c, err := client.New(client.Options{Server: m.url})
	must(m.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	text := ""
	enough := errors.New("enough")
	if err := c.Watch(ctx, client.Feed{View: "kiosk", Center: string(here)}, client.Watcher{Document: func(b []byte, _ client.Head) error {
		text = string(b)
		return enough
	}}); !errors.Is(err, enough) {
		m.t.Fatalf("the page's document: %v", err)
	}
	return text
}

func id(n int) string { return fmt.Sprintf("%016d", n) }
