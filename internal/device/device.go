// Package device is what the kiosk and the display programs share: a page on
// loopback, made of embedded files, and one connection to the server.
//
// It promises:
//
//   - The page works from the program alone: style, script, words and type are
//     embedded; only the centre's facts come from the server.
//   - A device without a credential shows a code until a manager lets it in; one that was
//     revoked shows a code again within a second of being told.
//   - There is one connection to the server, whatever number of browsers show the page.
//   - When the server is away the last known document stays on the page, with a sign
//     since when it may be out of date.
//   - The device's token never reaches the browser, and only pages of this machine
//     use it: requests under another host name, and requests that change something
//     from another site, are refused.
package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/client"
	"moiso/internal/hub"
	"moiso/internal/pages"
	"moiso/internal/version"
)

// Options of a device.
type Options struct {
	Role    string        // "kiosk", "display" or "printer"
	Server  string        // URL
	Center  string        // id
	Token   string        // of the device; "" where none is needed
	Listen  string        // loopback address of the page
	View    string        // the document the page shows: "kiosk" or "board"
	Forward []string      // patterns of API requests that the page may send on, "POST /api/v1/tickets/{id}/cancel"
	Retry   time.Duration // between attempts after a refusal; 0 is 10 s
	Logger  *slog.Logger
	Dir     string // where it keeps what it must not forget; "" for nothing

	// Device and Place are what the server calls a device that was paired; Paired lets
	// its life end when the server revokes it.
	Device, Place string
	Paired        bool
}

const retry = 10 * time.Second

// heartbeat is how often the page is told that the program lives.
const heartbeat = 2 * time.Second

// farewell is how long the page of a revoked device has to say so.
const farewell = 200 * time.Millisecond

// stopTimeout is how long open requests may take when the program stops.
const stopTimeout = 5 * time.Second

// Device is a page and its connection.
type Device struct {
	o      Options
	server *url.URL
	client *client.Client
	hub    *hub.Hub
	topic  hub.Topic
	part   Part
	direct *http.Client // for Do
	begun  time.Time
	uplink client.Uplink
	news   chan struct{} // holds one: the server is to be told

	mu    sync.Mutex
	local Local // guarded by mu, like said
	said  said
}

// New checks the options; it does not reach for the server yet.
func New(o Options) (*Device, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("-server %q is not a URL like https://so.example.vn", o.Server)
	}
	if o.Retry <= 0 {
		o.Retry = retry
	}
	c, err := client.New(client.Options{Server: strings.TrimRight(o.Server, "/"), Token: o.Token, UserAgent: "moiso-" + o.Role})
	if err != nil {
		return nil, err
	}
	// No redirects: following one would turn a POST into a GET.
	direct := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	local := newLocal(o)
	if n := o.recallName(); n.Device != "" {
		local.Device, local.Place = n.Device, n.Place
	}
	return &Device{o: o, server: u, client: c, hub: hub.New(hub.Options{KeepLatest: true}), topic: hub.Topic(o.View + "/" + o.Center), direct: direct,
		begun: time.Now(), news: make(chan struct{}, 1), local: local, said: said{sound: "unknown", screen: "unknown"}}, nil
}

// Run serves the page and keeps the connection until ctx ends, with the one credential
// that the device was made with.
func (d *Device) Run(ctx context.Context, stdout io.Writer) error {
	return serve(ctx, d.o, stdout, d.live)
}

// live is the device's life with one credential, or without one: it shows its page and
// follows the server until ctx ends. A credential of a fixed device that is refused is
// tried again for ever; another ends its life with errRevoked.
func (d *Device) live(ctx context.Context, show func(http.Handler)) error {
	handler, err := d.handler()
	if err != nil {
		return err
	}
	since := d.restore()
	show(handler)
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := d.hub.Shutdown(stop, "the program stops"); err != nil {
			d.o.Logger.Warn("some pages were cut", "error", err)
		}
	}()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.follow(ctx, since) })
	g.Go(func() error { return d.reports(ctx) })
	if d.o.Token != "" && d.o.Device == "" {
		g.Go(func() error { return d.learn(ctx) })
	}
	if d.part.Run != nil {
		g.Go(func() error { return d.part.Run(ctx) })
	}
	return g.Wait()
}

