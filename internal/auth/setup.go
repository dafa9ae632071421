package auth

import (
	"context"
	"crypto/subtle"

	"moiso/internal/directory"
)

// SetupToken gives the token of the set-up link when nobody can administer the
// city yet, and "" when somebody can. Only its hash is kept: each start gives a
// new one, which replaces the one before.
func (a *Auth) SetupToken() (string, error) {
	a.accounts.Lock()
	defer a.accounts.Unlock()
	if a.o.Directory.State().HasAdmin() {
		if a.store.setupHash() == nil {
			return "", nil
		}
		return "", a.store.setSetup(nil)
	}
	tok := randomText(tokenChars)
	h := hashToken(tok)
	return tok, a.store.setSetup(h[:])
}

// CompleteSetup makes the first administrator. The token is good for one.
func (a *Auth) CompleteSetup(ctx context.Context, tok, username, password string) (*Principal, error) {
	user, err := CheckUsername(username)
	if err != nil {
		return nil, err
	}
	if err := CheckPassword(password, user); err != nil {
		return nil, err
	}
	old, err := a.takeSetup(tok)
	if err != nil {
		return nil, err
	}
	acc, err := a.create(ctx, directory.AccountID("u_"+randomText(16)),
		NewAccount{Username: user, Password: password, Roles: []Grant{{Role: directory.Admin}}})
	if err != nil {
		// The link was not used after all.
		a.accounts.Lock()
		defer a.accounts.Unlock()
		if !a.o.Directory.State().HasAdmin() && a.store.setupHash() == nil {
			if e := a.store.setSetup(old); e != nil {
				return nil, e
			}
		}
		return nil, err
	}
	return &Principal{ID: string(acc.ID), Kind: Person, Username: acc.Username, Name: acc.Name, Roles: acc.Roles}, nil
}

// takeSetup uses the link up, so that of two people at once one gets it.
func (a *Auth) takeSetup(tok string) ([]byte, error) {
	a.accounts.Lock()
	defer a.accounts.Unlock()
	h, want := hashToken(tok), a.store.setupHash()
	if want == nil || a.o.Directory.State().HasAdmin() || subtle.ConstantTimeCompare(h[:], want) != 1 {
		return nil, refuse(ErrForbidden, "this set-up link is not good, or not any more; the newest one is in the output of the server's last start")
	}
	return want, a.store.setSetup(nil)
}

// The demo's account. Its password is against every rule, which is why only a
// demo has it.
const (
	demoAccount  = directory.AccountID("u_demo")
	DemoUsername = "demo"
	DemoPassword = "demo"
)

// EnsureDemo makes the administrator demo/demo.
func (a *Auth) EnsureDemo(ctx context.Context) error {
	if !a.o.Demo {
		return refuse(ErrForbidden, "only a demo has the account demo")
	}
	_, registered := a.o.Directory.State().Account(demoAccount)
	if _, _, known := a.store.byName(DemoUsername); registered && known {
		return nil
	}
	n := NewAccount{Username: DemoUsername, Name: "Demo", Password: DemoPassword, Roles: []Grant{{Role: directory.Admin}}}
	if !registered {
		_, err := a.create(ctx, demoAccount, n)
		return err
	}
	hash, err := a.hasher.make(ctx, n.Password)
	if err != nil {
		return err
	}
	return a.store.putSecret(demoAccount, func(s *secret) { s.Username, s.Name, s.Hash = n.Username, n.Name, hash })
}
