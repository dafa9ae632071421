package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

func TestABearerTokenSaysWhoAsks(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	d, device, err := o.CreateDevice(t.Context(), directory.Kiosk, "thuan-hoa", "sảnh")
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := o.ask(t, withBearer(tok)); p == nil || p.ID != string(acc.ID) || p.Kind != Person || p.DeviceID() != "" {
		t.Errorf("the person is %+v", p)
	}
	p, _ := o.ask(t, withBearer(device))
	if p == nil || p.ID != string(d.ID) || p.Kind != Device || p.DeviceID() != string(d.ID) || !p.May(Issue, "thuan-hoa") || p.May(Issue, "an-cuu") {
		t.Errorf("the device is %+v", p)
	}
	if p, w := o.ask(t, nil); p != nil || w.Code != 200 {
		t.Errorf("somebody unknown is %+v, %d", p, w.Code)
	}
	if p, w := o.ask(t, func(r *http.Request) { r.Header.Set("Authorization", "Basic YTpi") }); p != nil || w.Code != 200 {
		t.Errorf("with another scheme it is %+v, %d", p, w.Code)
	}
	for _, bad := range []string{"ms_0000", "", "ms_" + strings.Repeat("0", 10_000), device[1:], tok + "0"} {
		p, w := o.ask(t, withBearer(bad))
		if p != nil || w.Code != 401 || problemCode(t, w) != "not_signed_in" || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("the token %.40q: %+v, %d %s", bad, p, w.Code, w.Body)
		}
		if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
			t.Errorf("it is answered as %s", ct)
		}
	}
}

func TestTheCookieIsForOurEyesOnly(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*Options)
		want string
	}{
		{"plain", nil, "moiso_session=X; Path=/; HttpOnly; SameSite=Lax"},
		{"TLS", func(o *Options) { o.TLS = true }, "__Host-moiso_session=X; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"behind a TLS proxy", func(o *Options) { o.PublicURL = "https://moiso.test" }, "__Host-moiso_session=X; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"public without TLS", func(o *Options) { o.PublicURL = "http://moiso.test" }, "moiso_session=X; Path=/; HttpOnly; SameSite=Lax"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := openOffice(t, tc.edit)
			o.add(t, "an", clerkHere)
			c := o.signIn(t, "an", nil)
			if got := strings.Replace(c.String(), c.Value, "X", 1); got != tc.want {
				t.Errorf("the cookie is %s, want %s", got, tc.want)
			}
			if p, _ := o.ask(t, withCookie(c)); p == nil || p.Username != "an" {
				t.Errorf("with it asks %+v", p)
			}
		})
	}
}

func TestARequestFromAnotherSiteCannotActWithAPersonsCookie(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.PublicURL = "https://moso.hue.test" })
	o.add(t, "an", clerkHere)
	c := o.signIn(t, "an", nil)
	_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		method, site, origin, with string
		ok                         bool
	}{
		{"POST", "same-origin", "http://moiso.test", "cookie", true},
		{"POST", "none", "", "cookie", true},
		{"POST", "", "", "cookie", true}, // a program
		{"POST", "", "http://moiso.test", "cookie", true},
		{"POST", "cross-site", "https://moso.hue.test", "cookie", true}, // our own public address
		{"POST", "cross-site", "https://evil.test", "cookie", false},
		{"POST", "same-site", "https://other.hue.test", "cookie", false},
		{"POST", "", "https://evil.test", "cookie", false},
		{"POST", "", "null", "cookie", false},
		{"DELETE", "cross-site", "https://evil.test", "cookie", false},
		{"GET", "cross-site", "https://evil.test", "cookie", true},
		{"HEAD", "cross-site", "", "cookie", true},
		{"POST", "cross-site", "https://evil.test", "bearer", true},
		{"POST", "cross-site", "https://evil.test", "nothing", true},
		{"POST", "cross-site", "https://evil.test", "a dead cookie", true},
	} {
		t.Run(fmt.Sprint(tc.method, " ", tc.site, " ", tc.origin, " with ", tc.with), func(t *testing.T) {
			_, w := o.ask(t, func(r *http.Request) {
				r.Method = tc.method
				if tc.site != "" {
					r.Header.Set("Sec-Fetch-Site", tc.site)
				}
				if tc.origin != "" {
					r.Header.Set("Origin", tc.origin)
				}
				switch tc.with {
				case "cookie":
					withCookie(c)(r)
				case "a dead cookie":
					withCookie(&http.Cookie{Name: c.Name, Value: "dead"})(r)
				case "bearer":
					withBearer(tok)(r)
				}
			})
			if (w.Code == 200) != tc.ok || !tc.ok && (w.Code != 403 || problemCode(t, w) != "forbidden") {
				t.Errorf("the answer is %d %s", w.Code, w.Body)
			}
		})
	}
	// Nor can it sign somebody in, to an account of the attacker's.
	o.visit(t, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, func(_ http.ResponseWriter, r *http.Request) {
		if _, _, err := o.SignIn(r.Context(), "an", goodPassword); !errors.Is(err, ErrForbidden) {
			t.Errorf("another site signed somebody in: %v", err)
		}
	})
}

