package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"moiso/internal/api"
	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/hub"
	"moiso/internal/journal/boltlog"
	"moiso/internal/media"
	"moiso/internal/pages"
	"moiso/internal/queue"
	"moiso/internal/supervisor"
	"moiso/internal/ticket"
	"moiso/internal/version"
	"moiso/internal/view"
)

// service is a running server: the rooms, wired.
type service struct {
	o       serveOptions
	log     *slog.Logger
	public  *url.URL
	data    *dataFolder
	engine  *engine.Engine
	hub     *hub.Hub
	auth    *auth.Auth
	api     *api.API
	spoken  *spokenLog
	handler http.Handler
	setup   string // the set-up link's token, "" when not needed
}

// newService opens the data and wires the rooms. What it opened is closed again
// when it fails.
func newService(ctx context.Context, o serveOptions, public *url.URL, log *slog.Logger) (_ *service, err error) {
	s := &service{o: o, log: log, public: public}
	defer func() {
		if err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			err = errors.Join(err, s.close(stop))
		}
	}()
	metrics := api.NewMetrics(nil)
	observe := func(c boltlog.Commit) { metrics.ObserveAppend(c.Appends, c.Records, c.Bytes, c.Took) }
	if s.data, err = openData(o.data, true, o.demo, boltlog.Options{Observe: observe}); err != nil {
		return nil, err
	}
	addr := auth.ClientAddr(o.proxies)
	s.hub = hub.New(hub.Options{MaxPerAddr: o.maxPerAddr, ClientAddr: addr, Origins: []string{public.Scheme + "://" + public.Host}})
	var people atomic.Pointer[auth.Auth] // set below; the engine shows clerks' names
	s.engine, err = engine.Open(ctx, engine.Options{
		Log: s.data.log, Hub: s.hub, Epoch: s.data.info.Epoch, Logger: log,
		TicketURL: func(id queue.TicketID) string { return ticket.URL(public, id) },
		Clerk: func(id string) string {
			a := people.Load()
			if a == nil || id == "" {
				return ""
			}
			who, err := a.Account(directory.AccountID(id))
			if err != nil {
				return ""
			}
			return who.Name
		},
	})
	if err != nil {
		return nil, err
	}
	s.auth, err = auth.Open(auth.Options{
		Path: s.data.sideStore(), Directory: register{s.engine}, PublicURL: public.String(), TLS: o.tlsCert != "", Demo: o.demo, ClientAddr: addr, WriteError: api.WriteError,
		OnRevoke: func(id string) {
			s.hub.CloseWhere(func(k hub.Socket) bool { return k.Owner == id }, 1008, "revoked")
		},
	})
	if err != nil {
		return nil, err
	}
	people.Store(s.auth)
	if err = s.firstStart(ctx); err != nil {
		return nil, err
	}
	return s, s.routes(metrics, addr)
}

// firstStart makes the demo, or the link by which the first administrator comes in.
func (s *service) firstStart(ctx context.Context) (err error) {
	if s.o.demo {
		if err := s.auth.EnsureDemo(ctx); err != nil {
			return err
		}
		return ensureDemo(ctx, s.data, s.engine, s.o.demoHours)
	}
	s.setup, err = s.auth.SetupToken()
	return err
}

func (s *service) routes(metrics *api.Metrics, addr func(*http.Request) netip.Addr) error {
	files, err := media.Open(s.data.mediaFolder())
	if err != nil {
		return err
	}
	a, err := api.New(api.Options{Speakers: s.speakers(), Media: files, MediaLimit: int64(s.o.mediaMB) << 20, Engine: s.engine, Hub: s.hub, Auth: s.auth, PublicURL: s.public, Version: version.String(),
		MetricsToken: s.o.metricsToken, Metrics: metrics, ClientAddr: addr, Logger: s.log})
	if err != nil {
		return err
	}
	s.api = a
	p, err := pages.New(s.pageOptions())
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	p.Register(mux)
	mux.Handle("GET /media/{c}/{hash}", files)
	outer := http.NewServeMux()
	for _, path := range []string{"/api/", "/ws/", "/openapi.json", "/healthz", "/readyz", "/metrics"} {
		outer.Handle(path, a)
	}
	outer.Handle("/", s.auth.Authenticate(mux))
	s.handler = outer
	return nil
}

