package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"moiso/internal/hub"
	"moiso/internal/view"
)

func doc(epoch string, version int64) hub.Doc {
	return hub.Doc{Epoch: epoch, Version: version,
		Bytes: fmt.Appendf(nil, `{"version":%d,"center":"c","at":"2025-07-14T09:30:00+07:00","epoch":%q,"last_call":%d}`, version, epoch, version)}
}

// serveHub is the server's side of /ws/v1 as the API wires it.
func serveHub(h *hub.Hub, seen func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if seen != nil {
			seen(r)
		}
		q := r.URL.Query()
		version, _ := strconv.ParseInt(q.Get("version"), 10, 64)
		h.Serve(w, r, hub.Subscription{Topic: hub.Topic(q.Get("view") + "/" + q.Get("center")), Epoch: q.Get("epoch"),
			Version: version, Heartbeat: 2 * time.Second})
	}
}

func stopHub(t *testing.T, h *hub.Hub) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.Shutdown(ctx, "the test is over"); err != nil {
		t.Error(err)
	}
}

// statuses collects what a watcher is told.
type statuses struct {
	mu  sync.Mutex
	all []Status
}

func (s *statuses) add(st Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, st)
}

// last is the newest status, and how many there were.
func (s *statuses) last() (Status, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return Status{}, 0
	}
	return s.all[len(s.all)-1], len(s.all)
}

func TestDocumentsComeOnceAndRisingThroughAnyNumberOfConnections(t *testing.T) {
	const last = 3000
	h := hub.New(hub.Options{KeepLatest: true})
	defer stopHub(t, h)
	var connections, resumed atomic.Int64
	c := start(t, serveHub(h, func(r *http.Request) {
		connections.Add(1)
		if r.URL.Query().Get("epoch") == "e" && r.Header.Get("Authorization") == "Bearer t" {
			resumed.Add(1)
		}
	}), Options{Token: "t", MinDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var writer sync.WaitGroup
	have := int64(0)
	writer.Go(func() {
		for v := int64(1); v <= last && ctx.Err() == nil; v++ {
			h.Publish("board/c", doc("e", v))
			if v%100 == 0 {
				n := connections.Load()
				for connections.Load() == n && ctx.Err() == nil {
					h.CloseTopic("board/c", websocket.CloseGoingAway, "moved")
					runtime.Gosched()
				}
			}
		}
	})
	err := Follow(ctx, c, BoardFeed("c"), func(b view.Board) {
		if b.Version <= have || int64(b.LastCall) != b.Version {
			t.Errorf("version %d with call %d came after %d", b.Version, b.LastCall, have)
		}
		if have = b.Version; have == last {
			cancel()
		}
	}, nil)
	if !errors.Is(err, context.Canceled) || have != last {
		t.Errorf("ended at %d with %v", have, err)
	}
	writer.Wait()
	if n := connections.Load(); n < 10 || resumed.Load() < n/2 {
		t.Errorf("%d connections, %d of them resumed", n, resumed.Load())
	}
}

func TestAnotherEpochStartsAfresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Options{KeepLatest: true})
		c := bubble(t, Options{}, serveHub(h, nil))
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan error)
		go func() {
			done <- c.Watch(ctx, BoardFeed("c").Feed, Watcher{Epoch: "a", Version: 3, Document: func(_ []byte, hd Head) error {
				got = append(got, fmt.Sprintf("%s/%d", hd.Epoch, hd.Version))
				return nil
			}})
		}()
		for _, d := range []hub.Doc{doc("a", 2), doc("a", 3), doc("a", 4), doc("b", 1), doc("b", 2)} {
			h.Publish("board/c", d)
			synctest.Wait()
		}
		if s := fmt.Sprint(got); s != "[a/4 b/1 b/2]" {
			t.Errorf("received %s", s)
		}
		cancel()
		<-done
		stopHub(t, h)
	})
}

func TestAWatchEndsOnlyWhenTheServerItselfSaysThatItIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problems := []int{503, 429, 500, 404}
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			switch n {
			case 1: // the login page of some network
				io.WriteString(w, "<html>")
			case 2:
				http.Error(w, "not here", http.StatusNotFound)
			default:
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(problems[n-3])
				fmt.Fprintf(w, `{"code":"code_%d"}`, problems[n-3])
			}
		}}
		c := bubble(t, Options{}, s)
		err := Follow(t.Context(), c, BoardFeed("nowhere"), func(view.Board) {}, nil)
		if Code(err) != "code_404" || len(s.dials) != 6 {
			t.Errorf("ended after %d attempts with %v", len(s.dials), err)
		}
	})
}