func TestSigningInMakesANewSession(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.Demo = true })
	o.add(t, "an", clerkHere)
	o.add(t, "ba", clerkHere)
	// A session that somebody else planted, which is known to the server.
	planted := o.grant(t, nil, directory.Kiosk, "an-cuu")
	mine := o.signIn(t, "an", withCookie(planted))
	if mine.Value == planted.Value {
		t.Fatal("the planted session was signed in")
	}
	if p, _ := o.ask(t, withCookie(planted)); p != nil {
		t.Errorf("whoever planted it is %+v", p)
	}
	// One that the server never gave out is not adopted.
	invented := &http.Cookie{Name: mine.Name, Value: "0123456789abcdef0123456789abcdef0123456789a"}
	if c := o.signIn(t, "an", withCookie(invented)); c.Value == invented.Value {
		t.Error("an invented session was adopted")
	}
	// Signing in again as somebody else replaces who one is.
	next := o.signIn(t, "ba", withCookie(mine))
	if p, _ := o.ask(t, withCookie(mine)); p != nil {
		t.Errorf("the session before is still %+v", p)
	}
	if p, _ := o.ask(t, withCookie(next)); p == nil || p.Username != "ba" {
		t.Errorf("the new session is %+v", p)
	}
}

func TestASessionEndsAfterEightIdleHoursAndAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		idle, used := o.signIn(t, "an", nil), o.signIn(t, "an", nil)
		in := func(c *http.Cookie) bool { p, _ := o.ask(t, withCookie(c)); return p != nil }
		time.Sleep(sessionIdle - time.Second)
		if !in(used) {
			t.Fatal("the session ended early")
		}
		time.Sleep(time.Second)
		if in(idle) {
			t.Error("an idle session goes on")
		}
		for h := 8; h < 23; h++ {
			time.Sleep(time.Hour)
			if !in(used) {
				t.Fatalf("a session in use ended after %d hours", h+1)
			}
		}
		time.Sleep(time.Hour - time.Second)
		if !in(used) {
			t.Error("it ended before the day was over")
		}
		time.Sleep(time.Second)
		if in(used) {
			t.Error("a session goes on for more than a day")
		}
	})
}

func TestASessionInUseIsWrittenNowAndThenOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		c := o.signIn(t, "an", nil)
		written := func() int64 {
			st := o.store.db.Stats()
			return st.TxStats.GetWrite()
		}
		before := written()
		for range 280 {
			time.Sleep(time.Second)
			o.ask(t, withCookie(c))
		}
		if n := written() - before; n != 0 {
			t.Errorf("in the first minutes it was written %d times", n)
		}
		time.Sleep(20 * time.Second)
		o.ask(t, withCookie(c))
		if written() == before {
			t.Error("it was never written")
		}
	})
}

func TestASessionThatCannotBeReadIsNobodys(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	c := o.signIn(t, "an", nil)
	o.store.mu.Lock()
	for k, v := range o.store.sessions {
		v.Data = []byte("{")
		o.store.sessions[k] = v
	}
	o.store.mu.Unlock()
	if p, w := o.ask(t, withCookie(c)); p != nil || w.Code != 200 {
		t.Errorf("it is %+v, %d", p, w.Code)
	}
	if p, _ := o.ask(t, withCookie(o.signIn(t, "an", withCookie(c)))); p == nil {
		t.Error("its browser cannot sign in")
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	c, other := o.signIn(t, "an", nil), o.signIn(t, "an", nil)
	o.visit(t, withCookie(c), func(_ http.ResponseWriter, r *http.Request) {
		gone, err := o.SignOut(r.Context())
		if err != nil || gone.MaxAge >= 0 || gone.Value != "" || gone.Name != c.Name {
			t.Errorf("the cookie is %v, %v", gone, err)
		}
	})
	if p, _ := o.ask(t, withCookie(c)); p != nil {
		t.Errorf("the session is still %+v", p)
	}
	if p, _ := o.ask(t, withCookie(other)); p == nil {
		t.Error("the session in another browser ended too")
	}
	o.visit(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		if _, err := o.SignOut(r.Context()); err != nil {
			t.Errorf("signing out without a session: %v", err)
		}
	})
}

