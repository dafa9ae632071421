package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/device"
	"moiso/internal/media"
	"moiso/internal/testbed"
	"moiso/internal/view"
)

// aFilm is long enough to be cut.
func aFilm() ([]byte, string) {
	b := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"), bytes.Repeat([]byte("moiso "), 20_000)...)
	sum := sha256.Sum256(b)
	return b, hex.EncodeToString(sum[:])
}

func aScreen(t *testing.T, server, dir string) (*screen, *testbed.Text) {
	t.Helper()
	said := &testbed.Text{}
	d, err := device.New(device.Options{Role: "display", Server: server, Center: "an-cuu", View: "board", Logger: slog.New(slog.NewTextHandler(said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newScreen(d, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, said
}

func boardWith(hash string, n int) []byte {
	b := view.Board{Head: view.Head{Center: "an-cuu", Epoch: "e1", Version: 7}, TimeZone: "Asia/Ho_Chi_Minh"}
	if hash != "" {
		b.Media = []view.BoardMedium{{Hash: hash, Type: "video/mp4", Bytes: int64(n)}}
	}
	text, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return text
}

// soon waits for something that another goroutine does.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.NewTimer(20 * time.Second)
	defer end.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("%s did not come about", what)
		}
	}
}

// TestAScreenFetchesEachFileOnceAndGoesOnAfterACut takes the line away in the middle of
// a film, damages it on the disk, and takes it out of the playlist.
func TestAScreenFetchesEachFileOnceAndGoesOnAfterACut(t *testing.T) {
	film, hash := aFilm()
	var mu sync.Mutex
	var ranges []string
	cut := 1
	src := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		ranges = append(ranges, r.Header.Get("Range"))
		now := cut
		cut--
		mu.Unlock()
		if r.URL.Path != "/media/an-cuu/"+hash {
			http.NotFound(w, r)
			return
		}
		if now > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(len(film)))
			_, _ = w.Write(film[:50_000])
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(film))
	}))
	src.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	defer src.Close()
	dir := t.TempDir()
	s, _ := aScreen(t, src.URL, dir)
	done := make(chan error, 1)
	ctx, stop := contextOf(t)
	go func() { done <- s.run(ctx) }()
	s.take(boardWith(hash, len(film)), false)
	soon(t, "the film", func() bool { return s.files.Has("an-cuu", hash) })
	s.take(boardWith(hash, len(film)), false)
	soon(t, "the board on the disk", func() bool { _, err := os.Stat(filepath.Join(dir, lastBoard)); return err == nil })
	mu.Lock()
	if got := strings.Join(ranges, " "); got != " bytes=50000-" {
		t.Errorf("it asked for %q", got)
	}
	mu.Unlock()

	// The page has it from here, in pieces too.
	mux := http.NewServeMux()
	for pattern, h := range s.part(map[string]http.Handler{}).Handle {
		mux.Handle(pattern, h)
	}
	r := httptest.NewRequest("GET", "/media/an-cuu/"+hash, nil)
	r.Header.Set("Range", "bytes=10-19")
	w := httptest.NewRecorder()
	if mux.ServeHTTP(w, r); w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), film[10:20]) {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	// The disk forgets; the next start sees it, says it once, and fetches the film anew.
	path := filepath.Join(dir, "media", "an-cuu", hash)
	bad := bytes.Clone(film)
	bad[60_000]++
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	s, said := aScreen(t, src.URL, dir)
	if len(s.part(map[string]http.Handler{}).Last) == 0 {
		t.Error("the last board is not there")
	}
	ctx, stop = contextOf(t)
	go func() { done <- s.run(ctx) }()
	// Whoever verifies first finds the damage, so the test looks only when the screen has.
	soon(t, "a word about the damage", func() bool { return said.Count("was damaged on the disk") == 1 })
	soon(t, "the film anew", func() bool { return s.files.Has("an-cuu", hash) && s.files.Verify("an-cuu", hash) == nil })
	if n := said.Count("was damaged on the disk"); n != 1 {
		t.Errorf("it said %d times that the file was damaged", n)
	}
	s.take(boardWith("", 0), false)
	soon(t, "the end of a film that nobody shows", func() bool { return !s.files.Has("an-cuu", hash) })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatIsNotWhatItShouldBeIsNeverShownAndSaidOnce(t *testing.T) {
	film, hash := aFilm()
	var mu sync.Mutex
	asked := 0
	src := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		lie := bytes.Clone(film)
		lie[100]++
		_, _ = w.Write(lie)
	}))
	defer src.Close()
	s, said := aScreen(t, src.URL, t.TempDir())
	s.take(boardWith(hash, len(film)), false)
	troubles := map[string]string{}
	for range 3 {
		if s.fetchMissing(t.Context(), troubles) {
			t.Fatal("it is content with a lie")
		}
	}
	if n := said.Count(media.ErrDamaged.Error()); n != 1 || asked != 3 || s.files.Has("an-cuu", hash) {
		t.Errorf("it said so %d times after %d attempts", n, asked)
	}
}

func TestALastBoardThatIsNoneIsPassedOverWithAWord(t *testing.T) {
	for name, text := range map[string]string{"damaged": `{"center":"an-cuu","epo`, "of another centre": `{"center":"phu-bai","epoch":"e","version":1}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, lastBoard), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, said := aScreen(t, "http://127.0.0.1:1", dir)
		if last := s.part(map[string]http.Handler{}).Last; last != nil || said.Count("the last board cannot be shown") != 1 {
			t.Errorf("%s: %q", name, last)
		}
	}
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, stop
}

// TestAFileThatThePageCannotShowIsSaidOnce is not one that is still to come.
func TestAFileThatThePageCannotShowIsSaidOnce(t *testing.T) {
	film, hash := aFilm()
	dir := t.TempDir()
	s, said := aScreen(t, "http://127.0.0.1:1", dir)
	s.take(boardWith(hash, len(film)), false)
	mux := http.NewServeMux()
	for pattern, h := range s.part(map[string]http.Handler{}).Handle {
		mux.Handle(pattern, h)
	}
	tell := func(body string, want int) {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("POST", "/local/unshown", strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", body, w.Code, want)
		}
	}
	tell(`{"media":"`+hash+`"}`, http.StatusNoContent)
	tell(`{"media":"`+strings.Repeat("0", 64)+`"}`, http.StatusNoContent)
	tell(`film`, http.StatusBadRequest)
	if n := said.Count("cannot be shown"); n != 0 {
		t.Errorf("a file that is still to come is complained of")
	}
	path := filepath.Join(dir, "media", "an-cuu", hash)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, film, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		tell(`{"media":"`+hash+`"}`, http.StatusNoContent)
	}
	if n := said.Count("cannot be shown"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
}
