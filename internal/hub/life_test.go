package hub

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// count reads text messages for a while of bubble time.
func count(t *testing.T, ws *websocket.Conn, d time.Duration) (messages []message) {
	ws.SetReadDeadline(time.Now().Add(d))
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			return messages
		}
		if !strings.HasPrefix(string(text), `{"heartbeat":"`) {
			t.Errorf("received %s", text)
		}
		messages = append(messages, message{})
	}
}

func TestEverySocketHasHeartbeatsAtItsOwnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		for _, c := range []struct {
			every time.Duration
			want  int // in a minute, with the one at the start
		}{{2 * time.Second, 31}, {20 * time.Second, 4}, {0, 1}, {90 * time.Second, 1}} {
			ws := piped(t, h, Subscription{Topic: "board/c", Heartbeat: c.every})
			if got := len(count(t, ws, time.Minute+tick)); got != c.want {
				t.Errorf("every %v: %d heartbeats in a minute, want %d", c.every, got, c.want)
			}
			ws.Close()
			synctest.Wait()
		}
		stop(t, h)
	})
}

func TestHeartbeatsTellTheTimeAndSinceWhenTheSourceIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		ws := piped(t, h, Subscription{Topic: "board/c", Heartbeat: 2 * time.Second})
		if m := read(t, ws); !m.Heartbeat.Equal(time.Now()) || !m.StaleSince.IsZero() {
			t.Errorf("the first heartbeat is %+v at %v", m, time.Now())
		}
		since := time.Now().Add(-time.Second).Truncate(time.Millisecond)
		start := time.Now()
		h.SetStale(since)
		if m := read(t, ws); !m.StaleSince.Equal(since) || time.Since(start) != 0 {
			t.Errorf("stale: %+v after %v, want since %v at once", m, time.Since(start), since)
		}
		late := piped(t, h, Subscription{Topic: "board/c", Heartbeat: 2 * time.Second})
		if m := read(t, late); !m.StaleSince.Equal(since) {
			t.Errorf("a page that comes later is told %+v", m)
		}
		go func() {
			for {
				if _, _, err := late.NextReader(); err != nil {
					return
				}
			}
		}()
		if m := read(t, ws); !m.StaleSince.Equal(since) {
			t.Errorf("the next regular heartbeat is %+v", m)
		}
		h.SetStale(time.Time{})
		if m := read(t, ws); !m.StaleSince.IsZero() {
			t.Errorf("no longer stale: %+v", m)
		}
		ws.Close()
		late.Close()
		stop(t, h)
	})
}

func TestASocketThatAnswersPingsLivesAndASilentOneIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{PingEvery: 25 * time.Second})
		answering := piped(t, h, Subscription{Topic: "ticket/c/1", Heartbeat: 20 * time.Second})
		silent := piped(t, h, Subscription{Topic: "ticket/c/2", Heartbeat: 20 * time.Second})
		pings := 0
		silent.SetPingHandler(func(string) error { pings++; return nil })
		start := time.Now()
		go count(t, answering, time.Hour)
		for {
			if _, _, err := silent.NextReader(); err != nil {
				break
			}
		}
		if d := time.Since(start); d < 75*time.Second || d > 100*time.Second {
			t.Errorf("the silent socket was closed after %v", d)
		}
		if pings < 2 {
			t.Errorf("it had been pinged %d times", pings)
		}
		time.Sleep(10 * time.Minute) // of bubble time
		if h.Subscribers("ticket/c/1") != 1 || h.Subscribers("ticket/c/2") != 0 {
			t.Error("the wrong socket was closed")
		}
		if n := h.Stats().Silent; n != 1 {
			t.Errorf("silent %d, want 1", n)
		}
		answering.Close()
		stop(t, h)
	})
}

func TestPublishNeverWaitsAndAStuckSocketIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{WriteTimeout: 15 * time.Second})
		stuck := piped(t, h, Subscription{Topic: "board/c"}) // never read from again
		quick := piped(t, h, Subscription{Topic: "board/c"})
		read(t, quick)
		start := time.Now()
		for v := int64(1); v <= 100; v++ {
			h.Publish("board/c", doc("e", v))
			if m := read(t, quick); m.Version != v {
				t.Fatalf("received %v, want %d", m, v)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("a stuck socket delayed the others by %v", d)
		}
		time.Sleep(15 * time.Second) // of bubble time
		synctest.Wait()
		if n := h.Subscribers("board/c"); n != 1 {
			t.Errorf("%d sockets are open, want 1", n)
		}
		if n := h.Stats().Failed; n != 1 {
			t.Errorf("failed %d, want 1", n)
		}
		stuck.Close()
		quick.Close()
		stop(t, h)
	})
}

func TestShutdownSaysGoingAwayAndCutsWhoeverDoesNotListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		polite := piped(t, h, Subscription{Topic: "board/c"})
		deaf := piped(t, h, Subscription{Topic: "board/d"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		start := time.Now()
		go func() { done <- h.Shutdown(ctx, "update") }()
		if code, reason := readClose(t, polite); code != websocket.CloseGoingAway || reason != "update" {
			t.Errorf("closed with %d %q", code, reason)
		}
		if err := <-done; err != context.DeadlineExceeded {
			t.Errorf("Shutdown returned %v", err)
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("it took %v", d)
		}
		if st := h.Stats(); len(st.Open) != 0 || st.Closed != 2 {
			t.Errorf("left over: %+v", st)
		}
		if err := h.Shutdown(t.Context(), "again"); err != nil {
			t.Errorf("the second Shutdown returned %v", err)
		}
		deaf.Close()
	})
}

