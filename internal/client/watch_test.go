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

// script is a server whose sockets do as the test says.
type script struct {
	mu    sync.Mutex
	dials []time.Time
	next  func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn)
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.dials = append(s.dials, time.Now())
	n := len(s.dials)
	s.mu.Unlock()
	s.next(n, w, r, func() *websocket.Conn {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			panic(err)
		}
		return ws
	})
}

// drain reads until the client has gone.
func drain(ws *websocket.Conn) error {
	for {
		if _, _, err := ws.NextReader(); err != nil {
			return err
		}
	}
}

func beat() []byte { return []byte(`{"heartbeat":"` + time.Now().Format(time.RFC3339) + `"}`) }

// beats sends heartbeats until the client has gone.
func beats(ws *websocket.Conn, every time.Duration) {
	gone := make(chan bool)
	go func() {
		drain(ws)
		close(gone)
	}()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ws.WriteMessage(websocket.TextMessage, beat()) == nil {
		select {
		case <-ticker.C:
		case <-gone:
			return
		}
	}
}

func TestAHalfOpenLinkIsFoundOutAndWhatIsShownGrowsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			ws := up()
			defer ws.Close()
			ws.WriteMessage(websocket.TextMessage, doc("e", int64(n)).Bytes)
			if n == 1 { // silent, but not closed
				drain(ws)
				return
			}
			beats(ws, 2*time.Second)
		}}
		c := bubble(t, Options{}, s)
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		var log statuses
		done := make(chan error)
		go func() {
			done <- Follow(ctx, c, BoardFeed("c"), func(view.Board) {}, log.add)
		}()
		synctest.Wait()
		if st, n := log.last(); n != 1 || !st.Connected || st.Stale {
			t.Errorf("first status %d: %+v", n, st)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if st, _ := log.last(); st.Connected || !st.Stale || !st.Since.Equal(begun) || st.Err == nil {
			t.Errorf("after 5 s of silence: %+v, want stale since %v", st, begun)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if st, _ := log.last(); !st.Connected || st.Stale || st.Err != nil || len(s.dials) != 2 {
			t.Errorf("after the reconnection: %+v, %d dials", st, len(s.dials))
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestATicketsFeedIsGivenTenTimesThePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			ws := up()
			defer ws.Close()
			beats(ws, 20*time.Second)
		}}
		c := bubble(t, Options{}, s)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var log statuses
		err := Follow(ctx, c, TicketFeed("T1"), func(view.TicketPage) {}, log.add)
		if _, n := log.last(); n != 1 || len(s.dials) != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d statuses, %d dials, %v", n, len(s.dials), err)
		}
	})
}

func TestAServerThatIsCutOffItselfIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(hub.Options{KeepLatest: true})
		h.Publish("board/c", doc("e", 1))
		c := bubble(t, Options{}, serveHub(h, nil))
		ctx, cancel := context.WithCancel(t.Context())
		var log statuses
		done := make(chan error)
		go func() { done <- Follow(ctx, c, BoardFeed("c"), func(view.Board) {}, log.add) }()
		synctest.Wait()
		since := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
		h.SetStale(since)
		synctest.Wait()
		if st, _ := log.last(); !st.Connected || !st.Stale || !st.Since.Equal(since) {
			t.Errorf("the source is away: %+v", st)
		}
		h.Publish("board/c", doc("e", 2))
		synctest.Wait()
		if st, _ := log.last(); !st.Stale {
			t.Errorf("a document does not end staleness that the server has declared: %+v", st)
		}
		h.SetStale(time.Time{})
		synctest.Wait()
		if st, n := log.last(); st.Stale || n != 3 {
			t.Errorf("the source is back: %+v, %d statuses", st, n)
		}
		cancel()
		<-done
		stopHub(t, h)
	})
}

func TestWhatIsShownStaysGoodForAWhileWithoutAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			if n > 1 {
				http.Error(w, "starting", http.StatusBadGateway)
				return
			}
			ws := up()
			ws.WriteMessage(websocket.TextMessage, doc("e", 1).Bytes)
			ws.Close()
		}}
		c := bubble(t, Options{}, s)
		ctx, cancel := context.WithCancel(t.Context())
		var log statuses
		done := make(chan error)
		begun := time.Now()
		go func() { done <- Follow(ctx, c, BoardFeed("c"), func(view.Board) {}, log.add) }()
		time.Sleep(4900 * time.Millisecond)
		synctest.Wait()
		if st, _ := log.last(); st.Connected || st.Stale || st.Err == nil {
			t.Errorf("just cut: %+v", st)
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if st, _ := log.last(); st.Connected || !st.Stale || st.Since.Sub(begun) > time.Second {
			t.Errorf("after 5 s: %+v", st)
		}
		cancel()
		<-done
	})
}

func TestReconnectingHonoursRetryAfterAndSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := true
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			if full {
				w.Header().Set("Retry-After", "30")
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(503)
				io.WriteString(w, `{"code":"too_many_sockets"}`)
				return
			}
			w.WriteHeader(http.StatusBadGateway)
		}}
		c := bubble(t, Options{}, s)
		follow := func(d time.Duration) []time.Time {
			s.dials = nil
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			if err := Follow(ctx, c, BoardFeed("c"), func(view.Board) {}, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			return s.dials
		}
		dials := follow(5 * time.Minute)
		for i := range dials[1:] {
			if d := dials[i+1].Sub(dials[i]); d < 30*time.Second || d > 40*time.Second {
				t.Errorf("came back after %v", d)
			}
		}
		full = false
		if n := len(follow(10 * time.Minute)); n < 600/8 || n > 600/4+10 {
			t.Errorf("%d attempts in ten minutes without a server", n)
		}
	})
}

func TestAServerThatAcceptsAndCutsGetsNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{next: func(n int, w http.ResponseWriter, r *http.Request, up func() *websocket.Conn) {
			ws := up()
			ws.WriteMessage(websocket.TextMessage, beat())
			ws.Close()
		}}
		c := bubble(t, Options{}, s)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		c.Watch(ctx, CityFeed().Feed, Watcher{})
		if n := len(s.dials); n < 600/8 || n > 600/4+10 {
			t.Errorf("%d connections in ten minutes", n)
		}
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
