package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"moiso/internal/hub"
	"moiso/internal/view"
)

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
