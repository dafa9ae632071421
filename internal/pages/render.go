package pages

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"
)

// page is what every template has; templates with more embed it.
type page struct {
	words
	Name    string // of the page: its locale area, style and script
	Title   string
	Demo    bool
	Version string
	self    *url.URL
	static  *static
}

func (p *Pages) page(w http.ResponseWriter, r *http.Request, name string) page {
	return p.pageIn(language(w, r), r, name)
}

func (p *Pages) pageIn(lang string, r *http.Request, name string) page {
	ws := words{Lang: lang, all: p.locales}
	return page{words: ws, Name: name, Title: ws.T("start.title." + name), Demo: p.o.Demo,
		Version: p.o.Version, self: r.URL, static: p.static}
}

// Asset is the address of a static file.
func (g page) Asset(name string) string { return g.static.path(name) }

// Icon is an address in the sprite.
func (g page) Icon(name string) string { return g.static.path("icons/sprite.svg") + "#" + name }

// OtherURL is this page in the other language.
func (g page) OtherURL() string {
	q := g.self.Query()
	q.Set("lang", g.Other())
	return g.self.EscapedPath() + "?" + q.Encode()
}

// Self is this page's own address below the host, for next=.
func (g page) Self() string { return g.self.RequestURI() }

// render executes a template whole before the first byte is sent, so that a fault
// cannot leave half a page.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.html.ExecuteTemplate(&b, name, data); err != nil {
		// A template that compiles fails only on data it does not fit; the tests
		// render each of them. Nothing of the error is shown.
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	out := b.Bytes()
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		out = pack(out, gzip.DefaultCompression)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out)
	}
}

// localPath lets a sign-in lead only to a page of this server (CWE-601): a path
// that begins with one slash, without a back-slash or control character.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsRune(next, '\\') {
		return "/"
	}
	for _, c := range next {
		if c < ' ' {
			return "/"
		}
	}
	return next
}

// upperFirst begins a sentence: "phường Thuận Hóa" stands alone as "Phường Thuận Hóa".
func upperFirst(s string) string {
	for i, c := range s {
		return strings.ToUpper(string(c)) + s[i+len(string(c)):]
	}
	return s
}
