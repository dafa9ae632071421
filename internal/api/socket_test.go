package api

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// watcher is the least of a WebSocket client (RFC 6455): only hub and client may
// import the library.
type watcher struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// dial asks for a socket; without one it gives the refusal's status and body.
func dial(t *testing.T, server *httptest.Server, query, token string) (*watcher, int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	_, err = fmt.Fprintf(conn, "GET /ws/v1?%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n",
		query, server.Listener.Addr(), auth)
	must(t, err)
	in := bufio.NewReader(conn)
	r, err := http.ReadResponse(in, nil)
	must(t, err)
	if r.StatusCode != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(r.Body)
		must(t, err)
		return nil, r.StatusCode, string(body)
	}
	return &watcher{t, conn, in}, r.StatusCode, ""
}

// next is the next text message.
func (w *watcher) next() map[string]any {
	w.t.Helper()
	for {
		var head [2]byte
		_, err := io.ReadFull(w.in, head[:])
		must(w.t, err)
		size := uint64(head[1] & 0x7f)
		switch size {
		case 126:
			var b [2]byte
			_, err = io.ReadFull(w.in, b[:])
			size = uint64(binary.BigEndian.Uint16(b[:]))
		case 127:
			var b [8]byte
			_, err = io.ReadFull(w.in, b[:])
			size = binary.BigEndian.Uint64(b[:])
		}
		must(w.t, err)
		text := make([]byte, size)
		_, err = io.ReadFull(w.in, text)
		must(w.t, err)
		if head[0]&0x0f != 1 { // a ping, not a text
			continue
		}
		var doc map[string]any
		must(w.t, json.Unmarshal(text, &doc))
		return doc
	}
}

// document is the next message that is no heartbeat.
func (w *watcher) document() map[string]any {
	w.t.Helper()
	for {
		if doc := w.next(); doc["heartbeat"] == nil {
			return doc
		}
	}
}

func TestEachViewIsForItsRoles(t *testing.T) {
	w := newWorld(t)
	id := w.issue("chung-thuc")
	server := httptest.NewServer(w.api)
	defer server.Close()
	for _, c := range []struct {
		query string
		key   string // a member that only this view has
		roles string
	}{
		{"view=board&center=thuan-hoa", "calls", "all"},
		{"view=kiosk&center=thuan-hoa", "priorities", "all"},
		{"view=ticket&id=" + strings.ToLower(id), "ticket", "all"},
		{"view=counter&center=thuan-hoa&counter=1", "waiting_total", "volunteer agent clerk manager admin"},
		{"view=assist&center=thuan-hoa", "recent", "volunteer agent clerk manager admin"},
		{"view=monitor&center=thuan-hoa", "states", "manager admin"},
		{"view=devices&center=thuan-hoa", "alerts", "manager admin"},
		{"view=city", "centers", "admin"},
	} {
		for _, role := range everyone {
			token := ""
			if role != "" {
				token = w.token(role)
			}
			may := c.roles == "all" || role != "" && slices.Contains(strings.Fields(c.roles), role)
			s, status, body := dial(t, server, c.query, token)
			switch {
			case may && s == nil:
				t.Errorf("%s as %q: refused with %d %s", c.query, role, status, body)
			case may:
				doc := s.document()
				if _, ok := doc[c.key]; !ok || doc["version"] == nil || doc["epoch"] != "EPOCH" {
					t.Errorf("%s as %q: the first message is %v", c.query, role, doc)
				}
				s.conn.Close()
			case s != nil:
				t.Errorf("%s as %q: opened", c.query, role)
			case role == "" && status != http.StatusUnauthorized || role != "" && status != http.StatusForbidden:
				t.Errorf("%s as %q: status %d", c.query, role, status)
			}
		}
	}
}

func TestASocketRefusesWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	clerk := w.token("clerk")
	for _, c := range []struct{ query, token, code string }{
		{"view=board&center=thuan-hao", "", "unknown_center"},
		{"view=board", "", "unknown_center"},
		{"view=wall&center=thuan-hoa", "", codeInvalid},
		{"view=ticket&id=ZZZZZZZZZZZZZZZZ", "", "unknown_ticket"},
		{"view=ticket&id=A001", "", "unknown_ticket"},
		{"view=counter&center=thuan-hoa&counter=9", clerk, "unknown_counter"},
		{"view=counter&center=thuan-hoa&counter=x", clerk, codeInvalid},
		{"view=counter&center=phu-xuan&counter=1", clerk, codeForbidden},
	} {
		s, status, body := dial(t, server, c.query, c.token)
		if s != nil {
			t.Errorf("%s: opened", c.query)
			continue
		}
		if status != statusOf[c.code] || !strings.Contains(body, `"code":"`+c.code+`"`) {
			t.Errorf("%s: %d %s, want %s", c.query, status, body, c.code)
		}
	}
	// Without the words of an upgrade it is no socket.
	if out := w.ask("", "GET", "/ws/v1?view=board&center=thuan-hoa", ""); out.Code != http.StatusBadRequest {
		t.Errorf("a plain GET: status %d", out.Code)
	}
}

func TestASocketSeesACallAndResumesByVersion(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	s, _, _ := dial(t, server, "view=board&center=thuan-hoa", "")
	s.document()
	w.issue("chung-thuc")
	w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/open", "{}")
	w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/call-next", "{}")
	var doc map[string]any
	for {
		doc = s.document()
		if calls := doc["calls"].([]any); len(calls) > 0 {
			if call := calls[0].(map[string]any); call["number"] != "A001" || call["counter"] != 1.0 {
				t.Errorf("the call is %v", call)
			}
			break
		}
	}
	// Published is what a watcher has; one who comes with it is sent only a heartbeat.
	have := fmt.Sprintf("view=board&center=thuan-hoa&epoch=%v&version=%d", doc["epoch"], int64(doc["version"].(float64)))
	again, _, _ := dial(t, server, have, "")
	if first := again.next(); first["heartbeat"] == nil {
		t.Errorf("resumed with the newest version, sent %v", first)
	}
	older, _, _ := dial(t, server, "view=board&center=thuan-hoa&epoch=another&version=99999999999999", "")
	if first := older.next(); first["heartbeat"] != nil || first["epoch"] != "EPOCH" {
		t.Errorf("resumed with another epoch, sent %v", first)
	}
}
