package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"moiso/internal/directory"
)

func TestAPasswordIsNeverStoredOnlyItsHashAndATokenNeverOnlyItsSum(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an.nguyen", clerkHere)
	_, tok, err := o.Login(t.Context(), "an.nguyen", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	_, device, err := o.CreateDevice(t.Context(), directory.Kiosk, "thuan-hoa", "sảnh")
	if err != nil {
		t.Fatal(err)
	}
	cookie := o.signIn(t, "an.nguyen", nil).Value
	b, err := os.ReadFile(o.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"password": goodPassword, "token": tok, "device token": device, "cookie": cookie} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the %s stands in the file", name)
		}
	}
	for name, public := range map[string]string{"user name": "an.nguyen", "hash": "$argon2id$"} {
		if !bytes.Contains(b, []byte(public)) {
			t.Errorf("the %s does not stand in the file; the test looks at the wrong bytes", name)
		}
	}
	for _, r := range o.register.records {
		line, err := directory.EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(line, []byte("nguyen")) || bytes.Contains(line, []byte("argon2")) {
			t.Errorf("the log of the city tells more than ids: %s", line)
		}
	}
	if st, err := os.Stat(o.path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", st.Mode(), err)
	}
	if acc.Username != "an.nguyen" || acc.ID == "" {
		t.Errorf("the account is %+v", acc)
	}
}

func TestEverythingSurvivesAReopening(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "An.Nguyễn", clerkHere)
	_, tok, err := o.Login(t.Context(), "an.nguyễn", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	_, device, err := o.CreateDevice(t.Context(), directory.Kiosk, "thuan-hoa", "sảnh")
	if err != nil {
		t.Fatal(err)
	}
	cookie := o.signIn(t, "an.nguyễn", nil)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t, nil)
	for name, edit := range map[string]func() (*Principal, int){
		"token":  func() (*Principal, int) { p, w := o.ask(t, withBearer(tok)); return p, w.Code },
		"cookie": func() (*Principal, int) { p, w := o.ask(t, withCookie(cookie)); return p, w.Code },
	} {
		if p, code := edit(); p == nil || p.ID != string(acc.ID) || p.Username != "An.Nguyễn" || code != 200 {
			t.Errorf("by the %s it is %+v, %d", name, p, code)
		}
	}
	if p, _ := o.ask(t, withBearer(device)); p == nil || p.Kind != Device || p.Name != "sảnh" {
		t.Errorf("by the device's token it is %+v", p)
	}
	if _, _, err := o.Login(t.Context(), "AN.NGUYỄN", goodPassword, home); err != nil {
		t.Errorf("login after the reopening: %v", err)
	}
}

func TestASecondProcessIsToldThatTheStoreIsLocked(t *testing.T) {
	o := openOffice(t, nil)
	_, err := Open(Options{Path: o.path, Directory: o.register})
	if !errors.Is(err, ErrLocked) {
		t.Errorf("error %v", err)
	}
}

func TestAStoreOfANewerVersionIsRefusedUntouched(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	err := o.store.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte("version"), []byte("2")) })
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(o.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: o.path, Directory: o.register}); !errors.Is(err, ErrNewer) {
		t.Errorf("error %v", err)
	}
	if after, err := os.ReadFile(o.path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed, %v", err)
	}
}

func TestADamagedStoreIsNamed(t *testing.T) {
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"an entry of secrets is damaged":  func(tx *bolt.Tx) error { return tx.Bucket(bucketSecrets).Put([]byte("u_1"), []byte("{")) },
		"an entry of tokens is damaged":   func(tx *bolt.Tx) error { return tx.Bucket(bucketTokens).Put([]byte("short"), []byte("{}")) },
		"an entry of sessions is damaged": func(tx *bolt.Tx) error { return tx.Bucket(bucketSessions).Put([]byte("s"), []byte("7")) },
		"the bucket tokens is missing":    func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketTokens) },
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t, nil)
			if err := o.store.db.Update(damage); err != nil {
				t.Fatal(err)
			}
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(Options{Path: o.path, Directory: o.register}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v", err)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: file, Directory: newMemory()}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file that is something else gives %v", err)
	}
}

// A commit that fails must leave what is in memory as it was, and whoever is
// signed in must stay so.
func TestAFailedCommitIsARefusalAndChangesNothing(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	cookie := o.signIn(t, "an", nil)
	if err := o.store.db.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, loginErr := o.Login(t.Context(), "an", goodPassword, home)
	_, createErr := o.CreateAccount(t.Context(), NewAccount{Username: "ba", Password: goodPassword, Roles: []Grant{clerkHere}})
	var signInErr error
	o.visit(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, _, signInErr = o.SignIn(r.Context(), "an", goodPassword)
	})
	for what, err := range map[string]error{"login": loginErr, "create": createErr, "sign in": signInErr, "password": o.SetPassword(t.Context(), acc.ID, "một mật khẩu khác")} {
		if !errors.Is(err, ErrStorage) {
			t.Errorf("%s gives %v", what, err)
		}
	}
	if p, w := o.ask(t, withBearer(tok)); p == nil {
		t.Errorf("the token is no longer good: %d", w.Code)
	}
	if p, w := o.ask(t, withCookie(cookie)); p == nil {
		t.Errorf("the session is no longer good: %d", w.Code)
	}
	if _, err := o.AccountByName("ba"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the account that was not stored: %v", err)
	}
}

func TestAnOwnersOldestTokensGoWhenThereAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		var tokens []string
		for range tokensAnOwner + 2 {
			_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, tok)
			time.Sleep(time.Millisecond) // of the bubble's clock: tokens have an order
		}
		for i, tok := range tokens {
			if _, err := o.ByToken(tok); (err == nil) != (i >= 2) {
				t.Errorf("token %d: %v", i, err)
			}
		}
		if n := len(o.store.tokens); n != tokensAnOwner {
			t.Errorf("%d tokens are kept", n)
		}
	})
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.Run(ctx) }()
		if _, _, err := o.Login(ctx, "an", goodPassword, home); err != nil {
			t.Fatal(err)
		}
		_, device, err := o.CreateDevice(ctx, directory.Display, "thuan-hoa", "cửa")
		if err != nil {
			t.Fatal(err)
		}
		o.signIn(t, "an", nil)
		count := func() string {
			synctest.Wait()
			var n [2]int
			err := o.store.db.View(func(tx *bolt.Tx) error {
				n = [2]int{tx.Bucket(bucketSessions).Stats().KeyN, tx.Bucket(bucketTokens).Stats().KeyN}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			sessions := o.store.countSessions()
			o.store.mu.RLock()
			defer o.store.mu.RUnlock()
			return fmt.Sprintf("%d/%d sessions, %d/%d tokens", n[0], sessions, n[1], len(o.store.tokens))
		}
		for _, step := range []struct {
			after time.Duration
			want  string
		}{
			{0, "1/1 sessions, 2/2 tokens"},
			{sessionIdle - time.Hour, "1/1 sessions, 2/2 tokens"},
			{2 * time.Hour, "0/0 sessions, 2/2 tokens"},
			{tokenLife, "0/0 sessions, 1/1 tokens"},
		} {
			time.Sleep(step.after)
			if got := count(); got != step.want {
				t.Errorf("after %v more there are %s, want %s", step.after, got, step.want)
			}
		}
		if _, err := o.ByToken(device); err != nil {
			t.Errorf("a device's token ended: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}
