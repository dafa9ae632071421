package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/client"
	"moiso/internal/supervisor"
)

// errRevoked ends the life of a device whose credential is no longer good.
var errRevoked = errors.New("the device was revoked")

// serve listens and shows whatever page life shows, until ctx ends or life does.
func serve(ctx context.Context, o Options, stdout io.Writer, life func(context.Context, func(http.Handler)) error) error {
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.Listen, err)
	}
	of := ""
	if o.Center != "" {
		of = " of " + o.Center
	}
	fmt.Fprintf(stdout, "Mời Số %s%s shows its page on http://%s\n", o.Role, of, l.Addr())
	var page atomic.Pointer[http.Handler]
	ready, once := make(chan struct{}), sync.Once{}
	show := func(h http.Handler) {
		page.Store(&h)
		once.Do(func() { close(ready) })
	}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-ready:
				(*page.Load()).ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return life(ctx, show) })
	g.Go(func() error { return supervisor.Run(ctx, o.Logger, supervisor.Answering(l, false)) })
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := srv.Shutdown(stop); err != nil {
			_ = srv.Close() // what did not end in time is cut
		}
		return nil
	})
	return g.Wait()
}

// paired is a program that is let in by a code: one life after the other, with a
// credential or in search of one.
type paired struct {
	o    Options
	dir  string // where the credential is kept
	part func(*Device, string) (Part, error)
	code func(context.Context, client.Pairing, *slog.Logger) // nil for nobody
}

func (p paired) run(ctx context.Context, stdout io.Writer) error {
	return serve(ctx, p.o, stdout, p.lives)
}

func (p paired) lives(ctx context.Context, show func(http.Handler)) error {
	c, why := loadCredential(p.dir, p.o.Server, p.o.Role)
	if why != "" {
		p.o.Logger.Warn(why)
	}
	notice := "waiting"
	for ctx.Err() == nil {
		if c == nil {
			grant, err := p.pair(ctx, show, notice)
			if err != nil {
				return ended(ctx, err)
			}
			c = &credential{Server: sameServer(p.o.Server), Credential: *grant}
			if err := c.save(p.dir); err != nil {
				// It works until it is started again, and says why it will not then.
				p.o.Logger.Error(err.Error())
			}
			p.o.Logger.Info("this device was let in", "device", c.Device, "center", c.Center, "place", c.Place)
		}
		err := p.work(ctx, show, c)
		if !errors.Is(err, errRevoked) {
			return ended(ctx, err)
		}
		if err := forget(p.dir); err != nil {
			p.o.Logger.Error("the revoked credential cannot be removed", "error", err)
		}
		c, notice = nil, "revoked"
	}
	return nil
}

// ended is no error when ctx is what ended it.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// work is a life with a credential.
func (p paired) work(ctx context.Context, show func(http.Handler), c *credential) error {
	o := p.o
	o.Center, o.Token, o.Device, o.Place, o.Paired = c.Center, c.Token, c.Device, c.Place, true
	d, err := New(o)
	if err != nil {
		return err
	}
	if p.part != nil {
		part, err := p.part(d, p.dir)
		if err != nil {
			return err
		}
		d.Use(part)
	}
	return d.live(ctx, show)
}

// pair is a life without one.
func (p paired) pair(ctx context.Context, show func(http.Handler), notice string) (*client.Credential, error) {
	d, err := New(p.o)
	if err != nil {
		return nil, err
	}
	d.Change(func(l *Local) { l.Pairing = &Pairing{State: "unreachable"} })
	handler, err := d.handler()
	if err != nil {
		return nil, err
	}
	show(handler)
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		_ = d.hub.Shutdown(stop, "the device was let in") // pages come again by themselves
	}()
	if p.code == nil {
		return d.pairUntilIn(ctx, notice, func(client.Pairing) {})
	}
	// Whoever is told of a code is done before the device begins its work: it may hold
	// what that needs.
	ctx, done := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer done()
	var turn sync.Mutex
	return d.pairUntilIn(ctx, notice, func(c client.Pairing) {
		beside.Go(func() {
			turn.Lock()
			defer turn.Unlock()
			p.code(ctx, c, p.o.Logger)
		})
	})
}
