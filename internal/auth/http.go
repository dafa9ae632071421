package auth

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

type ctxKey struct{}

// request is what Authenticate found out about a request.
type request struct {
	principal *Principal
	addr      netip.Addr
	cookie    string // the session token it came with, "" for none
	foreign   error  // why it may not act with a cookie, nil when it may
}

// From is who asks in ctx; nil is somebody unknown.
func From(ctx context.Context) *Principal {
	if r, ok := ctx.Value(ctxKey{}).(*request); ok {
		return r.principal
	}
	return nil
}

// With is a context in which p asks, for work that does not come by HTTP.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, ctxKey{}, &request{principal: p})
}

// Addr is the address of the request in ctx, as ClientAddr found it.
func Addr(ctx context.Context) netip.Addr {
	if r, ok := ctx.Value(ctxKey{}).(*request); ok {
		return r.addr
	}
	return netip.Addr{}
}

// Authenticate finds out who asks, by bearer token or session cookie, and puts it
// into the context. It refuses two things: a bearer token that is not good, so
// that a program learns of it, and an unsafe request from another site that
// carries a live session. Whoever comes with nothing passes as nobody; what that
// may do is for the routes to say.
func (a *Auth) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{addr: a.o.ClientAddr(r), foreign: a.checkOrigin(r)}
		if c, err := r.Cookie(a.sm.Cookie.Name); err == nil {
			q.cookie = c.Value
		}
		if tok, ok := bearer(r); ok {
			p, err := a.ByToken(tok)
			if err != nil {
				a.o.WriteError(w, r, err)
				return
			}
			q.principal = p
		} else if q.cookie != "" {
			p, err := a.bySession(r.Context(), q.cookie)
			if err != nil {
				a.o.WriteError(w, r, err)
				return
			}
			if p != nil && q.foreign != nil {
				a.o.WriteError(w, r, q.foreign)
				return
			}
			q.principal = p
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ctxKey{}, q)))
	})
}

func bearer(r *http.Request) (string, bool) {
	scheme, tok, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(tok), strings.EqualFold(scheme, "Bearer")
}

// checkOrigin refuses an unsafe request that a browser sent for another site. A
// request without Sec-Fetch-Site and Origin comes from a program and passes.
func (a *Auth) checkOrigin(r *http.Request) error {
	if err := a.origin.Check(r); err != nil {
		return refuse(ErrForbidden, "the request comes from another site")
	}
	return nil
}

// ByToken finds who holds a bearer token.
func (a *Auth) ByToken(tok string) (*Principal, error) {
	bad := refuse(ErrNotSignedIn, "the token is unknown, expired or revoked")
	if len(tok) > 128 {
		return nil, bad
	}
	hash, now := hashToken(tok), time.Now()
	t, ok := a.store.token(hash, now)
	if !ok {
		return nil, bad
	}
	var p *Principal
	if t.Kind == Device {
		p = a.device(directory.DeviceID(t.Owner))
	} else {
		p = a.person(directory.AccountID(t.Owner), t.Gen)
	}
	if p == nil {
		return nil, bad
	}
	if day := now.UTC().Format(time.DateOnly); t.Used != day {
		// The day of use is a courtesy to whoever looks for forgotten tokens; a
		// full disk must not turn it into a refusal.
		_ = a.store.useToken(hash, day)
	}
	return p, nil
}

// bySession finds who holds a session; nil is nobody.
func (a *Auth) bySession(ctx context.Context, cookie string) (*Principal, error) {
	ctx, err := a.load(ctx, cookie)
	if err != nil {
		return nil, err
	}
	v, ok := a.sm.Get(ctx, visitKey).(visit)
	if !ok {
		return nil, nil
	}
	p := a.person(v.Account, v.Gen)
	if p == nil && v.Browser != "" && len(v.Devices) > 0 {
		p = &Principal{ID: v.Browser, Kind: Device, Roles: v.Devices}
	}
	if p == nil {
		return nil, nil
	}
	p.Browser = v.Devices
	if now := time.Now(); now.Sub(time.Unix(v.Seen, 0)) >= sessionTouch {
		// Idle time starts anew. A failure to write it down only means that the
		// session may end earlier than it could.
		v.Seen = now.Unix()
		a.sm.Put(ctx, visitKey, v)
		_, _, _ = a.sm.Commit(ctx)
	}
	return p, nil
}

// load finds a session. One that cannot be read is no session: otherwise its
// browser could not even sign in.
func (a *Auth) load(ctx context.Context, cookie string) (context.Context, error) {
	if sctx, err := a.sm.Load(ctx, cookie); err == nil {
		return sctx, nil
	}
	return a.sm.Load(ctx, "")
}

// person is the principal of an account, nil when it may not sign in any more.
func (a *Auth) person(id directory.AccountID, gen int) *Principal {
	if id == "" {
		return nil
	}
	acc, ok := a.o.Directory.State().Account(id)
	sec, has := a.store.secret(id)
	if !ok || !has || acc.Disabled || sec.Gen != gen {
		return nil
	}
	return &Principal{ID: string(id), Kind: Person, Username: sec.Username, Name: sec.Name, Roles: acc.Roles}
}