func (s *service) pageOptions() pages.Options {
	return pages.Options{
		Demo: s.o.demo, Version: version.String(),
		Source: pages.Source{
			Ticket: func(ctx context.Context, id string) (view.TicketPage, error) {
				tid, ok := queue.ParseTicketID(id)
				if !ok {
					return view.TicketPage{}, pages.ErrNotFound
				}
				return s.engine.Ticket(ctx, tid)
			},
			Appointment: func(ctx context.Context, id string) (view.AppointmentPage, error) {
				return s.engine.Appointment(ctx, queue.TicketID(id))
			},
			Centers: s.engine.Centers,
			Center: func(ctx context.Context, id string) (v view.Center, err error) {
				err = s.engine.View(ctx, queue.CenterID(id), func(st *queue.State, p view.Stamp) error {
					v = view.CenterOf(st, p.Now)
					return nil
				})
				return v, err
			},
		},
		Account: func(r *http.Request) (pages.Account, bool) {
			p := auth.From(r.Context())
			if p == nil || p.Kind != auth.Person {
				return pages.Account{}, false
			}
			return pages.Account{Name: p.Name, Roles: p.RoleNames(), Center: string(p.Center())}, true
		},
		SignIn:        s.signInForm,
		OnKioskPage:   s.standIn(directory.Kiosk, auth.Issue),
		OnDisplayPage: s.standIn(directory.Display, auth.Speak),
	}
}

// standIn lets a demo's browser act as a device of the centre whose page it opens,
// unless it may already.
func (s *service) standIn(role auth.Role, action auth.Action) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, center string) {
		if !s.o.demo || auth.From(r.Context()).May(action, queue.CenterID(center)) {
			return
		}
		if err := s.auth.GrantBrowserDevice(w, r, role, queue.CenterID(center)); err != nil {
			s.log.Warn("the demo's browser got no cookie", "role", role, "center", center, "error", err)
		}
	}
}

// signInForm serves browsers without script.
func (s *service) signInForm(w http.ResponseWriter, r *http.Request, username, password string) string {
	_, cookie, err := s.auth.SignIn(r.Context(), username, password)
	if err != nil {
		var refused *queue.Error
		if errors.As(err, &refused) {
			return string(refused.Code)
		}
		s.log.Error("sign-in failed", "error", err)
		return "internal"
	}
	http.SetCookie(w, cookie)
	return ""
}

// announce says where the server is to be found.
func (s *service) announce(stdout io.Writer, l net.Listener) {
	scheme := "http"
	if s.o.tlsCert != "" {
		scheme = "https"
	}
	base := scheme + "://" + l.Addr().String()
	fmt.Fprintf(stdout, "Mời Số listens on %s\n", base)
	if s.public.String() != base {
		fmt.Fprintf(stdout, "Phones reach it under %s\n", s.public)
	}
	if s.o.demo {
		fmt.Fprintf(stdout, "Demo of Huế's 40 centres: sign in as demo with the password demo\n")
	}
	if s.setup != "" {
		fmt.Fprintf(stdout, "Nobody can administer this server yet. Open this link once to set up the first account:\n  %s/setup?token=%s\n", strings.TrimRight(s.public.String(), "/"), s.setup)
	}
	s.o.warnings(s.log, l)
}

// run serves until ctx ends or something fails that only a new start can mend.
func (s *service) run(ctx context.Context, l net.Listener) error {
	srv := serverFor(s.handler, s.log)
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	g, work := errgroup.WithContext(work)
	people, rooms, fleet := s.auth, s.engine, s.api // close forgets them
	g.Go(func() error { return rooms.Run(work) })
	g.Go(func() error { return people.Run(work) })
	g.Go(func() error { return fleet.Run(work) })
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error { return supervisor.Run(work, s.log, supervisor.Answering(l, s.o.tlsCert != "")) })
	if s.o.demo && s.o.demoCrowd == "on" {
		g.Go(func() error { return s.crowd(work, l) })
	}
	g.Go(func() error {
		<-work.Done()
		s.log.Info("stopping")
		stop, done := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer done()
		s.drain(stop, srv)
		return s.close(stop)
	})
	return g.Wait()
}

// drain lets sockets and requests end, and cuts those that do not.
func (s *service) drain(ctx context.Context, srv *http.Server) {
	ctx, done := context.WithTimeout(ctx, drainTimeout)
	defer done()
	var sockets errgroup.Group
	sockets.Go(func() error { return s.hub.Shutdown(ctx, "the server stops") })
	if err := srv.Shutdown(ctx); err != nil {
		s.log.Warn("some requests were cut", "error", err)
		_ = srv.Close() // the connections are gone, whatever it says
	}
	if err := sockets.Wait(); err != nil {
		s.log.Warn("some sockets were cut", "error", err)
	}
}

// close ends the rooms from the top down; those that were not opened are passed over.
func (s *service) close(ctx context.Context) error {
	var err error
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close(ctx))
	}
	if s.auth != nil {
		err = errors.Join(err, s.auth.Close())
	}
	if s.spoken != nil {
		err = errors.Join(err, s.spoken.Close())
	}
	if s.data != nil {
		err = errors.Join(err, s.data.Close())
	}
	s.engine, s.auth, s.spoken, s.data = nil, nil, nil, nil
	return err
}
