// Package auth knows who is asking and what they may do: accounts and passwords,
// sessions of browsers, tokens of programs and devices.
//
// Who has which role stands in the directory, as events. What is secret or
// personal (names, hashes, notes, tokens, sessions) stands in a side store that can be
// erased and that the events refer to by id. The store is read into memory once
// and written through, so knowing who asks costs no disk access.
//
// Promises, each with a test of that name:
//
//   - A password is never stored, only its argon2id hash; a token never, only its SHA-256.
//   - A wrong password and an unknown user look alike, in words and in time.
//   - Only failed logins count against limits, and a locked account says for how long.
//   - Changing a password or disabling an account ends its sessions and tokens at once.
//   - A request from another site cannot act with a person's cookie.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"moiso/internal/directory"
)

// StoreFile is the name of the side store in a data folder.
const StoreFile = "accounts.db"

// How long things live.
const (
	sessionIdle   = 8 * time.Hour
	sessionLife   = 24 * time.Hour
	sessionTouch  = 5 * time.Minute // an idle session is written at most this often
	tokenLife     = 30 * 24 * time.Hour
	tokensAnOwner = 1000 // the oldest goes first
)

// Directory is the register as auth needs it. Main wires it to the engine.
type Directory interface {
	// Do carries out a command durably. Meta.Now is the implementer's to stamp.
	Do(ctx context.Context, c directory.Command, m directory.Meta) error
	// State is the newest durable state. It is never changed after it was returned.
	State() *directory.State
}

// Options configure Open.
type Options struct {
	Path      string // of the side store
	Directory Directory
	PublicURL string // as in QR codes; its origin is trusted, https makes cookies secure
	TLS       bool   // the server itself speaks TLS
	Demo      bool   // allows EnsureDemo and GrantBrowserDevice
	// ClientAddr finds the address of a request; nil is ClientAddr(nil).
	ClientAddr func(*http.Request) netip.Addr
	// OnRevoke is told the id of an account or device whose credentials ended, so
	// that its sockets can be closed. It must not block.
	OnRevoke func(principal string)
	// WriteError answers a request that Authenticate refuses; nil writes problem+json.
	WriteError func(http.ResponseWriter, *http.Request, error)
}

// Auth is safe for use by many goroutines.
type Auth struct {
	o      Options
	store  *store
	hasher *hasher
	limits *limits
	sm     *scs.SessionManager
	origin *http.CrossOriginProtection
	source string // of the events it causes: web, console

	// accounts serialises what checks a name and then takes it.
	accounts sync.Mutex
}

// Open opens the side store, making it when it is not there. It fails with
// ErrLocked when another process has it.
func Open(o Options) (*Auth, error) {
	if o.Directory == nil {
		return nil, errors.New("auth: no directory given")
	}
	if o.ClientAddr == nil {
		o.ClientAddr = ClientAddr(nil)
	}
	if o.OnRevoke == nil {
		o.OnRevoke = func(string) {}
	}
	if o.WriteError == nil {
		o.WriteError = writeProblem
	}
	origin := http.NewCrossOriginProtection()
	if o.PublicURL != "" {
		u, err := url.Parse(o.PublicURL)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("auth: the public URL %q is not like https://example.org", o.PublicURL)
		}
		if err := origin.AddTrustedOrigin(strings.ToLower(u.Scheme + "://" + u.Host)); err != nil {
			return nil, fmt.Errorf("auth: the public URL %q: %w", o.PublicURL, err)
		}
	}
	st, err := openStore(o.Path, time.Now())
	if err != nil {
		return nil, err
	}
	a := &Auth{o: o, store: st, hasher: newHasher(present), limits: newLimits(), origin: origin, source: "web"}
	a.sm = newSessions(st, o.TLS || strings.HasPrefix(strings.ToLower(o.PublicURL), "https:"))
	return a, nil
}

// Close closes the side store.
func (a *Auth) Close() error { return a.store.close() }

// Run forgets sessions, tokens and notes that are over, until ctx ends.
func (a *Auth) Run(ctx context.Context) error {
	t := time.NewTicker(10 * time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			// A full disk must not end the server; what is over is refused
			// anyway, and the next round tries again.
			_ = a.store.sweep(time.Now())
		}
	}
}

// meta says who acts in ctx.
func (a *Auth) meta(ctx context.Context) directory.Meta {
	m := directory.Meta{Now: time.Now(), Source: a.source}
	switch p := From(ctx); {
	case p == nil && a.source != "console":
		m.Source = "system"
	case p == nil:
	case p.Kind == Person:
		m.Actor = p.ID
	default:
		m.Device = p.ID
	}
	return m
}
