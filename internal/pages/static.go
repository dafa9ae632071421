package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// file is one static file, compressed when it is first asked for.
type file struct {
	plain []byte
	mime  string
	etag  string

	once   sync.Once
	packed []byte
}

// gzip gives the file compressed, nil where that does not help.
func (f *file) gzip() []byte {
	f.once.Do(func() {
		if !packs(f.mime) {
			return
		}
		if b := pack(f.plain, gzip.BestCompression); len(b) < len(f.plain) {
			f.packed = b
		}
	})
	return f.packed
}

// static is every file a browser may ask for, in memory.
type static struct {
	files map[string]*file // by path below /assets/
	hash  string           // of all of them: a change anywhere changes every address
}

// mimes are the kinds that are served; the type is never guessed.
var mimes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".woff2":       "font/woff2",
	".webm":        "audio/webm",
	".mp3":         "audio/mpeg",
	".opus":        "audio/ogg",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
}

// newStatic reads all files but the templates. Fixtures belong to the gallery and
// are served only with it.
func newStatic(files fs.FS, fixtures bool) (*static, error) {
	s := &static{files: map[string]*file{}}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "html" || name == "demo" || name == "fixtures" && !fixtures {
				return fs.SkipDir
			}
			return nil
		}
		mime := mimes[path.Ext(name)]
		if mime == "" {
			return nil
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		own := sha256.Sum256(b)
		fmt.Fprintf(sum, "%s %d %x\n", name, len(b), own)
		s.files[name] = &file{plain: b, mime: mime, etag: `"` + hex.EncodeToString(own[:9]) + `"`}
		return nil
	})
	s.hash = hex.EncodeToString(sum.Sum(nil)[:6])
	return s, err
}

// path is the address under which a file may be kept for a year.
func (s *static) path(name string) string { return "/assets/" + s.hash + "/" + name }

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	cache := "no-cache"
	if rest, ok := strings.CutPrefix(name, s.hash+"/"); ok {
		name, cache = rest, "public, max-age=31536000, immutable"
	}
	f := s.files[name]
	if f == nil {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	f.serve(w, r, cache)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, cache string) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", cache)
	packed := f.gzip()
	if packed == nil || !acceptsGzip(r) {
		h.Set("Etag", f.etag)
		if packed != nil {
			h.Set("Vary", "Accept-Encoding")
		}
		// ServeContent answers ranges, which audio needs, and If-None-Match.
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.plain))
		return
	}
	etag := strings.TrimSuffix(f.etag, `"`) + `-gz"`
	h.Set("Etag", etag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(packed)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(packed)
	}
}

// packs reports whether a kind shrinks under gzip.
func packs(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.HasPrefix(mime, "application/") || mime == "image/svg+xml"
}

func pack(b []byte, level int) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		return nil
	}
	// Writing to a bytes.Buffer cannot fail.
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" refuses it.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" || name == "*" {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}

// favicon answers both names that browsers ask for on their own.
func (p *Pages) favicon(w http.ResponseWriter, r *http.Request) {
	b, err := fs.ReadFile(p.files, "html/favicon.svg")
	if err != nil {
		p.unknownPage(w, r)
		return
	}
	f := &file{plain: b, packed: pack(b, gzip.BestSpeed), mime: mimes[".svg"], etag: `"` + p.static.hash + `"`}
	f.serve(w, r, "public, max-age=604800")
}
