package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestEveryAnswerCarriesTheStrictHeaders(t *testing.T) {
	p, h := newPages(t, nil)
	for _, url := range []string{"/", "/kiosk/thuan-hoa", "/display/thuan-hoa", "/counter/thuan-hoa/3", "/assist/thuan-hoa",
		"/t/7KQ2M8R4TXWB6C1D", "/sign-in", "/setup", "/docs", "/gallery", "/gallery/ticket/10-called", "/reports",
		"/nothing", "/assets/css/base.css", p.AssetPath("js/counter.js"), "/favicon.ico", "/robots.txt"} {
		hd := get(t, h, url).Header()
		csp := hd.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors " + framers(url), "object-src 'none'",
			"connect-src 'self' ws://example.com wss://example.com"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %q", url, csp, want)
			}
		}
		for _, not := range []string{"unsafe", "data:", "*", "http:"} {
			if strings.Contains(csp, not) {
				t.Errorf("%s: the policy %q allows %q", url, csp, not)
			}
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": map[string]string{"'none'": "DENY", "'self'": "SAMEORIGIN"}[framers(url)], "Cross-Origin-Opener-Policy": "same-origin"} {
			if hd.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", url, name, hd.Get(name), want)
			}
		}
		if hd.Get("Permissions-Policy") == "" || hd.Get("Cache-Control") == "" || hd.Get("Content-Type") == "" {
			t.Errorf("%s: Permissions-Policy, Cache-Control or Content-Type is missing", url)
		}
	}
}

// framers may put a page in a frame: nobody, but for the lobby's screen, which the page
// where it is set shows as it is.
func framers(url string) string {
	if strings.HasPrefix(url, "/display/") {
		return "'self'"
	}
	return "'none'"
}

// A Host header is the client's word: it must not be able to widen the policy.
func TestHostCannotWidenThePolicy(t *testing.T) {
	_, h := newPages(t, nil)
	for host, want := range map[string]string{
		"queue.hue.gov.vn:8443":  "connect-src 'self' ws://queue.hue.gov.vn:8443 wss://queue.hue.gov.vn:8443;",
		"[::1]:8080":             "connect-src 'self' ws://[::1]:8080 wss://[::1]:8080;",
		"x; script-src *":        "connect-src 'self';",
		"a b":                    "connect-src 'self';",
		"*":                      "connect-src 'self';",
		"evil\r\nSet-Cookie: a=": "connect-src 'self';",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("Host %q: policy %q, want in it %q", host, got, want)
		}
	}
}

var (
	inlineScript = regexp.MustCompile(`(?is)<script(?:\s[^>]*)?>([^<]*)</script>`)
	inlineAttr   = regexp.MustCompile(`(?i)<[a-z][^>]*\s(on[a-z]+|style)\s*=`)
	scriptURL    = regexp.MustCompile(`(?i)(href|src|action)="\s*(javascript|data|vbscript):`)
	foreign      = regexp.MustCompile(`(?i)(?:href|src|action)="(?:https?:)?//`)
)

func TestNoPageCarriesInlineScriptOrStyle(t *testing.T) {
	p, h := newPages(t, nil)
	urls := []string{"/", "/kiosk/thuan-hoa", "/display/thuan-hoa", "/counter/thuan-hoa/3", "/assist/thuan-hoa", "/t/7KQ2M8R4TXWB6C1D",
		"/sign-in?next=/x", "/setup?token=a", "/docs", "/gallery", "/city", "/join/thuan-hoa", "/nothing", "/kiosk/no"}
	for _, name := range []string{"ticket", "start"} {
		for _, s := range p.states(name) {
			urls = append(urls, "/gallery/"+name+"/"+s)
		}
	}
	for _, url := range urls {
		body := get(t, h, url).Body.String()
		for _, m := range inlineScript.FindAllStringSubmatch(body, -1) {
			if strings.TrimSpace(m[1]) != "" || !strings.Contains(m[0], " src=") {
				t.Errorf("%s has an inline script: %s", url, m[0])
			}
		}
		if strings.Contains(body, "<style") {
			t.Errorf("%s has an inline style sheet", url)
		}
		for _, re := range []*regexp.Regexp{inlineAttr, scriptURL, foreign} {
			if m := re.FindString(body); m != "" {
				t.Errorf("%s: %s", url, m)
			}
		}
	}
}

// TestScriptsDoNotWriteInlineCode looks at the sources of all scripts of ours: what
// the policy would stop in the browser is found here first.
func TestScriptsDoNotWriteInlineCode(t *testing.T) {
	p, _ := newPages(t, nil)
	banned := regexp.MustCompile("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|dangerouslySetInnerHTML|\\beval\\(|new Function\\(|setAttribute\\('style'|\\sstyle=[\"'`]|https?://[a-z]")
	n := 0
	for name, f := range p.static.files {
		if !strings.HasPrefix(name, "js/") || !strings.HasSuffix(name, ".js") {
			continue
		}
		n++
		for i, line := range strings.Split(string(f.plain), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if m := banned.FindString(code); m != "" && !strings.HasPrefix(strings.TrimSpace(line), "*") {
				t.Errorf("%s:%d: %q", name, i+1, m)
			}
		}
	}
	if n < 10 {
		t.Fatalf("looked at %d scripts only", n)
	}
}

func TestStylesAskNoOtherOrigin(t *testing.T) {
	p, _ := newPages(t, nil)
	re := regexp.MustCompile(`(?i)@import|url\(\s*["']?(?:https?:|//|data:)`)
	for name, f := range p.static.files {
		if strings.HasSuffix(name, ".css") {
			if m := re.Find(f.plain); m != nil {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

func TestStaticFilesUnderTheirHashMayBeKept(t *testing.T) {
	p, h := newPages(t, nil)
	hashed := p.AssetPath("css/base.css")
	w := get(t, h, hashed, "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%s: %d %v", hashed, w.Code, w.Header())
	}
	if unzip(t, w.Body.Bytes()) != string(p.static.files["css/base.css"].plain) {
		t.Error("the compressed file is another")
	}
	w = get(t, h, "/assets/css/base.css", "Accept-Encoding", "gzip")
	etag := w.Header().Get("Etag")
	if w.Header().Get("Cache-Control") != "no-cache" || etag == "" {
		t.Errorf("without the hash: %v", w.Header())
	}
	if w := get(t, h, "/assets/css/base.css", "Accept-Encoding", "gzip", "If-None-Match", etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("unchanged: %d", w.Code)
	}
	if w := get(t, h, "/assets/css/base.css", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" ||
		w.Body.String() != string(p.static.files["css/base.css"].plain) {
		t.Error("a client that refuses gzip gets it")
	}
	for _, url := range []string{"/assets/000000000000/css/base.css", "/assets/html/start.html", "/assets/demo/hue.json", "/assets/assets.go",
		"/assets/", "/assets/../go.mod", "/assets/css/"} {
		if w := get(t, h, url); w.Code == http.StatusOK {
			t.Errorf("GET %s: 200", url)
		}
	}
}

func TestPagesAnswerOnlyReading(t *testing.T) {
	_, h := newPages(t, nil)
	for _, url := range []string{"/", "/t/7KQ2M8R4TXWB6C1D", "/counter/thuan-hoa/3"} {
		for _, method := range []string{"POST", "DELETE", "PUT"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, url, nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
				t.Errorf("%s %s: %d, Allow %q", method, url, w.Code, w.Header().Get("Allow"))
			}
		}
	}
}
