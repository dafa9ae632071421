package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func aPNG(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func aJPEG() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// film has the head of one; browsers look at the rest.
func film(n int) []byte {
	b := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"), make([]byte, n)...)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 24; i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

func hashOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "media"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// left are the files that lie in a centre's folder.
func left(t *testing.T, s *Store, center string) []string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(s.dir, center))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestAFileIsKeptUnderItsHashAndServedInPieces(t *testing.T) {
	s := open(t)
	b := film(100_000)
	f, err := s.Put("thuan-hoa", bytes.NewReader(b), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if f.Hash != hashOf(b) || f.Type != "video/mp4" || f.Bytes != int64(len(b)) {
		t.Errorf("it is %+v", f)
	}
	if again, err := s.Put("thuan-hoa", bytes.NewReader(b), 1<<20); err != nil || again != f {
		t.Errorf("put twice: %+v, %v", again, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /media/{c}/{hash}", s)
	ask := func(path, header string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		if header != "" {
			r.Header.Set("Range", header)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	w := ask("/media/thuan-hoa/"+f.Hash, "")
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), b) || w.Header().Get("Content-Type") != "video/mp4" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := ask("/media/thuan-hoa/"+f.Hash, "bytes=1000-1999"); w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), b[1000:2000]) {
		t.Errorf("a range: %d, %d bytes", w.Code, w.Body.Len())
	}
	for _, path := range []string{"/media/phu-xuan/" + f.Hash, "/media/thuan-hoa/" + strings.Repeat("0", 64), "/media/thuan-hoa/..%2f..%2fmoiso.json", "/media/..%2f/" + f.Hash} {
		if w := ask(path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestOnlyPicturesAndFilmsAreTaken(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		b    []byte
		kind string
		err  error
	}{
		"png":                {aPNG(30, 20), "image/png", nil},
		"jpeg":               {aJPEG(), "image/jpeg", nil},
		"mp4":                {film(100), "video/mp4", nil},
		"webm":               {[]byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm..."), "video/webm", nil},
		"svg":                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "", ErrType},
		"html":               {[]byte("<!doctype html><script>alert(1)</script>"), "", ErrType},
		"matroska":           {[]byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska"), "", ErrType},
		"a film of a camera": {[]byte("\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  "), "", ErrType},
		"half a png":         {aPNG(30, 20)[:20], "", ErrType},
		"a huge png":         {aPNG(9000, 1), "", ErrTooLarge},
		"nothing":            {nil, "", ErrEmpty},
		"too many bytes":     {film(5000), "", ErrTooLarge},
	} {
		f, err := s.Put("an-cuu", bytes.NewReader(c.b), 4000)
		if !errors.Is(err, c.err) || f.Type != c.kind {
			t.Errorf("%s: %+v, %v; want %q, %v", name, f, err, c.kind, c.err)
		}
	}
	for _, name := range left(t, s, "an-cuu") {
		if !hashForm.MatchString(name) {
			t.Errorf("%s is left over", name)
		}
	}
}

func TestAnUploadThatIsCutOffLeavesNothing(t *testing.T) {
	s := open(t)
	_, err := s.Put("an-cuu", io.MultiReader(bytes.NewReader(film(3000)), iotest.ErrReader(errors.New("gone"))), 1<<20)
	if !errors.Is(err, ErrCut) {
		t.Errorf("%v", err)
	}
	if names := left(t, s, "an-cuu"); len(names) != 0 {
		t.Errorf("left are %v", names)
	}
	// Neither does one that a power cut ended.
	if err := os.WriteFile(filepath.Join(s.dir, "an-cuu", "upload-1-1.part"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if names := left(t, s, "an-cuu"); len(names) != 0 {
		t.Errorf("after a new start left are %v", names)
	}
}

// source is a server of one file that can be cut in the middle, and lie.
type source struct {
	*httptest.Server
	b      []byte
	cut    int // ends each answer after so many bytes; 0 does not
	ranges []string
}

func newSource(t *testing.T, b []byte) *source {
	s := &source{b: b}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		from := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.b)-1, len(s.b)))
			w.Header().Set("Content-Length", fmt.Sprint(len(s.b)-from))
			w.WriteHeader(http.StatusPartialContent)
		} else {
			w.Header().Set("Content-Length", fmt.Sprint(len(s.b)))
		}
		rest := s.b[from:]
		if s.cut > 0 && len(rest) > s.cut {
			_, _ = w.Write(rest[:s.cut])
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(rest)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

func TestAFetchThatIsCutOffGoesOnWhereItStopped(t *testing.T) {
	s, b := open(t), film(250_000)
	src := newSource(t, b)
	src.cut = 100_000
	want := File{Hash: hashOf(b), Bytes: int64(len(b))}
	for range 2 {
		if err := s.Fetch(t.Context(), src.Client(), src.URL, "an-cuu", want); !errors.Is(err, ErrCut) {
			t.Fatalf("%v", err)
		}
	}
	if s.Has("an-cuu", want.Hash) {
		t.Error("half a file is taken for a whole one")
	}
	if err := s.Fetch(t.Context(), src.Client(), src.URL, "an-cuu", want); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(src.ranges, " "); got != " bytes=100000- bytes=200000-" {
		t.Errorf("it asked for %q", got)
	}
	if err := s.Verify("an-cuu", want.Hash); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNotWhatItsNameSaysIsThrownAway(t *testing.T) {
	s, b := open(t), film(10_000)
	want := File{Hash: hashOf(b), Bytes: int64(len(b))}
	lie := bytes.Clone(b)
	lie[5000]++
	src := newSource(t, lie)
	if err := s.Fetch(t.Context(), src.Client(), src.URL, "an-cuu", want); !errors.Is(err, ErrDamaged) {
		t.Fatalf("a lie: %v", err)
	}
	src.b = b
	if err := s.Fetch(t.Context(), src.Client(), src.URL, "an-cuu", want); err != nil {
		t.Fatalf("the truth after it: %v", err)
	}
	// The disk forgets.
	if err := os.WriteFile(s.path("an-cuu", want.Hash), lie, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify("an-cuu", want.Hash); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	if err := s.Verify("an-cuu", want.Hash); !errors.Is(err, ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWhatNoPlaylistNamesIsDeleted(t *testing.T) {
	s := open(t)
	a, err := s.Put("an-cuu", bytes.NewReader(aPNG(1, 1)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Put("an-cuu", bytes.NewReader(aPNG(2, 1)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("an-cuu", strings.Repeat("0", 64))+part, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep("an-cuu", map[string]bool{b.Hash: true}); err != nil {
		t.Fatal(err)
	}
	if got := left(t, s, "an-cuu"); len(got) != 1 || got[0] != b.Hash || s.Has("an-cuu", a.Hash) {
		t.Errorf("left are %v", got)
	}
	if err := s.Keep("phu-bai", nil); err != nil {
		t.Error(err)
	}
}

func TestAFetchEndsWithItsContext(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	src := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel(); <-ctx.Done() }))
	defer src.Close()
	if err := s.Fetch(ctx, src.Client(), src.URL, "an-cuu", File{Hash: strings.Repeat("0", 64), Bytes: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What people bring is looked at before anything else is done with it.
func FuzzUpload(f *testing.F) {
	f.Add(aPNG(3, 2))
	f.Add(aJPEG())
	f.Add(film(40))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Add([]byte("\x1a\x45\xdf\xa3webm"))
	s, err := Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := s.Put("an-cuu", bytes.NewReader(b), 1<<16)
		if err != nil {
			if got != (File{}) {
				t.Fatalf("refused (%v), and yet %+v", err, got)
			}
			return
		}
		if got.Hash != hashOf(b) || got.Type == "" || got.Bytes != int64(len(b)) || s.Verify("an-cuu", got.Hash) != nil {
			t.Fatalf("%d bytes became %+v", len(b), got)
		}
		if err := s.Remove("an-cuu", got.Hash); err != nil {
			t.Fatal(err)
		}
	})
}