func TestChangingAPasswordOrDisablingAnAccountEndsItsSessionsAndTokensAtOnce(t *testing.T) {
	for name, end := range map[string]func(*office, Account) error{
		"password": func(o *office, a Account) error { return o.SetPassword(t.Context(), a.ID, "một mật khẩu khác") },
		"disable":  func(o *office, a Account) error { return o.DisableAccount(t.Context(), a.ID) },
		"disable and enable": func(o *office, a Account) error {
			return errors.Join(o.DisableAccount(t.Context(), a.ID), o.EnableAccount(t.Context(), a.ID))
		},
		"erase": func(o *office, a Account) error { return o.EraseAccount(t.Context(), a.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t, nil)
			acc, other := o.add(t, "an", clerkHere), o.add(t, "ba", clerkHere)
			cookies := []*http.Cookie{o.signIn(t, "an", nil), o.signIn(t, "an", nil), o.signIn(t, "ba", nil)}
			_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
			if err != nil {
				t.Fatal(err)
			}
			_, otherTok, err := o.Login(t.Context(), "ba", goodPassword, home)
			if err != nil {
				t.Fatal(err)
			}
			if err := end(o, acc); err != nil {
				t.Fatal(err)
			}
			if got := o.revocations(); got != string(acc.ID) {
				t.Errorf("told to close the sockets of %q, want %q", got, acc.ID)
			}
			for i, c := range cookies {
				if p, _ := o.ask(t, withCookie(c)); (p != nil) != (i == 2) {
					t.Errorf("session %d is of %+v", i, p)
				}
			}
			if p, err := o.ByToken(tok); p != nil || !errors.Is(err, ErrNotSignedIn) {
				t.Errorf("the token is of %+v", p)
			}
			if p, err := o.ByToken(otherTok); err != nil || p.ID != string(other.ID) {
				t.Errorf("the other's token is of %+v, %v", p, err)
			}
		})
	}
}

// A login that was under way when the password changed must not slip through.
func TestALoginWithTheOldPasswordIsWorthNothingAfterTheChange(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	p, gen, err := o.check(t.Context(), "an", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.SetPassword(t.Context(), acc.ID, "một mật khẩu khác"); err != nil {
		t.Fatal(err)
	}
	tok := token{Owner: p.ID, Kind: Person, Gen: gen, Created: time.Now()}
	if err := o.store.putToken(hashToken("ms_late"), tok); err != nil {
		t.Fatal(err)
	}
	if p, err := o.ByToken("ms_late"); err == nil {
		t.Errorf("the late token is of %+v", p)
	}
	late, err := o.editVisit(t.Context(), "", true, func(v *visit) { v.Account, v.Gen = acc.ID, gen })
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := o.ask(t, withCookie(late)); p != nil {
		t.Errorf("the late session is of %+v", p)
	}
}

func TestNewRolesHoldAtOnce(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	c := o.signIn(t, "an", nil)
	if p, _ := o.ask(t, withCookie(c)); !p.May(Serve, "thuan-hoa") || p.May(Monitor, "thuan-hoa") {
		t.Errorf("a clerk is %+v", p)
	}
	if err := o.SetRoles(t.Context(), acc.ID, []Grant{{Role: directory.Volunteer, Center: "thuan-hoa"}}); err != nil {
		t.Fatal(err)
	}
	if p, _ := o.ask(t, withCookie(c)); p == nil || p.May(Serve, "thuan-hoa") {
		t.Errorf("a volunteer is %+v", p)
	}
	if got := o.revocations(); got != string(acc.ID) {
		t.Errorf("told to close the sockets of %q", got)
	}
}

// grant stands a browser in for a device and gives its cookie.
func (o *office) grant(t testing.TB, edit func(*http.Request), role Role, center queue.CenterID) *http.Cookie {
	t.Helper()
	w := o.visit(t, edit, func(w http.ResponseWriter, r *http.Request) {
		if err := o.GrantBrowserDevice(w, r, role, center); err != nil {
			t.Errorf("grant: %v", err)
		}
	})
	for _, c := range w.Result().Cookies() {
		return c
	}
	return nil
}

func TestABrowserStandsInForADeviceOfItsCentreInADemoOnly(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.Demo = true })
	c := o.grant(t, nil, directory.Kiosk, "thuan-hoa")
	p, _ := o.ask(t, withCookie(c))
	if p == nil || p.Kind != Device || !strings.HasPrefix(p.ID, "b_") || !p.May(Issue, "thuan-hoa") || p.May(Issue, "an-cuu") || p.May(Serve, "thuan-hoa") {
		t.Fatalf("the browser is %+v", p)
	}
	if again := o.grant(t, withCookie(c), directory.Kiosk, "thuan-hoa"); again != nil {
		t.Errorf("what it has already is given again: %v", again)
	}
	both := o.grant(t, withCookie(c), directory.Kiosk, "an-cuu")
	if q, _ := o.ask(t, withCookie(both)); q == nil || q.ID != p.ID || !q.May(Issue, "an-cuu") || !q.May(Issue, "thuan-hoa") {
		t.Errorf("with a second centre the browser is %+v", q)
	}
	w := o.visit(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if err := o.GrantBrowserDevice(w, r, directory.Clerk, "thuan-hoa"); !errors.Is(err, ErrInvalid) {
			t.Errorf("a clerk is a device: %v", err)
		}
		if err := o.GrantBrowserDevice(w, r, directory.Kiosk, ""); !errors.Is(err, ErrInvalid) {
			t.Errorf("a device of everywhere: %v", err)
		}
	})
	if len(w.Result().Cookies()) > 0 {
		t.Error("a refusal set a cookie")
	}
	strict := openOffice(t, nil)
	strict.visit(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if err := strict.GrantBrowserDevice(w, r, directory.Kiosk, "thuan-hoa"); !errors.Is(err, ErrForbidden) {
			t.Errorf("outside of a demo: %v", err)
		}
	})
}

