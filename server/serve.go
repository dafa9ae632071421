package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"moiso/internal/api"
)

// serveOptions are the flags of "server serve".
type serveOptions struct {
	listen       string
	publicURL    string
	proxies      prefixes
	data         string
	demo         bool
	demoHours    string
	demoCrowd    string
	demoPublic   bool
	tlsCert      string
	tlsKey       string
	metricsToken string
	maxPerAddr   int
	mediaMB      int
	logLevel     string
}

// prefixes is a flag that may be given more than once.
type prefixes []netip.Prefix

func (p *prefixes) String() string {
	var s []string
	for _, x := range *p {
		s = append(s, x.String())
	}
	return strings.Join(s, ",")
}

func (p *prefixes) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if addr, err := netip.ParseAddr(part); err == nil {
			*p = append(*p, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		x, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("%q is not an address or a range like 10.0.0.0/8", part)
		}
		*p = append(*p, x.Masked())
	}
	return nil
}

func serveFlags(o *serveOptions, stdout io.Writer) *flag.FlagSet {
	f := flags("serve", "run the server", stdout)
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	f.StringVar(&o.publicURL, "public-url", "", "`URL` under which phones reach this server; QR codes carry it")
	f.Var(&o.proxies, "trusted-proxy", "`range` of proxies whose X-Forwarded-For is believed; may be repeated")
	f.StringVar(&o.data, "data", "data", "`folder` of the journal and the accounts")
	f.BoolVar(&o.demo, "demo", false, "the 40 centres of Huế and the account demo/demo; marks its data folder")
	f.StringVar(&o.demoHours, "demo-hours", "always", "hours of the demo's centres: always or real")
	f.StringVar(&o.demoCrowd, "demo-crowd", "off", "people who take numbers and clerks who call them, at some centres of the demo: on or off")
	f.BoolVar(&o.demoPublic, "demo-public", false, "allow a demo on an address that others reach")
	f.StringVar(&o.tlsCert, "tls-cert", "", "`file` with the TLS certificate chain")
	f.StringVar(&o.tlsKey, "tls-key", "", "`file` with the TLS key")
	f.StringVar(&o.metricsToken, "metrics-token", "", "bearer `token` with which /metrics is read from elsewhere than this machine")
	f.IntVar(&o.maxPerAddr, "max-sockets-per-address", 500, "sockets one client address may hold; loopback is not limited")
	f.IntVar(&o.mediaMB, "media-limit", api.MediaLimit>>20, "megabytes that the pictures and films of one centre's screens may have together")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return f
}

// runServe is "server serve".
func runServe(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o serveOptions
	if err := parse(serveFlags(&o, stdout), args); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return badUsage("-log-level %q is not debug, info, warn or error", o.logLevel)
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	if err := o.check(); err != nil {
		return err
	}
	l, public, err := o.open()
	if err != nil {
		return err
	}
	s, err := newService(ctx, o, public, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.announce(stdout, l)
	return s.run(ctx, l)
}

// check refuses flags that contradict each other, before anything is opened.
func (o *serveOptions) check() error {
	if o.demoHours != "always" && o.demoHours != "real" {
		return badUsage("-demo-hours %q is not always or real", o.demoHours)
	}
	if o.demoCrowd != "on" && o.demoCrowd != "off" {
		return badUsage("-demo-crowd %q is not on or off", o.demoCrowd)
	}
	if o.mediaMB < 1 {
		return badUsage("-media-limit %d is not a number of megabytes", o.mediaMB)
	}
	if (o.tlsCert == "") != (o.tlsKey == "") {
		return badUsage("-tls-cert and -tls-key go together")
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return badUsage("-listen %q is not an address with a port, like 127.0.0.1:8080", o.listen)
	}
	if o.demo && !o.demoPublic && !loopback(host) {
		return badUsage("a demo lets everyone in as demo/demo; -listen %s is reached by others, so add -demo-public if that is meant", o.listen)
	}
	if o.publicURL != "" {
		u, err := url.Parse(o.publicURL)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return badUsage("-public-url %q is not like https://moiso.example.vn", o.publicURL)
		}
		if unspecified(u.Hostname()) || !o.demo && loopback(u.Hostname()) {
			return badUsage("-public-url %s cannot be reached by a phone; give the address that phones in the hall reach", o.publicURL)
		}
	} else if !o.demo || unspecified(host) {
		return badUsage("-public-url is missing: QR codes carry it, so give the address that phones in the hall reach, like https://moiso.example.vn")
	}
	return nil
}

// unspecified reports whether a host means every address of this machine, which
// is nothing that a QR code could carry.
func unspecified(host string) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "" || err == nil && a.Unmap().IsUnspecified()
}

// loopback reports whether only this machine reaches a host.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.Unmap().IsLoopback()
}

// open listens and says under which URL phones reach the server.
func (o *serveOptions) open() (net.Listener, *url.URL, error) {
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot listen on %s: %w", o.listen, err)
	}
	scheme := "http"
	if o.tlsCert != "" {
		cert, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("the TLS certificate cannot be used: %w", err), l.Close())
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
		scheme = "https"
	}
	public := o.publicURL
	if public == "" {
		public = scheme + "://" + l.Addr().String()
	}
	u, err := url.Parse(public)
	if err != nil {
		return nil, nil, errors.Join(badUsage("-public-url %q: %v", public, err), l.Close())
	}
	return l, u, nil
}

// Limits of the HTTP server.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute

	// A stop takes 10 s at most: sockets and requests have the larger part, and
	// the journal what is left.
	drainTimeout = 6 * time.Second
	stopTimeout  = 9 * time.Second
)

// warnings says what an operator should know about the address.
func (o *serveOptions) warnings(log *slog.Logger, l net.Listener) {
	host, _, _ := net.SplitHostPort(l.Addr().String())
	if !loopback(host) && o.tlsCert == "" {
		log.Warn("listening without TLS on an address that others reach; a proxy in front must speak TLS, or give -tls-cert and -tls-key", "address", l.Addr().String())
	}
	if o.demo {
		log.Warn("this is a demo: anyone can sign in as demo/demo", "data", o.data)
	}
}

func serverFor(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}