func TestAnErrorOfTheWatcherEndsTheWatch(t *testing.T) {
	h := hub.New(hub.Options{KeepLatest: true})
	defer stopHub(t, h)
	c := start(t, serveHub(h, nil), Options{})
	h.Publish("board/c", doc("e", 1))
	enough := errors.New("enough")
	err := c.Watch(t.Context(), BoardFeed("c").Feed, Watcher{Document: func([]byte, Head) error { return enough }})
	if err != enough {
		t.Errorf("ended with %v", err)
	}
	h.Publish("board/c", hub.Doc{Epoch: "e", Version: 2, Bytes: []byte(`{"version":2,"epoch":"e","calls":7}`)})
	var wrong *json.UnmarshalTypeError
	if err := Follow(t.Context(), c, BoardFeed("c"), func(view.Board) {}, nil); !errors.As(err, &wrong) {
		t.Errorf("a document of another kind: %v", err)
	}
}

func TestWhoStopsWatchingSaysGoodbye(t *testing.T) {
	bye := make(chan error, 1)
	s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
		ws := up()
		defer ws.Close()
		ws.WriteMessage(websocket.TextMessage, beat())
		bye <- drain(ws)
	}}
	c := start(t, s, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Watch(ctx, BoardFeed("c").Feed, Watcher{Status: func(Status) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Watch returned %v", err)
	}
	if err := <-bye; !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the server saw %v", err)
	}
}

func TestAWatchThatIsBeingSetUpEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, release := make(chan bool), make(chan bool)
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			asked <- true
			<-release // never answers
		}}
		c := bubble(t, Options{}, s)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Watch(ctx, BoardFeed("c").Feed, Watcher{}) }()
		<-asked
		begun := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || time.Since(begun) != 0 {
			t.Errorf("ended after %v with %v", time.Since(begun), err)
		}
		close(release)
	})
}

func TestAThousandWatchesTakeAGoroutineEach(t *testing.T) {
	const n = 1000
	h := hub.New(hub.Options{})
	defer stopHub(t, h)
	c := start(t, serveHub(h, nil), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	before := runtime.NumGoroutine()
	var got atomic.Int64
	var watches sync.WaitGroup
	for range n {
		watches.Go(func() {
			c.Watch(ctx, BoardFeed("c").Feed, Watcher{Document: func([]byte, Head) error { got.Add(1); return nil }})
		})
	}
	wait := func(what string, cond func() bool) {
		for end := time.Now().Add(30 * time.Second); !cond(); runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatal("waited in vain until " + what)
			}
		}
	}
	wait("all watch", func() bool { return h.Subscribers("board/c") == n })
	h.Publish("board/c", doc("e", 1))
	wait("all have the document", func() bool { return got.Load() == n })
	// One here, one in the hub, and the wheel's and the server's.
	wait("only they are left", func() bool { return runtime.NumGoroutine() <= before+2*n+5 })
	cancel()
	watches.Wait()
}

func TestFeedsAskForWhatTheContractSays(t *testing.T) {
	asked := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.String()
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(404)
		io.WriteString(w, `{"code":"not_found"}`)
	}))
	defer srv.Close()
	c, err := New(Options{Server: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]Feed{
		"center=c&view=board":             BoardFeed("c").Feed,
		"center=c&view=kiosk":             KioskFeed("c").Feed,
		"id=T1&view=ticket":               TicketFeed("T1").Feed,
		"center=c&counter=3&view=counter": CounterFeed("c", 3).Feed,
		"center=c&view=assist":            AssistFeed("c").Feed,
		"center=c&view=monitor":           MonitorFeed("c").Feed,
		"view=city":                       CityFeed().Feed,
	} {
		if err := c.Watch(t.Context(), f, Watcher{}); Code(err) != "not_found" {
			t.Error(err)
		}
		if got := <-asked; got != "/ws/v1?"+want || strings.Contains(got, "version") {
			t.Errorf("asked for %s, want %s", got, want)
		}
	}
}
