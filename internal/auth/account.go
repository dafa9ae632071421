package auth

import (
	"context"
	"time"

	"moiso/internal/directory"
)

// Account is a person as an administrator sees one.
type Account struct {
	ID       directory.AccountID
	Username string
	Name     string
	Roles    []Grant
	Disabled bool
	Since    time.Time
	Password time.Time // last changed
	Used     string    // last day a token of it was used, "" for never
}

// NewAccount is what CreateAccount needs.
type NewAccount struct {
	Username string
	Name     string // shown to colleagues; "" shows the user name
	Password string
	Roles    []Grant
}

// CreateAccount registers a person.
func (a *Auth) CreateAccount(ctx context.Context, n NewAccount) (Account, error) {
	user, err := CheckUsername(n.Username)
	if err != nil {
		return Account{}, err
	}
	if err := CheckPassword(n.Password, user); err != nil {
		return Account{}, err
	}
	n.Username = user
	return a.create(ctx, directory.AccountID("u_"+randomText(16)), n)
}

// create keeps the secrets first and registers the id then: a crash in between
// leaves a name that no account has, which the next taker of the name overwrites.
func (a *Auth) create(ctx context.Context, id directory.AccountID, n NewAccount) (Account, error) {
	name, err := checkName(n.Name)
	if err != nil {
		return Account{}, err
	}
	hash, err := a.hasher.make(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	a.accounts.Lock()
	defer a.accounts.Unlock()
	if old, _, taken := a.store.byName(n.Username); taken {
		if _, registered := a.o.Directory.State().Account(old); registered {
			return Account{}, refuse(ErrIDTaken, "there is a user %q already", n.Username).With("field", "username")
		}
		if err := a.store.erase(string(old)); err != nil {
			return Account{}, err
		}
	}
	if err := a.store.putSecret(id, func(s *secret) { *s = secret{Username: n.Username, Name: name, Hash: hash} }); err != nil {
		return Account{}, err
	}
	if err := a.o.Directory.Do(ctx, directory.AddAccount{ID: id, Roles: n.Roles}, a.meta(ctx)); err != nil {
		// The register has the last word, also when the answer was lost.
		if _, registered := a.o.Directory.State().Account(id); !registered {
			if e := a.store.erase(string(id)); e != nil {
				return Account{}, e
			}
		}
		return Account{}, err
	}
	return a.Account(id)
}

// Account finds an account by id.
func (a *Auth) Account(id directory.AccountID) (Account, error) {
	acc, ok := a.o.Directory.State().Account(id)
	if !ok {
		return Account{}, refuse(ErrNotFound, "there is no account %q", id)
	}
	sec, _ := a.store.secret(id) // gone when it was erased
	return Account{ID: id, Username: sec.Username, Name: sec.Name, Roles: acc.Roles, Disabled: acc.Disabled,
		Since: acc.Since, Password: acc.Password, Used: a.store.lastUse(string(id))}, nil
}

// AccountByName finds an account by its user name, in any case.
func (a *Auth) AccountByName(username string) (Account, error) {
	if id, _, ok := a.store.byName(username); ok {
		if acc, err := a.Account(id); err == nil {
			return acc, nil
		}
	}
	return Account{}, refuse(ErrNotFound, "there is no user %q", username)
}

// Accounts lists everybody in order of user name; erased ones are left out.
func (a *Auth) Accounts() []Account {
	var out []Account
	for _, id := range a.store.accountsByName() {
		if acc, err := a.Account(id); err == nil {
			out = append(out, acc)
		}
	}
	return out
}

// SetPassword gives an account a new password and ends all of its sessions and
// tokens. The fact is in the log before the password changes, so that no change
// can be missing there.
func (a *Auth) SetPassword(ctx context.Context, id directory.AccountID, password string) error {
	sec, ok := a.store.secret(id)
	if !ok {
		return refuse(ErrNotFound, "there is no account %q", id)
	}
	if err := CheckPassword(password, sec.Username); err != nil {
		return err
	}
	hash, err := a.hasher.make(ctx, password)
	if err != nil {
		return err
	}
	if err := a.o.Directory.Do(ctx, directory.ChangePassword{ID: id}, a.meta(ctx)); err != nil {
		return err
	}
	if err := a.store.putSecret(id, func(s *secret) { s.Hash = hash; s.Gen++ }); err != nil {
		return err
	}
	a.o.OnRevoke(string(id))
	return nil
}

// SetRoles replaces the roles of an account, with effect at once. Its sockets are
// closed, so that they come back with what they may see now.
func (a *Auth) SetRoles(ctx context.Context, id directory.AccountID, roles []Grant) error {
	if err := a.o.Directory.Do(ctx, directory.SetRoles{ID: id, Roles: roles}, a.meta(ctx)); err != nil {
		return err
	}
	a.o.OnRevoke(string(id))
	return nil
}

// DisableAccount ends what a person may do, their sessions and their tokens.
func (a *Auth) DisableAccount(ctx context.Context, id directory.AccountID) error {
	if err := a.o.Directory.Do(ctx, directory.DisableAccount{ID: id}, a.meta(ctx)); err != nil {
		return err
	}
	return a.revoke(id)
}

// EnableAccount takes DisableAccount back; the person signs in anew.
func (a *Auth) EnableAccount(ctx context.Context, id directory.AccountID) error {
	return a.o.Directory.Do(ctx, directory.EnableAccount{ID: id}, a.meta(ctx))
}

// EraseAccount disables an account for good and forgets the person behind it. The
// log goes on naming the id, which then means nobody.
func (a *Auth) EraseAccount(ctx context.Context, id directory.AccountID) error {
	if err := a.DisableAccount(ctx, id); err != nil {
		return err
	}
	return a.store.erase(string(id))
}
