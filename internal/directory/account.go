package directory

import (
	"regexp"
	"slices"
	"time"
)

// ids of accounts and devices are random and made by the caller.
var idForm = regexp.MustCompile(`^[a-z0-9_]{3,40}$`)

// AddAccount registers a person.
type AddAccount struct {
	ID    AccountID
	Roles []Grant
}

func (c AddAccount) decide(s *State, d *decision) error {
	if !idForm.MatchString(string(c.ID)) {
		return invalid("id", "the account id %q is not 3 to 40 lower-case letters, digits and underscores", c.ID)
	}
	if _, ok := s.Account(c.ID); ok {
		return refuse(ErrIDTaken, "there is an account %q already", c.ID).With("field", "id")
	}
	if err := s.checkGrants(c.Roles); err != nil {
		return err
	}
	d.emit(AccountAdded{ID: c.ID, Roles: slices.Clone(c.Roles)})
	return nil
}

// AccountAdded is a new account.
type AccountAdded struct {
	ID    AccountID `json:"id"`
	Roles []Grant   `json:"roles"`
}

func (AccountAdded) kind() string { return "account-added" }

func (e AccountAdded) apply(s *State, at time.Time) {
	i, ok := find(s.Accounts, e.ID, accountKey)
	if !ok {
		s.Accounts = slices.Insert(s.Accounts, i, Account{ID: e.ID, Roles: e.Roles, Since: at})
	}
}

// SetRoles replaces the roles of an account.
type SetRoles struct {
	ID    AccountID
	Roles []Grant
}

func (c SetRoles) decide(s *State, d *decision) error {
	a, err := s.needAccount(c.ID)
	if err != nil {
		return err
	}
	if err := s.checkGrants(c.Roles); err != nil {
		return err
	}
	if !slices.Contains(c.Roles, Grant{Role: Admin}) {
		if err := s.keepAdmin(a); err != nil {
			return err
		}
	}
	if !slices.Equal(a.Roles, c.Roles) {
		d.emit(RolesSet{ID: c.ID, Roles: slices.Clone(c.Roles)})
	}
	return nil
}

// keepAdmin refuses to lose a, when a is the only one who can administer.
func (s *State) keepAdmin(a Account) error {
	if !a.Disabled && slices.Contains(a.Roles, Grant{Role: Admin}) && !s.adminBesides(a.ID) {
		return refuse(ErrLastAdmin, "this is the last administrator; make another one first")
	}
	return nil
}

// RolesSet is the roles of an account from now on.
type RolesSet struct {
	ID    AccountID `json:"id"`
	Roles []Grant   `json:"roles"`
}

func (RolesSet) kind() string { return "roles-set" }

func (e RolesSet) apply(s *State, _ time.Time) {
	if i, ok := find(s.Accounts, e.ID, accountKey); ok {
		s.Accounts[i].Roles = e.Roles
	}
}

// DisableAccount ends what a person may do, until EnableAccount.
type DisableAccount struct{ ID AccountID }

func (c DisableAccount) decide(s *State, d *decision) error {
	a, err := s.needAccount(c.ID)
	if err != nil || a.Disabled {
		return err
	}
	if err := s.keepAdmin(a); err != nil {
		return err
	}
	d.emit(AccountDisabled(c))
	return nil
}

// AccountDisabled is an account out of use.
type AccountDisabled struct {
	ID AccountID `json:"id"`
}

func (AccountDisabled) kind() string { return "account-disabled" }

func (e AccountDisabled) apply(s *State, _ time.Time) { s.setAccountDisabled(e.ID, true) }

// EnableAccount takes DisableAccount back.
type EnableAccount struct{ ID AccountID }

func (c EnableAccount) decide(s *State, d *decision) error {
	a, err := s.needAccount(c.ID)
	if err == nil && a.Disabled {
		d.emit(AccountEnabled(c))
	}
	return err
}

// AccountEnabled is an account in use again.
type AccountEnabled struct {
	ID AccountID `json:"id"`
}

func (AccountEnabled) kind() string { return "account-enabled" }

func (e AccountEnabled) apply(s *State, _ time.Time) { s.setAccountDisabled(e.ID, false) }

func (s *State) setAccountDisabled(id AccountID, v bool) {
	if i, ok := find(s.Accounts, id, accountKey); ok {
		s.Accounts[i].Disabled = v
	}
}

// ChangePassword notes that a password was changed; the password stays outside.
type ChangePassword struct{ ID AccountID }

func (c ChangePassword) decide(s *State, d *decision) error {
	_, err := s.needAccount(c.ID)
	if err == nil {
		d.emit(PasswordChanged(c))
	}
	return err
}

// PasswordChanged is the fact that it was.
type PasswordChanged struct {
	ID AccountID `json:"id"`
}

func (PasswordChanged) kind() string { return "password-changed" }

func (e PasswordChanged) apply(s *State, at time.Time) {
	if i, ok := find(s.Accounts, e.ID, accountKey); ok {
		s.Accounts[i].Password = at
	}
}
