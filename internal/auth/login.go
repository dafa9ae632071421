package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"time"
	"unicode/utf8"

	"moiso/internal/directory"
)

// Tokens say by their first letters whose they are, so that one that leaks into a
// log is recognised.
const (
	personToken = "ms_"
	deviceToken = "msd_"
	tokenChars  = 32 // of five bits each
)

func hashToken(tok string) [32]byte { return sha256.Sum256([]byte(tok)) }

// Login checks a password and gives a bearer token for programs, good for 30 days.
func (a *Auth) Login(ctx context.Context, username, password string, addr netip.Addr) (*Principal, string, error) {
	p, gen, err := a.check(ctx, username, password, addr)
	if err != nil {
		return nil, "", err
	}
	tok, now := personToken+randomText(tokenChars), time.Now().UTC()
	t := token{Owner: p.ID, Kind: Person, Gen: gen, Created: now, Expires: now.Add(tokenLife), Used: now.Format(time.DateOnly)}
	if err := a.store.putToken(hashToken(tok), t); err != nil {
		return nil, "", err
	}
	return p, tok, nil
}

// Logout ends a bearer token.
func (a *Auth) Logout(tok string) error { return a.store.deleteToken(hashToken(tok)) }

// check is the one place where a password is looked at. It gives the generation
// of credentials that was current when the password was right.
func (a *Auth) check(ctx context.Context, username, password string, addr netip.Addr) (*Principal, int, error) {
	key := foldUsername(username)
	if utf8.RuneCountInString(key) > 4*maxUsername {
		key = "too long" // not a user name: it has a space
	}
	if err := a.locked(key, addr); err != nil {
		return nil, 0, err
	}
	leave, err := a.hasher.enter(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer leave()
	// Again, because a burst of guesses may have been waiting for its turn here.
	if err := a.locked(key, addr); err != nil {
		return nil, 0, err
	}
	id, sec, known := a.store.byName(username)
	want := a.hasher.unknown
	if known {
		if p, err := parsePHC(sec.Hash); err == nil {
			want = p
		}
	}
	if len(password) > 4*maxPassword {
		password = "" // no password is, and hashing megabytes takes time
	}
	acc, registered := a.o.Directory.State().Account(id)
	if !a.hasher.match(want, password) || !known || !registered {
		a.limits.fail(key, addr, time.Now())
		return nil, 0, ErrLoginFailed
	}
	if acc.Disabled {
		return nil, 0, refuse(ErrLoginFailed, "this account is disabled; an administrator can enable it")
	}
	a.limits.succeed(key, addr)
	if !want.sameParameters(a.hasher.params) {
		// A hash that could not be renewed is renewed next time.
		_ = a.store.putSecret(id, func(s *secret) {
			if s.Hash == sec.Hash {
				s.Hash = a.hasher.hash(password).String()
			}
		})
	}
	return &Principal{ID: string(id), Kind: Person, Username: sec.Username, Name: sec.Name, Roles: acc.Roles}, sec.Gen, nil
}

func (a *Auth) locked(key string, addr netip.Addr) error {
	d := a.limits.wait(key, addr, time.Now())
	if d <= 0 {
		return nil
	}
	e := retryLater(ErrLockedOut, d)
	e.Message = "too many failed logins; try again in " + (d + time.Second - 1).Truncate(time.Second).String()
	return e
}

// revoke ends every session and token of an account.
func (a *Auth) revoke(id directory.AccountID) error {
	if _, ok := a.store.secret(id); ok {
		if err := a.store.putSecret(id, func(s *secret) { s.Gen++ }); err != nil {
			return err
		}
	}
	a.o.OnRevoke(string(id))
	return nil
}