// follow keeps the one connection. A refusal that waiting does not help, such as a
// revoked token, is said once, and tried again slowly: someone may mend it.
func (d *Device) follow(ctx context.Context, since time.Time) error {
	f := follower{d: d, stale: since}
	d.hub.SetStale(f.stale)
	feed := client.Feed{View: d.o.View, Center: d.o.Center}
	for {
		err := d.client.Watch(ctx, feed, client.Watcher{
			Document: func(text []byte, h client.Head) error {
				text = bytes.Clone(text)
				d.hub.Publish(d.topic, hub.Doc{Epoch: h.Epoch, Version: h.Version, Bytes: text})
				if d.part.Document != nil {
					d.part.Document(text, h)
				}
				return nil
			},
			Beat:   d.beat,
			Status: f.status,
			Uplink: &d.uplink,
		})
		if ctx.Err() != nil {
			return nil
		}
		if revoked(err) && d.o.Paired {
			d.o.Logger.Error("this device was revoked; it has to be paired again", "device", d.o.Device)
			// The page says so before it is cut off and loaded anew with a code.
			d.Change(func(l *Local) { l.Pairing = &Pairing{State: "revoked"} })
			d.pause(ctx, farewell)
			return errRevoked
		}
		f.refused(err)
		t := time.NewTimer(d.o.Retry)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}

// follower remembers what was said of the connection. The client calls status from
// one goroutine at a time, and refused runs after it has ended.
type follower struct {
	d     *Device
	stale time.Time // since when the page may be out of date; zero when it is fresh
	said  string    // the refusal that was logged last
}

func (f *follower) status(s client.Status) {
	if f.d.part.Status != nil {
		f.d.part.Status(s)
	}
	f.d.connected(s)
	if s.Connected && !s.Stale {
		if !f.stale.IsZero() {
			f.d.o.Logger.Info("the server is there")
		}
		f.stale, f.said = time.Time{}, ""
		f.d.hub.SetStale(f.stale)
		f.d.Change(func(l *Local) { l.OfflineSince, l.Pairing = nil, nil })
		return
	}
	was := f.stale
	f.since(s.Since)
	if was.IsZero() {
		f.d.o.Logger.Warn("the server is away; the page shows what was last known", "since", f.stale.Format(time.TimeOnly), "error", s.Err)
	}
}

// since keeps the earliest moment since which nothing was heard.
func (f *follower) since(t time.Time) {
	if t.IsZero() {
		t = time.Now()
	}
	if f.stale.IsZero() || t.Before(f.stale) {
		f.stale = t
	}
	f.d.hub.SetStale(f.stale)
	since := f.stale
	f.d.Change(func(l *Local) { l.OfflineSince = &since })
}

func (f *follower) refused(err error) {
	f.since(time.Time{})
	if err == nil || err.Error() == f.said {
		return
	}
	f.said = err.Error()
	var refusal *client.Error
	if errors.As(err, &refusal) {
		f.d.Change(func(l *Local) { l.Pairing = &Pairing{State: "refused"} })
		f.d.o.Logger.Error("the server refuses this device; it goes on trying", "code", refusal.Code, "detail", refusal.Detail)
		return
	}
	f.d.o.Logger.Error("the connection ended; it goes on trying", "error", err)
}

// handler serves the page, its socket, and what the page may send on.
func (d *Device) handler() (http.Handler, error) {
	p, err := pages.New(pages.Options{Device: d.o.Role, DeviceCenter: d.o.Center, Version: version.String()})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	p.Register(mux)
	mux.HandleFunc("GET /ws/v1", d.socket)
	d.locals(mux)
	proxy := d.proxy()
	for pattern, h := range d.part.Handle {
		mux.Handle(pattern, h)
	}
	for _, pattern := range d.o.Forward {
		if d.part.Handle[pattern] == nil {
			mux.Handle(pattern, proxy)
		}
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "not_found", "a "+d.o.Role+" does not offer "+r.Method+" "+r.URL.Path)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return ownHost(http.NewCrossOriginProtection().Handler(mux)), nil
}

// ownHost answers only under a name of this machine. A page of another site whose
// name is made to point here would otherwise be of the same origin as ours, and act
// with the device's rights.
func ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !loopback(host) {
			problem(w, http.StatusMisdirectedRequest, "forbidden", "this page is for this machine only; open it as http://127.0.0.1")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback()
}

// socket gives the page the document from memory, the newest first.
func (d *Device) socket(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("view") == "local" {
		d.localSocket(w, r)
		return
	}
	if q.Get("view") != d.o.View || q.Get("center") != d.o.Center {
		problem(w, http.StatusNotFound, "not_found", fmt.Sprintf("this %s shows view=%s of center=%s only", d.o.Role, d.o.View, d.o.Center))
		return
	}
	v, _ := strconv.ParseInt(q.Get("version"), 10, 64) // nothing is 0: everything is news
	// A refusal has been answered by the hub; there is no other error without Latest.
	_ = d.hub.Serve(w, r, hub.Subscription{Topic: d.topic, Epoch: q.Get("epoch"), Version: v, Heartbeat: heartbeat, Owner: d.o.Role, Closed: d.tell})
	d.tell()
}

// proxy sends a request of the page on to the server with the device's token.
func (d *Device) proxy() http.Handler {
	return &httputil.ReverseProxy{
		Transport: &http.Transport{ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4,
			DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(d.server)
			// The browser's own identity stays here; the device's goes.
			for _, h := range []string{"Authorization", "Cookie", "Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"} {
				r.Out.Header.Del(h)
			}
			if d.o.Token != "" {
				r.Out.Header.Set("Authorization", "Bearer "+d.o.Token)
			}
		},
		ErrorLog: slog.NewLogLogger(d.o.Logger.Handler(), slog.LevelWarn),
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Set-Cookie")
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			d.o.Logger.Warn("a request did not reach the server", "error", err)
			problem(w, http.StatusBadGateway, "offline", "the server cannot be reached; nothing is known to have been done")
		},
	}
}

func problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code, "detail": detail})
}
