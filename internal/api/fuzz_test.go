package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// FuzzBodies sends anything to every command. Whatever comes, the server answers
// with success or with a problem of the reference, never with 500, and what it
// answers is valid JSON.
func FuzzBodies(f *testing.F) {
	w := newWorld(f)
	id := w.issue("chung-thuc")
	token := w.token("admin")
	var posts []string
	for _, p := range w.api.Paths() {
		// Passwords take their time on purpose; they have a test of their own.
		if path, ok := strings.CutPrefix(p, "POST "); ok && path != "/api/v1/login" && path != "/api/v1/session" && path != "/api/v1/setup" {
			posts = append(posts, strings.NewReplacer("{c}", "thuan-hoa", "{n}", "1", "{id}", id).Replace(path))
		}
	}
	slices.Sort(posts)
	for i := range posts {
		f.Add(uint8(i), []byte(`{"service":"chung-thuc","ticket":"A001","counter":2,"reason":"x","second":true}`), "k")
		f.Add(uint8(i), []byte(`{}`), "")
	}
	f.Add(uint8(0), []byte(`{"service":"\ud800"}`), "\x00")
	f.Add(uint8(0), []byte(`{"service":1e999,"service":null}`), "é")
	f.Add(uint8(0), []byte(strings.Repeat("[", 10_000)), "")
	f.Add(uint8(0), []byte("\xef\xbb\xbf{}"), strings.Repeat("k", 200))
	f.Fuzz(func(t *testing.T, which uint8, body []byte, key string) {
		path := posts[int(which)%len(posts)]
		r := httptest.NewRequest("POST", path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Idempotency-Key", key)
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, r)
		sound(t, path, out)
	})
}

// FuzzAddresses asks for anything below the API.
func FuzzAddresses(f *testing.F) {
	w := newWorld(f)
	for _, p := range w.api.Paths() {
		_, path, _ := strings.Cut(p, " ")
		f.Add(path + "?after=1&limit=2&from=09:00&width=384")
	}
	f.Add("/api/v1/centers/thuan-hoa/tickets?from=%ff&to=24:60&number=%00")
	f.Add("/api/v1/centers/%2e%2e/board")
	f.Add("/api/v1/tickets/ÀÁÂ/qr.png?dots=99999999999999999999")
	token := w.token("admin")
	f.Fuzz(func(t *testing.T, path string) {
		r, err := http.NewRequest("GET", "http://moiso.example.vn/"+strings.TrimLeft(path, "/"), nil)
		if err != nil || strings.HasPrefix(r.URL.Path, "/metrics") {
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.RemoteAddr = "192.0.2.1:1"
		r.RequestURI = r.URL.RequestURI()
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, r)
		sound(t, path, out)
	})
}

func sound(t *testing.T, path string, out *httptest.ResponseRecorder) {
	t.Helper()
	if out.Code >= 500 {
		t.Fatalf("%s: %d %s", path, out.Code, out.Body)
	}
	kind := out.Header().Get("Content-Type")
	if strings.HasSuffix(kind, "json") && !json.Valid(out.Body.Bytes()) && out.Code != http.StatusNotModified {
		t.Fatalf("%s: %d with a body that is no JSON: %q", path, out.Code, out.Body)
	}
	if out.Code < 400 {
		return
	}
	var p struct{ Code string }
	if err := json.Unmarshal(out.Body.Bytes(), &p); err != nil || kind != problemType || statusOf[p.Code] != out.Code {
		t.Fatalf("%s: %d %s with code %q", path, out.Code, kind, p.Code)
	}
}
