package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"moiso/internal/announce"
	"moiso/internal/pages"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// stage is a server on which a test says, word by word, what a lobby's screen is sent:
// holes in the list of calls, calls taken back, another epoch, an hour of silence.
type stage struct {
	t    testing.TB
	http *httptest.Server

	mu      sync.Mutex
	ahead   time.Duration // of the stage's hour before the machine's
	doc     view.Board
	all     []view.BoardCall // every call there ever was, withdrawn ones marked
	sockets map[*websocket.Conn]bool
	asked   []uint64      // the numbers after which calls were asked for
	hold    chan struct{} // closed when that answer may go; nil answers at once
	away    bool          // refuses everybody
	speaks  bool          // the screen is the one that speaks; else another is
	files   map[string][]byte
	opened  int
}

func openStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{t: t, sockets: map[*websocket.Conn]bool{}}
	s.doc = view.Board{Head: view.Head{Center: "thuan-hoa", Epoch: "e1"}, TimeZone: "Asia/Ho_Chi_Minh",
		Name:  queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuận Hóa Ward Public Administrative Service Centre"},
		Short: queue.Text{VI: "phường Thuận Hóa", EN: "Thuận Hóa Ward"}, Rule: queue.Text{VI: "Ai đến trước gọi trước", EN: "First come, first served"}}
	for n := 1; n <= 6; n++ {
		s.doc.Counters = append(s.doc.Counters, view.BoardCounter{Number: n, State: "open", Services: []string{"chung-thuc"}})
	}
	s.doc.Services = []view.BoardService{{ID: "chung-thuc", Waiting: 14, Name: queue.Text{VI: "Chứng thực", EN: "Certification"}, Prefix: "A", OpenCounters: 6}}
	p, err := pages.New(pages.Options{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	mux.HandleFunc("GET /ws/v1", s.socket)
	mux.HandleFunc("GET /api/v1/centers/{c}/calls", s.calls)
	mux.HandleFunc("POST /api/v1/centers/{c}/speaker", s.speaker)
	mux.HandleFunc("GET /media/{c}/{hash}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.files[r.PathValue("hash")]))
	})
	mux.HandleFunc("GET /api/v1/voice/announcement", announce.ServeHTTP)
	s.http = httptest.NewServer(mux)
	t.Cleanup(s.http.Close)
	return s
}

// now is the hour on the stage. THE CALLER MUST HOLD mu.
func (s *stage) now() time.Time { return time.Now().Add(s.ahead).Truncate(time.Millisecond) }

func (s *stage) socket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	away := s.away
	s.mu.Unlock()
	if away {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	up := websocket.Upgrader{}
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.sockets[c] = true
	s.opened++
	s.send(c, s.document())
	s.mu.Unlock()
	beat := time.NewTicker(time.Second)
	gone := make(chan struct{})
	go func() {
		defer beat.Stop()
		for {
			s.mu.Lock()
			s.send(c, fmt.Appendf(nil, `{"heartbeat":%q}`, s.now().Format(time.RFC3339Nano)))
			s.mu.Unlock()
			select {
			case <-beat.C:
			case <-gone:
				return
			}
		}
	}()
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			break
		}
	}
	close(gone)
	s.mu.Lock()
	delete(s.sockets, c)
	s.mu.Unlock()
	_ = c.Close()
}

// speaker gives the screen every call that it asks for, when it is the one that speaks;
// how it asks is in the tests of sound.
func (s *stage) speaker(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	speaks := s.speaks
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if speaks {
		_, _ = io.WriteString(w, `{"speaker":true,"lease_s":10,"claim":"yours","spoken":0}`)
		return
	}
	_, _ = io.WriteString(w, `{"speaker":false,"lease_s":0,"spoken":0}`)
}

// send writes to a socket. THE CALLER MUST HOLD mu.
func (s *stage) send(c *websocket.Conn, b []byte) {
	if s.sockets[c] && c.WriteMessage(websocket.TextMessage, b) != nil {
		delete(s.sockets, c)
	}
}

// document is the board as it is sent. THE CALLER MUST HOLD mu.
func (s *stage) document() []byte {
	s.doc.Version++
	s.doc.At = s.now()
	var kept []view.BoardCall
	for _, c := range s.all {
		if !c.Withdrawn {
			kept = append(kept, c)
		}
	}
	s.doc.Calls = append([]view.BoardCall{}, kept[max(0, len(kept)-view.BoardCalls):]...)
	b, err := json.Marshal(s.doc)
	if err != nil {
		panic(err)
	}
	return b
}

// publish sends the board as it is now.
func (s *stage) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.document()
	for c := range s.sockets {
		s.send(c, b)
	}
}

// call adds calls without telling anyone. Their numbers follow the last.
func (s *stage) call(n int, at ...time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.doc.LastCall++
		c := view.BoardCall{Call: s.doc.LastCall, Number: fmt.Sprintf("A%03d", s.doc.LastCall), Counter: int(s.doc.LastCall%6) + 1,
			Service: "chung-thuc", At: s.now()}
		if len(at) > 0 {
			c.At = at[0]
		}
		s.all = append(s.all, c)
	}
}

// withdraw takes a call back.
func (s *stage) withdraw(call uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.all {
		if s.all[i].Call == call {
			s.all[i].Withdrawn = true
		}
	}
}

// restart begins another history: a server that came back from a backup.
func (s *stage) restart(epoch string, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doc.Epoch, s.doc.Version, s.doc.LastCall = epoch, 0, last
	s.all = slices.DeleteFunc(s.all, func(c view.BoardCall) bool { return c.Call > last })
}

// calls answers the list of calls, when the test lets it.
func (s *stage) calls(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, after)
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []view.BoardCall{}
	for _, c := range s.all {
		if c.Call > after {
			out = append(out, c)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

// cut closes every socket; while away nobody gets a new one.
func (s *stage) cut(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
	for c := range s.sockets {
		_ = c.Close()
	}
}

// later moves the hour of the stage on.
func (s *stage) later(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += by
}

func (s *stage) asks() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *stage) screen(name string) *tab {
	s.t.Helper()
	p := openTab(s.t, name, displayScreen)
	p.serverGoes()
	return p
}

// hasten makes the moments of calls (3 and 4.5 s), and nothing else, shorter in pages
// opened from now on: twenty calls take a minute and a half on a real wall.
func (p *tab) hasten(by int) {
	p.t.Helper()
	src := fmt.Sprintf(`{ const real = window.setTimeout.bind(window); window.setTimeout = (f, ms, ...more) => real(f, ms > 2500 && ms < 5000 ? ms / %d : ms, ...more); }`, by)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: src}); err != nil {
		p.t.Fatal(err)
	}
}

// announced are the calls that a screen has announced, in order.
func announced(p *tab) []int {
	p.t.Helper()
	return ask[[]int](p, "[...window.moiso.announced]")
}

// announces waits until exactly these calls have been announced, in this order.
func (p *tab) announces(want ...int) {
	p.t.Helper()
	b, err := json.Marshal(append([]int{}, want...))
	if err != nil {
		p.t.Fatal(err)
	}
	p.until(fmt.Sprintf("the calls %v", want), fmt.Sprintf("JSON.stringify(window.moiso?.announced) === %q", b))
}

// standing waits until a call stands on the card, fresh or not.
func (p *tab) standing(call int) {
	p.t.Helper()
	p.until(fmt.Sprintf("call %d on the card", call), fmt.Sprintf("document.querySelector('section.call')?.dataset.call === '%d'", call))
}