func TestShutdownReturnsAtOnceWhenAllSayGoodbye(t *testing.T) {
	h := New(Options{})
	srv := server(t, h, board)
	const n = 20
	said := make(chan string, n)
	for range n {
		ws := dial(t, srv)
		go func() {
			for {
				if _, _, err := ws.NextReader(); err != nil {
					said <- err.Error()
					return
				}
			}
		}()
	}
	if err := h.Shutdown(t.Context(), "update"); err != nil {
		t.Error(err)
	}
	for range n {
		if got := <-said; !strings.Contains(got, "1001") || !strings.Contains(got, "update") {
			t.Errorf("a socket ended with %q", got)
		}
	}
}

func TestRevocationClosesTheOwnersSocketsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		gone := piped(t, h, Subscription{Topic: "desk/c/1", Owner: "lan"})
		stays := piped(t, h, Subscription{Topic: "desk/c/1", Owner: "minh"})
		n := h.CloseWhere(func(s Socket) bool { return s.Owner == "lan" }, websocket.ClosePolicyViolation, strings.Repeat("ệ", 99))
		if n != 1 {
			t.Errorf("closed %d, want 1", n)
		}
		code, reason := readClose(t, gone)
		if code != websocket.ClosePolicyViolation || reason != strings.Repeat("ệ", 41) {
			t.Errorf("closed with %d %q", code, reason)
		}
		h.Publish("desk/c/1", doc("e", 1))
		for read(t, stays).Version != 1 {
		}
		stays.Close()
		stop(t, h)
	})
}

func TestClosedIsCalledOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		calls := 0
		ws := piped(t, h, Subscription{Topic: "board/c", Closed: func() { calls++ }})
		h.CloseTopic("board/c", 1000, "")
		h.CloseTopic("board/c", 1001, "")
		if code, _ := readClose(t, ws); code != 1000 {
			t.Errorf("the first reason has to stand, got %d", code)
		}
		stop(t, h)
		if calls != 1 {
			t.Errorf("Closed was called %d times", calls)
		}
	})
}

func TestAWheelVisitsEachAtItsTurnWhateverComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		h := New(Options{})
		var mu sync.Mutex // guards last and visits
		last := make(map[*socket]time.Time)
		visits := 0
		w := newWheel(func(s *socket) {
			mu.Lock()
			defer mu.Unlock()
			at, ok := last[s]
			if !ok {
				t.Error("visited one that was removed")
			}
			if d := time.Since(at); d > s.period || d < s.period-tick {
				t.Errorf("visited after %v, want %v", d, s.period)
			}
			last[s] = time.Now()
			visits++
		})
		for range 2000 {
			mu.Lock()
			switch {
			case rnd.IntN(3) > 0 || len(last) == 0:
				s := &socket{hub: h, period: tick * time.Duration(1+rnd.IntN(600))}
				last[s] = time.Now()
				w.add(s)
			default:
				for s := range last {
					w.remove(s)
					delete(last, s)
					break
				}
			}
			mu.Unlock()
			time.Sleep(time.Duration(rnd.IntN(300)) * time.Millisecond) // of bubble time
			synctest.Wait()
		}
		held := 0
		for _, slot := range w.slots {
			held += len(slot)
		}
		if held != len(last) || held != w.held || visits < 1000 {
			t.Errorf("%d in slots, %d held, want %d; %d visits", held, w.held, len(last), visits)
		}
		for s := range last {
			w.remove(s)
		}
		// The bubble cannot end while the wheel turns.
	})
}

// FuzzWhatAClientSends lets a client write any bytes at all. The hub must answer,
// ignore or close; the topic's other socket must not notice.
func FuzzWhatAClientSends(f *testing.F) {
	mask := "\x00\x00\x00\x00"
	f.Add([]byte("\x81\x85" + mask + "hello"))
	f.Add([]byte("\x89\x80" + mask))                            // ping
	f.Add([]byte("\x8a\x81" + mask + "x"))                      // pong
	f.Add([]byte("\x88\x82" + mask + "\x03\xe8"))               // close 1000
	f.Add([]byte("\x88\x82" + mask + "\x00\x00"))               // close with a bad code
	f.Add([]byte("\x81\xfe\xff\xff" + mask))                    // over the limit
	f.Add([]byte("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"))   // negative length
	f.Add([]byte("\x01\x81" + mask + "a\x80\x81" + mask + "b")) // fragments
	f.Add([]byte("\xf1\x80" + mask))                            // reserved bits
	f.Add([]byte("\x81\x05hello"))                              // not masked
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		h := New(Options{})
		other := piped(t, h, Subscription{Topic: "board/c"})
		rude := piped(t, h, Subscription{Topic: "board/c"})
		read(t, other)
		go func() {
			buf := make([]byte, 512)
			for {
				if _, err := rude.NetConn().Read(buf); err != nil {
					return
				}
			}
		}()
		write(rude.NetConn(), sent)
		h.Publish("board/c", doc("e", 1))
		if m := read(t, other); m.Version != 1 {
			t.Errorf("the other socket received %v", m)
		}
		rude.Close()
		other.Close()
		stop(t, h)
	})
}

// write sends what the hub takes; it may have closed after the first bytes.
func write(c net.Conn, p []byte) {
	c.SetWriteDeadline(time.Now().Add(5 * time.Second))
	c.Write(p)
}
