package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

// memory is a register without a journal.
type memory struct {
	mu      sync.Mutex
	state   *directory.State
	records []directory.Record
	fail    error // answered to the next commands
}

func newMemory() *memory {
	m := &memory{state: directory.New()}
	for _, id := range []queue.CenterID{"an-cuu", "thuan-hoa"} {
		name := queue.Text{VI: string(id)}
		if err := m.Do(context.Background(), directory.AddCenter{ID: id, Name: name, Short: name}, directory.Meta{}); err != nil {
			panic(err)
		}
	}
	return m
}

func (m *memory) Do(_ context.Context, c directory.Command, meta directory.Meta) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	meta.Now = time.Now()
	next := m.state.Clone()
	records, err := directory.Decide(next, c, meta)
	if err == nil {
		m.state, m.records = next, append(m.records, records...)
	}
	return err
}

func (m *memory) State() *directory.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// cheap keeps argon2 from dominating the tests; its own test uses present.
var cheap = phc{memoryKiB: 8, passes: 1, lanes: 1}

// office is an open Auth with its register and what it was told to revoke.
type office struct {
	*Auth
	register *memory
	path     string
	mu       sync.Mutex
	revoked  []string
}

func openOffice(t testing.TB, edit func(*Options)) *office {
	t.Helper()
	o := &office{register: newMemory(), path: filepath.Join(t.TempDir(), StoreFile)}
	o.open(t, edit)
	return o
}

func (o *office) open(t testing.TB, edit func(*Options)) {
	t.Helper()
	opt := Options{Path: o.path, Directory: o.register, OnRevoke: func(id string) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.revoked = append(o.revoked, id)
	}}
	if edit != nil {
		edit(&opt)
	}
	a, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	a.hasher = newHasher(cheap)
	a.store.db.NoSync = true
	o.Auth = a
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func (o *office) revocations() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := strings.Join(o.revoked, ",")
	o.revoked = nil
	return s
}

const goodPassword = "ba con mèo đen"

func (o *office) add(t testing.TB, username string, roles ...Grant) Account {
	t.Helper()
	acc, err := o.CreateAccount(t.Context(), NewAccount{Username: username, Password: goodPassword, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

var (
	clerkHere = Grant{Role: directory.Clerk, Center: "thuan-hoa"}
	adminAll  = Grant{Role: directory.Admin}
	home      = netip.MustParseAddr("192.0.2.7")
)

// ask sends a request through Authenticate and gives who it was for the handler,
// and the status.
func (o *office) ask(t testing.TB, edit func(*http.Request)) (*Principal, *httptest.ResponseRecorder) {
	t.Helper()
	var who *Principal
	h := o.Authenticate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { who = From(r.Context()) }))
	r := httptest.NewRequest(http.MethodGet, "http://moiso.test/api", nil)
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return who, w
}

func withBearer(tok string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+tok) }
}

func withCookie(c *http.Cookie) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
}

// visit runs f as the handler of a request, behind Authenticate.
func (o *office) visit(t testing.TB, edit func(*http.Request), f func(http.ResponseWriter, *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://moiso.test/api", nil)
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	o.Authenticate(http.HandlerFunc(f)).ServeHTTP(w, r)
	return w
}

// signIn signs in with the browser that edit describes and gives its cookie.
func (o *office) signIn(t testing.TB, username string, edit func(*http.Request)) *http.Cookie {
	t.Helper()
	var cookie *http.Cookie
	o.visit(t, edit, func(_ http.ResponseWriter, r *http.Request) {
		p, c, err := o.SignIn(r.Context(), username, goodPassword)
		if err != nil {
			t.Errorf("sign in %s: %v", username, err)
			return
		}
		if !strings.EqualFold(p.Username, username) {
			t.Errorf("signed in as %q, want %q", p.Username, username)
		}
		cookie = c
	})
	if cookie == nil {
		t.FailNow()
	}
	return cookie
}

func problemCode(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var doc struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("the answer %q is no problem document: %v", w.Body, err)
	}
	return doc.Code
}