func TestAPersonAndADemoDeviceShareABrowser(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.Demo = true })
	o.add(t, "an", Grant{Role: directory.Clerk, Center: "an-cuu"})
	kiosk := o.grant(t, nil, directory.Kiosk, "thuan-hoa")
	person := o.signIn(t, "an", withCookie(kiosk))
	p, _ := o.ask(t, withCookie(person))
	if p == nil || p.Username != "an" || !p.May(Issue, "thuan-hoa") || p.May(Serve, "thuan-hoa") || !p.May(Serve, "an-cuu") ||
		strings.Join(p.RoleNames(), " ") != "clerk" || p.Center() != "an-cuu" {
		t.Errorf("both are %+v", p)
	}
	var after *http.Cookie
	o.visit(t, withCookie(person), func(_ http.ResponseWriter, r *http.Request) {
		var err error
		if after, err = o.SignOut(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if p, _ := o.ask(t, withCookie(after)); p == nil || p.Kind != Device || !p.May(Issue, "thuan-hoa") || p.May(Serve, "an-cuu") {
		t.Errorf("after signing out it is %+v", p)
	}
	if p, _ := o.ask(t, withCookie(person)); p != nil {
		t.Errorf("the session before is %+v", p)
	}
}

func TestTheAddressOfARequestIsKnown(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.ClientAddr = ClientAddr(prefixes("192.0.2.0/24")) })
	o.visit(t, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }, func(_ http.ResponseWriter, r *http.Request) {
		if got := Addr(r.Context()).String(); got != "203.0.113.9" {
			t.Errorf("the address is %s", got)
		}
	})
	if Addr(t.Context()).IsValid() || From(t.Context()) != nil {
		t.Error("work that does not come by HTTP has an address or somebody who asks")
	}
}

func TestAPublicURLThatIsNoneIsRefused(t *testing.T) {
	for _, u := range []string{"moiso.test", "https://", "::", "https:///t"} {
		if _, err := Open(Options{Path: t.TempDir() + "/x.db", Directory: newMemory(), PublicURL: u}); err == nil || !strings.Contains(err.Error(), u) {
			t.Errorf("%q gives %v", u, err)
		}
	}
	if _, err := Open(Options{Path: t.TempDir() + "/x.db"}); err == nil {
		t.Error("it opens without a register")
	}
}

func BenchmarkAuthenticateBearer(b *testing.B) {
	o := openOffice(b, nil)
	o.add(b, "an", clerkHere)
	_, tok, err := o.Login(b.Context(), "an", goodPassword, home)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := o.ByToken(tok); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticateCookie(b *testing.B) {
	o := openOffice(b, nil)
	o.add(b, "an", clerkHere)
	c := o.signIn(b, "an", nil)
	b.ReportAllocs()
	for b.Loop() {
		if p, err := o.bySession(b.Context(), c.Value); err != nil || p == nil {
			b.Fatal(p, err)
		}
	}
}
