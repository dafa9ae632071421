package pages

import (
	"net/http"
	"regexp"
)

// hostForm is what a Host header may be made of to stand in a policy.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$`)

// policy is the Content-Security-Policy. The sockets are named with their scheme
// because older WebKit and Android browsers do not count ws: as 'self'.
// A page may be framed by nobody, but for the lobby's screen, which is shown in the page
// where it is set, by this server itself.
func policy(host string, framed bool) string {
	by := "'none'"
	if framed {
		by = "'self'"
	}
	connect := "'self'"
	if hostForm.MatchString(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return "default-src 'self'; base-uri 'none'; connect-src " + connect +
		"; form-action 'self'; frame-ancestors " + by + "; object-src 'none'"
}

// headers sets what every page and file carries.
func (p *Pages) headers(next http.Handler) http.Handler { return headers(next, false) }

func headers(next http.Handler, framed bool) http.Handler {
	frame := "DENY" // for browsers older than frame-ancestors
	if framed {
		frame = "SAMEORIGIN"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy(r.Host, framed))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", frame)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "autoplay=(self), screen-wake-lock=(self), camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()")
		next.ServeHTTP(w, r)
	})
}

// robots keeps tickets and staff pages out of search engines; a ticket's address
// is its key.
func robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=86400")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /\nAllow: /$\n"))
}