func (a *Auth) device(id directory.DeviceID) *Principal {
	d, ok := a.o.Directory.State().Device(id)
	if !ok || d.Revoked {
		return nil
	}
	return &Principal{ID: string(id), Kind: Device, Name: d.Place, Roles: []Grant{{Role: d.Role, Center: d.Center}}}
}

// SignIn checks a password and opens a session for the browser that asks in ctx,
// which must come from Authenticate. The cookie is to be set in the answer. The
// session's token is new, so one planted before is worth nothing.
func (a *Auth) SignIn(ctx context.Context, username, password string) (*Principal, *http.Cookie, error) {
	q, ok := ctx.Value(ctxKey{}).(*request)
	if !ok {
		q = &request{}
	}
	if q.foreign != nil {
		return nil, nil, q.foreign
	}
	p, gen, err := a.check(ctx, username, password, q.addr)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.editVisit(ctx, q.cookie, true, func(v *visit) {
		v.Account, v.Gen = directory.AccountID(p.ID), gen
	})
	if err != nil {
		return nil, nil, err
	}
	return p, c, nil
}

// SignOut ends the person's session of the browser that asks in ctx. Devices that
// the browser stands in for stay. The cookie is to be set in the answer.
func (a *Auth) SignOut(ctx context.Context) (*http.Cookie, error) {
	q, ok := ctx.Value(ctxKey{}).(*request)
	if !ok || q.cookie == "" {
		return a.newCookie("", true), nil
	}
	if q.foreign != nil {
		return nil, q.foreign
	}
	sctx, err := a.load(ctx, q.cookie)
	if err != nil {
		return nil, err
	}
	if v, _ := a.sm.Get(sctx, visitKey).(visit); len(v.Devices) > 0 {
		return a.editVisit(ctx, q.cookie, true, func(v *visit) { v.Account, v.Gen = "", 0 })
	}
	if a.sm.Token(sctx) != "" {
		if err := a.sm.Destroy(sctx); err != nil {
			return nil, err
		}
	}
	return a.newCookie("", true), nil
}

// editVisit changes a session, or begins one, and gives the cookie for it.
func (a *Auth) editVisit(ctx context.Context, cookie string, renew bool, edit func(*visit)) (*http.Cookie, error) {
	ctx, err := a.load(ctx, cookie)
	if err != nil {
		return nil, err
	}
	if renew && a.sm.Token(ctx) != "" {
		if err := a.sm.RenewToken(ctx); err != nil {
			return nil, err
		}
	}
	v, _ := a.sm.Get(ctx, visitKey).(visit)
	edit(&v)
	v.Seen = time.Now().Unix()
	a.sm.Put(ctx, visitKey, v)
	tok, _, err := a.sm.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return a.newCookie(tok, false), nil
}

func (a *Auth) newCookie(value string, gone bool) *http.Cookie {
	k := a.sm.Cookie
	c := &http.Cookie{Name: k.Name, Value: value, Path: k.Path, Secure: k.Secure, HttpOnly: k.HttpOnly, SameSite: k.SameSite}
	if gone {
		c.MaxAge, c.Expires = -1, time.Unix(1, 0)
	}
	return c
}

// maxDemoSessions bounds what passing crowds and robots leave behind in a demo.
const maxDemoSessions = 10_000

// GrantBrowserDevice lets the browser that asks stand in for a device of one
// centre. Only a demo does this: elsewhere a device is registered.
func (a *Auth) GrantBrowserDevice(w http.ResponseWriter, r *http.Request, role Role, center queue.CenterID) error {
	g := Grant{Role: role, Center: center}
	switch {
	case !a.o.Demo:
		return refuse(ErrForbidden, "a browser stands in for a device in a demo only")
	case !slices.Contains(directory.DeviceRoles, role) || center == "":
		return invalid("role", "%s of %q is no device of a centre", role, center)
	}
	if p := From(r.Context()); p != nil && slices.Contains(p.Browser, g) {
		return nil
	}
	cookie := ""
	if c, err := r.Cookie(a.sm.Cookie.Name); err == nil {
		cookie = c.Value
	}
	if cookie == "" && a.store.countSessions() >= maxDemoSessions {
		return retryLater(refuse(ErrBusy, "too many browsers are trying the demo; try again later"), time.Minute)
	}
	c, err := a.editVisit(r.Context(), cookie, false, func(v *visit) {
		if v.Browser == "" {
			v.Browser = "b_" + randomText(16)
		}
		if !slices.Contains(v.Devices, g) && len(v.Devices) < 200 {
			v.Devices = append(slices.Clone(v.Devices), g)
		}
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, c)
	w.Header().Set("Cache-Control", "no-store")
	return nil
}
