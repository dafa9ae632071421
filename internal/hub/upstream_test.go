package hub

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// heard keeps what clients say.
type heard struct {
	mu   sync.Mutex
	text []string
}

func (h *heard) take(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, string(b))
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.text)
}

func say(t *testing.T, ws *websocket.Conn, kind int, text string) {
	t.Helper()
	if err := ws.WriteMessage(kind, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatAClientSaysIsHeardWholeAndInOrder(t *testing.T) {
	var got heard
	h := New(Options{})
	srv := server(t, h, func(*http.Request) Subscription { return Subscription{Topic: "kiosk/c", Message: got.take} })
	ws := dial(t, srv)
	long := strings.Repeat("x", 4<<10)
	say(t, ws, websocket.TextMessage, "one")
	say(t, ws, websocket.BinaryMessage, "bytes are no message")
	say(t, ws, websocket.TextMessage, long)
	say(t, ws, websocket.TextMessage, "three")
	eventually(t, "three messages", func() bool { return len(got.all()) == 3 })
	if all := got.all(); all[0] != "one" || all[1] != long || all[2] != "three" {
		t.Errorf("heard %.20q", all)
	}
	h.Publish("kiosk/c", doc("e", 1))
	if m := read(t, ws); m.Version != 1 && m.Heartbeat.IsZero() {
		t.Errorf("the document did not come: %v", m)
	}
}

func TestAMessageAboveTheLimitClosesTheSocketAndIsNotHeard(t *testing.T) {
	var got heard
	h := New(Options{})
	srv := server(t, h, func(*http.Request) Subscription { return Subscription{Topic: "kiosk/c", Message: got.take} })
	ws := dial(t, srv)
	say(t, ws, websocket.TextMessage, strings.Repeat("x", 4<<10+1))
	if code, _ := readClose(t, ws); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d", code)
	}
	eventually(t, "it has left", func() bool { return h.Subscribers("kiosk/c") == 0 })
	if all := got.all(); len(all) != 0 {
		t.Errorf("heard %d messages", len(all))
	}
	// Who listens only has the small limit of everyone.
	quiet := server(t, h, board)
	ws = dial(t, quiet)
	say(t, ws, websocket.TextMessage, strings.Repeat("x", 2000))
	if code, _ := readClose(t, ws); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

func TestAClientThatSendsTooMuchIsClosedAndSaysNoMore(t *testing.T) {
	var got heard
	h := New(Options{})
	srv := server(t, h, func(*http.Request) Subscription { return Subscription{Topic: "kiosk/c", Message: got.take} })
	ws := dial(t, srv)
	for range talk + 5 {
		say(t, ws, websocket.TextMessage, "{}")
	}
	if code, reason := readClose(t, ws); code != websocket.ClosePolicyViolation || reason != "too many messages" {
		t.Errorf("closed with %d %q", code, reason)
	}
	eventually(t, "it has left", func() bool { return h.Subscribers("kiosk/c") == 0 })
	if n := len(got.all()); n != talk {
		t.Errorf("heard %d messages, want %d", n, talk)
	}
	if n := h.Stats().Talkative; n != 1 {
		t.Errorf("talkative are %d", n)
	}
}
